"""Chat, push, SMS and paging services, by the library that speaks their many protocols. Slow to import."""

from __future__ import annotations

import logging
import threading
from typing import Final, Self

import apprise

from chargehand.domain.notices.providers.base import Message, Outcome, Provider, Tone

_TYPES: Final[dict[Tone, str]] = {
    "alarm": "failure",
    "warning": "warning",
    "info": "info",
    "success": "success",
}
#: A service that does not take a connection has certainly not got the message; longer than we wait for an
#: answer, it may have: our own limit then ends the call, and the outcome is unknown.
_CONNECT_S: Final = 4.0
_READ_S: Final = 30.0

_LOGGER: Final = logging.getLogger("apprise")


class ServicesProvider(Provider):
    """Sends by the service that an address such as `slack://…` or `ntfys://…` names."""

    def send(self, target: str, message: Message) -> Outcome:
        service = apprise.Apprise.instantiate(target, suppress_exceptions=True)
        if service is None:
            return Outcome("failed", "This is not an address that the service understands.", is_final=True)
        service.socket_connect_timeout, service.socket_read_timeout = _CONNECT_S, _READ_S
        with _LastWarning() as heard:
            is_sent = service.notify(
                title=message.title, body=message.body, notify_type=_TYPES[message.tone], body_format="text"
            )
        if is_sent:
            return Outcome("sent", f"accepted by {service.service_name}"[:500])
        return Outcome("failed", heard.text[:300] or "The service refused the message.")


class _LastWarning(logging.Handler):
    """Keeps what the library said last in this thread: it logs the cause and returns only a no."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.text = record.getMessage()

    def __enter__(self) -> Self:
        _LOGGER.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        _LOGGER.removeHandler(self)
