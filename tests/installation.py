"""Chargehand as it runs: real processes on ports of their own, for tests that look from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import SystemRandom

from tests.patience import PATIENCE_S

from chargehand.project.supervisor import is_ready

#: Below those that systems give to outgoing connections, which take a free port before a process has started.
PORTS = range(15_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Ports nobody listened on a moment ago."""
    found: list[int] = []
    for port in SystemRandom().sample(PORTS, 100 * count):
        with suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError(f"no {count} ports are free")


class Installation:
    """Roles of one installation, each a process. `environment` overrides settings.

    Whoever makes one stops it: `stop_all` fails when a process has to be killed.
    """

    def __init__(self, directory: Path, database_url: str = "", **environment: str) -> None:
        ports = free_ports(5)
        self.gateway_port, self.gateway_tls_port, self.gateway_health_port = ports[:3]
        self.web_port, self.worker_health_port = ports[3:]
        self.log = directory / "chargehand.log"
        chosen = {
            "CHARGEHAND_DATA_DIR": str(directory / "data"),
            "CHARGEHAND_SECRET_KEY": "of a test",
            "CHARGEHAND_GATEWAY_PORT": str(self.gateway_port),
            "CHARGEHAND_GATEWAY_TLS_PORT": str(self.gateway_tls_port),
            "CHARGEHAND_GATEWAY_HEALTH_PORT": str(self.gateway_health_port),
            "CHARGEHAND_WEB_PORT": str(self.web_port),
            "CHARGEHAND_WORKER_HEALTH_PORT": str(self.worker_health_port),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        if database_url:
            chosen["CHARGEHAND_DATABASE_URL"] = database_url
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")}
        self.environment = {**inherited, **chosen, **environment}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self.gateway_port}"

    def start(self, role: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `chargehand <role>` and wait until it can work."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "chargehand.project", role, *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes[role] = process
        self.wait_until_ready(role)
        return process

    def wait_until_ready(self, role: str) -> None:
        """Wait for the readiness page of a role, of all three for `up`."""
        give_up = time.monotonic() + PATIENCE_S
        for url in self.ready_urls(role):
            while not is_ready(url):
                ended = self.processes[role].poll()
                assert ended is None, f"{role} ended with {ended}:\n{self.log.read_text()[-4000:]}"
                assert time.monotonic() < give_up, f"{url} is not ready:\n{self.log.read_text()[-4000:]}"
                time.sleep(0.05)

    def ready_urls(self, role: str) -> list[str]:
        ports = {
            "gateway": self.gateway_health_port,
            "web": self.web_port,
            "worker": self.worker_health_port,
        }
        wanted = ports if role == "up" else [role]
        return [f"http://127.0.0.1:{ports[each]}/readyz" for each in wanted]

    def kill(self, role: str) -> None:
        """End a role as a power cut would."""
        process = self.processes.pop(role)
        process.kill()
        process.wait()

    def stop(self, role: str) -> int:
        """Ask a role to end, as an init system would, and return its exit code."""
        process = self.processes.pop(role)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def stop_all(self) -> None:
        """End what still runs, in good order."""
        ended = {role: self.stop(role) for role in list(self.processes)}
        assert all(code == 0 for code in ended.values()), f"{ended}:\n{self.log.read_text()[-4000:]}"
