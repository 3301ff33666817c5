"""Mending frames that are no JSON: what some firmware breaks, as data, tried only after reading failed."""

import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from chargehand.protocols.ocpp.rpc import Call, CallResult, decode
from chargehand.protocols.ocpp.versions import Version


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """What the firmware of a vendor breaks and how it is undone; `vendor` is a pattern, matched whole.

    `mend` returns a frame to be read instead, or None where it has nothing to do.
    """

    vendor: str
    why: str
    link: str
    mend: Callable[[bytes], bytes | None]


_CONFIGURATION: Final = re.compile(rb'\s*\[\s*3\s*,\s*"[^"\\]{1,36}"\s*,\s*\{\s*"configurationKey"\s*:\s*\[')


def _cut_strays(frame: bytes) -> bytes | None:
    """Drop whatever stands before the first and after the last bracket."""
    first, last = frame.find(b"["), frame.rfind(b"]")
    if first < 0 or last < first or (first == 0 and last == len(frame) - 1):
        return None
    return frame[first : last + 1]


def _close_configuration(frame: bytes) -> bytes | None:
    """End a list of configuration keys after the last one that is whole."""
    head = _CONFIGURATION.match(frame)
    if head is None:
        return None
    return frame[: max(head.end(), frame.rfind(b"}") + 1)] + b"]}]"


REPAIRS: Final[tuple[Repair, ...]] = (
    Repair(
        vendor=r".*",
        why="A comma or other bytes stand before or after the message (ZJ Beny, modems that echo).",
        link="https://github.com/lbbrhzn/ocpp/issues/1078",
        mend=_cut_strays,
    ),
    Repair(
        vendor=r"united chargers.*|grizzl-?e.*",
        why="The answer to GetConfiguration ends before its brackets are closed (05.621).",
        link="https://github.com/lbbrhzn/ocpp/issues/442",
        mend=_close_configuration,
    ),
)

_COMPILED: Final = tuple((re.compile(repair.vendor, re.IGNORECASE), repair) for repair in REPAIRS)


def mended(frame: bytes, vendor: str) -> Iterator[bytes]:
    """Return what a frame of a station of this vendor may have been meant to be."""
    for vendors, repair in _COMPILED:
        if vendors.fullmatch(vendor):
            other = repair.mend(frame)
            if other is not None:
                yield other


def meant(text: bytes, version: Version, vendor: str) -> Call | CallResult | None:
    """Return what a frame that cannot be read was meant to be, if that is known of its vendor."""
    for frame in mended(text, vendor):
        message = decode(frame, version)
        if isinstance(message, Call | CallResult):
            return message
    return None
