"""Attempts counted by station and day, so that questions over a year are sums."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, TypeAlias

from django.db.models import Sum

from chargehand.domain.charging import attempts as charging
from chargehand.domain.charging.attempts import Attempt
from chargehand.domain.health.models import AttemptDay
from chargehand.domain.health.uptime import attempts as visiting
from chargehand.domain.health.uptime.attempts import Counts, Try
from chargehand.domain.stations.histories import KnownPlug

Field: TypeAlias = Literal["site", "station", "model", "firmware", "day"]

#: A visit that went on at midnight is one: so much of the day before is read again.
BEFORE: Final = timedelta(hours=6)
_GOOD: Final = {"good": True, "failed": False}
_NAMES: Final = Counts.__struct_fields__


def count_days(
    operator_id: int, plugs: Collection[KnownPlug], sinces: Mapping[int, datetime], now: datetime
) -> None:
    """Count the attempts of stations anew from the earliest of their moments on, which begin a UTC day.

    The plugs are all those of their locations: visits go from station to station.
    """
    if not sinces:
        return
    since = min(sinces.values())
    stations = {plug.station_id: plug for plug in plugs}
    found = charging.attempts(
        operator_id, [(station_id, 0) for station_id in stations], since=since - BEFORE, until=now
    )
    tries = [_try(each, stations[each.station_id]) for each in found]
    days: dict[tuple[int, date], list[list[Try]]] = defaultdict(list)
    for visit in visiting.visits(tries):
        if visit[0].at >= since:
            days[visit[0].station_id, visit[0].at.astimezone(UTC).date()].append(visit)
    AttemptDay.objects.filter(station_id__in=list(stations), day__gte=since.date()).delete()
    rows = [_row(operator_id, stations[key[0]], key[1], visiting.count(days[key])) for key in sorted(days)]
    AttemptDay.objects.bulk_create(row for row in rows if row.visits)


def counts(
    operator_id: int,
    *,
    station_id: int | None = None,
    location_ids: Collection[int] | None = None,
    since: datetime,
    until: datetime,
) -> Counts:
    """Return the attempts of the UTC days from that of `since` to the last one that begins before `until`."""
    rows = AttemptDay.objects.filter(
        operator_id=operator_id, day__gte=since.astimezone(UTC).date(), day__lte=_last_day(until)
    )
    if station_id is not None:
        rows = rows.filter(station_id=station_id)
    if location_ids is not None:
        rows = rows.filter(station__location_id__in=list(location_ids))
    sums = rows.aggregate(**{name: Sum(name) for name in _NAMES})
    return Counts(**{name: sums[name] or 0 for name in _NAMES})


def first_try(
    operator_id: int,
    *,
    station_id: int | None = None,
    location_ids: Collection[int] | None = None,
    since: datetime,
    until: datetime,
) -> tuple[int, int]:
    """Return how many visits had a charge at the first try, and of how many that is known."""
    found = counts(operator_id, station_id=station_id, location_ids=location_ids, since=since, until=until)
    return found.first_good, found.visits


def counts_by(
    operator_id: int,
    field: Field,
    *,
    location_ids: Collection[int] | None = None,
    since: datetime,
    until: datetime,
) -> list[tuple[str, Counts]]:
    """Return the counts of each site, station, model, firmware or day, most visits first (days in order)."""
    names: dict[Field, tuple[str, ...]] = {
        "site": ("station__location__name",),
        "station": ("station__identity",),
        "model": ("vendor", "model"),
        "firmware": ("vendor", "model", "firmware"),
        "day": ("day",),
    }
    columns = names[field]
    rows = AttemptDay.objects.filter(
        operator_id=operator_id, day__gte=since.astimezone(UTC).date(), day__lte=_last_day(until)
    )
    if location_ids is not None:
        rows = rows.filter(station__location_id__in=list(location_ids))
    sums = rows.values(*columns).annotate(**{f"n_{name}": Sum(name) for name in _NAMES})
    found = [
        (
            " ".join(str(row[column]) for column in columns if row[column]),
            Counts(**{name: row[f"n_{name}"] for name in _NAMES}),
        )
        for row in sums.order_by(*columns)
    ]
    return found if field == "day" else sorted(found, key=lambda each: -each[1].visits)


def _last_day(until: datetime) -> date:
    return (until - timedelta(microseconds=1)).astimezone(UTC).date()


def _try(attempt: Attempt, plug: KnownPlug) -> Try:
    return Try(
        station_id=attempt.station_id,
        evse=attempt.evse or 0,
        site=plug.location_id,
        token=attempt.token_uid,
        at=attempt.at,
        ended_at=attempt.ended_at,
        is_good=_GOOD.get(attempt.outcome),
        has_charge=attempt.transaction_id is not None,
        has_energy=(attempt.energy_wh or 0) > 0,
    )


def _row(operator_id: int, plug: KnownPlug, day: date, counted: Counts) -> AttemptDay:
    numbers = {name: getattr(counted, name) for name in _NAMES}
    return AttemptDay(
        operator_id=operator_id,
        station_id=plug.station_id,
        day=day,
        vendor=plug.vendor,
        model=plug.model,
        firmware=plug.firmware_version,
        **numbers,
    )
