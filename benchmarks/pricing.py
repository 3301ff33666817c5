"""Sessions priced per second on one core, beside a baseline that only multiplies kWh by one price."""

import datetime as dt
import json
import random
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from chargehand.domain.tariffs.command import price_lines
from chargehand.domain.tariffs.ocpi_sessions import read_session
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.pricing import Pricer

GOAL = 2_000
SESSIONS = 2_000
REPORT = Path("build/bench/pricing.json")
TARIFF = {
    "id": "typical",
    "currency": "EUR",
    "tax_included": "NO",
    "elements": [
        {"price_components": [{"type": "FLAT", "price": 0.5, "vat": 19, "step_size": 1}]},
        {
            "price_components": [{"type": "ENERGY", "price": 0.39, "vat": 19, "step_size": 1}],
            "restrictions": {"start_time": "22:00", "end_time": "06:00"},
        },
        {"price_components": [{"type": "ENERGY", "price": 0.49, "vat": 19, "step_size": 1}]},
        {
            "price_components": [{"type": "PARKING_TIME", "price": 6, "vat": 19, "step_size": 60}],
            "restrictions": {"min_duration": 14400},
        },
    ],
}


def make_sessions(count: int) -> list[bytes]:
    """Make sessions with one charging and one parking period, as a station on the street sees them."""
    chance = random.Random(7)
    sessions = []
    for _ in range(count):
        start = dt.datetime(2025, 3, 28, tzinfo=dt.UTC) + dt.timedelta(seconds=chance.randrange(400_000))
        charging, parking = chance.randrange(900, 14_400), chance.randrange(60, 18_000)
        middle = start + dt.timedelta(seconds=charging)
        session = {
            "start_date_time": start.isoformat(),
            "end_date_time": (middle + dt.timedelta(seconds=parking)).isoformat(),
            "currency": "EUR",
            "charging_periods": [
                {
                    "start_date_time": start.isoformat(),
                    "dimensions": [
                        {"type": "ENERGY", "volume": chance.randrange(500, 60_000) / 1000},
                        {"type": "TIME", "volume": round(charging / 3600, 4)},
                    ],
                },
                {
                    "start_date_time": middle.isoformat(),
                    "dimensions": [{"type": "PARKING_TIME", "volume": round(parking / 3600, 4)}],
                },
            ],
        }
        sessions.append(json.dumps(session).encode())
    return sessions


def measure(work: Callable[[], object]) -> float:
    """Return sessions per second of processor time, the best of three runs."""
    best = 0.0
    for _ in range(3):
        begun = time.process_time()
        work()
        best = max(best, SESSIONS / (time.process_time() - begun))
    return best


def multiply(texts: list[bytes]) -> Decimal:
    """Do what the simplest system does: kWh times a price, no rules and no account of it."""
    total = Decimal(0)
    for text in texts:
        session = msgspec.json.decode(text)
        for period in session["charging_periods"]:
            for dimension in period["dimensions"]:
                if dimension["type"] == "ENERGY":
                    total += Decimal(str(dimension["volume"])) * Decimal("0.49")
    return total


def main() -> None:
    """Measure, print and write the report."""
    texts = make_sessions(SESSIONS)
    pricer = Pricer(read_tariff(json.dumps(TARIFF)), ZoneInfo("Europe/Berlin"))
    sessions = [read_session(text) for text in texts]
    prefix = b'{"id":1,"time_zone":"Europe/Berlin","tariff":' + json.dumps(TARIFF).encode() + b',"session":'
    lines = [prefix + text + b"}" for text in texts]
    found = {
        "price_per_second": measure(lambda: [pricer.price(session) for session in sessions]),
        "batch_lines_per_second": measure(lambda: sum(len(line) for line in price_lines(lines))),
        "baseline_per_second": measure(lambda: multiply(texts)),
    }
    report = {name: round(value) for name, value in found.items()} | {"goal_per_second": GOAL}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    print(f"price()               {report['price_per_second']:>8} sessions/s (goal {GOAL})")
    print(f"JSON in, priced, out  {report['batch_lines_per_second']:>8} sessions/s")
    print(f"kWh x price baseline  {report['baseline_per_second']:>8} sessions/s")


if __name__ == "__main__":
    main()
