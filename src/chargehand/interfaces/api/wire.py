"""Types of values on the wire: exact decimals as text, times as RFC 3339 in UTC, unknown as null."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_NUMBER: Final = r"^-?[0-9]+(\.[0-9]+)?$"


def write_decimal(value: Decimal) -> str:
    """Write a number exactly, without an exponent and without zeros that say nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_time(value: datetime) -> str:
    """Write a time in UTC, to the microsecond where it has them (RFC 3339)."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def kwh(wh: Decimal | None) -> Decimal | None:
    """Return energy in kWh, exactly; unknown stays unknown."""
    return None if wh is None else wh.scaleb(-3)


def _null_if_empty(value: Any) -> Any:
    return None if value == "" else value


def _within_reason(value: datetime) -> datetime:
    if not _EARLIEST <= value <= _LATEST:
        raise ValueError("must lie between 1970 and 2200")
    return value.astimezone(UTC)


#: An exact number; on the wire a string such as "12.345".
Exact = Annotated[
    Decimal,
    PlainSerializer(write_decimal, return_type=Annotated[str, Field(pattern=_NUMBER)]),
]
#: A time; on the wire RFC 3339 in UTC.
Time = Annotated[
    datetime,
    PlainSerializer(write_time, return_type=Annotated[str, Field(json_schema_extra={"format": "date-time"})]),
]
#: A text that is null where nobody said anything.
Text = Annotated[str | None, BeforeValidator(_null_if_empty)]

#: What callers send: a time with its offset, a text that PostgreSQL can hold, the number of a thing.
TimeAsked = Annotated[AwareDatetime, AfterValidator(_within_reason)]
Words = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00]*$")]
Prose = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Ordinal = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Asked(Schema):
    """A body that callers send: a field nobody knows is an error, not a typing mistake that goes unnoticed."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
