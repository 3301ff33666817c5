"""What the live watch takes in a second: stored readings through the engine, and what a save costs.

    python -m benchmarks.watch [--quick]

Stores readings of a busy fleet as the gateway does, lets the watch take them, saves, and lets another take over.
Prints a table and writes build/bench/watch.json. Goals: 20,000 samples a second, so that 2,000 stations with ten
samples a minute take a sixtieth of a core; a save of their state within 2 seconds.
"""

import argparse
import importlib
import json
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import django
from django.core.management import call_command
from django.db import connection

from chargehand.project.embedded_postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "build" / "bench" / "watch.json"
GOAL_SAMPLES = 20_000
GOAL_SAVE_S = 2.0
_SAMPLES = 10

_OPERATOR = """
INSERT INTO accounts_operator (name, slug, country, time_zone, currency, created_at)
VALUES ('Benchmark', 'benchmark', 'DE', 'Europe/Berlin', 'EUR', now()) RETURNING id
"""
_STATIONS = """
INSERT INTO stations_station (operator_id, identity, identity_key, name, approval, security_profile, password_hash,
    next_password_hash, version_pinned, assumes_version, vendor, model, serial_number, firmware_version, iccid,
    imsi, meter_type, meter_serial_number, version, boot_reason, reported_status, reported_error,
    intent_operative, notes, created_at)
SELECT %s, 'S' || n, 's' || n, '', 'accepted', 1, '', '', '', '', 'V', 'M' || n %% 7, '', '1.0', '', '', '', '', '',
    '', '', '', true, '', now() FROM generate_series(1, %s) n
"""
_SERIES = """
INSERT INTO charging_series (measurand, phase, location, context, unit, written_unit)
SELECT m, p, 'Outlet', 'Sample.Periodic', u, u FROM (VALUES ('Voltage', 'L1', 'V'), ('Voltage', 'L2', 'V'),
    ('Voltage', 'L3', 'V'), ('Current.Import', 'L1', 'A'), ('Current.Import', 'L2', 'A'),
    ('Current.Import', 'L3', 'A'), ('Power.Active.Import', '', 'W'), ('Temperature', '', 'Celsius'),
    ('Current.Offered', '', 'A'), ('Energy.Active.Import.Register', '', 'Wh')) AS s(m, p, u) RETURNING id
"""
_MINUTE = """
INSERT INTO charging_reading (transaction_id, station_id, measured_at, station_time, received_at, evse, connector,
    is_inferred, series, readings)
SELECT NULL, s.id, at.t, at.t, at.t, e, 1, false, %(series)s,
    ARRAY[230 + random(), 230 + random(), 230 + random(), 16, 16, 16, 11040, 30 + random(), 32,
          %(minute)s * 184 + s.id]::numeric[]
FROM stations_station s, generate_series(1, 2) e,
    LATERAL (SELECT %(at)s::timestamptz + make_interval(secs => s.id %% 60) AS t) at
"""


def fill(operator_id: int, stations: int, minutes: int) -> None:
    """Store `minutes` minutes of readings of two plugs at each station, a transaction each minute."""
    begun = datetime.now(UTC) - timedelta(minutes=minutes + 1)
    with connection.cursor() as cursor:
        cursor.execute(_STATIONS, [operator_id, stations])
        cursor.execute(_SERIES)
        series = [row[0] for row in cursor.fetchall()]
        for minute in range(minutes):
            at = begun + timedelta(minutes=minute)
            cursor.execute(_MINUTE, {"series": series, "minute": minute, "at": at})


def measure(operator_id: int, stations: int, minutes: int) -> dict[str, float]:
    """Let a watch take everything, save, and let another go on."""
    live = importlib.import_module("chargehand.domain.health.live")  # needs Django
    watcher = live.Watcher(operator_id, uuid4())
    spent, wall = time.process_time(), time.monotonic()
    while watcher.step(datetime.now(UTC)) == "more":
        pass
    spent, wall = time.process_time() - spent, time.monotonic() - wall
    begun = time.monotonic()
    watcher.release(datetime.now(UTC))
    saved = time.monotonic() - begun
    begun = time.monotonic()
    live.Watcher(operator_id, uuid4()).step(datetime.now(UTC))
    loaded = time.monotonic() - begun
    with connection.cursor() as cursor:
        cursor.execute("SELECT octet_length(state) FROM health_watch")
        size = cursor.fetchone()[0]
    samples = stations * 2 * minutes * _SAMPLES
    return {
        "stations": stations,
        "samples": samples,
        "samples_per_second_of_cpu": round(samples / spent),
        "samples_per_second_of_wall": round(samples / wall),
        "save_s": round(saved, 2),
        "take_over_s": round(loaded, 2),
        "state_mb": round(size / 1e6, 1),
        "goal_samples_per_second": GOAL_SAMPLES,
        "goal_save_s": GOAL_SAVE_S,
    }


def main() -> None:
    """Measure, print and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    stations, minutes = (200, 10) if options.quick else (2_000, 10)
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedPostgres(Path(directory) / "postgres")
        os.environ["CHARGEHAND_DATABASE_URL"] = server.open()
        os.environ.setdefault("CHARGEHAND_SECRET_KEY", "benchmark" * 8)
        os.environ["DJANGO_SETTINGS_MODULE"] = "chargehand.project.settings"
        try:
            django.setup()
            call_command("migrate", verbosity=0)
            with connection.cursor() as cursor:
                cursor.execute(_OPERATOR)
                operator_id = cursor.fetchone()[0]
            fill(operator_id, stations, minutes)
            report = measure(operator_id, stations, minutes)
            connection.close()
        finally:
            server.close()
    for name, value in report.items():
        print(f"{name:<30}{value:>14,}")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
