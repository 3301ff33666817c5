"""No fact is passed over, and strangers' transactions hold nobody up."""

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from chargehand.journal.horizon import _widen, complete_below


def _begin(url: str) -> psycopg.Connection[tuple[object, ...]]:
    other = psycopg.connect(url)
    other.execute("SELECT pg_current_xact_id()")
    return other


@pytest.mark.django_db(transaction=True)
def test_a_running_transaction_of_this_database_holds_the_horizon(database_url: str) -> None:
    with _begin(database_url) as other:
        row = other.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        assert row is not None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        assert complete_below() <= int(str(row[0]))
        other.commit()
        assert complete_below() > int(str(row[0]))


@pytest.mark.django_db(transaction=True)
def test_a_running_transaction_of_another_database_does_not(database_url: str, postgres_url: str) -> None:
    with _begin(postgres_url) as stranger:
        row = stranger.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        assert row is not None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            cursor.execute(
                sql.SQL(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = {} AND backend_xid IS NOT NULL"
                ).format(sql.Literal(stranger.info.dbname))
            )
            assert cursor.fetchone()[0] >= 1
        assert complete_below() > int(str(row[0]))


def test_ids_are_widened_across_the_turn_of_the_counter() -> None:
    turn = 5 << 32
    assert _widen(7, turn + 9) == turn + 7
    assert _widen((1 << 32) - 3, turn + 9) == turn - 3
