"""A message of a station on its way into the database, and the text form of a COPY."""

from datetime import datetime

import msgspec

from chargehand.domain.stations.binary_copy import time_of
from chargehand.domain.stations.events import Event


class Told(msgspec.Struct, gc=False):
    """A message as received, with what it means.

    `received` is `binary_copy.micros` of the time of receipt; `version` is 16, 201 or 21; `frame` the raw text in
    UTF-8; `fingerprint` a hash of action and payload for messages
    that carry a time of their own, by which a message sent again is known whatever its id (quirks A6, E14);
    `is_repeat` is set by the recorder.
    """

    station_id: int
    operator_id: int
    epoch: int
    received: int
    version: int
    message_id: str
    action: str
    frame: bytes
    event: Event | None
    fingerprint: int | None = None
    vendor: str = ""
    is_from_station: bool = True
    is_repeat: bool = False
    reply: object = None

    @property
    def received_at(self) -> datetime:
        """When it was received."""
        return time_of(self.received)


def copy_text(text: str) -> str:
    """Return `text` as a column of PostgreSQL's COPY text format; a NUL, which it cannot hold, as U+FFFD."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text.replace("\0", "\ufffd") if "\0" in text else text


def clean(text: str, longest: int = 255) -> str:
    """Return a station's free text fit for a column: no NUL, at most `longest` characters (quirk B5)."""
    return text.replace("\0", "\ufffd")[:longest]
