"""Learning in which zone a station means times that name none, from how far they are off (quirk D2)."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.stations.models import ChargingStation

#: All zones of the world differ from UTC by whole quarters of an hour, at most fourteen hours.
STEP: Final = timedelta(minutes=15)
FURTHEST: Final = timedelta(hours=14)
#: A clock that is further off a zone's time than this is wrong, not local; so far two measures may differ, too.
TOLERANCE: Final = timedelta(minutes=1)

#: Zones without summer time for offsets that are no whole hours.
_ODD: Final = {
    timedelta(hours=-9, minutes=-30): "Pacific/Marquesas",
    timedelta(hours=3, minutes=30): "Asia/Tehran",
    timedelta(hours=4, minutes=30): "Asia/Kabul",
    timedelta(hours=5, minutes=30): "Asia/Kolkata",
    timedelta(hours=5, minutes=45): "Asia/Kathmandu",
    timedelta(hours=6, minutes=30): "Asia/Yangon",
    timedelta(hours=9, minutes=30): "Australia/Darwin",
}


def offset_of(skew: timedelta) -> timedelta | None:
    """Return the offset of a zone that explains how far times are ahead of ours; None where none does, or UTC."""
    offset = STEP * round(skew / STEP)
    is_near = abs(skew - offset) <= TOLERANCE and abs(offset) <= FURTHEST
    return offset if is_near and offset else None


def zone_of(offset: timedelta, site_zone: str, at: datetime) -> str | None:
    """Return the IANA zone of an offset: the site's where it has that now, else one without summer time."""
    if site_zone and at.astimezone(ZoneInfo(site_zone)).utcoffset() == offset:
        return site_zone
    hours, rest = divmod(offset, timedelta(hours=1))
    return _ODD.get(offset) if rest else f"Etc/GMT{-hours:+d}"  # its sign is that of POSIX


@transaction.atomic
def learn_zone(*, station_id: int, skew: timedelta, at: datetime) -> timedelta | None:
    """Let a station's times count in the zone that explains them; return its offset, None where nothing is learnt.

    `skew` is how far a time without a zone was ahead of its receipt. It must be that of the station's last status,
    too; where people chose a zone it stands. Counts from the next connection on.
    """
    row = (
        ChargingStation.objects.select_for_update(of=("self",)).select_related("location").get(pk=station_id)
    )
    offset = offset_of(skew)
    if offset is None or row.clock_zone or row.clock_skew_s is None:
        return None
    if abs(timedelta(seconds=row.clock_skew_s) - skew) > TOLERANCE:
        return None
    zone = zone_of(offset, row.location.time_zone if row.location else "", at)
    if zone is None:
        return None
    row.clock_zone = zone
    row.save(update_fields=["clock_zone"])
    audit.write_audit(SYSTEM, row.operator_id, "station.zone_learnt", f"station:{row.pk}", {"value": zone})
    return offset
