"""From charge detail records to numbered invoices with PDF: how long ten thousand take, and in how much memory.

    python -m benchmarks.invoices [--quick]

One process prices and invoices as the worker does, another prints as the invoices come; PostgreSQL works beside
them. Prints a table and writes build/bench/invoices.json. Goals: ten thousand within ten minutes on two cores, and
no more than a tenth more memory at the end than after the first thousand.
"""

import argparse
import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django
import psutil
from benchmarks.processes import ROOT, first_line, running
from django.core.management import call_command
from django.db import connection, transaction

from chargehand.project.embedded_postgres import EmbeddedPostgres

REPORT = ROOT / "build" / "bench" / "invoices.json"
CHARGES = 10_000
GOAL_S = 600.0
GOAL_GROWTH = 1.10
BATCH = 100
OPERATOR = "Benchmark"

_TRANSACTIONS = """
INSERT INTO charging_transaction (operator_id, station_id, evse, connector, state, charging_state, token_uid,
    token_kind, token_id, "authorization", stopped_by, is_offline, started_at, started_received_at, meter_start_wh,
    ended_at, ended_received_at, meter_stop_wh, stop_reason, energy_wh, flags, station_ref)
SELECT %(operator)s, %(station)s, 1, 1, 'ended', '', 'CARD', 'rfid', %(token)s, 'Accepted', '', false, t, t,
    n * 30000, t + interval '47 minutes', t + interval '47 minutes', n * 30000 + 9000 + n %% 20000, 'Local',
    9000 + n %% 20000, '{}', n::text
FROM generate_series(1, %(count)s) n,
    LATERAL (SELECT date_trunc('second', now()) - interval '30 days' + n * interval '4 minutes') AS m(t)
"""
_RECORDS = """
INSERT INTO charging_cdr (transaction_id, version, operator_id, started_at, ended_at, energy_wh, periods, flags,
    issued_at)
SELECT id, 1, operator_id, started_at, ended_at, energy_wh, jsonb_build_array(jsonb_build_object(
        'start_date_time', to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'dimensions', jsonb_build_array(jsonb_build_object('type', 'ENERGY', 'volume', (energy_wh / 1000)::text),
            jsonb_build_object('type', 'TIME', 'volume', (47.0 / 60)::text)))),
    '{}', ended_at
FROM charging_transaction ORDER BY id
"""
_TARIFF = {
    "country_code": "DE",
    "party_id": "BEN",
    "id": "",
    "currency": "EUR",
    "tax_included": "NO",
    "last_updated": "2026-01-01T00:00:00Z",
    "elements": [
        {
            "price_components": [
                {"type": "FLAT", "price": "0.50", "vat": "19", "step_size": 1},
                {"type": "ENERGY", "price": "0.4530", "vat": "19", "step_size": 1},
                {"type": "TIME", "price": "0.60", "vat": "19", "step_size": 1},
            ]
        }
    ],
}


def open_database(url: str) -> None:
    """Point Django at a database."""
    os.environ["CHARGEHAND_DATABASE_URL"] = url
    os.environ.setdefault("CHARGEHAND_SECRET_KEY", "benchmark" * 8)
    os.environ["DJANGO_SETTINGS_MODULE"] = "chargehand.project.settings"
    django.setup()


def room(name: str) -> Any:
    """Return a module that needs Django to be set up."""
    return importlib.import_module(f"chargehand.{name}")


def fill(count: int) -> int:
    """Make an operator with a price and so many unbilled records; return the operator."""
    call_command("migrate", verbosity=0)
    system = room("domain.accounts.principals").SYSTEM
    slug = room("domain.accounts.founding").found(
        operator_name=OPERATOR,
        country="DE",
        time_zone="Europe/Berlin",
        currency="EUR",
        email="bench@example.org",
        password="made-for-this-run",
        name="Bench",
    )
    operator_id: int = room("domain.accounts.queries").operator_by_slug(slug).id
    stations, tariffs = room("domain.stations.actions"), room("domain.tariffs.actions")
    details = stations.LocationDetails(name="Harbour", time_zone="Europe/Berlin", country="DE")
    place = stations.create_location(operator_id=operator_id, details=details)
    made = stations.create_station(operator_id=operator_id, identity="4107", location_id=place)
    token = room("domain.tokens.actions").issue_token(operator_id=operator_id, uid="CARD", actor=system)
    since = room("kernel.clock").now().replace(year=2025)
    saved = tariffs.create_tariff(
        operator_id=operator_id, name="Usual", ocpi_json=json.dumps(_TARIFF), actor=system, valid_from=since
    )
    tariffs.assign_tariff(operator_id=operator_id, tariff_id=saved.tariff_id, actor=system, valid_from=since)
    values = {"operator": operator_id, "station": made.station_id, "token": token, "count": count}
    with connection.cursor() as cursor:
        cursor.execute(_TRANSACTIONS, values)
        cursor.execute(_RECORDS)
        cursor.execute("ANALYZE")
    return operator_id


def issue(operator_id: int) -> None:
    """Price and invoice all records in batches, as the followers do; say the memory of each thousand."""
    prices, invoices = room("domain.billing.prices"), room("domain.billing.invoices")
    clock = room("kernel.clock")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM charging_cdr ORDER BY id")
        records = [row[0] for row in cursor.fetchall()]
    for place in range(0, len(records), BATCH):
        with transaction.atomic():
            outcomes = [*prices.price_cdrs(operator_id, records[place : place + BATCH]).values()]
        assert all(each.kind == "priced" for each in outcomes)
        with transaction.atomic():
            made = invoices.issue_invoices(operator_id, [each.id for each in outcomes], now=clock.now())
        assert len(made) == len(outcomes)
        tell_memory(place + BATCH)
    say({"done": len(records), "cpu_ms": spent_ms()})


def write(operator_id: int, count: int, folder: Path) -> None:
    """Print each invoice as soon as it is there; say the memory of each thousand."""
    register, pdf = room("domain.billing.invoice_register"), room("domain.billing.documents.pdf")
    last, written = 0, 0
    while written < count:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM billing_invoice WHERE id > %s ORDER BY id LIMIT 100", [last])
            found = [row[0] for row in cursor.fetchall()]
        if not found:
            time.sleep(0.05)
        for invoice_id in found:
            document = register.invoice_document(operator_id, invoice_id)
            (folder / f"{document.number}.pdf").write_bytes(pdf.write_pdf(document))
            written += 1
            tell_memory(written)
        last = found[-1] if found else last
    say({"done": written, "cpu_ms": spent_ms()})


def tell_memory(done: int) -> None:
    """Say after each thousand how much memory this process has of its own."""
    if done % 1000 == 0:
        say({"at": done, "bytes": psutil.Process().memory_full_info().uss})


def spent_ms() -> int:
    """Return the processor time that this process took, which others on the machine do not lengthen."""
    times = psutil.Process().cpu_times()
    return round(1000 * (times.user + times.system))


def say(what: dict[str, int]) -> None:
    """Print a line for the process that measures."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def run(count: int) -> dict[str, Any]:
    """Measure and return the report."""
    with tempfile.TemporaryDirectory(prefix="chargehand-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        (directory / "documents").mkdir()
        server = EmbeddedPostgres(directory / "postgres")
        server.open()
        try:
            open_database(server.url())
            operator_id = fill(count)
            return measure(server.url(), operator_id, count, directory / "documents")
        finally:
            connection.close()
            server.close()


def measure(url: str, operator_id: int, count: int, folder: Path) -> dict[str, Any]:
    """Let both processes work, and return time and memory."""
    part = (sys.executable, "-m", "benchmarks.invoices", "--url", url, "--operator", str(operator_id))
    more = ("--charges", str(count), "--folder", str(folder))
    began = time.monotonic()
    memory: dict[str, list[int]] = {"issue": [], "write": []}
    spent = {"issue": 0, "write": 0}
    with (
        running(*part, *more, "--part", "issue") as issuer,
        running(*part, *more, "--part", "write") as writer,
    ):
        for role, process in (("issue", issuer), ("write", writer)):
            while "done" not in (told := json.loads(first_line(process))):
                memory[role].append(told["bytes"])
            spent[role] = told["cpu_ms"]
            if role == "issue":
                issued = time.monotonic() - began
        written = time.monotonic() - began
    sizes = [each.stat().st_size for each in folder.iterdir()]
    assert len(sizes) == count, "every record has its document"
    growth = max((values[-1] / values[0] for values in memory.values() if values), default=1.0)
    return {
        "charges": count,
        "issued_s": round(issued, 1),
        "printed_s": round(written, 1),
        "ms_per_charge": round(1000 * written / count, 1),
        "seconds_for_10000": round(written / count * 10_000, 1),
        "goal_s": GOAL_S,
        "cpu_ms_per_charge": {role: round(value / count, 1) for role, value in spent.items()},
        "peak_mb": {role: max(values, default=0) // 2**20 for role, values in memory.items()},
        "memory_growth": round(growth, 3),
        "goal_growth": GOAL_GROWTH,
        "bytes_per_document": sum(sizes) // len(sizes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two thousand charges")
    for name in ("url", "part", "folder"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    parser.add_argument("--operator", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--charges", type=int, default=CHARGES)
    options = parser.parse_args()
    if options.part:
        open_database(options.url)
        if options.part == "issue":
            issue(options.operator)
        else:
            write(options.operator, options.charges, Path(options.folder))
        return
    report = run(2000 if options.quick else options.charges)
    print(
        f"{report['charges']:,} records: invoiced in {report['issued_s']} s, printed in {report['printed_s']} s"
    )
    print(f"10,000 would take {report['seconds_for_10000']} s (goal: at most {GOAL_S:g} s)")
    print(
        f"processor time for each, ms: {report['cpu_ms_per_charge']}; memory at most, MB: {report['peak_mb']}"
    )
    print(
        f"memory at the end to that after a thousand: {report['memory_growth']} (goal: at most {GOAL_GROWTH})"
    )
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
