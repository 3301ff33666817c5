"""A swarm of stations on one loop: each waits for its answer, and sends the same message again after a break."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from random import Random
from time import monotonic
from typing import Any

from tests.patience import PATIENCE_S

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

#: What a station says one after the other: gives action and payload, gets the answer's payload.
Script = Generator[tuple[str, dict[str, Any]], dict[str, Any], None]


def tell(sentence: str) -> None:
    """Print what was measured; pytest shows it with -s."""
    sys.stdout.write(f"\n{sentence}\n")


def frame(opcode: int, payload: bytes) -> bytes:
    """Write a frame as a client must, with a mask that changes nothing."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


class Link:
    """One connection; after the gateway closed it `closed_with` is the code."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.closed_with: int | None = None
        self.pongs = 0

    @classmethod
    async def open(cls, port: int, identity: str, subprotocol: str, authorization: str = "") -> Link:
        """Connect and shake hands; raises ConnectionError where the gateway does not let it in."""
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(
                    f"GET /{identity} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                    f"{authorization}Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n".encode()
                )
                head = await reader.readuntil(b"\r\n\r\n")
            except BaseException:
                writer.close()
                raise
        if not head.startswith(b"HTTP/1.1 101"):
            writer.close()
            raise ConnectionError(head.split(b"\r\n", 1)[0].decode())
        return cls(reader, writer)

    def send(self, message: list[Any]) -> None:
        """Send a message."""
        self.writer.write(frame(TEXT, json.dumps(message, separators=(",", ":")).encode()))

    def send_text(self, text: str) -> None:
        """Send a text, whatever it is."""
        self.writer.write(frame(TEXT, text.encode()))

    async def receive(self) -> list[Any]:
        """Return the next message; raises ConnectionError at the end."""
        while True:
            try:
                opcode, payload = await self._read_frame()
            except asyncio.IncompleteReadError as error:
                raise ConnectionError("gone") from error
            if opcode == TEXT:
                message: list[Any] = json.loads(payload)
                return message
            if opcode == PING:
                self.writer.write(frame(PONG, payload))
            elif opcode == PONG:
                self.pongs += 1
            elif opcode == CLOSE:
                self.closed_with = int.from_bytes(payload[:2], "big")
                self.writer.write(frame(CLOSE, payload[:2]))
                raise ConnectionError(f"closed with {self.closed_with}")

    async def _read_frame(self) -> tuple[int, bytes]:
        first, size = await self.reader.readexactly(2)
        if size > 125:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        return first & 0x0F, await self.reader.readexactly(size)

    async def close(self) -> None:
        """Let the connection go."""
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


class SwarmStation:
    """One station: says its script, one CALL outstanding, the same CALL again after every break.

    `calls` are the gateway's, with the time at which they came; each is accepted.
    """

    def __init__(self, swarm: Swarm, identity: str, subprotocol: str, script: Script) -> None:
        self.swarm = swarm
        self.identity = identity
        self.subprotocol = subprotocol
        self.authorization = ""
        self.closed_with: list[int] = []
        self.calls: list[tuple[float, str]] = []
        self.link: Link | None = None
        self._script = script
        self._ids = count(1)

    async def run(self) -> None:
        """Say the script to its end; connections that break are made again."""
        call = next(self._script)
        message_id = self._next_id()
        while True:
            try:
                answer = await self._ask(message_id, *call)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                self.swarm.breaks += 1
                await self._hang_up()
                await asyncio.sleep(self.swarm.chance.uniform(0.05, self.swarm.pause))
                continue
            try:
                call = self._script.send(answer)
            except StopIteration:
                await self._hang_up()
                return
            message_id = self._next_id()

    async def _ask(self, message_id: str, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        if self.link is None:
            self.link = await Link.open(
                self.swarm.port(), self.identity, self.subprotocol, self.authorization
            )
            self.swarm.handshakes += 1
        link = self.link
        sent_at = monotonic()
        link.send([2, message_id, action, payload])
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await link.receive()
                if message[0] == 2:
                    self.calls.append((monotonic(), message[2]))
                    link.send([3, message[1], {"status": "Accepted"}])
                elif message[1] == message_id:
                    break
        self.swarm.waits.append(monotonic() - sent_at)
        self.swarm.answers += 1
        assert message[0] == 3, f"{action} of {self.identity} was answered with {message}"
        answer: dict[str, Any] = message[2]
        return answer

    async def _hang_up(self) -> None:
        link, self.link = self.link, None
        if link is not None:
            if link.closed_with is not None:
                self.closed_with.append(link.closed_with)
            await link.close()

    def _next_id(self) -> str:
        return f"{self.identity}-{next(self._ids)}"


class Swarm:
    """Stations that speak until told to end. `port` gives where to connect, each time anew.

    `waits` are the seconds from sending to the answer; `breaks` counts connections that failed.
    """

    def __init__(self, port: Callable[[], int], *, pause: float = 0.5) -> None:
        self.port = port
        self.pause = pause
        self.chance = Random(4107)
        self.is_ending = False
        self.stations: list[SwarmStation] = []
        self.answers = self.breaks = self.handshakes = 0
        self.waits: list[float] = []
        self.evidence = Evidence()

    def add(self, identity: str, subprotocol: str, script: Script) -> SwarmStation:
        """Add a station."""
        station = SwarmStation(self, identity, subprotocol, script)
        self.stations.append(station)
        return station

    async def run(self) -> None:
        """Let all speak, until each script is over."""
        try:
            async with asyncio.TaskGroup() as group:
                for station in self.stations:
                    group.create_task(station.run())
        finally:
            for station in self.stations:
                if station.link is not None:
                    station.link.writer.close()

    def slowest(self, share: float = 0.99) -> float:
        """Return the wait, seconds, below which this share of the answers lies."""
        return sorted(self.waits)[int(len(self.waits) * share)] if self.waits else 0.0


class Evidence:
    """What was answered: markers of meter values, and of each charge its number, first and last register."""

    def __init__(self) -> None:
        self.markers: set[int] = set()
        self.started: dict[tuple[str, int], int] = {}
        self.stopped: dict[tuple[str, int], int] = {}


_markers = count(1_000)


def now() -> str:
    """Write the time as stations do."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def charges_of_16(swarm: Swarm, identity: str) -> Script:
    """Charge again and again in 1.6: boot, start, three meter values, stop; every value is unique."""
    yield "BootNotification", {"chargePointVendor": "Swarm", "chargePointModel": "16"}
    evidence = swarm.evidence
    while not swarm.is_ending:
        first = next(_markers)
        answer = yield (
            "StartTransaction",
            {"connectorId": 1, "idTag": "CAFE01", "meterStart": first, "timestamp": now()},
        )
        number = answer["transactionId"]
        evidence.started[identity, first] = number
        for _ in range(3):
            marker = next(_markers)
            values = [{"timestamp": now(), "sampledValue": [{"value": str(marker)}]}]
            yield "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values}
            evidence.markers.add(marker)
        last = next(_markers)
        yield "StopTransaction", {"transactionId": number, "meterStop": last, "timestamp": now()}
        evidence.stopped[identity, first] = last


def charges_of_201(swarm: Swarm, identity: str) -> Script:
    """Charge again and again in 2.0.1: started, three updates, ended; every value is unique."""
    yield (
        "BootNotification",
        {"reason": "PowerUp", "chargingStation": {"vendorName": "Swarm", "model": "201"}},
    )
    evidence = swarm.evidence
    for charge in count():
        if swarm.is_ending:
            return
        ref = f"{identity}-{charge}-{os.getpid()}"
        first = last = 0
        for seq, kind in enumerate(("Started", "Updated", "Updated", "Updated", "Ended")):
            last = next(_markers)
            first = first or last
            yield "TransactionEvent", _event(kind, ref, seq, last)
            evidence.markers.add(last)
        evidence.started[identity, first] = 0
        evidence.stopped[identity, first] = last


def _event(kind: str, ref: str, seq: int, marker: int) -> dict[str, Any]:
    return {
        "eventType": kind,
        "timestamp": now(),
        "triggerReason": "MeterValuePeriodic",
        "seqNo": seq,
        "transactionInfo": {"transactionId": ref},
        "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": "CAFE01", "type": "ISO14443"},
        "meterValue": [{"timestamp": now(), "sampledValue": [{"value": marker}]}],
    }
