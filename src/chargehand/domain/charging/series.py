"""What a column of readings measures, by a small number: interned once, looked up for every sample."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec
from django.db import connection

from chargehand.domain.stations.binary_copy import MOST_FRACTION, Numerics, integers_column, numerics_column
from chargehand.domain.stations.events import Samples, SeriesKey
from chargehand.domain.stations.told import Told
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
#: Most kinds of series a process keeps apart; samples of further kinds are left out.
MOST_SERIES: Final = 20_000
#: Most kinds that one station may bring up in an hour: a large one has about a hundred and fifty.
MOST_NEW_OF_STATION: Final = 400
#: Shapes remembered at most, and the longest that is.
MOST_SHAPES: Final = 5_000
LONGEST_SHAPE: Final = 100

#: Units of temperature with a zero of their own.
_NOT_LINEAR: Final = frozenset({"k", "kelvin", "fahrenheit"})
_is_plain = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?").fullmatch
_INSERT: Final = """
INSERT INTO charging_series (measurand, phase, location, context, unit, written_unit)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
ON CONFLICT ON CONSTRAINT charging_series_once DO UPDATE SET unit = excluded.unit
RETURNING measurand, phase, location, context, unit, written_unit, id
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

    `numbers` are the columns' numbers as a column of a COPY; `is_verbatim` where no column needs a factor.
    """

    numbers: bytes
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
    if quantity is None or not -30 <= quantity.value.adjusted() <= 30:
        return None
    written = format(quantity.value, "f")
    return written if len(written) <= MOST_FRACTION else None


def number_of(column: Column, text: str) -> Decimal | None:
    """Return the sample in the base unit, exactly."""
    value = value_of(column, text)
    return None if value is None else read_number(value)


class SeriesBook:
    """The series known to this process; new ones count once their transaction has committed.

    `refused` holds the stations that brought up more kinds than they may, in the present transaction and for
    the first time in this hour: what they invent is left out of readings and stays in their raw messages.
    """

    def __init__(self) -> None:
        self.refused: set[int] = set()
        self._known: dict[SeriesKey, Column] = {}
        self._new: dict[SeriesKey, Column] = {}
        self._shapes: dict[tuple[SeriesKey, ...], Shape] = {}
        self._known_shapes: dict[int, tuple[tuple[SeriesKey, ...], bytes]] = {}
        self._numerics = Numerics()
        self._hour: tuple[int, int] = (0, 0)
        self._brought: Counter[int] = Counter()
        self._brought_now: Counter[int] = Counter()
        self._flagged: set[int] = set()

    def columns_of(
        self, told: Told, values: Sequence[tuple[SeriesKey, str]] | Samples
    ) -> tuple[bytes, bytes, int]:
        """Return a reading's series and values as columns of a binary COPY, and how many samples are left out.

        Left out is what holds no number, or has a kind that the station may not bring up any more. Without any
        sample left both columns are empty bytes.
        """
        if type(values) is Samples:
            keys = values.keys
            known = self._known_shapes.get(id(keys))
            if known is not None and known[0] is keys:
                numerics = self._numerics
                return known[1], numerics_column([numerics[text] for text in values.texts]), 0
            values = list(values)
            self._know(keys)
        else:
            keys = tuple([key for key, _ in values])
        shape = self._shapes.get(keys)
        if shape is None:
            self.intern(told.station_id, keys, told.received_at)
            if not all(map(self.column, keys)):
                values = [value for value in values if self.column(value[0]) is not None]
            shape = self._shape(tuple([key for key, _ in values]))
        numerics = self._numerics
        if shape.is_verbatim and values:
            try:
                elements = [numerics[text] for _, text in values]
            except ValueError:
                pass
            else:
                return shape.numbers, numerics_column(elements), len(keys) - len(values)
        found = [
            (column.number, value)
            for column, (_, text) in zip(shape.columns, values, strict=True)
            if (value := value_of(column, text)) is not None
        ]
        if not found:
            return b"", b"", len(keys)
        numbers = integers_column([number for number, _ in found])
        return numbers, numerics_column([numerics[value] for _, value in found]), len(keys) - len(found)

    def _know(self, keys: tuple[SeriesKey, ...]) -> None:
        """Remember the columns of keys by the very object, if their numbers need no factor and are for good."""
        shape = self._shapes.get(keys)
        if shape is not None and shape.is_verbatim:
            if len(self._known_shapes) >= MOST_SHAPES:
                self._known_shapes.clear()
            self._known_shapes[id(keys)] = (keys, shape.numbers)

    def _shape(self, keys: tuple[SeriesKey, ...]) -> Shape:
        """Return the columns of keys that are all interned."""
        columns = tuple([column for key in keys if (column := self.column(key)) is not None])
        shape = Shape(
            integers_column([column.number for column in columns]),
            columns,
            all(column.is_verbatim for column in columns),
        )
        if not self._new and len(keys) <= LONGEST_SHAPE:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            self._shapes[keys] = shape
        return shape

    def column(self, key: SeriesKey) -> Column | None:
        """Return the column of a key as the station wrote it; None where it was not interned."""
        return self._known.get(key) or self._new.get(key)

    def intern(self, station_id: int, keys: Iterable[SeriesKey], at: datetime) -> None:
        """Make the columns of keys not met before, as many as the station may bring up, in one statement."""
        unknown = [key for key in dict.fromkeys(keys) if key not in self._known and key not in self._new]
        if not unknown:
            return
        hour = (at.toordinal(), at.hour)
        if hour != self._hour:
            self._hour = hour
            self._brought.clear()
            self._flagged.clear()
        left = min(
            MOST_NEW_OF_STATION - self._brought[station_id] - self._brought_now[station_id],
            MOST_SERIES - len(self._known) - len(self._new),
        )
        if len(unknown) > left:
            if station_id not in self._flagged:
                self.refused.add(station_id)
            unknown = unknown[: max(left, 0)]
        if unknown:
            self._brought_now[station_id] += len(unknown)
            self._new.update(_insert(unknown))

    def settle(self, *, is_committed: bool) -> None:
        """Keep the new series after a commit, forget them after a rollback."""
        if is_committed:
            self._known.update(self._new)
            self._brought.update(self._brought_now)
            self._flagged |= self.refused
        self._new.clear()
        self._brought_now.clear()
        self.refused.clear()


def _insert(keys: Sequence[SeriesKey]) -> dict[SeriesKey, Column]:
    """Return the columns of keys, making those that the database does not have."""
    rows = {key: _row_of(key) for key in keys}
    columns = [list(column) for column in zip(*sorted({*rows.values()}), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, columns)
        numbers = {tuple(found[:6]): found[6] for found in cursor.fetchall()}
    found: dict[SeriesKey, Column] = {}
    for key, row in rows.items():
        written = row[5]
        is_linear = written.strip().lower() not in _NOT_LINEAR
        is_verbatim = base_of(written)[1] == 1 and is_linear
        found[key] = Column(numbers[row], *row, is_verbatim)
    return found


def _row_of(key: SeriesKey) -> tuple[str, str, str, str, str, str]:
    measurand, phase, location, context, written = (part.replace("\0", "\ufffd") for part in canonical(key))
    is_linear = written.strip().lower() not in _NOT_LINEAR
    return measurand, phase, location, context, base_of(written)[0] if is_linear else "Celsius", written
