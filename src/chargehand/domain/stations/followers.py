"""What the room does when something happened to a station: see commands work, settle passwords, read back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from chargehand.domain.stations import passwords, requests, sightings
from chargehand.domain.stations.commands import GetVariables, VariableAsked
from chargehand.domain.stations.facts import (
    FirmwareStatusChanged,
    LogStatusChanged,
    RequestAnswered,
    StationBooted,
    StationConnected,
    StationFact,
    StatusChanged,
)
from chargehand.domain.stations.models import StationRequest
from chargehand.domain.stations.secrets import PASSWORD_VARIABLES
from chargehand.kernel.facts import Fact

#: Commands older than this are not looked at any more.
LOOK_BACK: Final = timedelta(days=1)

#: Values that are written but take a restart until they hold.
_AFTER_REBOOT: Final = "RebootRequired"

ASKED_BY: Final = "Chargehand"


def see_commands_work(stated: Sequence[Fact]) -> None:
    """Hold what happened against the commands that wait to be seen."""
    told = [fact for fact in stated if isinstance(fact, StationFact)]
    if told:
        earliest = min(fact.happened_at for fact in told)
        sightings.look(since=earliest - LOOK_BACK, stations=[fact.station_id for fact in told])


def settle_passwords(stated: Sequence[Fact]) -> None:
    """Let a new password take over once the station has it, forget it when the station refused."""
    for fact in stated:
        if isinstance(fact, RequestAnswered) and fact.command == "set-variables":
            _settle_password(fact)
        elif isinstance(fact, StationBooted):
            _settle_after_boot(fact)


def read_back(stated: Sequence[Fact]) -> None:
    """Read variables that were written; those that need a restart again after it."""
    for fact in stated:
        if isinstance(fact, RequestAnswered) and fact.command == "set-variables" and fact.is_accepted:
            row = StationRequest.objects.filter(pk=UUID(fact.request_id)).first()
            if row is not None and fact.word != _AFTER_REBOOT:
                _ask_back(row, "read-back")
        elif isinstance(fact, StationBooted):
            for row in _written(fact):
                _ask_back(row, "read-back-after-boot")


def _settle_password(fact: RequestAnswered) -> None:
    row = StationRequest.objects.filter(pk=UUID(fact.request_id)).first()
    if row is None or not _is_password(row):
        return
    if fact.is_accepted and fact.word != _AFTER_REBOOT:
        passwords.take_over_next(fact.station_id, row.pk)
    elif not fact.is_accepted and row.state == StationRequest.State.ANSWERED:
        passwords.forget_next(fact.station_id, row.pk)
    passwords.scrub(fact.station_id)


def _settle_after_boot(fact: StationBooted) -> None:
    for row in _written(fact):
        if _is_password(row):
            passwords.take_over_next(fact.station_id, row.pk)


def _written(fact: StationBooted) -> list[StationRequest]:
    """Return what was written lately but needed the restart that has now come."""
    return list(
        StationRequest.objects.filter(
            Q(seen_at=None) | Q(seen_at__gte=fact.happened_at),
            station_id=fact.station_id,
            command="set-variables",
            is_accepted=True,
            answer__word=_AFTER_REBOOT,
            answered_at__lt=fact.happened_at,
            answered_at__gt=fact.happened_at - timedelta(days=1),
        ).order_by("queued_at")
    )


def _is_password(row: StationRequest) -> bool:
    return any(each.get("name") in PASSWORD_VARIABLES for each in row.body.get("variables", []))


def _ask_back(row: StationRequest, purpose: str) -> None:
    wanted = row.body.get("variables", [])
    if not wanted or _is_password(row):
        return
    asked = [
        VariableAsked(**{name: value for name, value in each.items() if name != "value"}) for each in wanted
    ]
    requests.queue(
        operator_id=row.operator_id,
        station_id=row.station_id,
        command=GetVariables(variables=asked),
        asked_by=ASKED_BY,
        idempotency_key=f"{purpose}|{row.pk}",
    )


SIGHTED_BY: Final = (
    *(StationBooted, StationConnected, StatusChanged, RequestAnswered),
    *(FirmwareStatusChanged, LogStatusChanged),
)
SETTLED_BY: Final = (RequestAnswered, StationBooted)
