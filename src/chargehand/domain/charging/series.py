"""What a column of readings measures, by a small number: interned once, looked up for every sample."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
from django.db import connection

from chargehand.domain.stations.events import SeriesKey
from chargehand.kernel.units import base_of, read_number, read_quantity

ENERGY_REGISTER: Final = "Energy.Active.Import.Register"

#: Ways of writing measurands that stations use instead of OCPP's (quirk C11): folded text -> OCPP's word.
_ALIASES: Final = {
    "energy": ENERGY_REGISTER,
    "energy.active.import": ENERGY_REGISTER,
    "power": "Power.Active.Import",
    "voltage.l1": "Voltage",
    "voltage.l2": "Voltage",
    "voltage.l3": "Voltage",
    "current": "Current.Import",
    "stateofcharge": "SoC",
}
#: Most kinds of series kept apart: a station that invents names without end shares the last one.
MOST_SERIES: Final = 20_000
#: Shapes remembered at most, and the longest that is.
MOST_SHAPES: Final = 5_000
LONGEST_SHAPE: Final = 100

_PLAIN = r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?"
_is_plain = re.compile(_PLAIN).fullmatch
_are_plain = re.compile(f"{_PLAIN}(?:,{_PLAIN})*").fullmatch
_INSERT: Final = """
INSERT INTO charging_series (measurand, phase, location, context, unit, written_unit)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT ON CONSTRAINT charging_series_once
DO UPDATE SET unit = excluded.unit RETURNING id
"""


class Column(msgspec.Struct, frozen=True, gc=False):
    """A series: its number, its meaning, and how its text becomes a number in the base unit."""

    number: int
    measurand: str
    phase: str
    location: str
    context: str
    unit: str
    written_unit: str
    is_verbatim: bool


class Shape(msgspec.Struct, frozen=True):
    """The columns of a whole reading: a station's readings have few shapes, so each is looked up once.

    `numbers` is the text of the columns' numbers; `is_verbatim` where no column needs a factor.
    """

    numbers: str
    columns: tuple[Column, ...]
    is_verbatim: bool


def canonical(key: SeriesKey) -> SeriesKey:
    """Return the key with blanks, quotes and aliases cleaned away (quirk C11, C9)."""
    measurand, phase, location, context, unit = (part.strip().strip("'\"")[:100] for part in key)
    folded = measurand.casefold()
    if folded in _ALIASES:
        if folded.startswith("voltage.l") and not phase:
            phase = folded[-2:].upper()
        measurand = _ALIASES[folded]
    return measurand, phase, location, context, unit


def value_of(column: Column, text: str) -> str | None:
    """Return the sample in the base unit as text for numeric, exactly; None where there is no number."""
    if column.is_verbatim and _is_plain(text):
        return text
    quantity = read_quantity(text, column.written_unit)
    if quantity is None or quantity.value.adjusted() > 30 or quantity.value.adjusted() < -30:
        return None
    return format(quantity.value, "f")


def number_of(column: Column, text: str) -> Decimal | None:
    """Return the sample in the base unit, exactly."""
    value = value_of(column, text)
    return None if value is None else read_number(value)


class SeriesBook:
    """The series known to this process; new ones count once their transaction has committed."""

    def __init__(self) -> None:
        self._known: dict[SeriesKey, Column] = {}
        self._new: dict[SeriesKey, Column] = {}
        self._shapes: dict[tuple[SeriesKey, ...], Shape] = {}

    def texts_of(self, values: Sequence[tuple[SeriesKey, str]]) -> tuple[str, str, int]:
        """Return a reading's columns and values as texts for COPY, and how many samples held no number."""
        shape = self._shape(tuple([key for key, _ in values]))
        if shape.is_verbatim:
            text = ",".join([text for _, text in values])
            # A decimal comma within a sample would make two of one: the count tells.
            if text.count(",") == len(values) - 1 and _are_plain(text):
                return shape.numbers, text, 0
        found = [
            (column.number, value)
            for column, (_, text) in zip(shape.columns, values, strict=True)
            if (value := value_of(column, text)) is not None
        ]
        numbers = ",".join([str(number) for number, _ in found])
        return numbers, ",".join([value for _, value in found]), len(values) - len(found)

    def _shape(self, keys: tuple[SeriesKey, ...]) -> Shape:
        shape = self._shapes.get(keys)
        if shape is not None:
            return shape
        columns = tuple(self.column(key) for key in keys)
        shape = Shape(
            ",".join(str(column.number) for column in columns),
            columns,
            all(column.is_verbatim for column in columns),
        )
        if not self._new and len(keys) <= LONGEST_SHAPE:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            self._shapes[keys] = shape
        return shape

    def column(self, key: SeriesKey) -> Column:
        """Return the column of a key as the station wrote it, making it in the current transaction."""
        found = self._known.get(key)
        return found if found is not None else self._new.get(key) or self._intern(key)

    def settle(self, *, is_committed: bool) -> None:
        """Keep the new series after a commit, forget them after a rollback."""
        if is_committed:
            self._known.update(self._new)
        self._new.clear()

    def _intern(self, key: SeriesKey) -> Column:
        if len(self._known) < MOST_SERIES:
            measurand, phase, location, context, written = (
                part.replace("\0", "\ufffd") for part in canonical(key)
            )
        else:
            measurand, phase, location, context, written = "Other", "", "", "", key[4][:20]
        base, factor = base_of(written)
        is_linear = written.strip().lower() not in {"k", "kelvin", "fahrenheit"}
        if not is_linear:
            base = "Celsius"
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [measurand, phase, location, context, base, written])
            number = cursor.fetchone()[0]
        column = Column(number, measurand, phase, location, context, base, written, factor == 1 and is_linear)
        self._new[key] = column
        return column
