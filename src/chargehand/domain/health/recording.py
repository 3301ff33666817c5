"""Recordings on disk: their lines in the order of receipt, whatever the order they were written in."""

from array import array
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Final

import msgspec

from chargehand.domain.health.telemetry import seconds
from chargehand.kernel.clock import EARLIEST_CREDIBLE

#: A recording is out of order if more than this share of its lines is so much (s) behind those before.
_SHARE: Final = 0.01
_BEHIND_S: Final = 3_600.0
_EARLIEST: Final = EARLIEST_CREDIBLE.timestamp()


class _Stamp(msgspec.Struct, gc=False):
    t: datetime | None = None
    received: datetime | None = None


_DECODER = msgspec.json.Decoder(_Stamp)


def is_in_order(recording: BinaryIO) -> bool:
    """Tell whether a recording can be read from its beginning to its end, where it stands again afterwards."""
    newest, count, behind = 0.0, 0, 0
    for text in recording:
        at = _received(text, newest)
        count += 1
        behind += at < newest - _BEHIND_S
        newest = max(newest, at)
    recording.seek(0)
    return behind <= _SHARE * count


class SortedLines:
    """The lines of a recording by time of receipt, in some 50 bytes of memory a line."""

    def __init__(self, recording: BinaryIO) -> None:
        """Go through a recording that can be sought, from its beginning."""
        self._recording = recording
        self._places = array("q")
        times, where, last = array("d"), 0, 0.0
        for text in recording:
            last = _received(text, last)
            times.append(last)
            self._places.append(where)
            where += len(text)
        self._order = array("q", sorted(range(len(times)), key=times.__getitem__))

    def __iter__(self) -> Iterator[bytes]:
        for index in self._order:
            self._recording.seek(self._places[index])
            yield self._recording.readline()

    def number_of(self, position: int) -> int:
        """Return the number (from 1) in the file of the line that comes at a position (from 1)."""
        return self._order[position - 1] + 1


def _received(text: bytes, before: float) -> float:
    """Return a line's time of receipt (s); that of the line before where it tells none that can be believed."""
    try:
        stamp = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return before
    when = stamp.t if stamp.received is None else stamp.received
    at = 0.0 if when is None else seconds(when)
    return at if at >= _EARLIEST else before
