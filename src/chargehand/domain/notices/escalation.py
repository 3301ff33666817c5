"""How an alert goes from person to person: routed, told step by step, stopped, taken up again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.notices import bell, recipients, windows
from chargehand.domain.notices.hours import Hours
from chargehand.domain.notices.models import Alert, Channel, Delivery, EscalationStep, Route
from chargehand.domain.notices.recipients import Way
from chargehand.domain.notices.routing import Matter, Rule, find_rule
from chargehand.domain.stations.plates import plates

log = structlog.get_logger(__name__)

#: Where no route fits, all of operations are told of matters up to this severity (OCPP 2.x: alert).
FALLBACK_SEVERITY: Final = 5
FALLBACK_WAIT: Final = timedelta(minutes=15)

_P = Delivery.Purpose
_S = Delivery.State
TELLING: Final = (_P.ALERT, _P.UPDATE)
#: States in which a person was told, or may have been, or will be.
_REACHED: Final = (_S.CLAIMED, _S.SENT, _S.UNKNOWN, _S.MERGED)
_HOPEFUL: Final = (_S.QUEUED, _S.CLAIMED, _S.SENT)
_HOPE: Final = Q(state__in=_HOPEFUL) | Q(state=_S.MERGED, digest__state__in=_HOPEFUL)


@transaction.atomic
def open_alert(
    *,
    operator_id: int,
    incident_id: int,
    kind: str,
    severity: int,
    station_ids: Sequence[int],
    opened_at: datetime,
    now: datetime,
) -> None:
    """Begin to tell people of an incident: once for each time it is opened, however often this is called."""
    what = {
        "kind": kind,
        "severity": severity,
        "station_ids": list(station_ids),
        "location_ids": _locations(_places(operator_id, station_ids)),
        "opened_at": opened_at,
    }
    alert, is_new = Alert.objects.select_for_update().get_or_create(
        operator_id=operator_id, incident_id=incident_id, defaults={**what, "state": Alert.State.HELD}
    )
    if not is_new:
        if alert.resolved_at is None or opened_at <= alert.resolved_at:
            return
        for name, value in what.items():
            setattr(alert, name, value)
        alert.run, alert.step = alert.run + 1, 0
        alert.acknowledged_at, alert.acknowledged_by, alert.resolved_at = None, "", None
        alert.save()
    _begin(alert, now)


@transaction.atomic
def worsen_alert(
    *, operator_id: int, incident_id: int, severity: int, station_ids: Sequence[int], now: datetime
) -> None:
    """Take over what an incident has become. It is told anew only where it has become a danger."""
    alert = lock_alert(operator_id, incident_id)
    if alert is None or alert.state == Alert.State.RESOLVED:
        return
    became_danger = severity <= recipients.DANGER < alert.severity
    alert.severity = severity
    alert.station_ids = list(station_ids)
    alert.location_ids = _locations(_places(operator_id, station_ids))
    alert.save(update_fields=["severity", "station_ids", "location_ids"])
    if alert.state == Alert.State.SILENT or (alert.state == Alert.State.HELD and became_danger):
        _begin(alert, now)
    elif became_danger:
        Delivery.objects.filter(alert=alert, state=_S.QUEUED).update(not_before=now)
        _tell_again(alert, _P.UPDATE, now)
        bell.ring()


@transaction.atomic
def stop_alert(
    *,
    operator_id: int,
    incident_id: int,
    by: str,
    happened_at: datetime,
    now: datetime,
    is_resolved: bool = False,
) -> None:
    """End the escalation: somebody takes care of the incident, or it is over, of which the told are told."""
    alert = lock_alert(operator_id, incident_id)
    if alert is None or alert.state == Alert.State.RESOLVED or happened_at < alert.opened_at:
        return
    if is_resolved:
        alert.state, alert.resolved_at = Alert.State.RESOLVED, happened_at
    elif alert.acknowledged_at is None:
        alert.state, alert.acknowledged_at = Alert.State.ACKNOWLEDGED, happened_at
        alert.acknowledged_by = by[:200]
    alert.next_at = None
    alert.save(update_fields=["state", "next_at", "resolved_at", "acknowledged_at", "acknowledged_by"])
    Delivery.objects.filter(alert=alert, state=_S.QUEUED, purpose__in=TELLING).update(
        state=_S.CANCELLED, finished_at=now
    )
    if is_resolved:
        _tell_again(alert, _P.RESOLVED, now)
        bell.ring()


def lock_alert(operator_id: int, incident_id: int) -> Alert | None:
    """The alert of an incident, locked to the end of the transaction."""
    rows = Alert.objects.select_for_update().filter(operator_id=operator_id, incident_id=incident_id)
    return rows.first()


def advance(now: datetime) -> int:
    """Take the steps that are due, each in a transaction of its own; return how many alerts moved."""
    due = Alert.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    return sum(_advance_one(alert_id, now) for alert_id in list(due[:500]))


@transaction.atomic
def _advance_one(alert_id: int, now: datetime) -> bool:
    rows = Alert.objects.select_for_update(skip_locked=True).filter(pk=alert_id, next_at__lte=now)
    alert = rows.first()
    if alert is None:
        return False
    if alert.state == Alert.State.HELD:
        _begin(alert, now)
    else:
        _take_step(alert, now)
    return True


def hasten(alerts: Iterable[Alert], now: datetime) -> None:
    """Go on at once with alerts of whose last step nobody will hear: all its messages are lost."""
    for alert in alerts:
        if alert.state != Alert.State.RUNNING or alert.step == 0:
            continue
        last = _deliveries_of(alert).filter(step=alert.step - 1, purpose=_P.ALERT)
        if not last.filter(_HOPE).exists():
            Alert.objects.filter(pk=alert.pk, state=Alert.State.RUNNING, step=alert.step).update(next_at=now)


def _begin(alert: Alert, at: datetime) -> None:
    """Route an alert and take its first step, unless a window stands over all of its stations."""
    alert.next_at = windows.held_until(alert.operator_id, _places(alert.operator_id, alert.station_ids), at)
    alert.state = Alert.State.HELD
    if alert.next_at is None:
        is_told, alert.policy_id = _route(alert, at)
        alert.state = Alert.State.RUNNING if is_told else Alert.State.SILENT
    alert.save(update_fields=["state", "policy", "next_at"])
    if alert.state == Alert.State.RUNNING:
        _take_step(alert, at)


def _route(alert: Alert, at: datetime) -> tuple[bool, int | None]:
    """Whether anybody is told, and by which policy; None: all of operations."""
    operator = accounts.operator(alert.operator_id)
    zone = ZoneInfo(operator.time_zone if operator else "UTC")
    matter = Matter(kind=alert.kind, severity=alert.severity, location_ids=alert.location_ids)
    rules = [as_rule(row, zone) for row in Route.objects.filter(operator_id=alert.operator_id)]
    rule = find_rule(rules, matter, at, zone)
    if rule is None:
        return alert.severity <= FALLBACK_SEVERITY, None
    return rule.policy_id is not None, rule.policy_id


def as_rule(row: Route, zone: ZoneInfo) -> Rule:
    """A route as the rule that it is."""
    has_hours = row.hours_from is not None and row.hours_to is not None
    return Rule(
        policy_id=row.policy_id,
        least_severity=row.least_severity,
        kinds=row.kinds,
        location_ids=row.location_ids,
        weekdays=row.weekdays,
        hours=Hours(row.hours_from, row.hours_to, zone) if has_hours else None,  # type: ignore[arg-type]  # looked at above
    )


def _take_step(alert: Alert, now: datetime) -> None:
    """Tell the next step that reaches anybody; after the last one, say that nobody took care."""
    steps: list[EscalationStep | None] = []
    if alert.policy is not None:
        steps = list(EscalationStep.objects.filter(policy=alert.policy).select_related("rota"))
        steps *= 1 + alert.policy.repeats
    steps = steps or [None]
    while alert.step < len(steps):
        step = steps[alert.step]
        ways = _ways(alert, step, now)
        alert.step += 1
        if ways:
            _queue(alert, ways, alert.step - 1, now)
            wait = FALLBACK_WAIT if step is None else timedelta(minutes=step.wait_minutes)
            _move(alert, Alert.State.RUNNING, min(way.not_before for way in ways) + wait)
            return
    _give_up(alert, now, is_first_time=alert.step == len(steps))


def _give_up(alert: Alert, now: datetime, *, is_first_time: bool) -> None:
    """All steps are taken. If none of them reached anybody, all of operations are told, as a last resort."""
    queued = _deliveries_of(alert).filter(purpose=_P.ALERT)
    is_reached = queued.filter(_HOPE | Q(state=_S.UNKNOWN)).exists()
    if is_first_time and not is_reached:
        ways = _ways(alert, None, now)
        if queued.exists():  # what they chose has failed them: the mail of their accounts is left
            ways = [Way(user_id=number, channel_id=None, not_before=now) for number in _team(alert, now)]
        if ways:
            alert.step += 1
            _queue(alert, ways, alert.step - 1, now)
            _move(alert, Alert.State.RUNNING, now + FALLBACK_WAIT)
            return
    log.error(
        "alert_exhausted", operator=alert.operator_id, incident=alert.incident_id, is_reached=is_reached
    )
    _move(alert, Alert.State.EXHAUSTED, None)


def _team(alert: Alert, now: datetime) -> list[int]:
    people = recipients.people_of(alert.operator_id, None, alert.location_ids, now)
    return [each.user_id for each in people]


def _move(alert: Alert, state: Alert.State, next_at: datetime | None) -> None:
    alert.state, alert.next_at = state, next_at
    alert.save(update_fields=["state", "step", "next_at"])


def _ways(alert: Alert, step: EscalationStep | None, now: datetime) -> list[Way]:
    people = recipients.people_of(alert.operator_id, step, alert.location_ids, now)
    return recipients.ways_to(alert.operator_id, people, severity=alert.severity, at=now)


def _queue(alert: Alert, ways: Iterable[Way], step: int, now: datetime) -> None:
    Delivery.objects.bulk_create(
        (
            Delivery(
                operator_id=alert.operator_id,
                user_id=way.user_id,
                channel_id=way.channel_id,
                alert=alert,
                key=f"alert:{alert.pk}:{alert.run}:{step}:{way.user_id}:{way.channel_id or 0}",
                purpose=_P.ALERT,
                step=step,
                queued_at=max(now, alert.opened_at),
                not_before=way.not_before,
            )
            for way in ways
        ),
        ignore_conflicts=True,
    )
    bell.ring()


def _tell_again(alert: Alert, purpose: Delivery.Purpose, at: datetime) -> None:
    """Queue one more message for everybody who was told, by the channel by which they were."""
    told = _deliveries_of(alert).filter(purpose__in=TELLING, state__in=_REACHED)
    ways = set(told.values_list("user_id", "channel_id"))
    channels = {row.pk: row for row in Channel.objects.filter(pk__in=[way[1] for way in ways if way[1]])}
    severity = alert.severity if purpose == _P.UPDATE else recipients.DANGER + 1
    Delivery.objects.bulk_create(
        (
            Delivery(
                operator_id=alert.operator_id,
                user_id=user_id,
                channel_id=channel_id,
                alert=alert,
                key=f"{purpose.value}:{alert.pk}:{alert.run}:{user_id}:{channel_id or 0}",
                purpose=purpose,
                queued_at=max(at, alert.opened_at),
                not_before=recipients.first_moment(channels.get(channel_id or 0), severity, at),
            )
            for user_id, channel_id in sorted(ways, key=str)
            if channel_id is None or channels[channel_id].removed_at is None
        ),
        ignore_conflicts=True,
    )


def _deliveries_of(alert: Alert) -> QuerySet[Delivery]:
    """What was queued since the incident was opened (the last time)."""
    return Delivery.objects.filter(alert=alert, queued_at__gte=alert.opened_at)


def _places(operator_id: int, station_ids: Collection[int]) -> list[tuple[int, int | None]]:
    return [(each.id, each.location_id) for each in plates(operator_id, station_ids).values()]


def _locations(places: Iterable[tuple[int, int | None]]) -> list[int]:
    return sorted({location_id for _, location_id in places if location_id is not None})
