"""A gateway process: its servers, its timers, its end."""

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final
from uuid import UUID

import msgspec
import structlog
import uvloop
from django.db import InterfaceError, OperationalError, connection
from django.db import connections as databases

from chargehand.domain.stations import connections
from chargehand.interfaces.gateway.admission import Admissions
from chargehand.interfaces.gateway.gateway import Gateway
from chargehand.interfaces.gateway.websocket.limits import Limits
from chargehand.interfaces.gateway.websocket.server import Server, serve
from chargehand.interfaces.gateway.websocket.tls import make_tls_context

#: How often it is written down who was heard, seconds.
WRITE_EVERY_S: Final = 2.0
#: A message may wait so long for the database before the gateway calls itself not ready, seconds.
STUCK_AFTER_S: Final = 3.0

log = structlog.get_logger(__name__)


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway process needs to know.

    Port None is none, 0 a free one; `settle_s` is how long a station that sends no boot is left alone after it
    connected (quirks F1, F2).
    """

    host: str = "127.0.0.1"
    port: int | None = 9000
    tls_port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    client_authorities: Path | None = None
    client_organisations: tuple[str, ...] = ()
    heartbeat_interval: int = 300
    settle_s: float = 2.0
    limits: Limits = Limits()


class GatewayProcess:
    """Runs until it is told to stop, from any thread."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.gateway: Gateway | None = None
        self.port = 0
        self.tls_port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None
        self._is_ready = threading.Event()

    def problems(self) -> list[str]:
        """Return in sentences why this gateway cannot do its work: a message is sent through the writer."""
        gateway, loop = self.gateway, self._loop
        if gateway is None or loop is None or not self._is_ready.is_set():
            return ["The gateway is starting."]
        probed = threading.Event()

        def probe() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT fence FROM stations_gateway WHERE id = %s", [gateway.gateway_id])
            probed.set()

        loop.call_soon_threadsafe(gateway.inbox.do, probe)
        if probed.wait(STUCK_AFTER_S):
            return []
        return ["Messages cannot be stored: the writer waits for the database."]

    def stop(self) -> None:
        """End the process in good order."""
        if self._loop is not None and self._stopped is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)

    def wait_until_ready(self, timeout: float) -> bool:
        """Wait until stations can connect."""
        return self._is_ready.wait(timeout)

    async def main(self, *, handles_signals: bool = True) -> None:
        """Serve until told to stop."""
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        if handles_signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                self._loop.add_signal_handler(number, self._stopped.set)
        gateway_id = await _register(self._stopped)
        if gateway_id is None:
            return
        admissions = Admissions(self.settings.client_organisations)
        gateway = Gateway(
            gateway_id,
            admissions,
            heartbeat_interval=self.settings.heartbeat_interval,
            settle_s=self.settings.settle_s,
        )
        self.gateway = gateway
        gateway.inbox.start()
        servers = await self._serve(gateway)
        tasks = [
            asyncio.create_task(gateway.outbox.listen()),
            asyncio.create_task(_every(1.0, lambda: gateway.look_after(monotonic()))),
            asyncio.create_task(_every(WRITE_EVERY_S, gateway.write_down)),
        ]
        self._is_ready.set()
        log.info("gateway-ready", gateway_id=str(gateway_id), port=self.port, tls_port=self.tls_port)
        try:
            await self._stopped.wait()
        finally:
            self._is_ready.clear()
            await _end(gateway, servers, tasks)

    async def _serve(self, gateway: Gateway) -> list[Server]:
        settings = self.settings
        servers = []
        if settings.port is not None:
            server = await serve(
                gateway, host=settings.host, port=settings.port, limits=settings.limits, reuse_port=True
            )
            self.port = server.port
            servers.append(server)
        if settings.certificate is not None and settings.key is not None:
            context = make_tls_context(settings.certificate, settings.key, settings.client_authorities)
            server = await serve(
                gateway,
                host=settings.host,
                port=settings.tls_port,
                ssl_context=context,
                limits=settings.limits,
                reuse_port=True,
            )
            self.tls_port = server.port
            servers.append(server)
        return servers


async def _register(stopped: asyncio.Event) -> UUID | None:
    """Register this process, waiting for a database that is not there yet; None if stopped meanwhile."""
    while not stopped.is_set():
        try:
            return await asyncio.to_thread(_register_once)
        except (OperationalError, InterfaceError) as error:
            log.warning("database-down", error=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), 0.5)
    return None


def _register_once() -> UUID:
    try:
        return connections.register_gateway()
    finally:
        connection.close()


async def _every(seconds: float, act: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        act()


async def _end(gateway: Gateway, servers: list[Server], tasks: list[asyncio.Task[None]]) -> None:
    """Close the sockets, store what came in, and write down that the connections ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*(server.close() for server in servers))
    await asyncio.gather(*tasks, return_exceptions=True)
    await gateway.stop()


def keep_connections() -> None:
    """Let each thread keep one connection to the database, instead of borrowing from a pool.

    A pool waits ever longer between its attempts at a database that is away, and lends out sessions again
    that a failover left read-only. The threads are few and live as long as the process.
    """
    connection.close()
    settings = databases.settings["default"]
    settings["OPTIONS"] = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
    settings["CONN_MAX_AGE"] = None


def run(process: GatewayProcess) -> None:
    """Run a gateway process in this thread until SIGTERM or SIGINT."""
    keep_connections()
    # Messages make no circles: what was loaded is left alone, and the rest is looked through seldom.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(process.main())
