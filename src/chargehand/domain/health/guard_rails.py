"""What stands against a repair by the system itself: for now, or for good."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from django.utils.translation import gettext as _

from chargehand.domain.charging import queries as charging
from chargehand.domain.health.model_exceptions import find_forbidden
from chargehand.domain.health.models import Incident, RecoveryPolicy, RecoveryStep
from chargehand.domain.health.service_clock import USUAL_TARGET_MIN
from chargehand.domain.health.treatments import BLOCK_ONLY, RESTARTS, STEPS
from chargehand.domain.stations.plates import Plate

#: A station that has just started is left alone for so long (quirk F2).
SETTLE: Final = timedelta(minutes=2)

_DAY: Final = timedelta(hours=24)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What may be tried; see `models.RecoveryPolicy`."""

    is_enabled: bool = True
    steps: tuple[str, ...] = STEPS
    per_day: int = 3
    from_hour: int | None = None
    until_hour: int | None = None
    pause_s: int = 60
    neighbour_km: float = 2.0
    target_min: int = USUAL_TARGET_MIN


def policy_of(operator_id: int) -> Policy:
    """Return an operator's policy, or the usual one."""
    row = RecoveryPolicy.objects.filter(operator_id=operator_id).first()
    if row is None:
        return Policy()
    return Policy(
        is_enabled=row.is_enabled,
        steps=tuple(row.steps),
        per_day=row.per_day,
        from_hour=row.from_hour,
        until_hour=row.until_hour,
        pause_s=row.pause_s,
        neighbour_km=row.neighbour_km,
        target_min=row.target_min,
    )


def is_forced(row: Incident, step: str) -> bool:
    """Tell whether a step is taken whatever is set: a plug that endangers people is blocked."""
    return step == "block" and row.kind in BLOCK_ONLY


def reason_to_wait(row: Incident, step: str, plate: Plate, evse: int, policy: Policy, now: datetime) -> str:
    """Return what stands against a step for now, "" where nothing does."""
    if is_forced(row, step):
        return ""
    if row.acknowledged_at is not None:
        return _("%s looks after it.") % (row.acknowledged_by or _("Somebody"))
    if row.snoozed_until is not None and row.snoozed_until > now:
        return _("It is snoozed.")
    if not plate.is_connected:
        return _("The station is not connected, so nothing can be asked of it.")
    if plate.booted_at is not None and now - plate.booted_at < SETTLE and step != "block":
        return _("The station has just started.")
    if not _is_hour(plate, policy, now):
        return _("It is outside the hours in which the system may act.")
    if step in RESTARTS and (sentence := _reason_not_to_restart(plate, row.operator_id)):
        return sentence
    if step == "block" and _is_charging(row.operator_id, plate.id, evse):
        return _("Somebody is charging at this plug.")
    return ""


def reason_to_withhold(row: Incident, step: str, plate: Plate, policy: Policy, now: datetime) -> str:
    """Return why a step is not taken at all, "" where it may be."""
    forbidden = find_forbidden(step, vendor=plate.vendor, model=plate.model, firmware=plate.firmware_version)
    if is_forced(row, step):
        return ""
    if not policy.is_enabled or step not in policy.steps:
        return _("It is switched off in the recovery settings.")
    if forbidden is not None:
        return forbidden.reason
    if not plate.intent_operative:
        return _("People took the station out of service.")
    if step in RESTARTS and _restarts(plate.id, now) >= policy.per_day:
        return _("It was restarted %d times within a day; more does not help.") % policy.per_day
    if step != "block" and _beginnings(row, plate.id, now) >= policy.per_day:
        return _("Repair was tried %d times within a day; now somebody must look.") % policy.per_day
    return ""


def _reason_not_to_restart(plate: Plate, operator_id: int) -> str:
    """A restart ends every charge of the station, and one that is just beginning."""
    if _is_charging(operator_id, plate.id, 0):
        return _("Somebody is charging.")
    if any(plug.status in {"Charging", "SuspendedEV", "SuspendedEVSE"} for plug in plate.plugs):
        return _("The station says that a car is charging.")
    return ""


def _is_charging(operator_id: int, station_id: int, evse: int) -> bool:
    going_on = charging.open_transactions(operator_id, station_id=station_id)
    return any(evse == 0 or each.evse in {None, evse} for each in going_on)


def _is_hour(plate: Plate, policy: Policy, now: datetime) -> bool:
    first, last = policy.from_hour, policy.until_hour
    if first is None or last is None or first == last:
        return True
    hour = now.astimezone(ZoneInfo(plate.time_zone)).hour
    return first <= hour < last if first < last else hour >= first or hour < last


def _restarts(station_id: int, now: datetime) -> int:
    rows = RecoveryStep.objects.filter(station_id=station_id, step__in=RESTARTS, asked_at__gt=now - _DAY)
    return rows.exclude(state=RecoveryStep.State.WITHHELD).count()


def _beginnings(row: Incident, station_id: int, now: datetime) -> int:
    """Return how many other ladders were begun at the station within a day."""
    rows = RecoveryStep.objects.filter(station_id=station_id, asked_at__gt=now - _DAY)
    taken = rows.exclude(state=RecoveryStep.State.WITHHELD).values_list("incident_id", "run").distinct()
    return len(set(taken) - {(row.pk, row.run)})
