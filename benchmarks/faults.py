"""How well faults are found: three seeded fleets through the detectors and four baselines, and a table."""

import argparse
import json
import statistics
import time
from collections import Counter
from pathlib import Path

import msgspec
from benchmarks.fault_baselines import BASELINES, Alarm
from benchmarks.fault_fleet import DAY, Event, Options, Scene
from benchmarks.fault_fleet_other import OtherScene
from benchmarks.fault_fleet_third import ThirdScene
from benchmarks.fault_scores import GRACE_S, Outcome, SampleCount, judge

from chargehand.domain.health.engine import Engine
from chargehand.domain.health.findings import Finding
from chargehand.domain.health.telemetry import read_line

REPORT = Path("build/bench/faults.json")
FLEETS: dict[str, type[Scene] | type[OtherScene] | type[ThirdScene]] = {
    "own": Scene,
    "other": OtherScene,
    "third": ThirdScene,
}


class Played(msgspec.Struct):
    """What came of some fleets."""

    events: list[Event] = []
    alarms: dict[str, list[Alarm]] = {}
    samples: list[int] = []
    months: float = 0.0
    spent_s: float = 0.0


def run(fleet: str, options: Options, played: Played, *, with_baselines: bool, verbose: bool) -> None:
    """Play one fleet through the detectors and the baselines."""
    scene = FLEETS[fleet](options)
    engine, count = Engine(), SampleCount(scene.events)
    baselines = {name: make() for name, make in BASELINES.items()} if with_baselines else {}
    alarms: dict[str, list[Alarm]] = {name: [] for name in ("detectors", *baselines)}
    findings: list[Finding] = []
    for text in scene.play():
        line = read_line(text)
        count.see(line)
        begun = time.process_time()
        found = engine.feed(line)
        played.spent_s += time.process_time() - begun
        findings += found
        for each in found:
            count.hear(each.found_at.timestamp(), each.members)
        for name, baseline in baselines.items():
            alarms[name] += baseline.feed(line)
    alarms["detectors"] = [
        Alarm(each.found_at.timestamp(), tuple(each.members), tuple(each.candidates)) for each in findings
    ]
    if verbose:
        explain(scene.events, alarms["detectors"], findings, engine.fleet.began)
    mark = f"{options.seed}/"
    played.samples += count.found
    played.months += len(engine.fleet.stations) * options.days / 30
    played.events += [
        msgspec.structs.replace(e, stations=tuple(mark + s for s in e.stations)) for e in scene.events
    ]
    for name, heard in alarms.items():
        told = [Alarm(a.at, tuple(mark + m for m in a.members), a.kinds) for a in heard]
        played.alarms.setdefault(name, []).extend(told)


def show(outcomes: dict[str, Outcome]) -> None:
    """Print the table."""
    head = f"{'method':<12}{'recall':>8}{'precision':>11}{'by kind':>9}{'false/month':>13}"
    print(f"{head}{'double/event':>14}{'right kind':>12}")
    for name, outcome in outcomes.items():
        figures = outcome.report()
        print(
            f"{name:<12}{figures['recall']:>8.2f}{figures['precision']:>11.2f}{figures['macro_precision']:>9.2f}"
            f"{figures['false_per_month']:>13.4f}{figures['doubled_per_event']:>14.2f}"
            f"{figures['right_kind']:>12.2f}"
        )
    mine = outcomes["detectors"]
    print(f"\n{'kind':<26}{'events':>7}{'recall':>8}{'median delay h':>16}")
    for kind, delays in sorted(mine.delays.items()):
        found = [delay for delay in delays if delay is not None]
        median = f"{statistics.median(found) / 3600:.1f}" if found else "-"
        print(f"{kind:<26}{len(delays):>7}{len(found) / len(delays):>8.2f}{median:>16}")
    figures = mine.report()
    lead, share = figures["lead_days_median"], 100 * figures["lead_7_days_share"]
    print(f"\ncontact: {len(mine.leads)} events, median lead {lead:.1f} days")
    print(f"         7 days and more: {share:.0f} %")
    print(f"sudden: median {figures['sudden_samples_median']:.0f} readings, {len(mine.samples)} events")
    print(f"false alarms: {dict(Counter(a.kinds[0] for a in mine.false))}")


def main() -> None:
    """Evaluate the seeds asked for, print, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fleet", choices=[*FLEETS, "all"], default="all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101])
    parser.add_argument("--stations", type=int, default=60)
    parser.add_argument("--days", type=float, default=56)
    parser.add_argument("--sample-seconds", type=int, default=300)
    parser.add_argument("--share", type=float, default=0.6, help="faults planted for each station")
    parser.add_argument("--kinds", help="only these kinds, with commas")
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--write", type=Path, help="write the first seed's telemetry, and its truth, here")
    parser.add_argument("--verbose", action="store_true", help="list what was missed and what was false")
    asked = parser.parse_args()
    fleets = list(FLEETS) if asked.fleet == "all" else [asked.fleet]
    kinds = tuple(asked.kinds.split(",")) if asked.kinds else Options().kinds
    report: dict[str, dict[str, dict[str, float]]] = {}
    for fleet in fleets:
        played = Played()
        for seed in asked.seeds:
            options = Options(
                seed, asked.stations, asked.days, asked.sample_seconds, asked.share, kinds=kinds
            )
            if asked.write:
                write(fleet, options, asked.write)
                return
            run(fleet, options, played, with_baselines=not asked.no_baselines, verbose=asked.verbose)
        outcomes = {name: judge(played.events, each, played.months) for name, each in played.alarms.items()}
        outcomes["detectors"].samples = played.samples
        print(f"\n=== fleet: {fleet} ===")
        show(outcomes)
        months = f"{len(played.events)} events, {played.months:.0f} station-months"
        print(f"{months}, {played.spent_s:.0f} s in the detectors")
        report[fleet] = {name: outcome.report() for name, outcome in outcomes.items()}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


def explain(events: list[Event], alarms: list[Alarm], findings: list[Finding], began: float) -> None:
    """Print every false alarm and every event that was missed."""
    outcome = judge(events, alarms, 1.0)
    wrong = {(each.at, each.members) for each in outcome.false}
    for finding in findings:
        if (finding.found_at.timestamp(), tuple(finding.members)) in wrong:
            day = (finding.found_at.timestamp() - began) / DAY
            print(f"FALSE day {day:.1f} {finding.station}#{finding.evse} {finding.kind}: {finding.evidence}")
    for event in events:
        names = set(event.stations)
        heard = [a for a in alarms if names & set(a.members) and event.begins <= a.at <= event.ends + GRACE_S]
        span = f"day {(event.begins - began) / DAY:.1f} to {(event.ends - began) / DAY:.1f}"
        where = f"{event.kind} {event.stations[0]}#{event.evse} {span}"
        if not heard:
            print(f"MISSED {where}")
        elif not any(event.kind in a.kinds for a in heard):
            print(f"MISNAMED {where}: {[a.kinds for a in heard]}")


def write(fleet: str, options: Options, path: Path) -> None:
    """Write the telemetry and, beside it, the events as JSON."""
    scene = FLEETS[fleet](options)
    with path.open("wb") as out:
        for text in scene.play():
            out.write(text + b"\n")
    path.with_suffix(".truth.json").write_bytes(msgspec.json.encode(scene.events))


if __name__ == "__main__":
    main()
