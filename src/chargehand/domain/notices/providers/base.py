"""What every provider promises: it carries one message to one address and says how that went."""

from __future__ import annotations

import abc
from typing import Literal

import msgspec

#: How a call ended. unknown: nobody can say whether the message went out, so it must not be sent again.
Ending = Literal["sent", "failed", "unknown"]
Tone = Literal["alarm", "warning", "info", "success"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is to read. Plain text; `body` ends with the link, if there is one."""

    title: str
    body: str
    tone: Tone = "info"


class Outcome(msgspec.Struct, frozen=True):
    """How a call ended and what was said; `is_final`: trying again would not help."""

    ending: Ending
    said: str = ""
    is_final: bool = False


class Provider(abc.ABC):
    """Carries messages. `send` is called in a thread, outside any transaction, and given up after a while.

    It must not touch the database, must not try twice by itself, and answers `failed` only if the message
    certainly did not go out.
    """

    @abc.abstractmethod
    def send(self, target: str, message: Message) -> Outcome:
        """Carry a message to an address. An exception counts as unknown."""
