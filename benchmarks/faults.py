"""How well faults are found: seeded fleets through the detectors and four baselines, and a table of the outcome."""

import argparse
import json
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path

import msgspec
from benchmarks.fault_baselines import BASELINES, Alarm
from benchmarks.fault_fleet import DAY, START, Event, Options, Scene

from chargehand.domain.health.engine import Engine
from chargehand.domain.health.findings import Finding
from chargehand.domain.health.telemetry import read_line

REPORT = Path("build/bench/faults.json")
GRACE_S = 600.0


class Outcome(msgspec.Struct):
    """What a method made of the events: delays (s) of those found, extra alarms, false ones."""

    delays: dict[str, list[float | None]]
    right: int = 0
    named: int = 0
    doubled: int = 0
    false: list[Alarm] = []
    months: float = 1.0

    @property
    def recall(self) -> float:
        shares = [sum(d is not None for d in each) / len(each) for each in self.delays.values()]
        return statistics.fmean(shares) if shares else 0.0

    @property
    def hits(self) -> int:
        return sum(d is not None for each in self.delays.values() for d in each)

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + len(self.false))


def judge(events: list[Event], alarms: list[Alarm], months: float) -> Outcome:
    """Match alarms with events as the protocol says: one hit an event, further alarms are duplicates."""
    outcome = Outcome(defaultdict(list), months=months)
    first: dict[int, Alarm] = {}
    kinds: dict[int, set[str]] = defaultdict(set)
    for alarm in sorted(alarms, key=lambda each: each.at):
        matching = [
            number
            for number, event in enumerate(events)
            if set(alarm.members) & set(event.stations) and event.begins <= alarm.at <= event.ends + GRACE_S
        ]
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
        alarm_or_none = first.get(number)
        delay = None if alarm_or_none is None else alarm_or_none.at - event.begins
        outcome.delays[event.kind].append(delay)
        if alarm_or_none is not None:
            outcome.named += 1
            outcome.right += event.kind in kinds[number]
    return outcome


def run(options: Options) -> tuple[list[Event], dict[str, list[Alarm]], list[Finding], float]:
    """Play one fleet through the detectors and the baselines."""
    scene = Scene(options)
    engine = Engine()
    baselines = {name: make() for name, make in BASELINES.items()}
    alarms: dict[str, list[Alarm]] = {name: [] for name in ("detectors", *baselines)}
    findings: list[Finding] = []
    spent = 0.0
    for text in scene.play():
        line = read_line(text)
        begun = time.process_time()
        found = engine.feed(line)
        spent += time.process_time() - begun
        findings += found
        for name, baseline in baselines.items():
            alarms[name] += baseline.feed(line)
    alarms["detectors"] = [
        Alarm(each.found_at.timestamp(), tuple(each.members), tuple(each.candidates)) for each in findings
    ]
    return scene.events, alarms, findings, spent


def show(outcomes: dict[str, Outcome], *, verbose: bool) -> None:
    """Print the table."""
    head = f"{'method':<12}{'recall':>8}{'precision':>11}{'false/month':>13}{'double/event':>14}{'right kind':>12}"
    print(head)
    for name, outcome in outcomes.items():
        events = sum(len(each) for each in outcome.delays.values())
        print(
            f"{name:<12}{outcome.recall:>8.2f}{outcome.precision:>11.2f}"
            f"{len(outcome.false) / outcome.months:>13.3f}{outcome.doubled / max(1, events):>14.2f}"
            f"{outcome.right / max(1, outcome.named):>12.2f}"
        )
    mine = outcomes["detectors"]
    print(f"\n{'kind':<26}{'events':>7}{'recall':>8}{'median delay h':>16}")
    for kind, delays in sorted(mine.delays.items()):
        found = [delay for delay in delays if delay is not None]
        median = f"{statistics.median(found) / 3600:.1f}" if found else "-"
        print(f"{kind:<26}{len(delays):>7}{len(found) / len(delays):>8.2f}{median:>16}")
    if verbose:
        print("\nfalse alarms:", dict(Counter(each.kinds[0] for each in mine.false)))


def main() -> None:
    """Evaluate the seeds asked for, print, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101])
    parser.add_argument("--stations", type=int, default=60)
    parser.add_argument("--days", type=float, default=56)
    parser.add_argument("--sample-seconds", type=int, default=300)
    parser.add_argument("--share", type=float, default=0.6)
    parser.add_argument(
        "--write", type=Path, help="write the telemetry of the first seed, and its truth, here"
    )
    parser.add_argument("--verbose", action="store_true", help="list what was missed and what was false")
    options = parser.parse_args()
    if options.write:
        write(
            Options(options.seeds[0], options.stations, options.days, options.sample_seconds, options.share),
            options.write,
        )
        return
    events: list[Event] = []
    alarms: dict[str, list[Alarm]] = defaultdict(list)
    spent = 0.0
    for seed in options.seeds:
        told, heard, findings, cost = run(
            Options(seed, options.stations, options.days, options.sample_seconds, options.share)
        )
        spent += cost
        mark = f"{seed}/"
        events += [msgspec.structs.replace(e, stations=tuple(mark + s for s in e.stations)) for e in told]
        for name, each in heard.items():
            alarms[name] += [Alarm(a.at, tuple(mark + m for m in a.members), a.kinds) for a in each]
        if options.verbose:
            explain(told, heard["detectors"], findings)
    months = len(options.seeds) * options.stations * options.days / 30
    outcomes = {name: judge(events, each, months) for name, each in alarms.items()}
    show(outcomes, verbose=options.verbose)
    print(f"\n{len(events)} events, {months:.0f} station-months, {spent:.0f} s in the detectors")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    report = {
        name: {"recall": o.recall, "precision": o.precision, "false_per_month": len(o.false) / o.months}
        for name, o in outcomes.items()
    }
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


def explain(events: list[Event], alarms: list[Alarm], findings: list[Finding]) -> None:
    """Print every false alarm and every event that was missed."""
    outcome = judge(events, alarms, 1.0)
    wrong = {(each.at, each.members) for each in outcome.false}
    for finding in findings:
        if (finding.found_at.timestamp(), tuple(finding.members)) in wrong:
            day = (finding.found_at.timestamp() - START) / DAY
            print(f"FALSE day {day:.1f} {finding.station}#{finding.evse} {finding.kind}: {finding.evidence}")
    for event in events:
        heard = [
            a
            for a in alarms
            if set(a.members) & set(event.stations) and event.begins <= a.at <= event.ends + GRACE_S
        ]
        span = f"day {(event.begins - START) / DAY:.1f} to {(event.ends - START) / DAY:.1f}"
        if not heard:
            print(f"MISSED {event.kind} {event.stations[0]}#{event.evse} {span}")
        elif not any(event.kind in a.kinds for a in heard):
            print(
                f"MISNAMED {event.kind} {event.stations[0]}#{event.evse} {span}: {[a.kinds for a in heard]}"
            )


def write(options: Options, path: Path) -> None:
    """Write the telemetry and, beside it, the events as JSON."""
    scene = Scene(options)
    with path.open("wb") as out:
        for text in scene.play():
            out.write(text + b"\n")
    path.with_suffix(".truth.json").write_bytes(msgspec.json.encode(scene.events))


if __name__ == "__main__":
    main()
