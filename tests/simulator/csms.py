"""A small CSMS to test simulated stations against: it checks every message with the official schemas."""

import asyncio
import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft6Validator, FormatChecker
from tests.patience import PATIENCE_S
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

Payload = dict[str, Any]
Answerer = Callable[[str, Payload], Payload | None]
NOW = "2026-03-01T08:00:00.000Z"


@cache
def validator(version: str, action: str, *, is_answer: bool) -> Draft6Validator:
    folder = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}[version]
    suffix = "Response" if is_answer else ("" if folder == "v16" else "Request")
    text = (files("ocpp") / folder / "schemas" / f"{action}{suffix}.json").read_text(encoding="utf-8-sig")
    return Draft6Validator(json.loads(text), format_checker=FormatChecker())


class Csms:
    """Answer stations by `rules`, action to answer: None from a rule is silence, "error" a CALLERROR."""

    def __init__(self) -> None:
        self.rules: dict[str, Answerer | Payload | str] = {}
        self.calls: list[tuple[str, str, Payload]] = []
        self.ids: list[tuple[str, str, str]] = []
        self.violations: list[str] = []
        self.sockets: dict[str, ServerConnection] = {}
        self.headers: dict[str, Headers] = {}
        self.connections = 0
        self.refuses = False
        self._server: Server | None = None
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._actions: dict[str, str] = {}
        self._heard = asyncio.Event()
        self._known: dict[str, int] = {}

    async def start(self) -> None:
        names = [Subprotocol("ocpp1.6"), Subprotocol("ocpp2.0.1"), Subprotocol("ocpp2.1")]
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=names,
            process_request=self._admit,
            compression=None,
            open_timeout=PATIENCE_S,
            ping_interval=None,
        )

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def url(self) -> str:
        assert self._server is not None
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}/ocpp"

    def _admit(self, connection: ServerConnection, _: Request) -> Response | None:
        return connection.respond(401, "not today") if self.refuses else None

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        station = connection.request.path.rsplit("/", 1)[1]
        self.connections += 1
        self.sockets[station] = connection
        self.headers[station] = connection.request.headers
        try:
            async for text in connection:
                await self._take(station, connection, json.loads(text))
        except ConnectionClosed:
            return

    async def _take(self, station: str, connection: ServerConnection, frame: list[Any]) -> None:
        version = str(connection.subprotocol)
        if frame[0] != 2:
            waiting = self._waiting.pop(frame[1], None)
            if frame[0] == 3:
                self._check(version, self._actions[frame[1]], frame[2], is_answer=True)
            if waiting is not None:
                waiting.set_result(frame[2] if frame[0] == 3 else frame[2:])
            return
        _, message_id, action, payload = frame
        self._check(version, action, payload, is_answer=False)
        self.calls.append((station, action, payload))
        self._heard.set()
        self.ids.append((station, action, message_id))
        answer = self._answer(action, payload)
        if answer == "error":
            await connection.send(json.dumps([4, message_id, "InternalError", "no", {}]))
        elif answer is not None:
            assert isinstance(answer, dict)
            self._check(version, action, answer, is_answer=True)
            await connection.send(json.dumps([3, message_id, answer]))

    def _check(self, version: str, action: str, payload: Payload, *, is_answer: bool) -> None:
        for error in validator(version, action, is_answer=is_answer).iter_errors(payload):
            self.violations.append(f"{action}: {error.json_path} {error.message}")

    def _answer(self, action: str, payload: Payload) -> Payload | str | None:
        rule = self.rules.get(action)
        if callable(rule):
            return rule(action, payload)
        if rule is not None:
            return rule
        key = "idTagInfo" if "idTag" in payload else "idTokenInfo"
        usual: dict[str, Payload] = {
            "BootNotification": {"status": "Accepted", "currentTime": NOW, "interval": 300},
            "Heartbeat": {"currentTime": NOW},
            "Authorize": {key: {"status": "Accepted"}},
            "DataTransfer": {"status": "Accepted"},
        }
        if action == "StartTransaction":
            return {"transactionId": self.number(payload), "idTagInfo": {"status": "Accepted"}}
        return usual.get(action, {})

    def number(self, start: Payload) -> int:
        """Return the same number for the same StartTransaction."""
        return self._known.setdefault(json.dumps(start, sort_keys=True), len(self._known) + 1001)

    async def ask(
        self, station: str, action: str, payload: Payload, *, patience_s: float = PATIENCE_S
    ) -> Any:
        """Send a command; return the answer's payload, or the list behind the id of a CALLERROR."""
        connection = self.sockets[station]
        message_id = f"csms-{len(self._actions) + 1}"
        self._check(str(connection.subprotocol), action, payload, is_answer=False)
        self._actions[message_id] = action
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = future
        await connection.send(json.dumps([2, message_id, action, payload]))
        return await asyncio.wait_for(future, patience_s)

    async def tell(self, station: str, action: str, payload: Payload) -> None:
        """Send a command without waiting for an answer."""
        await self.sockets[station].send(json.dumps([2, f"unasked-{action}", action, payload]))

    def forget(self) -> None:
        """Forget every transaction, as a CSMS with an empty database."""
        self._known.clear()

    async def wait_for(self, action: str, count: int) -> None:
        """Wait until `count` messages of an action have come in."""
        while self.actions().count(action) < count:
            self._heard.clear()
            await self._heard.wait()

    def said(self, action: str, station: str | None = None) -> list[Payload]:
        """Return the payloads of all messages of an action that came in."""
        return [p for who, what, p in self.calls if what == action and station in (None, who)]

    def actions(self, station: str | None = None) -> list[str]:
        """Return the names of all messages that came in, in order."""
        return [what for who, what, _ in self.calls if station in (None, who)]

    async def drop(self, station: str) -> None:
        """End the station's TCP connection without a close frame."""
        self.sockets[station].transport.abort()
        await self.sockets[station].wait_closed()
