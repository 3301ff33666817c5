"""Samples per second and core through features and detectors, and whether memory stays flat over a day."""

import argparse
import json
import resource
import time
from pathlib import Path

from benchmarks.fault_fleet import Options, Scene

from chargehand.domain.health.engine import Engine
from chargehand.domain.health.telemetry import AnyLine, Metered, read_line

GOAL = 100_000
REPORT = Path("build/bench/detect.json")


def record(stations: int, days: float) -> list[bytes]:
    """Return the telemetry of a busy fleet, sampled every minute."""
    return list(Scene(Options(5, stations, days, sample_s=60, share=0.0, visits=12.0)).play())


def main() -> None:
    """Measure, print and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=40)
    parser.add_argument("--days", type=float, default=2.0)
    options = parser.parse_args()
    texts = record(options.stations, options.days)
    begun = time.process_time()
    lines: list[AnyLine] = [read_line(text) for text in texts]
    reading = time.process_time() - begun
    samples = sum(len(line.samples) for line in lines if isinstance(line, Metered))
    engine = Engine()
    half = len(lines) // 2
    begun = time.process_time()
    for line in lines[:half]:
        engine.feed(line)
    saved = len(engine.save())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for line in lines[half:]:
        engine.feed(line)
    spent = time.process_time() - begun
    report = {
        "samples_per_second": round(samples / spent),
        "samples_per_second_with_json": round(samples / (spent + reading)),
        "lines_per_second": round(len(lines) / spent),
        "samples": samples,
        "state_bytes_per_station_half": saved // options.stations,
        "state_bytes_per_station_end": len(engine.save()) // options.stations,
        "memory_growth_kb_second_half": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory,
        "goal_samples_per_second": GOAL,
    }
    for name, value in report.items():
        print(f"{name:<34}{value:>12}")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
