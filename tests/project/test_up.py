"""`chargehand up` on an empty directory: everything starts, survives what crashes, ends cleanly."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.installation import Installation
from tests.patience import PATIENCE_S, wait_for

from chargehand.project.embedded_postgres import EmbeddedPostgres


@pytest.fixture
def alone() -> Iterator[Installation]:
    # Not tmp_path: pytest closes its parent to other accounts, and root's PostgreSQL runs as one.
    with tempfile.TemporaryDirectory(prefix="chargehand-") as directory:
        yield Installation(Path(directory))


def _children(process: psutil.Process) -> dict[str, psutil.Process]:
    """The roles under a supervisor, by name."""
    found = {}
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            words = child.cmdline()
            if "chargehand.project" in words:
                found[words[3]] = child
    return found


def _has_migrations(server: EmbeddedPostgres) -> bool:
    """Whether the database is back with what was in it; a readiness page may be the last word of the old one."""
    with suppress(psycopg.OperationalError), psycopg.connect(server.url()) as connection:
        return connection.execute("SELECT count(*) FROM django_migrations").fetchone() != (0,)
    return False


@pytest.mark.slow
def test_everything_starts_survives_crashes_and_ends_cleanly(alone: Installation) -> None:
    supervisor = psutil.Process(alone.start("up").pid)
    server = EmbeddedPostgres(Path(alone.environment["CHARGEHAND_DATA_DIR"]) / "postgres")
    first = _children(supervisor)
    assert set(first) == {"gateway", "web", "worker"}

    first["web"].kill()
    first["web"].wait()
    alone.wait_until_ready("up")
    assert _children(supervisor)["web"].pid != first["web"].pid
    assert _children(supervisor)["gateway"].pid == first["gateway"].pid

    postmaster = server.postmaster_pid()
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    psutil.wait_procs([process for process in psutil.process_iter() if process.pid == postmaster])
    alone.wait_until_ready("up")
    wait_for(lambda: _has_migrations(server))

    last = _children(supervisor)
    assert alone.stop("up") == 0
    assert not server.is_running()
    assert not any(child.is_running() for child in last.values())
    said = alone.log.read_text()
    assert f"ws://127.0.0.1:{alone.gateway_port}/" in said
    assert f"http://127.0.0.1:{alone.web_port}/" in said


@pytest.mark.slow
def test_when_the_supervisor_is_killed_its_children_end_and_the_next_start_works(alone: Installation) -> None:
    children = _children(psutil.Process(alone.start("up").pid)).values()
    alone.kill("up")
    _, alive = psutil.wait_procs(children, timeout=PATIENCE_S)
    assert alive == []
    alone.start("up")
    assert alone.stop("up") == 0
