"""Several statements go to PostgreSQL in one turn, and all of it stands in the caller's transaction."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction

from chargehand.domain.stations import exchange

_ONE = "COPY exchange_one (number, word) FROM STDIN"
_TWO = "COPY exchange_two (number) FROM STDIN"


@pytest.fixture
def tables(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE exchange_one (number int, word text); CREATE TABLE exchange_two (number int)"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE exchange_one; DROP TABLE exchange_two")


def _counts() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM exchange_one), (SELECT count(*) FROM exchange_two)")
        one, two = cursor.fetchone()
    return one, two


@pytest.mark.usefixtures("tables")
def test_rows_of_several_tables_are_stored_at_commit() -> None:
    with transaction.atomic():
        assert exchange.ask("SELECT 7, NULL") == [(b"7", None)]
        exchange.copy([(_ONE, b"1\ta\n2\tb\n"), (_TWO, b"3\n")])
    assert _counts() == (2, 1)


def _write(word: bytes, number: bytes, *, fails_afterwards: bool = False) -> None:
    with transaction.atomic():
        exchange.ask("SELECT 1")
        exchange.copy([(_ONE, b"1\t" + word + b"\n"), (_TWO, number + b"\n")])
        if fails_afterwards:
            raise RuntimeError("too late")


@pytest.mark.usefixtures("tables")
def test_what_was_copied_is_undone_with_the_rest() -> None:
    with pytest.raises(RuntimeError, match="too late"):
        _write(b"a", b"1", fails_afterwards=True)
    assert _counts() == (0, 0)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(("word", "number"), [(b"a\tb", b"1"), (b"a", b"x")])
def test_a_row_that_is_refused_undoes_all_and_the_connection_lives_on(word: bytes, number: bytes) -> None:
    with pytest.raises(psycopg.DataError):
        _write(word, number)
    _write(b"a", b"1")
    assert _counts() == (1, 1)


@pytest.mark.usefixtures("tables")
def test_more_than_a_socket_holds_goes_through() -> None:
    _write(b"w" * 8_000_000, b"1")
    assert _counts() == (1, 1)


@pytest.mark.usefixtures("tables")
def test_an_ended_session_is_an_operational_error() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    known = connection.get_connection_params()
    place = {name: known[name] for name in ("host", "port", "user", "password", "dbname") if known.get(name)}
    with psycopg.connect(**place, autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    with pytest.raises(psycopg.OperationalError):
        _write(b"a", b"1")
    connection.close()
    assert _counts() == (0, 0)


@pytest.mark.usefixtures("tables")
def test_a_copy_may_commit_in_the_same_turn() -> None:
    with transaction.atomic():
        exchange.ask("SELECT 1")
        exchange.copy_and_commit([(_ONE, b"1\ta\n"), (_TWO, b"3\n")])
        with psycopg.connect(**connection.get_connection_params()) as other:
            assert other.execute("SELECT count(*) FROM exchange_one").fetchone() == (1,)
    assert _counts() == (1, 1)


@pytest.mark.usefixtures("tables")
def test_a_refused_row_undoes_all_that_was_to_be_committed_with_it() -> None:
    with pytest.raises(psycopg.DataError), transaction.atomic():
        exchange.copy_and_commit([(_ONE, b"1\ta\n"), (_TWO, b"x\n")])
    assert _counts() == (0, 0)


@pytest.mark.usefixtures("tables")
def test_nothing_is_committed_within_a_transaction_of_others() -> None:
    with transaction.atomic():
        with transaction.atomic():
            exchange.copy_and_commit([(_ONE, b"1\ta\n")])
        transaction.set_rollback(True)
    assert _counts() == (0, 0)
