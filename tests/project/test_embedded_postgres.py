"""The PostgreSQL in the data directory: made, shared, killed, found again, stopped by the last."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from chargehand.project.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

FAST = {"fsync": "off"}
HOLDER = """
import sys
import tempfile
from pathlib import Path
from chargehand.project.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), {"fsync": "off"})
print(server.open(), flush=True)
sys.stdin.read()
server.close()
"""


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    # Not tmp_path: pytest closes its parent to other accounts, and root's PostgreSQL runs as one.
    with tempfile.TemporaryDirectory(prefix="chargehand-") as directory:
        server = EmbeddedPostgres(Path(directory) / "postgres", FAST)
        server.open()
        yield server
        server.close()


def _hold(server: EmbeddedPostgres) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(server.directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == server.url()
    return holder


def _store(url: str, value: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def _stored(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT value FROM kept ORDER BY value")]


def test_it_listens_on_no_network_and_lets_no_other_account_in(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute("SHOW listen_addresses").fetchone()
    assert row == ("",)
    assert server.socket_directory.stat().st_mode & 0o077 == 0
    assert server.data.stat().st_mode & 0o077 == 0


def test_what_is_stored_is_there_after_a_clean_restart(server: EmbeddedPostgres) -> None:
    _store(server.url(), 1)
    server.close()
    assert not server.is_running()
    server.open()
    assert _stored(server.url()) == [1]


def test_only_the_last_holder_stops_it(server: EmbeddedPostgres) -> None:
    holder = _hold(server)
    server.close()
    assert server.is_running()
    holder.communicate()
    assert holder.returncode == 0
    assert not server.is_running()


def test_a_holder_that_was_killed_does_not_count(server: EmbeddedPostgres) -> None:
    holder = _hold(server)
    holder.kill()
    holder.communicate()
    server.close()
    assert not server.is_running()


def test_it_comes_back_after_the_postmaster_was_killed(server: EmbeddedPostgres) -> None:
    _store(server.url(), 7)
    pid = server.postmaster_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    server.open()
    assert server.postmaster_pid() != pid
    assert _stored(server.url()) == [7]


def test_a_pid_file_of_a_process_that_is_no_postmaster_is_not_believed(server: EmbeddedPostgres) -> None:
    server.close()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n0\n5432\n\n\n\nready\n")
    assert not server.is_running()
    assert server.open() == server.url()


def test_closing_twice_and_opening_twice_is_harmless(server: EmbeddedPostgres) -> None:
    assert server.open() == server.open()
    server.close()
    server.close()
    assert not server.is_running()


def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("d" * 120))
    assert len(str(server.socket_directory)) < 100
    assert server.socket_directory != EmbeddedPostgres(tmp_path / ("e" * 120)).socket_directory


def test_a_setting_postgres_refuses_is_said_with_its_log(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.close()
    monkeypatch.setattr("chargehand.project.embedded_postgres._ORPHANS_SECONDS", 0)
    spoilt = EmbeddedPostgres(server.directory, {"max_connections": "'many'"})
    with pytest.raises(EmbeddedPostgresError, match="max_connections"):
        spoilt.open()
    spoilt.close()
