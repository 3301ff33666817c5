"""Chat, push, SMS and paging services, by the library that speaks their many protocols. Slow to import."""

from __future__ import annotations

import logging
import threading
import warnings
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

#: Words of socket errors after which the message may have arrived all the same.
_AFTER_SENDING: Final = ("Connection aborted", "Connection reset", "Read timed out", "Connection broken")

# What the library logs holds addresses and texts; it is read here and goes no further.
_LOGGER: Final = logging.getLogger("apprise")
_LOGGER.setLevel(logging.DEBUG)
_LOGGER.propagate = False

# The library loads its protocols at the first use; here no message waits for it.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    apprise.Apprise.instantiate("json://localhost")


class ServicesProvider(Provider):
    """Sends by the service that an address such as `slack://…` or `ntfys://…` names."""

    def send(self, target: str, message: Message) -> Outcome:
        service = apprise.Apprise.instantiate(target, suppress_exceptions=True)
        if service is None:
            return Outcome("failed", "This is not an address that the service understands.", is_final=True)
        service.socket_connect_timeout, service.socket_read_timeout = _CONNECT_S, _READ_S
        with _Ear() as heard:
            is_sent = service.notify(
                title=message.title, body=message.body, notify_type=_TYPES[message.tone], body_format="text"
            )
        if is_sent:
            return Outcome("sent", f"accepted by {service.service_name}"[:500])
        if any(words in heard.cause for words in _AFTER_SENDING):
            return Outcome("unknown", "The service took the message and fell silent.")
        return Outcome("failed", heard.warning[:300] or "The service refused the message.")


class _Ear(logging.Handler):
    """Hears what the library says in this thread: it logs why it failed, and returns only a no."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.warning = ""
        self.cause = ""
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != self._thread:
            return
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            self.warning = text
        elif "Socket Exception" in text:
            self.cause = text

    def __enter__(self) -> Self:
        _LOGGER.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        _LOGGER.removeHandler(self)
