"""What the room does when something happened beneath it: jobs for incidents, marks for risk."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from chargehand.domain.health.facts import FaultFound, IncidentOpened, IncidentResolved, IncidentWorsened
from chargehand.domain.maintenance import drift, incidents, log_files, updates
from chargehand.domain.stations.facts import (
    FirmwareStatusChanged,
    LogStatusChanged,
    RequestAnswered,
    StationBooted,
)
from chargehand.kernel.facts import Fact


def look_after_incidents(stated: Sequence[Fact]) -> None:
    """Raise, hasten and call off the jobs of incidents; remember faults."""
    for fact in stated:
        if isinstance(fact, FaultFound):
            incidents.mark_fault(fact)
        elif isinstance(fact, IncidentOpened):
            incidents.raise_for(fact)
        elif isinstance(fact, IncidentWorsened):
            incidents.hasten(fact)
        elif isinstance(fact, IncidentResolved):
            incidents.call_off(fact)


def settle_logs(stated: Sequence[Fact]) -> None:
    """Write down how far stations are with the logs they were asked for."""
    for fact in stated:
        if isinstance(fact, LogStatusChanged):
            log_files.settle(
                station_id=fact.station_id,
                number=fact.request_number,
                is_of_16=fact.is_diagnostics_of_16,
                word=fact.status,
            )
        elif isinstance(fact, RequestAnswered) and fact.command == "get-log":
            if not fact.is_accepted:
                log_files.refuse(request_id=UUID(fact.request_id), word=fact.word)
            elif fact.word == "AcceptedCanceled":
                log_files.cancel_older(request_id=UUID(fact.request_id))


def follow_updates(stated: Sequence[Fact]) -> None:
    """Write down how far stations are with their updates."""
    for fact in stated:
        if isinstance(fact, FirmwareStatusChanged):
            updates.follow_status(
                station_id=fact.station_id,
                number=fact.request_number,
                word=fact.status,
                at=fact.happened_at,
            )


def keep_settings(stated: Sequence[Fact]) -> None:
    """Write down what stations answered to wanted settings; after a restart, write what is enforced."""
    for fact in stated:
        if fact.operator_id is None:
            continue
        if isinstance(fact, RequestAnswered) and fact.command == "set-variables":
            drift.note_answer(operator_id=fact.operator_id, request_id=UUID(fact.request_id))
        elif isinstance(fact, StationBooted):
            drift.note_boot(operator_id=fact.operator_id, station_id=fact.station_id, at=fact.happened_at)


SETTINGS: Final = (RequestAnswered, StationBooted)
UPDATES: Final = (FirmwareStatusChanged,)
LOGS: Final = (LogStatusChanged, RequestAnswered)
INCIDENTS: Final = (FaultFound, IncidentOpened, IncidentWorsened, IncidentResolved)
