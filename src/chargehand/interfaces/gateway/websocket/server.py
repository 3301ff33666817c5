"""The server: listens, counts, watches over its sockets with one timer, and closes in good order."""

import asyncio
import contextlib
import errno
import random
import socket
import ssl
from collections import defaultdict
from time import monotonic

import structlog

from chargehand.interfaces.gateway.websocket.entrance import let_in
from chargehand.interfaces.gateway.websocket.handshake import write_response
from chargehand.interfaces.gateway.websocket.limits import Limits
from chargehand.interfaces.gateway.websocket.station_socket import SERVICE_RESTART, Door, StationSocket

_log = structlog.get_logger(__name__)

_ACCEPTS_PER_TURN = 64  # so that a storm of connections leaves time for the sockets that are open
_OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_FULL = write_response(503, (("Retry-After", "60"),))


class Server:
    """A running WebSocket server; made by `serve`."""

    def __init__(
        self, door: Door, listener: socket.socket, ssl_context: ssl.SSLContext | None, limits: Limits
    ) -> None:
        self.door = door
        self.limits = limits
        self._listener = listener
        self._ssl_context = ssl_context
        self._loop = asyncio.get_running_loop()
        self._sockets: set[StationSocket] = set()
        self._visits: set[asyncio.Task[None]] = set()
        self._is_crowded = False
        self._due: defaultdict[int, list[StationSocket]] = defaultdict(list)
        shortest = min(limits.ping_interval, limits.pong_timeout, limits.close_timeout)
        self._tick = min(1.0, shortest / 4)
        self._turn = int(monotonic() / self._tick)
        self._timer = self._loop.call_later(self._tick, self._check_due)
        self._emptied: asyncio.Future[None] | None = None
        self._start_accepting()

    @property
    def sockets(self) -> int:
        """How many sockets are open."""
        return len(self._sockets)

    @property
    def connections(self) -> int:
        """How many connections there are, with those that are not yet let in."""
        return len(self._sockets) + len(self._visits)

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self._listener.getsockname()[1])

    async def close(self, code: int = SERVICE_RESTART, reason: str = "", *, drain: float = 10.0) -> None:
        """Stop: refuse the new, close the open with `code`, wait up to `drain` seconds, abort the rest.

        When it returns, `Door.closed` was called for every socket and the port is free.
        """
        self._stop_accepting()
        self._listener.close()
        await asyncio.sleep(0)  # a visit that was cancelled before it began would not close its socket
        for visit in self._visits:
            visit.cancel()
        if self._visits:
            await asyncio.wait(self._visits)
        self._emptied = self._loop.create_future()
        for station in tuple(self._sockets):
            station.close(code, reason)
        if self._sockets:
            await asyncio.wait([self._emptied], timeout=drain)
        for station in tuple(self._sockets):
            station.abort()
        if self._sockets:
            await self._emptied
        self._timer.cancel()

    # What sockets ask for.

    def add(self, station: StationSocket) -> None:
        """Hold the socket and watch over it."""
        self._sockets.add(station)
        visit = asyncio.current_task()
        if visit is not None:
            self._end_visit(visit)  # counted as a socket from now on
        self.look_after(station, self.limits.ping_interval)

    def discard(self, station: StationSocket) -> None:
        """Let go of the socket."""
        self._sockets.discard(station)
        if self._emptied is not None and not self._sockets and not self._emptied.done():
            self._emptied.set_result(None)

    def look_after(self, station: StationSocket, seconds: float) -> None:
        """Call `socket.check(now)` in about so many seconds, spread by `ping_jitter`."""
        share = self.limits.ping_jitter
        delay = seconds * random.uniform(1 - share, 1 + share)  # noqa: S311 - spreads load, guards nothing
        self._due[max(self._turn + 1, int((monotonic() + delay) / self._tick) + 1)].append(station)

    def _check_due(self) -> None:
        now = monotonic()
        self._timer = self._loop.call_later(self._tick, self._check_due)
        last = int(now / self._tick)
        while self._turn < last:
            self._turn += 1
            for station in self._due.pop(self._turn, ()):
                station.check(now)

    # Listening.

    def _start_accepting(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _stop_accepting(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener.fileno())

    def _accept(self) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                sock, address = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno not in _OUT_OF_RESOURCES:
                    continue  # this one connection failed before it was accepted (accept(2))
                _log.error("cannot accept connections", error=str(error), connections=self.connections)
                self._stop_accepting()
                self._loop.call_later(1, self._start_accepting)
                return
            sock.setblocking(False)
            if self.connections >= self.limits.max_connections:
                self._turn_away(sock)
            else:
                visit = self._loop.create_task(let_in(sock, address[:2], self, self._ssl_context))
                self._visits.add(visit)
                visit.add_done_callback(self._end_visit)
                if len(self._visits) >= self.limits.max_visits:
                    # The rest of a storm waits in the kernel, where no handshake can time out.
                    self._is_crowded = True
                    self._stop_accepting()
                    return

    def _end_visit(self, visit: asyncio.Task[None]) -> None:
        self._visits.discard(visit)
        if self._is_crowded and len(self._visits) < self.limits.max_visits:
            self._is_crowded = False
            self._start_accepting()

    def _turn_away(self, sock: socket.socket) -> None:
        """Say that the server is full, where that costs no TLS handshake."""
        if self._ssl_context is None:
            with contextlib.suppress(OSError):
                sock.send(_FULL)
        sock.close()


async def serve(
    door: Door,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ssl_context: ssl.SSLContext | None = None,
    limits: Limits | None = None,
    sock: socket.socket | None = None,
    reuse_port: bool = False,
) -> Server:
    """Start a server in the running event loop and return it, accepting.

    Listens at `host` (one address or name; "" is every address of IPv4 and IPv6) and `port` (0: a free
    one), or at `sock`, a bound stream socket. `reuse_port` lets several processes share the port.
    Raises `OSError` where that is not possible.
    """
    limits = limits if limits is not None else Limits()
    listener = sock if sock is not None else await _listen(host, port, limits.backlog, reuse_port=reuse_port)
    # Connections inherit these (tcp(7)).
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.receive_buffer)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.transmit_buffer)
    listener.listen(limits.backlog)
    listener.setblocking(False)
    return Server(door, listener, ssl_context, limits)


async def _listen(host: str, port: int, backlog: int, *, reuse_port: bool) -> socket.socket:
    if not host:
        dual = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if dual else socket.AF_INET
        return socket.create_server(
            ("", port), family=family, backlog=backlog, reuse_port=reuse_port, dualstack_ipv6=dual
        )
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, _, _, _, address = found[0]
    return socket.create_server(
        (str(address[0]), int(address[1])), family=family, backlog=backlog, reuse_port=reuse_port
    )
