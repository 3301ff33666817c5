"""What a durably stored, answered message costs: our gateway with PostgreSQL, beside a bare C echo and the usual
server of the PyPI `ocpp` library, all under the same load in the same call.

    python -m benchmarks.gateway [--quick]

Messages: MeterValues with three samples, MeterValues of a three-phase station with eight, and
TransactionEvent(Updated) with three. The three are measured in turn, several times, as machines have better and
worse minutes; what counts is the middle of each, and the middle of the ratios of each turn. Prints a table and
writes build/bench/gateway.json.
Goals: at most 10 times the CPU of the echo, at most a fifteenth of the library's; p99 under 50 ms with 2,000
stations; 12 kB an idle connection, 40 kB with TLS.
"""

import argparse
import datetime as dt
import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import django
import msgspec
import psutil
from benchmarks.processes import ROOT, Load, cpu_seconds, first_line, load, memory_bytes, running
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import call_command
from django.db import connection

from chargehand.project.embedded_postgres import EmbeddedPostgres

REPORT = ROOT / "build" / "bench" / "gateway.json"
PASSWORD = "benchmark-password-1"
STATIONS = 2000
TURNS = 5
PACED_SECONDS = 10.0


class Measured(msgspec.Struct):
    """One server under one load."""

    messages: int
    errors: int
    cpu_us: float
    cpu_us_of_first: float
    p50_ms: float
    p99_ms: float


def measure(generator: Load, pids: list[int]) -> Measured:
    """Put a server under load once, until all is answered; its CPU is that of all `pids` and their children."""
    before = [cpu_seconds(pid) for pid in pids]
    result = generator.run()
    after = [cpu_seconds(pid) for pid in pids]
    count = max(1, result["messages"])
    used = [(end - start) / count * 1e6 for start, end in zip(before, after, strict=True)]
    return Measured(
        result["messages"], result["errors"], sum(used), used[0], result["p50_ms"], result["p99_ms"]
    )


@contextmanager
def c_echo() -> Iterator[tuple[str, int]]:
    """Compile and run the echo."""
    with tempfile.TemporaryDirectory() as directory:
        binary = Path(directory) / "echo"
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise SystemExit("The benchmark needs a C compiler for its baseline: install gcc.")
        subprocess.run([compiler, "-O2", "-o", str(binary), str(ROOT / "benchmarks" / "echo.c")], check=True)
        with running(str(binary)) as process:
            yield f"ws://127.0.0.1:{first_line(process)}", process.pid


@contextmanager
def ocpp_library() -> Iterator[tuple[str, int]]:
    """Run the library's server."""
    with running(sys.executable, str(ROOT / "benchmarks" / "ocpp_library.py")) as process:
        yield f"ws://127.0.0.1:{first_line(process)}", process.pid


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """Make a key and a certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    certfile, keyfile = directory / "cert.pem", directory / "key.pem"
    certfile.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    keyfile.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certfile, keyfile


@contextmanager
def gateway(url: str, directory: Path) -> Iterator[tuple[int, int, int]]:
    """Run our gateway on a database; yields port, TLS port and process."""
    certfile, keyfile = make_certificate(directory)
    port, tls_port, health = free_port(), free_port(), free_port()
    env = {
        "CHARGEHAND_DATABASE_URL": url,
        "CHARGEHAND_SECRET_KEY": "benchmark" * 8,
        "CHARGEHAND_GATEWAY_PORT": str(port),
        "CHARGEHAND_GATEWAY_TLS_PORT": str(tls_port),
        "CHARGEHAND_GATEWAY_HEALTH_PORT": str(health),
        "CHARGEHAND_TLS_CERTIFICATE": str(certfile),
        "CHARGEHAND_TLS_KEY": str(keyfile),
        "CHARGEHAND_LOG_LEVEL": "warning",
    }
    with running(sys.executable, "-m", "chargehand.project", "gateway", env=env) as process:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{health}/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                time.sleep(0.1)
        yield port, tls_port, process.pid


def fill_database(url: str) -> None:
    """Migrate, and make the stations."""
    os.environ["CHARGEHAND_DATABASE_URL"] = url
    os.environ.setdefault("CHARGEHAND_SECRET_KEY", "benchmark" * 8)
    os.environ["DJANGO_SETTINGS_MODULE"] = "chargehand.project.settings"
    django.setup()
    entry = importlib.import_module("chargehand.domain.stations.entry")  # needs Django
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_operator (name, slug, country, time_zone, currency, created_at)"
            " VALUES ('Bench', 'bench', 'DE', 'UTC', 'EUR', now()) RETURNING id"
        )
        operator = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO stations_station (operator_id, identity, identity_key, name, approval, security_profile,"
            " password_hash, next_password_hash, version_pinned, assumes_version, vendor, model, serial_number,"
            " firmware_version, iccid, imsi, meter_type, meter_serial_number, version, boot_reason, reported_status,"
            " reported_error, intent_operative, notes, created_at)"
            " SELECT %s, 'bench-' || n, 'bench-' || n, '', 'accepted', 1, %s, '', '', '', '', '', '', '', '', '', '',"
            " '', '', '', '', '', true, '', now() FROM generate_series(0, %s) n",
            [operator, entry.hash_password(PASSWORD.encode()), STATIONS],
        )
    connection.close()


def idle_bytes(url: str, pid: int, stations: int) -> float:
    """Return the memory of one idle connection."""
    with load(url, message="idle", stations=20, password=PASSWORD):
        time.sleep(1)
    before = memory_bytes(pid)
    with load(url, message="idle", stations=stations, password=PASSWORD):
        time.sleep(3)
        return (memory_bytes(pid) - before) / stations


def postmaster_pid(server: EmbeddedPostgres) -> int:
    """Return the process that all of PostgreSQL's descend from."""
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def run(*, quick: bool) -> dict[str, Any]:
    """Measure everything and return the report."""
    seconds = 1.0 if quick else 2.5
    cases: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="chargehand-bench-") as folder:
        directory = Path(folder)
        directory.chmod(0o755)
        server = EmbeddedPostgres(directory / "postgres")
        server.open()
        try:
            fill_database(server.url())
            with gateway(server.url(), directory) as (port, _, pid):
                idle = {"bytes_per_idle_connection": idle_bytes(f"ws://127.0.0.1:{port}", pid, 1000)}
            with gateway(server.url(), directory) as (_, tls_port, pid):
                tls = f"wss://127.0.0.1:{tls_port}"
                idle["bytes_per_idle_tls_connection"] = idle_bytes(tls, pid, 1000)
            with gateway(server.url(), directory) as (port, _, pid):
                pids = [pid, postmaster_pid(server)]
                url = f"ws://127.0.0.1:{port}"
                offset = 0
                for message in ("meter-values", "three-phases", "transaction-event"):
                    for stations in (200, STATIONS):
                        name = f"{message}-{stations}"
                        cases[name] = measure_case(url, pids, message, stations, seconds, offset)
                        offset += 1_000_000
        finally:
            server.close()
    for case in cases.values():
        case.update(idle)
    return {"cases": cases, "machine": {"cpus": psutil.cpu_count(), "python": sys.version.split()[0]}}


def measure_case(
    url: str, pids: list[int], message: str, stations: int, seconds: float, offset: int
) -> dict[str, Any]:
    """Measure one case: ours in turn with both baselines at full speed; then a message a second and station."""
    common: dict[str, Any] = {"message": message, "stations": stations, "password": PASSWORD}
    with c_echo() as (echo_url, echo_pid), ocpp_library() as (library_url, library_pid):
        servers = [(url, pids), (echo_url, [echo_pid]), (library_url, [library_pid])]
        with ExitStack() as loads:
            generators = [
                loads.enter_context(load(each, seconds=seconds, offset=offset, **common))
                for each, _ in servers
            ]
            turns = [
                [measure(generator, of) for generator, (_, of) in zip(generators, servers, strict=True)]
                for _ in range(TURNS + 1)
            ]
    del turns[0]  # in which all grew warm
    ours, echoes, libraries = zip(*turns, strict=True)
    with load(url, seconds=PACED_SECONDS, offset=offset + 800_000, pause=1.0, **common) as generator:
        paced = measure(generator, pids)
    cpu_us = median(each.cpu_us for each in ours)
    of_gateway = median(each.cpu_us_of_first for each in ours)
    return {
        "cpu_us_per_message": round(cpu_us, 1),
        "gateway_cpu_us_per_message": round(of_gateway, 1),
        "postgres_cpu_us_per_message": round(median(each.cpu_us - each.cpu_us_of_first for each in ours), 1),
        "messages_per_cpu_second": round(1e6 / cpu_us),
        "messages": sum(each.messages for each in ours),
        "errors": sum(each.errors for each in ours) + paced.errors,
        "echo_cpu_us_per_message": round(median(each.cpu_us for each in echoes), 2),
        "ocpp_library_cpu_us_per_message": round(median(each.cpu_us for each in libraries), 1),
        "ratio_to_c_echo": round(_middle_ratio(ours, echoes), 2),
        "ratio_to_ocpp_library": round(_middle_ratio(ours, libraries), 4),
        "p50_ms": round(paced.p50_ms, 2),
        "p99_ms": round(paced.p99_ms, 2),
        "p50_ms_at_full_speed": round(median(each.p50_ms for each in ours), 2),
        "p99_ms_at_full_speed": round(median(each.p99_ms for each in ours), 2),
        "paced_messages_per_second": round(paced.messages / PACED_SECONDS),
        "paced_cpu_us_per_message": round(paced.cpu_us, 1),
        "turns": [[round(each.cpu_us, 2) for each in turn] for turn in turns],
    }


def _middle_ratio(ours: Sequence[Measured], others: Sequence[Measured]) -> float:
    """Return the median of what ours cost to what others did in the same turn."""
    return median(mine.cpu_us / theirs.cpu_us for mine, theirs in zip(ours, others, strict=True))


def show(report: dict[str, Any]) -> None:
    """Print the table."""
    print(
        f"{'case':26}{'µs CPU':>8}{'echo':>7}{'× echo':>8}{'1/lib':>8}{'p50 ms':>8}{'p99 ms':>8}{'errors':>8}"
    )
    for name, case in report["cases"].items():
        library = 1 / case["ratio_to_ocpp_library"]
        print(
            f"{name:26}{case['cpu_us_per_message']:8.1f}{case['echo_cpu_us_per_message']:7.2f}"
            f"{case['ratio_to_c_echo']:8.2f}{library:8.1f}{case['p50_ms']:8.2f}{case['p99_ms']:8.2f}{case['errors']:8d}"
        )
    case = next(iter(report["cases"].values()))
    print(f"idle connection: {case['bytes_per_idle_connection'] / 1000:.1f} kB", end="")
    print(f", with TLS {case['bytes_per_idle_tls_connection'] / 1000:.1f} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a second a turn")
    report = run(quick=parser.parse_args().quick)
    show(report)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    sys.exit(1 if any(case["errors"] for case in report["cases"].values()) else 0)
