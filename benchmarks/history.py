"""Cost must not grow with history: CPU a message with 50 thousand, 500 thousand and 5 million samples stored.

    python -m benchmarks.history [--quick]

Prints the curve and writes build/bench/history.json. Goal: at most 10 % more at the end than at the beginning.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from benchmarks.gateway import PASSWORD, fill_database, gateway, measure, postmaster_pid
from benchmarks.processes import ROOT, load

from chargehand.project.embedded_postgres import EmbeddedPostgres

REPORT = ROOT / "build" / "bench" / "history.json"
SAMPLES_A_READING = 3
SIZES = (50_000, 500_000, 5_000_000)
GOAL = 1.10

_READINGS = """
INSERT INTO charging_reading (transaction_id, station_id, measured_at, station_time, received_at, evse, connector,
    is_inferred, series, readings)
SELECT NULL, 1 + n % 200, t, t, t, 1, 1, false, ARRAY[1, 2, 3], ARRAY[n, 7000.5, 30.2]
FROM generate_series(1, %s) n, LATERAL (SELECT now() - make_interval(secs => (n %% 5000000) * 0.1)) AS m(t)
"""
_MESSAGES = """
INSERT INTO stations_message (station_id, received_at, fingerprint, version, is_from_station, action, message_id,
    frame)
SELECT 1 + n % 200, now() - make_interval(secs => (n %% 5000000) * 0.1), n, 16, true, 'MeterValues', n::text,
    repeat('x', 350)
FROM generate_series(1, %s) n
"""


def grow(url: str, readings: int) -> None:
    """Add readings and their raw messages, as old as half a million seconds."""
    with psycopg.connect(url, autocommit=True) as database:
        for statement in (_READINGS, _MESSAGES):
            database.execute(statement.replace("n % 200", "n %% 200"), [readings])
        database.execute("VACUUM ANALYZE charging_reading")
        database.execute("VACUUM ANALYZE stations_message")
        database.execute("CHECKPOINT")


def run(*, quick: bool) -> dict[str, Any]:
    """Measure at each size and return the curve."""
    seconds, repeats = (2.0, 2) if quick else (5.0, 5)
    curve: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="chargehand-bench-") as folder:
        directory = Path(folder)
        directory.chmod(0o755)
        server = EmbeddedPostgres(directory / "postgres")
        server.open()
        try:
            fill_database(server.url())
            offset, stored = 0, 0
            for size in SIZES:
                grow(server.url(), (size - stored) // SAMPLES_A_READING)
                stored = size
                with gateway(server.url(), directory) as (port, _, pid):
                    pids, url = [pid, postmaster_pid(server)], f"ws://127.0.0.1:{port}"
                    offset += 1_000_000
                    options = {"message": "meter-values", "stations": 200, "password": PASSWORD}
                    with load(url, seconds=seconds, offset=offset, **options) as generator:
                        costs = [measure(generator, pids).cpu_us for _ in range(repeats + 1)]
                curve.append({"samples": size, "cpu_us_per_message": round(statistics.median(costs[1:]), 1)})
        finally:
            server.close()
    ratio = curve[-1]["cpu_us_per_message"] / curve[0]["cpu_us_per_message"]
    return {"curve": curve, "ratio": round(ratio, 3), "goal": GOAL}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="two seconds a measurement")
    report = run(quick=parser.parse_args().quick)
    for point in report["curve"]:
        print(f"{point['samples']:>10,} samples stored  {point['cpu_us_per_message']:6.1f} µs CPU a message")
    print(f"ratio last to first: {report['ratio']:.3f} (goal: at most {GOAL})")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    sys.exit(0)
