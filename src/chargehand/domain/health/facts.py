"""What can have happened to the health of stations: findings, incidents, repairs by the system itself."""

from typing import ClassVar

from chargehand.kernel.facts import Fact


class HealthFact(Fact, frozen=True, kw_only=True):
    """Something about the health of stations."""

    room: ClassVar[str] = "health"


class FaultFound(HealthFact, frozen=True, kw_only=True):
    """A detector is certain: `kind` as in `findings.KINDS`, `severity` as in OCPP 2.x (0 is danger).

    `station_ids` names all stations concerned, the first one being where it was seen; EVSE 0: the station.
    """

    finding_id: int
    scope: str
    station_ids: tuple[int, ...]
    evse: int
    kind: str
    severity: int


class IncidentFact(HealthFact, frozen=True, kw_only=True):
    """Something happened to an incident."""

    incident_id: int


class IncidentOpened(IncidentFact, frozen=True, kw_only=True):
    """What is wrong with these stations is one matter that somebody must look after."""

    kind: str
    severity: int
    station_ids: tuple[int, ...]


class IncidentWorsened(IncidentFact, frozen=True, kw_only=True):
    """An open incident became graver, or concerns more stations; severity as it is now."""

    severity: int
    station_ids: tuple[int, ...]


class IncidentAcknowledged(IncidentFact, frozen=True, kw_only=True):
    """Somebody takes care of it; `by` names the person."""

    by: str


class IncidentResolved(IncidentFact, frozen=True, kw_only=True):
    """It is over: by a person's word, or by a real charge (`is_by_charge`).

    What was found of it, `kinds` at `places` (stations with EVSE, 0: all of it), may be found again from now
    on; both are empty where it went on as a part of another.
    """

    is_by_charge: bool
    cause: str
    fix: str
    kinds: tuple[str, ...] = ()
    places: tuple[tuple[int, int], ...] = ()


class RecoveryStepped(IncidentFact, frozen=True, kw_only=True):
    """The system tried a repair by itself: `step` probe, trigger, soft-reset, hard-reset or block.

    `outcome` is asked, worked, failed, refused or withheld (a guard rail stood against it).
    """

    station_id: int
    evse: int
    step: str
    outcome: str
