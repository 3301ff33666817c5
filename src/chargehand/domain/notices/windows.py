"""Maintenance windows: whether one stands over stations, until when; opening and ending them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.notices.models import Alert, MaintenanceWindow
from chargehand.domain.stations import queries as stations
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused


def standing_over(
    operator_id: int, station_id: int | None, location_id: int | None, at: datetime
) -> list[MaintenanceWindow]:
    """The windows over a station at this time: its own, its location's, and those over everything."""
    place = Q(station__isnull=True, location__isnull=True)
    if station_id is not None:
        place |= Q(station_id=station_id)
    if location_id is not None:
        place |= Q(location_id=location_id)
    rows = MaintenanceWindow.objects.filter(operator_id=operator_id, starts_at__lte=at, ends_at__gt=at)
    return list(rows.filter(place).order_by("pk"))


def held_until(operator_id: int, places: Collection[tuple[int, int | None]], at: datetime) -> datetime | None:
    """When the first of these stations (id, location) leaves its windows; None: one stands in none."""
    ends = []
    for station_id, location_id in places:
        over = standing_over(operator_id, station_id, location_id, at)
        if not over:
            return None
        ends.append(max(window.ends_at for window in over))
    return min(ends, default=None)


@transaction.atomic
def open_window(
    *,
    operator_id: int,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    actor: Actor,
    location_id: int | None = None,
    station_id: int | None = None,
) -> int:
    """Let nobody be told for a time of what is wrong at a location, a station, or (neither) anywhere.

    Returns its id. Raises Refused `ends-first`, `no-reason`, `unknown-place`.
    """
    if ends_at <= starts_at or ends_at <= clock.now():
        raise Refused("ends-first", _("It must end after it begins, and not lie in the past."))
    if not reason.strip():
        raise Refused("no-reason", _("Say why nobody is to be told."))
    is_known = (location_id is None or stations.location(operator_id, location_id) is not None) and (
        station_id is None or stations.station(operator_id, station_id) is not None
    )
    if not is_known or (location_id is not None and station_id is not None):
        raise Refused("unknown-place", _("Choose one site or one charger."))
    row = MaintenanceWindow.objects.create(
        operator_id=operator_id,
        location_id=location_id,
        station_id=station_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:200],
        made_by=actor.name[:200],
        created_at=clock.now(),
    )
    audit.write_audit(actor, operator_id, "maintenance_window.opened", f"maintenance_window:{row.pk}")
    return row.pk


@transaction.atomic
def end_window(*, operator_id: int, window_id: int, actor: Actor) -> None:
    """End a window now, or forget one that has not begun; what it held back is told at once.

    Raises Refused `unknown-window`.
    """
    now = clock.now()
    rows = MaintenanceWindow.objects.select_for_update().filter(operator_id=operator_id, pk=window_id)
    row = rows.filter(ends_at__gt=now).first()
    if row is None:
        raise Refused("unknown-window", _("This window is over already."))
    if row.starts_at >= now:
        row.delete()
    else:
        row.ends_at = now
        row.save(update_fields=["ends_at"])
    Alert.objects.filter(operator_id=operator_id, state=Alert.State.HELD).update(next_at=now)
    audit.write_audit(actor, operator_id, "maintenance_window.ended", f"maintenance_window:{window_id}")
