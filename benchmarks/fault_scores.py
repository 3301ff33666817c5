"""How alarms are held against planted faults: hits, duplicates, false alarms, delays and leads."""

import statistics
from collections import Counter, defaultdict

import msgspec
from benchmarks.fault_baselines import Alarm
from benchmarks.fault_fleet import DAY, Event

from chargehand.domain.health.telemetry import AnyLine, Metered, seconds

GRACE_S = 600.0

#: Faults that a reading shows from one moment to the next.
SUDDEN = {
    *("voltage-sag", "voltage-swell", "phase-loss", "meter-frozen", "meter-rollback", "ct-reversed"),
    "measurand-fault",
}


class Outcome(msgspec.Struct):
    """What a method made of the events: delays (s) of those found, extra alarms, false ones, leads in days."""

    delays: dict[str, list[float | None]]
    right: int = 0
    named: int = 0
    doubled: int = 0
    false: list[Alarm] = []
    months: float = 1.0
    leads: list[float] = []
    samples: list[int] = []

    @property
    def recall(self) -> float:
        shares = [sum(d is not None for d in each) / len(each) for each in self.delays.values()]
        return statistics.fmean(shares) if shares else 0.0

    @property
    def hits(self) -> int:
        return sum(d is not None for each in self.delays.values() for d in each)

    @property
    def events(self) -> int:
        return sum(len(each) for each in self.delays.values())

    @property
    def precision(self) -> float:
        """Return the share of events among events found and false alarms."""
        return self.hits / max(1, self.hits + len(self.false))

    @property
    def macro_precision(self) -> float:
        """Return the mean over kinds of hits among hits and false alarms of that kind."""
        false = Counter(each.kinds[0] for each in self.false)
        hits = {kind: sum(d is not None for d in each) for kind, each in self.delays.items()}
        shares = [
            hits.get(kind, 0) / (hits.get(kind, 0) + false[kind])
            for kind in {*hits, *false}
            if hits.get(kind, 0) + false[kind]
        ]
        return statistics.fmean(shares) if shares else 0.0

    def report(self) -> dict[str, float]:
        """Return the figures by name."""
        found = {"lead_days_median": 0.0, "lead_7_days_share": 0.0, "sudden_samples_median": 0.0}
        if self.leads:
            found["lead_days_median"] = statistics.median(self.leads)
            found["lead_7_days_share"] = sum(lead >= 7 for lead in self.leads) / len(self.leads)
        if self.samples:
            found["sudden_samples_median"] = statistics.median(self.samples)
        return {
            "recall": self.recall,
            "precision": self.precision,
            "macro_precision": self.macro_precision,
            "false_per_month": len(self.false) / self.months,
            "doubled_per_event": self.doubled / max(1, self.events),
            "right_kind": self.right / max(1, self.named),
            **found,
        }


class SampleCount:
    """How many readings of the place concerned come between a sudden fault's beginning and its first alarm."""

    def __init__(self, events: list[Event]) -> None:
        self._open: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            if event.kind in SUDDEN:
                for station in event.stations:
                    self._open[station].append(event)
        self._seen: Counter[int] = Counter()
        self.found: list[int] = []

    def see(self, line: AnyLine) -> None:
        waiting = self._open.get(line.station)
        if not waiting or not isinstance(line, Metered) or line.transaction is None:
            return
        at = seconds(line.t)
        for event in waiting:
            if event.begins <= at <= event.ends and event.evse in {0, line.place}:
                self._seen[id(event)] += 1

    def hear(self, at: float, members: list[str]) -> None:
        for station in members:
            for event in list(self._open.get(station, [])):
                if event.begins <= at <= event.ends + GRACE_S:
                    self.found.append(self._seen[id(event)])
                    for each in event.stations:
                        self._open[each].remove(event)


def judge(events: list[Event], alarms: list[Alarm], months: float) -> Outcome:
    """Match alarms with events as the protocol says: one hit an event, further alarms are duplicates."""
    outcome = Outcome(defaultdict(list), months=months)
    by_station: dict[str, list[int]] = defaultdict(list)
    for number, event in enumerate(events):
        for station in event.stations:
            by_station[station].append(number)
    first: dict[int, Alarm] = {}
    kinds: dict[int, set[str]] = defaultdict(set)
    for alarm in sorted(alarms, key=lambda each: each.at):
        near = {number for member in alarm.members for number in by_station[member]}
        matching = [n for n in sorted(near) if events[n].begins <= alarm.at <= events[n].ends + GRACE_S]
        if not matching:
            outcome.false.append(alarm)
            continue
        number = min(matching, key=lambda n: events[n].kind not in alarm.kinds)
        kinds[number].update(alarm.kinds[:3])
        if number in first:
            outcome.doubled += 1
        else:
            first[number] = alarm
    for number, event in enumerate(events):
        heard = first.get(number)
        outcome.delays[event.kind].append(None if heard is None else heard.at - event.begins)
        if event.limit_at is not None:
            outcome.leads.append(-1.0 if heard is None else (event.limit_at - heard.at) / DAY)
        if heard is not None:
            outcome.named += 1
            outcome.right += event.kind in kinds[number]
    return outcome
