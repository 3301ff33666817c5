"""Tariffs and sessions made in few words, for the tests of pricing."""

import datetime as dt
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chargehand.domain.tariffs.ocpi_sessions import read_session
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.pricing import SessionPrice, price
from chargehand.domain.tariffs.trace import TraceEntry, TraceNote

BERLIN = "Europe/Berlin"
WEDNESDAY = dt.datetime(2025, 1, 15, 8, tzinfo=dt.UTC)  # 09:00 in Berlin


def component(kind: str, amount: str | int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "price": amount, "step_size": 1, **more}


def element(*components: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"price_components": list(components)}
    return {**found, "restrictions": restrictions} if restrictions else found


def tariff(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "T", "currency": "EUR", "elements": list(elements), **more}


def session(
    *periods: tuple[int, dict[str, Any]], minutes: int, start: dt.datetime = WEDNESDAY
) -> dict[str, Any]:
    """Build a session from (minute at which the period starts, volumes)."""
    return {
        "start_date_time": start.isoformat(),
        "end_date_time": (start + dt.timedelta(minutes=minutes)).isoformat(),
        "charging_periods": [
            {
                "start_date_time": (start + dt.timedelta(minutes=minute)).isoformat(),
                "dimensions": [{"type": kind, "volume": volume} for kind, volume in volumes.items()],
            }
            for minute, volumes in periods
        ],
    }


def cost(
    of: dict[str, Any], used: dict[str, Any], zone: str = BERLIN, *, expired: bool = False
) -> SessionPrice:
    return price(
        read_tariff(msgspec.json.encode(of)),
        read_session(msgspec.json.encode(used), reservation_expired=expired),
        ZoneInfo(zone),
    )


def totals(found: SessionPrice) -> tuple[Fraction | None, Fraction | None]:
    return found.before_taxes, found.after_taxes


def exact(before: str, after: str) -> tuple[Fraction, Fraction]:
    return Fraction(before), Fraction(after)


def notes(found: SessionPrice) -> list[str]:
    return [entry.sentence for entry in found.trace if isinstance(entry, TraceNote)]


def explanations(found: SessionPrice) -> str:
    return " ".join(entry.explain() for entry in found.trace if isinstance(entry, TraceEntry))
