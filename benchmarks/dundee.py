"""Real charges through the detectors: Dundee City Council's public stations, September 2017 to September 2018.

Contains Dundee City Council information, licensed under the Open Government Licence v3. The folder holds the four
published files (`sessions_*.csv.gz`). Charges alone are recorded: no heartbeats, no readings, no codes.
"""

import argparse
import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from chargehand.domain.health.engine import Engine
from chargehand.domain.health.findings import KINDS, Finding
from chargehand.domain.health.telemetry import AnyLine, Described, Started, Stopped

REPORT = Path("build/bench/dundee.json")
LONGEST = timedelta(hours=72)
NOTHING_KWH = 0.05
RUN = 5
FAST = ("Rapid", "Raption", "50kW")


class Charge(msgspec.Struct):
    """One charge as it was published, with its dates put right."""

    begins: datetime
    ends: datetime
    station: str
    connector: int
    kwh: float
    user: str | None
    site: str
    model: str

    @property
    def plug(self) -> tuple[str, int]:
        return self.station, self.connector


def read_moment(day: str, time: str) -> datetime:
    """Return a moment; where day and month may be swapped (days up to 12 of ISO dates), they are."""
    hour, minute = (int(part) for part in time.split(":")[:2])
    if "/" in day:
        date = datetime.strptime(day, "%d/%m/%Y").replace(tzinfo=UTC)
    else:
        date = datetime.fromisoformat(day).replace(tzinfo=UTC)
        if date.day <= 12:
            date = date.replace(month=date.day, day=date.month)
    return date + timedelta(hours=hour, minutes=minute)


def read_charges(folder: Path) -> list[Charge]:
    """Return what can be used of the files, by time: charges with an end, of sound length, at a known plug."""
    found: dict[str, Charge] = {}
    for path in sorted(folder.glob("sessions_*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                if not (row["End Date"] and row["CP ID"] and row["Total kWh"]):
                    continue
                begins = read_moment(row["Start Date"], row["Start Time"])
                ends = read_moment(row["End Date"], row["End Time"])
                kwh = float(row["Total kWh"])
                if begins < ends <= begins + LONGEST and kwh >= 0:
                    found[row["Charging event"]] = Charge(
                        begins, ends, row["CP ID"], int(row["Connector"] or 1), kwh,
                        row.get("User ID") or None, row["Site"], row["Model"],
                    )  # fmt: skip
    return sorted(found.values(), key=lambda each: each.begins)


def tell(charges: list[Charge]) -> Iterator[AnyLine]:
    """Yield the charges as telemetry."""
    registers: dict[tuple[str, int], float] = defaultdict(float)
    known: set[str] = set()
    lines: list[tuple[datetime, int, AnyLine]] = []
    for number, each in enumerate(charges):
        if each.station not in known:
            known.add(each.station)
            is_fast = any(word in each.model for word in FAST)
            plate = Described(
                t=charges[0].begins, station=each.station, site=each.site, vendor="APT", model=each.model,
                kind="DC" if is_fast else "AC", phases=3, max_power_w=50_000 if is_fast else 22_000,
            )  # fmt: skip
            lines.append((charges[0].begins, -1, plate))
        before = registers[each.plug]
        after = registers[each.plug] = before + 1_000 * each.kwh
        name, where = str(number), {"station": each.station, "evse": each.connector}
        start = Started(t=each.begins, transaction=name, token=each.user, meter_wh=before, **where)  # type: ignore[arg-type]
        stop = Stopped(t=each.ends, transaction=name, meter_wh=after, **where)  # type: ignore[arg-type]
        lines += [(each.begins, 2 * number + 1, start), (each.ends, 2 * number, stop)]
    for _, _, line in sorted(lines, key=lambda told: told[:2]):
        yield line


def find_runs(charges: list[Charge]) -> list[list[Charge]]:
    """Return the runs of five and more charges in a row at a plug that brought nothing."""
    by_plug: dict[tuple[str, int], list[Charge]] = defaultdict(list)
    for each in charges:
        by_plug[each.plug].append(each)
    runs: list[list[Charge]] = []
    for told in by_plug.values():
        run: list[Charge] = []
        for each in [*told, None]:
            if each is not None and each.kwh < NOTHING_KWH:
                run.append(each)
                continue
            if len(run) >= RUN:
                runs.append(run)
            run = []
    return runs


def sort_run(run: list[Charge], findings: list[Finding], engine: Engine) -> str:
    """Return `found`, `standing` (a finding from before stands still) or `missed`, as it is when a run has ended."""
    near = [each.found_at for each in findings if (each.station, each.evse) == run[0].plug]
    if any(run[0].begins <= at for at in near):
        return "found"
    place, since = f"{run[0].station}#{run[0].connector}", run[0].begins.timestamp()
    ledger = engine.fleet.ledger
    return "standing" if any(ledger.stood(place, kind, since) for kind in KINDS) else "missed"


def play(charges: list[Charge], runs: list[list[Charge]]) -> tuple[list[Finding], list[str]]:
    """Return the findings, and what became of each run."""
    engine, findings, sorts = Engine(), list[Finding](), [""] * len(runs)
    ends = sorted((run[-1].ends, number) for number, run in enumerate(runs))
    for line in tell(charges):
        while ends and ends[0][0] < line.t:
            number = ends.pop(0)[1]
            sorts[number] = sort_run(runs[number], findings, engine)
        findings += engine.feed(line)
    for _, number in ends:
        sorts[number] = sort_run(runs[number], findings, engine)
    return findings, sorts


def main() -> None:
    """Play a year, print and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args()
    charges = read_charges(asked.folder)
    runs = find_runs(charges)
    findings, sorts = play(charges, runs)
    stations = {each.station for each in charges}
    months = len(stations) * (charges[-1].begins - charges[0].begins).days / 30.4
    report = {
        "charges": len(charges),
        "stations": len(stations),
        "runs": len(runs),
        **{f"runs_{sort}": sorts.count(sort) for sort in ("found", "standing", "missed")},
        "findings": len(findings),
        "findings_per_station_month": round(len(findings) / months, 3),
        "kinds": dict(Counter(each.kind for each in findings)),
    }
    for name, value in report.items():
        print(f"{name:<30}{value}")
    if asked.verbose:
        for run, sort in zip(runs, sorts, strict=True):
            if sort == "missed":
                users = len({each.user for each in run})
                print(
                    f"missed: {run[0].plug}, {len(run)} from {run[0].begins} to {run[-1].ends}, {users} users"
                )
        for each in findings:
            print(f"{each.found_at:%Y-%m-%d} {each.station}#{each.evse} {each.kind}: {each.evidence}")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
