"""Whom to tell: people who may see the matter, those on duty among them, and the ways to reach each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import BOUND_TO_LOCATIONS, Permission, Role, may
from chargehand.domain.accounts.queries import PersonView
from chargehand.domain.notices.duty import OverrideTime, ShiftTime, Week
from chargehand.domain.notices.hours import Hours
from chargehand.domain.notices.models import Channel, EscalationStep, Override, Rota, Shift

#: Up to this severity quiet hours are not kept: danger, and hardware that fails (OCPP 2.x severities 0, 1).
DANGER = 1
TEAM = frozenset({Role.ADMIN, Role.OPERATIONS})


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach a person, and from when it may be used. `channel_id` None: mail to their account."""

    user_id: int
    channel_id: int | None
    not_before: datetime


def may_be_told(person: PersonView, location_ids: Collection[int]) -> bool:
    """Whether a person may know of incidents at these locations; they need to see one of them."""
    if not person.is_active or not may(person.role, Permission.INCIDENTS_VIEW):
        return False
    is_bound = bool(person.location_ids) or person.role in BOUND_TO_LOCATIONS
    return not is_bound or not set(person.location_ids).isdisjoint(location_ids)


def week_of(rota: Rota) -> Week:
    """The shifts and overrides of a rota."""
    shifts = Shift.objects.filter(rota=rota).order_by("weekday", "starts", "pk")
    overrides = Override.objects.filter(rota=rota).order_by("pk")
    return Week(
        zone=ZoneInfo(rota.time_zone),
        shifts=tuple(
            ShiftTime(weekday=row.weekday, starts=row.starts, ends=row.ends, user_id=row.user_id)
            for row in shifts
        ),
        overrides=tuple(
            OverrideTime(starts_at=row.starts_at, ends_at=row.ends_at, user_id=row.user_id)
            for row in overrides
        ),
    )


def people_of(
    operator_id: int, step: EscalationStep | None, location_ids: Collection[int], at: datetime
) -> list[PersonView]:
    """Whom a step names now: who is on duty, a person, or (None too) all of operations."""
    everybody = [each for each in accounts.people(operator_id) if may_be_told(each, location_ids)]
    if step is not None and step.rota is not None:
        wanted: Collection[int] = week_of(step.rota).on_duty(at)
    elif step is not None and step.user_id is not None:
        wanted = (step.user_id,)
    else:
        return [each for each in everybody if each.role in TEAM]
    return [each for each in everybody if each.user_id in wanted]


def ways_to(operator_id: int, people: Iterable[PersonView], *, severity: int, at: datetime) -> list[Way]:
    """The ways to tell people of a matter of this severity.

    Somebody without a channel of their own is reached by mail to the address of their account. Quiet hours
    put a message off to their end, unless there is danger.
    """
    wanted = [each.user_id for each in people]
    channels = usable_channels(operator_id, wanted)
    ways = []
    for user_id in wanted:
        own = [each for each in channels if each.user_id == user_id]
        if not own:
            ways.append(Way(user_id=user_id, channel_id=None, not_before=at))
        ways += [
            Way(user_id=user_id, channel_id=each.pk, not_before=first_moment(each, severity, at))
            for each in own
            if severity <= each.least_severity
        ]
    return ways


def usable_channels(operator_id: int, user_ids: Collection[int]) -> list[Channel]:
    """Channels of people that are proved to work and not switched off."""
    rows = Channel.objects.filter(
        operator_id=operator_id,
        user_id__in=user_ids,
        verified_at__isnull=False,
        removed_at__isnull=True,
        is_paused=False,
    )
    return list(rows.order_by("pk"))


def first_moment(channel: Channel | None, severity: int, at: datetime) -> datetime:
    """From when a message may go out by a channel."""
    if severity <= DANGER or channel is None or channel.quiet_from is None or channel.quiet_to is None:
        return at
    quiet = Hours(channel.quiet_from, channel.quiet_to, ZoneInfo(channel.time_zone))
    return quiet.end_after(at) if quiet.include(at) else at
