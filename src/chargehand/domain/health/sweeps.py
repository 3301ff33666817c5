"""What must be looked at from time to time: lost connections, incidents that open, come back, wake or end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.health import firmware_windows, incidents, recovery, signs
from chargehand.domain.health.debounces import find_debounce
from chargehand.domain.health.joining import TOGETHER, Sighting, customs_of, join
from chargehand.domain.health.models import Incident
from chargehand.domain.health.treatments import severity_of, treatment_of
from chargehand.domain.stations.connectivity import is_gateway_steady
from chargehand.domain.stations.plates import LostStation, lost_stations

#: Connections lost longer ago are an installation's past, not an incident.
LOST_WITHIN: Final = timedelta(days=2)

#: After our own outage stations get so long to come back (quirk E11).
RETURN_WITHIN: Final = timedelta(minutes=5)

#: How old the count of drivers may get.
COUNT_EVERY: Final = timedelta(seconds=60)

#: An end by one good charge is taken back when starts fail again within this time.
RELAPSE_WITHIN: Final = timedelta(days=3)
RELAPSE_FAILURES: Final = 2

SILENT: Final = "silent-station"

log = structlog.get_logger(__name__)


def look(now: datetime) -> int:
    """Take notice of lost connections and look after every living incident; return how many were looked at.

    An incident that cannot be looked after is logged and does not hold up the others.
    """
    notice_lost(now)
    reopen_relapsed(now)
    rows = Incident.objects.filter(state__in=incidents.ALIVE).order_by("-drivers", "id")
    ids = list(rows.values_list("pk", "operator_id"))
    for incident_id, operator_id in ids:
        for duty in DUTIES:
            _do(duty, operator_id, incident_id, now)
    return len(ids)


def look_at_stations(operator_id: int, station_ids: set[int], now: datetime) -> None:
    """Look after the living incidents that concern these stations, at once."""
    rows = Incident.objects.filter(
        operator_id=operator_id, members__station_id__in=station_ids, state__in=incidents.ALIVE
    )
    for incident_id in sorted(set(rows.values_list("pk", flat=True))):
        _settle(operator_id, incident_id, now)


def notice_lost(now: datetime) -> int:
    """Take notice of stations whose connection is gone for too long; return how many were new.

    Where no gateway runs, or it has just started, that is our fault and not theirs.
    """
    if not is_gateway_steady(now, since=RETURN_WITHIN):
        return 0
    lost = lost_stations(since=now - LOST_WITHIN, until=now)
    taken = set(
        Incident.objects.filter(state__in=incidents.ALIVE, family=treatment_of(SILENT).family).values_list(
            "members__station_id", flat=True
        )
    )
    ended = _ended_by_hand(now)
    lost = [each for each in lost if ended.get(each.id, each.disconnected_at) <= each.disconnected_at]
    updating = firmware_windows.expected_back([each.id for each in lost], now)
    lost = [each for each in lost if updating.get(each.id, now) <= now]
    count = 0
    for station in lost:
        if station.id not in taken and now >= station.disconnected_at + _patience(station):
            group = _together(station, lost, taken)
            taken.update(each.id for each in group)
            _join_lost(group, now)
            count += len(group)
    return count


def _ended_by_hand(now: datetime) -> dict[int, datetime]:
    """Return the stations whose lost connection people called settled lately, and when."""
    rows = Incident.objects.filter(
        state=Incident.State.RESOLVED,
        is_by_charge=False,
        family=treatment_of(SILENT).family,
        resolved_at__gt=now - LOST_WITHIN,
    )
    found = rows.order_by("resolved_at").values_list("members__station_id", "resolved_at")
    return {station_id: at for station_id, at in found if at is not None}


def reopen_relapsed(now: datetime) -> int:
    """Open incidents again that one good charge ended, where starts fail again; return how many."""
    rows = Incident.objects.filter(
        state=Incident.State.RESOLVED, is_by_charge=True, resolved_at__gt=now - RELAPSE_WITHIN
    )
    count = 0
    for row in rows.order_by("id"):
        if treatment_of(row.kind).sign == "attempts" and row.scope != "cohort":
            with transaction.atomic():
                count += _reopen(row, now)
    return count


def _reopen(row: Incident, now: datetime) -> bool:
    since = row.resolved_at or now
    failed = signs.failures_since(row, since, now)
    if failed < RELAPSE_FAILURES:
        return False
    incidents.lock_operator(row.operator_id)
    row.refresh_from_db()
    if row.state != Incident.State.RESOLVED or incidents.has_living(row):
        return False
    incidents.reopen(row, now, by=incidents.SYSTEM, sentence=_("Starts fail again."))
    return True


def _patience(station: LostStation) -> timedelta:
    return find_debounce(
        kind=SILENT,
        severity=severity_of(SILENT),
        vendor=station.vendor,
        model=station.model,
        is_found=False,
        customs=customs_of(station.operator_id),
    )


def _together(station: LostStation, lost: list[LostStation], taken: set[int]) -> list[LostStation]:
    """Return the station and the others of its site that went at the same time."""
    others = [
        each
        for each in lost
        if each.id not in taken
        and each.id != station.id
        and station.location_id is not None
        and (each.operator_id, each.location_id) == (station.operator_id, station.location_id)
        and abs(each.disconnected_at - station.disconnected_at) <= TOGETHER
    ]
    return [station, *others]


def _join_lost(group: list[LostStation], now: datetime) -> None:
    first = group[0]
    sentence = (
        _("%d stations of the site lost their connection together: one router or supply is the likely cause.")
        % len(group)
        if len(group) > 1
        else _("The station lost its connection and has not come back.")
    )
    join(
        Sighting(
            operator_id=first.operator_id,
            scope="site" if len(group) > 1 else "station",
            kind=SILENT,
            severity=severity_of(SILENT),
            station_ids=tuple(each.id for each in group),
            evse=0,
            began_at=min(each.disconnected_at for each in group),
            seen_at=now,
            sentence=sentence,
        ),
        now=now,
    )


def _settle(operator_id: int, incident_id: int, now: datetime) -> None:
    """Let an incident open, be dropped, be watched, come back or end, as its signs have it."""
    with transaction.atomic():
        incidents.lock_operator(operator_id)
        row = Incident.objects.select_for_update().get(pk=incident_id)
        if row.state == Incident.State.PENDING:
            _settle_pending(row, now)
        elif row.state in incidents.SHOWN:
            _settle_shown(row, now)


def _settle_pending(row: Incident, now: datetime) -> None:
    if row.opens_at > now:
        return
    if signs.shows(row, now) is False:
        incidents.drop(row, now, _("It was over before it counted as an incident."))
    else:
        incidents.open_incident(row, now)


def _settle_shown(row: Incident, now: datetime) -> None:
    is_showing = signs.shows(row, now)
    if is_showing is False and row.state == Incident.State.OPEN:
        incidents.watch(row, now, signs.over_since(row))
    elif is_showing and row.state == Incident.State.WATCHING:
        incidents.come_back(row, now)
    if is_showing:
        return
    charge = signs.proof(row, now)
    if charge is not None:
        energy = (charge.energy_wh or 0) / 1000
        incidents.resolve(
            row,
            now,
            by=incidents.SYSTEM,
            cause="",
            fix=_("A real charge of %(energy).1f kWh went through (session %(session)s).")
            % {"energy": energy, "session": charge.transaction_id},
            is_by_charge=True,
        )


def _wake(operator_id: int, incident_id: int, now: datetime) -> None:
    """End a snooze whose time is over; count drivers anew."""
    with transaction.atomic():
        incidents.lock_operator(operator_id)
        row = Incident.objects.select_for_update().get(pk=incident_id)
        if row.state not in incidents.SHOWN:
            return
        if row.snoozed_until is not None and row.snoozed_until <= now:
            row.snoozed_until = None
            row.save(update_fields=["snoozed_until"])
            incidents.note(row, "woke", at=now, sentence=_("The snooze is over."))
        if row.drivers_at is None or row.drivers_at <= now - COUNT_EVERY:
            incidents.count_drivers(row, now)


def _do(
    duty: Callable[[int, int, datetime], None], operator_id: int, incident_id: int, now: datetime
) -> None:
    try:
        duty(operator_id, incident_id, now)
    except Exception:
        log.exception("incident-not-looked-after", incident_id=incident_id)


DUTIES: Final = (_settle, _wake, recovery.advance)
