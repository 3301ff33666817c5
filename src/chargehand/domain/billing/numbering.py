"""Numbers of documents: without a gap for each legal entity and series, taken while the document is issued."""

from typing import Final

import msgspec
from django.db import connection

#: The row is locked from here until the end of the transaction: the next one waits, and a rollback gives
#: the number back.
_TAKE: Final = """
INSERT INTO billing_number_series (entity_id, series, last) VALUES (%s, %s, 1)
ON CONFLICT ON CONSTRAINT billing_series_once DO UPDATE SET last = billing_number_series.last + 1
RETURNING last
"""

#: Digits of a number, filled with zeros, so that a list sorts.
_DIGITS: Final = 6


class Number(msgspec.Struct, frozen=True):
    """A number of a series: `series` R-2026-, `sequence` 7, `text` R-2026-000007."""

    series: str
    sequence: int
    text: str


def take_number(*, entity_id: int, series: str, year: int) -> Number:
    """Take the next number of a series (`R-{year}-`) in the caller's transaction, which must be one.

    A series without `{year}` goes on over the years. Take it last: until the transaction ends, no other
    document of the series can be issued.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A number is taken in the transaction that issues its document.")
    prefix = series.replace("{year}", str(year))
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [entity_id, prefix])
        sequence = int(cursor.fetchone()[0])
    return Number(prefix, sequence, f"{prefix}{sequence:0{_DIGITS}d}")
