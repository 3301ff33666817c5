"""Who was heard lately and whose connection ended, written down every few seconds by the writer."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from chargehand.domain.stations import connections
from chargehand.domain.stations.binary_copy import time_of
from chargehand.domain.stations.connections import Ended
from chargehand.interfaces.gateway.connection import Connection
from chargehand.interfaces.gateway.inbox import Inbox
from chargehand.kernel import clock


class Presence:
    """Lives in the event loop."""

    def __init__(self, gateway_id: UUID, inbox: Inbox) -> None:
        self._gateway_id = gateway_id
        self._inbox = inbox
        self._seen: dict[int, datetime] = {}
        self._ended: list[Ended] = []

    def end(self, connection: Connection, why: str) -> None:
        """Take note of the end of a connection."""
        self._hear(connection)
        self._ended.append(Ended(connection.station.id, connection.epoch, clock.now(), why))

    def _hear(self, connection: Connection) -> None:
        if connection.heard:
            self._seen[connection.station.id] = time_of(connection.heard)
            connection.heard = 0

    def write_down(self, open_ones: Iterable[Connection]) -> None:
        """Let the writer note who was heard since the last time, and which connections ended."""
        for connection in open_ones:
            self._hear(connection)
        seen, self._seen = self._seen, {}
        ended, self._ended = self._ended, []

        def chore() -> None:
            connections.touch(self._gateway_id, seen)
            connections.release(self._gateway_id, ended)
            self._inbox.forget({end.station_id for end in ended})

        self._inbox.do(chore)
