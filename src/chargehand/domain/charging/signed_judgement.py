"""What the signed readings of a charge prove: each judged by the register's key, then all of them together."""

from decimal import Decimal

import msgspec

from chargehand.domain.charging.meter_keys import key_at
from chargehand.domain.charging.proofs import Proof
from chargehand.domain.charging.queries import SignedView, TransactionDetail
from chargehand.domain.charging.signed.records import SignatureState, SignedRecordError, Verdict
from chargehand.domain.charging.signed.transactions import judge_transactions
from chargehand.domain.charging.signed.verification import verify


class JudgedReading(msgspec.Struct, frozen=True, kw_only=True):
    """A signed reading with the verdict on it, by the register's key or its own; `problem` says why there is none."""

    reading: SignedView
    verdict: Verdict | None
    is_by_register: bool
    problem: str = ""

    @property
    def is_refuted(self) -> bool:
        """Whether something speaks against it, rather than nothing for it."""
        verdict = self.verdict
        return verdict is not None and (
            verdict.signature is SignatureState.INVALID
            or (verdict.signature is SignatureState.VALID and not verdict.is_accepted)
        )

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        if self.verdict is None:
            return self.problem
        return " ".join((self.verdict.reason, *self.verdict.cautions))


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """All signed readings of a charge; `is_registered`: the register has the key of its meter.

    `is_billable` says whether together they prove an energy, `energy_wh` which, None where that is open.
    """

    readings: tuple[JudgedReading, ...]
    is_registered: bool
    is_billable: bool
    reason: str
    energy_wh: Decimal | None


def judge(operator_id: int, detail: TransactionDetail | Proof) -> Judgement:
    """Judge the signed readings of a charge by the key its meter had when the charge began."""
    view = detail.transaction
    key = None if view.evse is None else key_at(operator_id, view.station_id, view.evse, view.started_at)
    readings = tuple(_judge(each, key) for each in detail.signed)
    verdicts = [each.verdict for each in readings if each.verdict is not None]
    together = judge_transactions(verdicts)
    proven = [each.energy for each in together if each.is_billable and each.energy is not None]
    return Judgement(
        readings=readings,
        is_registered=key is not None,
        is_billable=bool(together) and all(each.is_billable for each in together),
        reason=next((each.reason for each in together if not each.is_billable), ""),
        energy_wh=proven[0] if len(proven) == 1 == len(together) else None,
    )


def _judge(reading: SignedView, key: str | None) -> JudgedReading:
    try:
        [verdict, *_rest] = verify(reading.signed_data.encode(), key or reading.public_key or None)
    except SignedRecordError as error:
        return JudgedReading(
            reading=reading, verdict=None, is_by_register=key is not None, problem=str(error)
        )
    return JudgedReading(reading=reading, verdict=verdict, is_by_register=key is not None)
