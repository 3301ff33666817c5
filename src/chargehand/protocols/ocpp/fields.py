"""Name the texts and numbers that the fields of OCPP payloads are made of, with their limits."""

from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

Text3 = Annotated[str, Meta(max_length=3)]
Text6 = Annotated[str, Meta(max_length=6)]
Text8 = Annotated[str, Meta(max_length=8)]
Text20 = Annotated[str, Meta(max_length=20)]
Text32 = Annotated[str, Meta(max_length=32)]
Text36 = Annotated[str, Meta(max_length=36)]
Text40 = Annotated[str, Meta(max_length=40)]
Text48 = Annotated[str, Meta(max_length=48)]
Text50 = Annotated[str, Meta(max_length=50)]
Text60 = Annotated[str, Meta(max_length=60)]
Text64 = Annotated[str, Meta(max_length=64)]
Text80 = Annotated[str, Meta(max_length=80)]
Text88 = Annotated[str, Meta(max_length=88)]
Text100 = Annotated[str, Meta(max_length=100)]
Text128 = Annotated[str, Meta(max_length=128)]
Text160 = Annotated[str, Meta(max_length=160)]
Text255 = Annotated[str, Meta(max_length=255)]
Text256 = Annotated[str, Meta(max_length=256)]
Text500 = Annotated[str, Meta(max_length=500)]
Text512 = Annotated[str, Meta(max_length=512)]
Text800 = Annotated[str, Meta(max_length=800)]
Text1000 = Annotated[str, Meta(max_length=1000)]
Text1024 = Annotated[str, Meta(max_length=1024)]
Text2000 = Annotated[str, Meta(max_length=2000)]
Text2500 = Annotated[str, Meta(max_length=2500)]
Text5500 = Annotated[str, Meta(max_length=5500)]
Text7500 = Annotated[str, Meta(max_length=7500)]
Text10000 = Annotated[str, Meta(max_length=10000)]
Text17000 = Annotated[str, Meta(max_length=17000)]
Text18000 = Annotated[str, Meta(max_length=18000)]

DateTime = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
        r"T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$"
    ),
]
"""A date-time of ours as RFC 3339 5.6 writes it (`times.write_time`); those of stations are plain texts."""

Uri = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$")]
"""An absolute URI (RFC 3986 3)."""

NonNegative = Annotated[int, Meta(ge=0)]

CustomData = dict[str, Any]
"""A vendor's own object; it names the vendor in `vendorId` (OCPP 2.x CustomDataType)."""

Reading = Decimal
"""A measured value of 2.x with exactly the digits that were sent; a text is read too.

It is not finite (NaN) when a station sent something that is no number.
"""

TextReading = Annotated[str, Meta(extra={"takes_numbers": True})]
"""A measured value of 1.6, a number as text or signed data; a number is read as its text."""


def require_tenths(value: float | None) -> None:
    """Raise ValueError for a limit with more than one decimal, which 1.6 forbids (multipleOf 0.1)."""
    if value is not None and abs(value * 10 - round(value * 10)) > 1e-6:
        raise ValueError("a limit has at most one decimal")
