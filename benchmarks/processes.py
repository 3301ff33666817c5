"""Processes under measurement: started, watched, ended; their CPU time with that of their children."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process, of its living children and of those it has reaped."""
    total = 0.0
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process.pid == pid:
            total += times.children_user + times.children_system
    return total


def memory_bytes(pid: int) -> int:
    """Return the memory that only this process uses."""
    return int(psutil.Process(pid).memory_full_info().uss)


@contextmanager
def running(*command: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a process and end it afterwards."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the next line a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


class Load:
    """The load generator as a process: connected when made, let go by `run`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert first_line(process) == "ready", "the load could not connect"

    def _go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def run(self) -> dict[str, Any]:
        """Let it send, and return what it measured."""
        self._go()
        result: dict[str, Any] = json.loads(first_line(self._process))
        return result


@contextmanager
def load(url: str, **options: object) -> Iterator[Load]:
    """Start the load generator with the options of load.py and wait until it is connected."""
    words = [f"--{name}={value}" for name, value in options.items()]
    with running(sys.executable, str(ROOT / "benchmarks" / "load.py"), f"--url={url}", *words) as process:
        yield Load(process)
