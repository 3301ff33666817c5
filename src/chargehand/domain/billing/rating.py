"""What a charge detail record costs: the pure price of its periods, rounded so that everything adds up."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import msgspec

from chargehand.domain.tariffs import report
from chargehand.domain.tariffs.boundaries import open_zone
from chargehand.domain.tariffs.decimals import decimal_text
from chargehand.domain.tariffs.elements import Tariff, TariffError
from chargehand.domain.tariffs.ocpi_sessions import read_session, write_price
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion
from chargehand.domain.tariffs.pricing import PriceLine, SessionPrice, price
from chargehand.kernel.jsontext import json_text
from chargehand.kernel.money import Money, Rounding

#: The country decides whether a missing rate leaves the tax open; OCPI writes it with three letters.
_ALPHA_3: Final = {"US": "USA", "CA": "CAN"}


class TaxUnknownError(TariffError):
    """The tariff does not tell the tax, so that nobody can be billed by it."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is rated: times are aware, `periods` as the charging room keeps them, `country` of two letters."""

    started_at: dt.datetime
    ended_at: dt.datetime
    periods: Sequence[Mapping[str, Any]]
    time_zone: str
    country: str


class RatedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a price. Exact texts in major units, rounded shares in minor ones; `element` None: a limit."""

    type: str
    volume: str
    price: str | None
    tax_percent: str | None
    element: int | None
    before_taxes: str
    after_taxes: str
    before_minor: int
    tax_minor: int
    after_minor: int


class TaxShare(msgspec.Struct, frozen=True):
    """The tax of a rate in minor units; `percent` None: what a minimum or maximum price shifts."""

    percent: str | None
    minor: int


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """The price of a record: lines and taxes add up to the totals to the minor unit."""

    currency: str
    before_minor: int
    tax_minor: int
    after_minor: int
    before_exact: str
    after_exact: str
    lines: tuple[RatedLine, ...]
    taxes: tuple[TaxShare, ...]
    trace: tuple[Any, ...]


def rate(tariff: Tariff, record: Record, *, is_traced: bool = True) -> Rated:
    """Price a record by the tariff that was fixed at its start, in the zone of its location.

    Totals are rounded as `pricing` does; the tax by rate is that of an OCPI CDR (`write_price`); each line
    gets a share, by largest remainder, so that lines add up to totals. `is_traced` False leaves the trace out,
    which takes most of the time.

    Raises:
        TariffError: the tariff or the record says something impossible.
        TaxUnknownError: an amount before or after taxes cannot be told from the tariff.
    """
    session = read_session(
        json_text(
            {
                "start_date_time": record.started_at,
                "end_date_time": record.ended_at,
                "currency": tariff.currency,
                "cdr_location": {"country": _ALPHA_3.get(record.country, record.country) or None},
                "charging_periods": list(record.periods),
            }
        )
    )
    found = price(tariff, session, open_zone(record.time_zone))
    before, after = found.rounded_before_taxes, found.rounded_after_taxes
    if before is None or after is None:
        raise TaxUnknownError("The tariff does not tell the tax of this charge. Give each price its rate.")
    taxes = _taxes(found)
    lines = _lines(found, before.minor, taxes)
    return Rated(
        currency=found.currency,
        before_minor=before.minor,
        tax_minor=after.minor - before.minor,
        after_minor=after.minor,
        before_exact=decimal_text(found.before_taxes or Fraction(0)),
        after_exact=decimal_text(found.after_taxes or Fraction(0)),
        lines=lines,
        taxes=tuple(TaxShare(_percent(percent), minor) for percent, minor in taxes.items() if minor),
        trace=tuple(entry.to_json() for entry in found.trace) if is_traced else (),
    )


def turn(rated: Rated) -> Rated:
    """Return what takes a price back: the same with all signs turned."""
    return msgspec.structs.replace(
        rated,
        before_minor=-rated.before_minor,
        tax_minor=-rated.tax_minor,
        after_minor=-rated.after_minor,
        before_exact=_negative(rated.before_exact),
        after_exact=_negative(rated.after_exact),
        lines=tuple(
            msgspec.structs.replace(
                line,
                before_taxes=_negative(line.before_taxes),
                after_taxes=_negative(line.after_taxes),
                before_minor=-line.before_minor,
                tax_minor=-line.tax_minor,
                after_minor=-line.after_minor,
            )
            for line in rated.lines
        ),
        taxes=tuple(TaxShare(share.percent, -share.minor) for share in rated.taxes),
    )


def _negative(text: str) -> str:
    return format(-Decimal(text), "f") if Decimal(text) else text


def _taxes(found: SessionPrice) -> dict[Decimal | None, int]:
    """Return the tax of each rate in minor units; together they are the difference of the two totals."""
    written = write_price(found, OcpiVersion.V2_3_0)
    shares = msgspec.convert(written.get("taxes", []), type=list[dict[str, Any]])
    return {
        share.get("percentage"): Money.of(Decimal(share["amount"]), found.currency).minor for share in shares
    }


def _lines(
    found: SessionPrice, before_minor: int, taxes: Mapping[Decimal | None, int]
) -> tuple[RatedLine, ...]:
    scale = 10 ** Money.zero(found.currency).exponent
    befores = share_out(before_minor, [(line.before_taxes or Fraction(0)) * scale for line in found.lines])
    shares = [0] * len(found.lines)
    for percent, minor in taxes.items():
        of_rate = [place for place, line in enumerate(found.lines) if line.tax_percent == percent]
        exact = [_tax(found.lines[place]) * scale for place in of_rate]
        for place, share in zip(of_rate, share_out(minor, exact), strict=True):
            shares[place] = share
    written = msgspec.convert(report.lines_to_json(found), type=list[dict[str, Any]])
    return tuple(
        RatedLine(**told, before_minor=before, tax_minor=tax, after_minor=before + tax)
        for told, before, tax in zip(written, befores, shares, strict=True)
    )


def _tax(line: PriceLine) -> Fraction:
    return (line.after_taxes or Fraction(0)) - (line.before_taxes or Fraction(0))


def share_out(total: int, exact: Sequence[Fraction]) -> list[int]:
    """Round numbers to whole ones that add up to `total`, each as near to its own value as that allows.

    What is left over after rounding down goes by ones to the largest remainders, among equals to the first;
    what `total` differs by more than that, to the largest number.
    """
    parts = [number.numerator // number.denominator for number in exact]
    left = total - sum(parts)
    order = sorted(range(len(exact)), key=lambda place: parts[place] - exact[place])
    for place in order[: max(0, left)]:
        parts[place] += 1
    if parts and sum(parts) != total:
        largest = max(range(len(exact)), key=lambda place: abs(exact[place]))
        parts[largest] += total - sum(parts)
    return parts


def _percent(percent: Decimal | None) -> str | None:
    """Write a rate in one way only: 19, 19.0 and 19.00 are the same account."""
    return None if percent is None else decimal_text(Fraction(percent))


def round_once(exact: str, currency: str) -> int:
    """Return an exact amount of major units in minor ones, half-up, as totals are rounded."""
    return Money.of(exact, currency, Rounding.HALF_UP).minor
