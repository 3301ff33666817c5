"""Units of measurement as stations write them, brought to one base unit a quantity, exactly."""

from decimal import Decimal, InvalidOperation

import msgspec

#: unit as written, lower case -> (base unit, factor). OCPP 1.6 table UnitOfMeasure, 2.1 StandardizedUnits,
#: and what stations write instead (quirk C2).
_UNITS: dict[str, tuple[str, Decimal]] = {
    "wh": ("Wh", Decimal(1)),
    "kwh": ("Wh", Decimal(1000)),
    "mwh": ("Wh", Decimal(1_000_000)),
    "varh": ("varh", Decimal(1)),
    "kvarh": ("varh", Decimal(1000)),
    "vah": ("VAh", Decimal(1)),
    "kvah": ("VAh", Decimal(1000)),
    "w": ("W", Decimal(1)),
    "kw": ("W", Decimal(1000)),
    "va": ("VA", Decimal(1)),
    "kva": ("VA", Decimal(1000)),
    "var": ("var", Decimal(1)),
    "kvar": ("var", Decimal(1000)),
    "a": ("A", Decimal(1)),
    "amp": ("A", Decimal(1)),
    "ma": ("A", Decimal("0.001")),
    "da": ("A", Decimal("0.1")),
    "v": ("V", Decimal(1)),
    "volt": ("V", Decimal(1)),
    "mv": ("V", Decimal("0.001")),
    "kv": ("V", Decimal(1000)),
    "celsius": ("Celsius", Decimal(1)),
    "celcius": ("Celsius", Decimal(1)),
    "c": ("Celsius", Decimal(1)),
    "percent": ("Percent", Decimal(1)),
    "%": ("Percent", Decimal(1)),
    "hz": ("Hz", Decimal(1)),
    "hertz": ("Hz", Decimal(1)),
    "rpm": ("RPM", Decimal(1)),
    "ohm": ("Ohm", Decimal(1)),
    "kohm": ("Ohm", Decimal(1000)),
    "s": ("s", Decimal(1)),
}


class Quantity(msgspec.Struct, frozen=True):
    """A value in its base unit; `unit` is the text as written where the unit is unknown."""

    value: Decimal
    unit: str


def base_of(unit: str) -> tuple[str, Decimal]:
    """Return the base unit of a unit as written and the factor to it; an unknown unit is its own base.

    Fahrenheit and Kelvin are not linear in Celsius without an offset: `read_quantity` handles them.
    """
    return _UNITS.get(unit.strip().lower(), (unit.strip(), Decimal(1)))


def read_number(text: str) -> Decimal | None:
    """Return the number in `text` exactly, or None where there is none.

    Exponents are read; blanks, an empty text, NaN, infinities and decimal commas are not numbers
    (conformance X16, quirk C1).
    """
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def read_quantity(text: str, unit: str, multiplier: int = 0) -> Quantity | None:
    """Return the quantity in its base unit, or None where `text` holds no number.

    `multiplier` is the power of ten of OCPP 2.x UnitOfMeasure. Raises nothing.
    """
    number = read_number(text)
    if number is None:
        return None
    written = unit.strip().lower()
    if written in {"k", "kelvin"}:
        return Quantity(number.scaleb(multiplier) - Decimal("273.15"), "Celsius")
    if written == "fahrenheit":
        celsius = (number.scaleb(multiplier) - 32) * 5 / 9
        return Quantity(celsius.quantize(Decimal("0.01")), "Celsius")
    base, factor = base_of(unit)
    return Quantity(number.scaleb(multiplier) * factor, base)
