"""Children are started, restarted and ended."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chargehand.project import supervisor
from chargehand.project.health_server import serve_health
from chargehand.project.supervisor import Child, Supervisor, pause_before_restart

LIVES = "import sys, pathlib; open(sys.argv[1], 'a').write('x'); sys.stdin.read()"
CRASHES = "import sys; open(sys.argv[1], 'a').write('x'); sys.exit(3)"
DEAF = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "open(sys.argv[1], 'a').write('x'); time.sleep(600)"
)


def _child(code: str, file: Path, **more: str) -> Child:
    return Child(name="child", command=(sys.executable, "-c", code, str(file)), **more)


def _run(children: list[Child], until: Callable[[], bool], said: list[str] | None = None) -> int:
    """Run a supervisor and end it by SIGTERM once `until` holds."""

    async def run() -> int:
        tell = (said if said is not None else []).append
        running = asyncio.create_task(Supervisor(children, tell).run())
        await _until(until)
        os.kill(os.getpid(), signal.SIGTERM)
        return await running

    return asyncio.run(run())


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  # what is waited for happens in another process
        await asyncio.sleep(0.02)


def _marks(file: Path) -> int:
    return len(file.read_text()) if file.exists() else 0


def test_the_pause_before_a_restart_doubles_up_to_half_a_minute() -> None:
    pauses = [pause_before_restart(crashes) for crashes in (1, 2, 3, 7, 1_000_000)]
    assert pauses == [0.5, 1.0, 2.0, 30.0, 30.0]


def test_children_run_once_and_end_when_told(tmp_path: Path) -> None:
    file = tmp_path / "marks"
    assert _run([_child(LIVES, file)], lambda: _marks(file) == 1) == 0
    assert _marks(file) == 1


def test_a_child_that_crashes_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    crashing, steady = tmp_path / "crashing", tmp_path / "steady"
    children = [_child(CRASHES, crashing), _child(LIVES, steady)]
    assert _run(children, lambda: _marks(crashing) >= 3 and _marks(steady) >= 1) == 0
    assert _marks(steady) == 1


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.2)
    file = tmp_path / "marks"
    assert _run([_child(DEAF, file)], lambda: _marks(file) == 1) == 1


def test_an_address_is_told_once_the_child_answers(tmp_path: Path) -> None:
    file, said, ready = tmp_path / "marks", list[str](), threading.Event()
    with serve_health("127.0.0.1", 0, lambda: [] if ready.is_set() else ["not yet"]) as port:
        child = _child(LIVES, file, ready_url=f"http://127.0.0.1:{port}/readyz", address="Here I am")

        def is_told() -> bool:
            if _marks(file):
                assert ready.is_set() or said == []
                ready.set()
            return len(said) == 2

        assert _run([child], is_told, said) == 0
    assert said == ["Here I am", "Ready. Ctrl-C ends it."]


def test_what_is_watched_is_watched_even_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_WATCH_EVERY", 0.01)
    seen = list[int]()

    def watch() -> None:
        seen.append(1)
        raise OSError("not there")

    async def run() -> int:
        running = asyncio.create_task(Supervisor([_child(LIVES, tmp_path / "marks")], print, watch).run())
        await _until(lambda: len(seen) >= 3)
        os.kill(os.getpid(), signal.SIGINT)
        return await running

    assert asyncio.run(run()) == 0
