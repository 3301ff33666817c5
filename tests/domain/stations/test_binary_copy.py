"""Columns in the binary form of COPY are what PostgreSQL reads back."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.numeric import NumericBinaryLoader

from chargehand.domain.stations import binary_copy
from chargehand.domain.stations.binary_copy import Numerics

_PLAIN = st.from_regex(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", fullmatch=True)


@given(_PLAIN)
def test_a_number_keeps_every_digit(text: str) -> None:
    raw = Numerics()[text]

    read = NumericBinaryLoader(1700).load(raw[4:])

    assert int.from_bytes(raw[:4], "big") == len(raw) - 4
    assert read == Decimal(text)
    assert read.as_tuple().exponent == Decimal(text).as_tuple().exponent


@pytest.mark.parametrize(
    "text", ["", "-", ".5", "5.", "1e3", "NaN", " 1", "1\n", "\u0661", "1" * 41, "0." + "1" * 201]
)
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="plain number"):
        Numerics()[text]


def test_what_is_remembered_is_bounded() -> None:
    numerics = Numerics()
    for number in range(binary_copy.MOST_NUMERICS + 10):
        assert numerics[str(number)]
    assert numerics["1" * 40]

    assert len(numerics) == 10


@pytest.mark.django_db
def test_postgresql_reads_the_columns_back() -> None:
    numerics = Numerics()
    times = [datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 2, 3, 4, 5, 6, 789_012, tzinfo=UTC)]
    texts = ["0", "-0", "0.00", "-0.0001", "10000", "99999999.0001", "1" * 40, "7000.50"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE t (at timestamptz, numbers integer[], values numeric[])")
        with cursor.copy("COPY t FROM STDIN (FORMAT binary)") as copy:
            copy.write(binary_copy.HEADER)
            for at in times:
                copy.write(
                    b"\0\3"
                    + binary_copy.pack_bigint(8, binary_copy.micros(at))
                    + binary_copy.integers_column([3, -1])
                    + binary_copy.numerics_column([numerics[text] for text in texts])
                )
            copy.write(binary_copy.TRAILER)
        cursor.execute("SELECT at, numbers, values::text[] FROM t ORDER BY at")
        rows = cursor.fetchall()

    assert [row[0] for row in rows] == times
    assert rows[0][1] == [3, -1]
    assert rows[0][2] == ["0", "0", "0.00", "-0.0001", "10000", "99999999.0001", "1" * 40, "7000.50"]


@given(_PLAIN)
def test_bytes_of_a_text_are_the_same_number(text: str) -> None:
    numerics = Numerics()

    assert numerics[text.encode()] == numerics[text]
