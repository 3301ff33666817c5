"""The time of day: aware UTC, and nothing else."""

from datetime import UTC, datetime, timedelta, timezone

#: Station clocks earlier than this are clocks that were never set (quirk D1).
EARLIEST_CREDIBLE = datetime(2020, 1, 1, tzinfo=UTC)

#: The zone of times whose writer named none: they are taken for UTC, and can be told by this (quirk D2).
NO_ZONE = timezone(timedelta(0), "no zone")

#: A station clock further ahead than this is wrong (quirk D4).
FURTHEST_AHEAD = timedelta(minutes=5)


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def is_credible(station_time: datetime, received_at: datetime) -> bool:
    """Tell whether a station's own time can be believed, given when its message came in."""
    return EARLIEST_CREDIBLE <= station_time <= received_at + FURTHEST_AHEAD


def best_time(station_time: datetime | None, received_at: datetime) -> datetime:
    """Return the station's time where it is credible, else the time of receipt (quirks D1, D4, D6)."""
    if station_time is not None and is_credible(station_time, received_at):
        return station_time
    return received_at
