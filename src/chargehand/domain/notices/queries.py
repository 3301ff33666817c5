"""Questions about alerts: who is on duty, how people are reached, what was told to whom and how that went."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time

import msgspec
from django.db.models import Max, Q

from chargehand.domain.notices import recipients, windows
from chargehand.domain.notices.duty import ShiftTime
from chargehand.domain.notices.kinds import ChannelKind
from chargehand.domain.notices.models import (
    Alert,
    Channel,
    Delivery,
    EscalationPolicy,
    EscalationStep,
    MaintenanceWindow,
    Override,
    Rota,
    Route,
)
from chargehand.domain.stations import queries as stations

MOST_PER_PAGE = 200
_GAP_DAYS = 14


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """A channel; `masked` is what may be shown of its address. `last_state` is of its newest message, or ""."""

    id: int
    user_id: int
    kind: ChannelKind
    label: str
    masked: str
    least_severity: int
    quiet_from: time | None
    quiet_to: time | None
    time_zone: str
    is_paused: bool
    is_verified: bool
    is_code_asked: bool
    last_state: str
    last_error: str


class OverrideView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on duty (None: nobody) in place of the week."""

    id: int
    user_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str


class RotaView(msgspec.Struct, frozen=True, kw_only=True):
    """A rota, who is on duty by it now, and when nobody is within two weeks."""

    id: int
    name: str
    time_zone: str
    shifts: tuple[ShiftTime, ...]
    overrides: tuple[OverrideView, ...]
    on_duty: tuple[int, ...]
    gaps: tuple[tuple[datetime, datetime], ...]


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """A step; without rota and person it tells all of operations."""

    rota_id: int | None
    user_id: int | None
    wait_minutes: int


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """An escalation policy."""

    id: int
    name: str
    repeats: int
    steps: tuple[StepView, ...]


class RouteView(msgspec.Struct, frozen=True, kw_only=True):
    """A route; `policy_id` None: nobody is told."""

    policy_id: int | None
    least_severity: int
    kinds: tuple[str, ...]
    location_ids: tuple[int, ...]
    weekdays: tuple[int, ...]
    hours_from: time | None
    hours_to: time | None


class WindowView(msgspec.Struct, frozen=True, kw_only=True):
    """A maintenance window over a location, a station, or (both None) everything."""

    id: int
    location_id: int | None
    station_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    made_by: str


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """An alert and how far it has come; states as in `models.Alert`."""

    id: int
    incident_id: int
    kind: str
    severity: int
    station_ids: tuple[int, ...]
    location_ids: tuple[int, ...]
    state: str
    step: int
    next_at: datetime | None
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    resolved_at: datetime | None


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A message to a person; `channel_label` "" is the mail of their account. States as in `models.Delivery`."""

    id: int
    user_id: int
    user_name: str
    channel_label: str
    kind: ChannelKind
    purpose: str
    state: str
    attempts: int
    queued_at: datetime
    not_before: datetime
    finished_at: datetime | None
    error: str
    answer: str
    alert: AlertView | None


class DeliveryPage(msgspec.Struct, frozen=True):
    """Messages, newest first; `before_id` asks for the page after this one."""

    deliveries: tuple[DeliveryView, ...]
    before_id: int | None


def is_in_window(operator_id: int, station_id: int, at: datetime) -> bool:
    """Whether a maintenance window stands over a station at this time."""
    station = stations.station(operator_id, station_id)
    location_id = None if station is None else station.location_id
    return bool(windows.standing_over(operator_id, station_id, location_id, at))


def channels(operator_id: int, *, user_id: int | None = None) -> list[ChannelView]:
    """The channels of a person, or of everybody."""
    rows = Channel.objects.filter(operator_id=operator_id, removed_at__isnull=True)
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    found = list(rows.order_by("pk"))
    newest = Delivery.objects.filter(channel__in=found).values("channel").annotate(newest=Max("pk"))
    last = Delivery.objects.filter(pk__in=[each["newest"] for each in newest])
    by_channel = {each.channel_id: each for each in last}
    return [_channel_view(row, by_channel.get(row.pk)) for row in found]


def channel(operator_id: int, user_id: int, channel_id: int) -> ChannelView | None:
    """A channel of a person."""
    own = channels(operator_id, user_id=user_id)
    return next((each for each in own if each.id == channel_id), None)


def rotas(operator_id: int, at: datetime) -> list[RotaView]:
    """All rotas by name, as they stand at this time; overrides that are over are left out."""
    return [_rota_view(row, at) for row in Rota.objects.filter(operator_id=operator_id).order_by("name")]


def rota(operator_id: int, rota_id: int, at: datetime) -> RotaView | None:
    """One rota."""
    row = Rota.objects.filter(operator_id=operator_id, pk=rota_id).first()
    return None if row is None else _rota_view(row, at)


def policies(operator_id: int) -> list[PolicyView]:
    """All escalation policies by name."""
    rows = list(EscalationPolicy.objects.filter(operator_id=operator_id).order_by("name"))
    steps: dict[int, list[StepView]] = {}
    for step in EscalationStep.objects.filter(policy__in=rows):
        view = StepView(rota_id=step.rota_id, user_id=step.user_id, wait_minutes=step.wait_minutes)
        steps.setdefault(step.policy_id, []).append(view)
    return [
        PolicyView(id=row.pk, name=row.name, repeats=row.repeats, steps=tuple(steps.get(row.pk, ())))
        for row in rows
    ]


def routes(operator_id: int) -> list[RouteView]:
    """All routes in the order in which they are read."""
    return [
        RouteView(
            policy_id=row.policy_id,
            least_severity=row.least_severity,
            kinds=tuple(row.kinds),
            location_ids=tuple(row.location_ids),
            weekdays=tuple(row.weekdays),
            hours_from=row.hours_from,
            hours_to=row.hours_to,
        )
        for row in Route.objects.filter(operator_id=operator_id)
    ]


def maintenance_windows(operator_id: int, at: datetime) -> list[WindowView]:
    """Windows that stand or are to come, the next to end first."""
    rows = MaintenanceWindow.objects.filter(operator_id=operator_id, ends_at__gt=at)
    return [_window_view(row) for row in rows.order_by("ends_at", "pk")]


def windows_over(
    operator_id: int, station_id: int, location_id: int | None, *, since: datetime, until: datetime
) -> list[WindowView]:
    """Windows that stood over a station at some time of a stretch: its own, its site's, those over everything."""
    place = Q(station__isnull=True, location__isnull=True) | Q(station_id=station_id)
    if location_id is not None:
        place |= Q(location_id=location_id)
    rows = MaintenanceWindow.objects.filter(
        place, operator_id=operator_id, starts_at__lt=until, ends_at__gt=since
    )
    return [_window_view(row) for row in rows.order_by("starts_at", "pk")]


def _window_view(row: MaintenanceWindow) -> WindowView:
    return WindowView(
        id=row.pk,
        location_id=row.location_id,
        station_id=row.station_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        made_by=row.made_by,
    )


def alert(operator_id: int, alert_id: int) -> AlertView | None:
    """One alert."""
    row = Alert.objects.filter(operator_id=operator_id, pk=alert_id).first()
    return None if row is None else _alert_view(row)


def alert_of_any_operator(alert_id: int) -> tuple[int, AlertView] | None:
    """The operator and the alert of a link that was signed by us."""
    row = Alert.objects.filter(pk=alert_id).first()
    return None if row is None else (row.operator_id, _alert_view(row))


def alert_of_incident(operator_id: int, incident_id: int) -> AlertView | None:
    """The alert of an incident."""
    row = Alert.objects.filter(operator_id=operator_id, incident_id=incident_id).first()
    return None if row is None else _alert_view(row)


def deliveries(
    operator_id: int,
    *,
    alert_id: int | None = None,
    states: Collection[str] = (),
    location_ids: Collection[int] | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> DeliveryPage:
    """A page of the delivery log; `states` () means all, `location_ids` None too."""
    wanted = Q(operator_id=operator_id)
    if alert_id is not None:
        wanted &= Q(alert_id=alert_id)
    if states:
        wanted &= Q(state__in=states)
    if location_ids is not None:
        wanted &= Q(alert__location_ids__overlap=list(location_ids))
    if before_id is not None:
        wanted &= Q(pk__lt=before_id)
    limit = max(1, min(limit, MOST_PER_PAGE))
    rows = Delivery.objects.filter(wanted).select_related("user", "channel", "alert").order_by("-pk")
    found = list(rows[: limit + 1])
    views = tuple(_delivery_view(row) for row in found[:limit])
    return DeliveryPage(views, views[-1].id if len(found) > limit else None)


def _channel_view(row: Channel, last: Delivery | None) -> ChannelView:
    return ChannelView(
        id=row.pk,
        user_id=row.user_id,
        kind=ChannelKind(row.kind),
        label=row.label,
        masked=row.masked,
        least_severity=row.least_severity,
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        time_zone=row.time_zone,
        is_paused=row.is_paused,
        is_verified=row.verified_at is not None,
        is_code_asked=row.code_asked_at is not None,
        last_state=last.state if last else "",
        last_error=last.error if last else "",
    )


def _rota_view(row: Rota, at: datetime) -> RotaView:
    week = recipients.week_of(row)
    overrides = Override.objects.filter(rota=row, ends_at__gt=at).order_by("starts_at", "pk")
    return RotaView(
        id=row.pk,
        name=row.name,
        time_zone=row.time_zone,
        shifts=week.shifts,
        overrides=tuple(
            OverrideView(
                id=each.pk,
                user_id=each.user_id,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                reason=each.reason,
            )
            for each in overrides
        ),
        on_duty=week.on_duty(at),
        gaps=tuple(week.gaps(at, _GAP_DAYS)),
    )


def _alert_view(row: Alert) -> AlertView:
    return AlertView(
        id=row.pk,
        incident_id=row.incident_id,
        kind=row.kind,
        severity=row.severity,
        station_ids=tuple(row.station_ids),
        location_ids=tuple(row.location_ids),
        state=row.state,
        step=row.step,
        next_at=row.next_at,
        opened_at=row.opened_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        resolved_at=row.resolved_at,
    )


def _delivery_view(row: Delivery) -> DeliveryView:
    return DeliveryView(
        id=row.pk,
        user_id=row.user_id,
        user_name=row.user.name or row.user.email,
        channel_label=row.channel.label if row.channel else "",
        kind=ChannelKind(row.channel.kind) if row.channel else ChannelKind.MAIL,
        purpose=row.purpose,
        state=row.state,
        attempts=row.attempts,
        queued_at=row.queued_at,
        not_before=row.not_before,
        finished_at=row.finished_at,
        error=row.error,
        answer=row.answer,
        alert=_alert_view(row.alert) if row.alert else None,
    )
