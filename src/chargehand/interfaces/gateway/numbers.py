"""Numbers of stations that name a place or an order: what no station can mean is refused or left out."""

from decimal import Decimal
from typing import Final

from chargehand.protocols.ocpp.faults import Violation

#: OCPP's integers are of 32 bits in all schemas that bound them (conformance S17).
MOST: Final = 2**31 - 1
#: A register beyond this, Wh, is rubbish: a million times what a station delivers in its life.
MOST_WH: Final = 10**15


def require(value: int, name: str) -> int:
    """Return an id of a place; raises Violation for one that cannot be (conformance S17, S20)."""
    if 0 <= value <= MOST:
        return value
    raise Violation("PropertyConstraintViolation", f"{name} is out of range")


def possible(value: int | None) -> int | None:
    """Return a number that can be meant, None for any other: evidence is not refused for it."""
    return value if value is not None and 0 <= value <= MOST else None


def register(value: int) -> Decimal | None:
    """Return meterStart or meterStop; None for what no meter shows (quirk C4: -1 is unknown)."""
    return Decimal(value) if 0 <= value < MOST_WH else None
