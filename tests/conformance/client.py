"""A raw OCPP client: frames as a station would write them, with nothing checked on the way."""

import base64
import json
import ssl
from collections import deque
from collections.abc import Iterable
from itertools import count
from typing import Any

from tests.interfaces.gateway.websocket.raw_client import PING, TEXT, RawClient, Response, make_request
from tests.patience import PATIENCE_S

VERSIONS = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1", "2.1": "ocpp2.1"}


class Refused(Exception):  # noqa: N818 -- what the gateway did, not what went wrong
    """The gateway answered a CALL with a CALLERROR."""

    def __init__(self, frame: list[Any]) -> None:
        super().__init__(f"{frame[2]}: {frame[3]}")
        self.code: str = frame[2]
        self.description: str = frame[3]


def basic(user: str, password: str | bytes) -> str:
    """Write the header of HTTP Basic authentication."""
    secret = password.encode() if isinstance(password, str) else password
    return f"Authorization: Basic {base64.b64encode(user.encode() + b':' + secret).decode()}"


class Client:
    """One connection of a station; `asked` are CALLs of the gateway that wait for an answer."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self.raw = RawClient(port, context)
        self.asked: deque[list[Any]] = deque()
        self._ids = count(1)

    def shake_hands(
        self, target: str, subprotocol: str | None, headers: Iterable[str] = (), **more: Any
    ) -> Response:
        """Send the request for a WebSocket and return what it is answered with."""
        self.raw.send(make_request(target, subprotocol=subprotocol, headers=headers, **more))
        return self.raw.read_response()

    def next_id(self) -> str:
        """Return an id that no message had before."""
        return f"m{next(self._ids)}"

    def send(self, *elements: Any) -> None:
        """Send a message."""
        self.send_text(json.dumps(elements))

    def send_text(self, text: str) -> None:
        """Send a text frame, whatever stands in it."""
        self.raw.send_frame(TEXT, text.encode())

    def receive(self) -> list[Any]:
        """Return the next message."""
        message = json.loads(self.raw.read_text())
        assert isinstance(message, list)
        return message

    def receive_answer(self, message_id: Any) -> list[Any]:
        """Return the answer to a CALL; CALLs of the gateway that come before it are kept in `asked`."""
        while True:
            message = self.receive()
            if message[0] == 2:
                self.asked.append(message)
            else:
                assert message[1] == message_id, message
                return message

    def call(self, action: str, payload: Any, *, message_id: Any = None) -> dict[str, Any]:
        """Ask, and return the payload of the answer; raises Refused for a CALLERROR."""
        identifier = self.next_id() if message_id is None else message_id
        self.send(2, identifier, action, payload)
        answer = self.receive_answer(identifier)
        if answer[0] == 4:
            raise Refused(answer)
        assert answer[0] == 3
        assert isinstance(answer[2], dict)
        return answer[2]

    def say(self, text: str) -> list[Any]:
        """Send a text and then a Heartbeat; return what came before the answer to that."""
        self.send_text(text)
        beat = self.next_id()
        self.send(2, beat, "Heartbeat", {})
        answers = []
        while (message := self.receive())[1] != beat:
            answers.append(message)
        return answers

    def refuse(self, action: Any, payload: Any) -> str:
        """Ask something that must be answered with a CALLERROR; return its code."""
        try:
            answer = self.call(action, payload)
        except Refused as refused:
            return refused.code
        raise AssertionError(f"{action} was answered with {answer}")

    def receive_call(self, action: str) -> dict[str, Any]:
        """Return the payload of the next CALL of the gateway, which must be of this action."""
        message = self.asked[0] if self.asked else self.receive()
        assert message[0] == 2, message
        assert message[2] == action, message
        if not self.asked:
            self.asked.append(message)
        payload: dict[str, Any] = message[3]
        return payload

    def answer(self, payload: Any) -> None:
        """Answer the CALL that was received last with a CALLRESULT."""
        self.send(3, self.asked.popleft()[1], payload)

    def is_alive(self) -> bool:
        """Tell whether a Heartbeat is answered with the time."""
        return "currentTime" in self.call("Heartbeat", {})

    def is_silent(self, seconds: float = 0.3) -> bool:
        """Tell whether nothing comes for a while; a ping shows that what was sent before was read."""
        self.raw.send_frame(PING, b"?")
        first, _ = self.raw.read_frame()
        self.raw.sock.settimeout(seconds)
        try:
            first, _ = self.raw.read_frame()
        except TimeoutError:
            return True
        finally:
            self.raw.sock.settimeout(PATIENCE_S)
        return first is None

    def close(self) -> None:
        """End the TCP connection without a word, as stations do."""
        self.raw.close()
