"""The figures behind an incident over time, the one that matters for its kind, with marks of what was changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

import msgspec
from django.utils.translation import gettext as _

from chargehand.domain.charging import attempts as charging
from chargehand.domain.charging.meter_samples import MeterSample, meter_samples
from chargehand.domain.health import incidents
from chargehand.domain.health.models import Incident
from chargehand.domain.health.treatments import treatment_of
from chargehand.domain.stations import connectivity
from chargehand.domain.stations.changes import changes
from chargehand.domain.tariffs.changes import tariff_changes

BEFORE: Final = timedelta(hours=6)
LONGEST: Final = timedelta(days=7)

#: More stations than this are not drawn one by one.
MOST_STATIONS: Final = 20

MarkKind: TypeAlias = Literal["firmware", "configuration", "tariff", "begin", "open", "end"]
#: Below so much current (A) no heating can be told.
_LEAST_A: Final = 8.0


class Point(msgspec.Struct, frozen=True):
    """A value at a time; None is a gap, never zero."""

    at: datetime
    value: float | None


class Series(msgspec.Struct, frozen=True):
    """One line or row of bars: name for people, unit ("" for counts), points by time."""

    name: str
    unit: str
    points: tuple[Point, ...]


class Mark(msgspec.Struct, frozen=True):
    """A vertical line: something was changed, or the incident began, opened or ended."""

    at: datetime
    kind: MarkKind
    label: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A graph: title as a question, how to draw it, its series of equal times, its marks."""

    title: str
    style: Literal["bars", "line"]
    since: datetime
    until: datetime
    step_s: int
    series: tuple[Series, ...]
    marks: tuple[Mark, ...]


class _Frame(msgspec.Struct, frozen=True):
    since: datetime
    until: datetime
    step: timedelta

    def times(self) -> list[datetime]:
        count = -(-(self.until - self.since) // self.step)
        return [self.since + number * self.step for number in range(count)]

    def stretch(self, at: datetime) -> datetime:
        return self.since + (at - self.since) // self.step * self.step


def evidence_of(row: Incident, now: datetime) -> Evidence:
    """Return the graph of an incident, from six hours before it began, a week at most."""
    frame = _frame(row, now)
    family = treatment_of(row.kind).family
    if family == "connectivity":
        title, style, series = _("When was it connected?"), "bars", _connected(row, frame)
    elif row.kind == "reboot-loop":
        title, style, series = _("How often did it restart?"), "bars", _boots(row, frame)
    elif family == "heat":
        title, style, series = _("How hot does it get for its current?"), "line", _heating(row, frame)
    elif family == "meter":
        title, style, series = _("Does the register follow the power?"), "line", _register(row, frame)
    elif family == "supply":
        title, style, series = _("What was the voltage?"), "line", _voltages(row, frame)
    else:
        title, style, series = _("How did attempts go?"), "bars", _attempts(row, frame)
    return Evidence(
        title=title,
        style="bars" if style == "bars" else "line",
        since=frame.since,
        until=frame.until,
        step_s=int(frame.step.total_seconds()),
        series=tuple(series),
        marks=tuple(_marks(row, frame)),
    )


def _frame(row: Incident, now: datetime) -> _Frame:
    until = min(row.resolved_at or now, now)
    since = max(row.began_at - BEFORE, until - LONGEST)
    minutes = 15 if until - since <= timedelta(days=2) else 60
    step = timedelta(minutes=minutes)
    floor = since.replace(minute=since.minute // 15 * 15 if minutes == 15 else 0, second=0, microsecond=0)
    return _Frame(floor, max(until, floor + step), step)


def _attempts(row: Incident, frame: _Frame) -> list[Series]:
    counts: dict[str, dict[datetime, int]] = {"good": defaultdict(int), "failed": defaultdict(int)}
    found = charging.attempts(row.operator_id, incidents.places_of(row), since=frame.since, until=frame.until)
    for each in found:
        if each.outcome in counts:
            counts[each.outcome][frame.stretch(each.at)] += 1
    names = {"failed": _("failed"), "good": _("went well")}
    return [
        Series(name, "", tuple(Point(at, float(counts[outcome].get(at, 0))) for at in frame.times()))
        for outcome, name in names.items()
    ]


def _connected(row: Incident, frame: _Frame) -> list[Series]:
    stations = incidents.stations_of(row)[:MOST_STATIONS]
    shares: dict[datetime, list[float]] = defaultdict(list)
    for station_id in stations:
        for each in connectivity.connected_shares(
            station_id, since=frame.since, until=frame.until, step=frame.step
        ):
            if each.share is not None:
                shares[each.at].append(each.share)
    points = tuple(
        Point(at, round(100 * sum(shares[at]) / len(shares[at]), 1) if shares[at] else None)
        for at in frame.times()
    )
    return [Series(_("connected"), "%", points)]


def _boots(row: Incident, frame: _Frame) -> list[Series]:
    known = connectivity.boots(row.station_id, since=frame.since, until=frame.until, step=frame.step)
    points = tuple(Point(at, float(known.get(at, 0))) for at in frame.times())
    return [Series(_("restarts"), "", points)]


def _samples(row: Incident, frame: _Frame, measurand: str) -> list[MeterSample]:
    found: list[MeterSample] = []
    after = None
    while True:
        page = meter_samples(
            row.operator_id,
            station_id=row.station_id,
            since=frame.since,
            until=frame.until,
            measurand=measurand,
            after=after,
            limit=5000,
        )
        found += [each for each in page.samples if row.evse in {0, each.evse}]
        after = page.after
        if after is None:
            return found


def _mean(samples: Sequence[MeterSample], frame: _Frame) -> dict[datetime, float]:
    sums: dict[datetime, list[float]] = defaultdict(list)
    for each in samples:
        sums[frame.stretch(each.measured_at)].append(float(each.value))
    return {at: sum(values) / len(values) for at, values in sums.items()}


def _points(frame: _Frame, values: dict[datetime, float], digits: int = 1) -> tuple[Point, ...]:
    return tuple(Point(at, round(values[at], digits) if at in values else None) for at in frame.times())


def _heating(row: Incident, frame: _Frame) -> list[Series]:
    """Temperature, and its rise over the coolest by the square of the current, in mK/A²."""
    heat = _mean(_samples(row, frame, "Temperature"), frame)
    currents: dict[datetime, float] = defaultdict(float)
    for each in _samples(row, frame, "Current.Import"):
        at = frame.stretch(each.measured_at)
        currents[at] = max(currents[at], float(each.value))
    coolest = min(heat.values(), default=0.0)
    rise = {
        at: 1000 * (warm - coolest) / currents[at] ** 2
        for at, warm in heat.items()
        if currents.get(at, 0.0) >= _LEAST_A
    }
    return [
        Series(_("temperature"), "°C", _points(frame, heat)),
        Series(_("rise by current squared"), "mK/A²", _points(frame, rise)),
    ]


def _register(row: Incident, frame: _Frame) -> list[Series]:
    """What the register rose by in each stretch, and what power times time gives, in Wh."""
    registers: dict[datetime, list[float]] = defaultdict(list)
    for each in _samples(row, frame, "Energy.Active.Import.Register"):
        if each.phase == "":
            registers[frame.stretch(each.measured_at)].append(float(each.value))
    power: dict[datetime, dict[datetime, float]] = defaultdict(lambda: defaultdict(float))
    for each in _samples(row, frame, "Power.Active.Import"):
        power[frame.stretch(each.measured_at)][each.measured_at] += float(each.value)
    hours = frame.step.total_seconds() / 3600
    expected = {at: hours * sum(values.values()) / len(values) for at, values in power.items()}
    risen, last = {}, None
    for at in frame.times():
        if at in registers:
            risen[at] = registers[at][-1] - (registers[at][0] if last is None else last)
            last = registers[at][-1]
    return [
        Series(_("register"), "Wh", _points(frame, risen)),
        Series(
            _("power × time"),
            "Wh",
            _points(frame, expected),
        ),
    ]


def _voltages(row: Incident, frame: _Frame) -> list[Series]:
    by_phase: dict[str, list[MeterSample]] = defaultdict(list)
    for each in _samples(row, frame, "Voltage"):
        by_phase[each.phase[:2] or _("all")].append(each)
    return [
        Series(phase, "V", _points(frame, _mean(samples, frame)))
        for phase, samples in sorted(by_phase.items())
    ]


def _marks(row: Incident, frame: _Frame) -> list[Mark]:
    stations = incidents.stations_of(row)
    marks = [
        Mark(each.at, each.kind, each.word)
        for each in changes(row.operator_id, stations, since=frame.since, until=frame.until)
    ]
    marks += [
        Mark(each.at, "tariff", each.name)
        for each in tariff_changes(
            row.operator_id,
            station_ids=stations,
            location_ids=[row.location_id] if row.location_id else [],
            since=frame.since,
            until=frame.until,
        )
    ]
    own: list[tuple[datetime | None, MarkKind, str]] = [
        (row.began_at, "begin", _("began")),
        (row.opened_at, "open", _("opened")),
        (row.resolved_at, "end", _("ended")),
    ]
    marks += [Mark(at, kind, label) for at, kind, label in own if at is not None]
    return sorted(marks, key=lambda mark: (mark.at, mark.kind, mark.label))
