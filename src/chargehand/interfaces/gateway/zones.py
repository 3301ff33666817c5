"""Times that name no zone, placed where people said that a station's clock stands (quirks D2, D3)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from chargehand.domain.stations.events import (
    Event,
    MeterValuesReported,
    Noticed,
    SeveralNoticed,
    StatusReported,
    TransactionReported,
)
from chargehand.kernel import clock


def placed(event: Event, zone: str) -> Event:
    """Return an event whose times without a zone are local times of `zone` (an IANA name); others stay.

    An hour that comes twice when summer time ends is taken for its first.
    """
    where = ZoneInfo(zone)
    if isinstance(event, SeveralNoticed):
        return msgspec.structs.replace(
            event,
            notices=[msgspec.structs.replace(each, time=_place(each.time, where)) for each in event.notices],
            statuses=[
                msgspec.structs.replace(each, time=_place(each.time, where)) for each in event.statuses
            ],
        )
    if isinstance(event, StatusReported | Noticed | TransactionReported):
        event = msgspec.structs.replace(event, time=_place(event.time, where))
    if isinstance(event, MeterValuesReported | TransactionReported):
        readings = [msgspec.structs.replace(each, time=_place(each.time, where)) for each in event.readings]
        event = msgspec.structs.replace(event, readings=readings)
    return event


def _place(time: datetime | None, where: ZoneInfo) -> datetime | None:
    """Place a time; it can still be told by its zone that it named none."""
    if time is None or time.tzinfo is not clock.NO_ZONE:
        return time
    return time.replace(tzinfo=where).astimezone(clock.NO_ZONE)
