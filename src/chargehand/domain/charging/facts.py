"""What can have happened to a charge."""

from typing import ClassVar

from chargehand.kernel.facts import Fact


class ChargingFact(Fact, frozen=True, kw_only=True):
    """Something happened to a transaction."""

    room: ClassVar[str] = "charging"

    transaction_id: int
    station_id: int


class TransactionStarted(ChargingFact, frozen=True, kw_only=True):
    """A station reported a new transaction."""

    evse: int | None
    token_uid: str
    remote_start_id: int | None
    authorization: str


class TransactionIdentified(ChargingFact, frozen=True, kw_only=True):
    """A transaction learnt after its start who charges or where: token, remote start, EVSE (2.x E03, E04, F01)."""

    remote_start_id: int | None


class ChargingStateChanged(ChargingFact, frozen=True, kw_only=True):
    """The charging state of a transaction changed (2.x chargingState)."""

    charging_state: str


class TransactionEnded(ChargingFact, frozen=True, kw_only=True):
    """A transaction ended: by the station's word, or by evidence (`is_by_system`)."""

    reason: str
    is_by_system: bool


class TransactionAmended(ChargingFact, frozen=True, kw_only=True):
    """Evidence that came late changed an ended transaction."""


class CdrIssued(ChargingFact, frozen=True, kw_only=True):
    """A charge detail record was issued."""

    cdr_id: int
    version: int
