"""Recorded telemetry: one JSON object a line, version-neutral, in the order of receipt."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from math import isnan
from typing import Any, TypeAlias

import msgspec

from chargehand.kernel.clock import EARLIEST_CREDIBLE, FURTHEST_AHEAD

_EARLIEST = EARLIEST_CREDIBLE.timestamp()
_AHEAD = FURTHEST_AHEAD.total_seconds()


class Line(msgspec.Struct, tag_field="event", kw_only=True, gc=False):
    """What every line says: `t` by the station's clock, `received` by ours (absent: as `t`), and where.

    EVSE 0 is the station itself; a 1.6 connector n stands as EVSE n.
    """

    t: datetime
    station: str
    received: datetime | None = None
    evse: int = 0
    connector: int | None = None

    @property
    def place(self) -> int:
        """Return the EVSE; a connector without an EVSE counts as one."""
        return self.evse or self.connector or 0

    def stamps(self) -> tuple[float, float]:
        """Return (station's time, time of receipt) in seconds since 1970; a time without a zone is UTC."""
        told = seconds(self.t)
        return told, told if self.received is None else seconds(self.received)


def seconds(when: datetime) -> float:
    """Return seconds since 1970; a time without a zone counts as UTC (quirk D3)."""
    return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp()


def credible(told: float, received: float) -> float:
    """Return the station's time where it can be believed, else the time of receipt (quirks D1, D4)."""
    return told if _EARLIEST <= told <= received + _AHEAD else received


class Described(Line, tag="station", kw_only=True):
    """The plate of a station; comes first and again when something changes."""

    site: str = ""
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    kind: str = "AC"
    phases: int = 3
    max_power_w: float = 0.0
    max_current_a: float = 0.0
    connectors: int = 1
    nominal_voltage_v: float = 0.0


class Connected(Line, tag="connect"):
    """The station's connection was opened."""


class Disconnected(Line, tag="disconnect"):
    """The station's connection was closed."""


class Heartbeat(Line, tag="heartbeat"):
    """The station is alive."""


class Booted(Line, tag="boot", kw_only=True):
    """The station has started."""

    reason: str = ""
    firmware: str = ""


class Status(Line, tag="status", kw_only=True):
    """A connector's or the station's status in the words of OCPP 1.6 or 2.x."""

    status: str
    error_code: str | None = None
    vendor_error_code: str | None = None
    info: str | None = None


class Authorized(Line, tag="authorize", kw_only=True):
    """A token was shown and judged."""

    token: str | None = None
    result: str = "Accepted"
    kind: str | None = None


class Started(Line, tag="start", kw_only=True):
    """A transaction began; the register in Wh."""

    transaction: str | int | None = None
    token: str | None = None
    kind: str | None = None
    meter_wh: float | None = None


class Sample(msgspec.Struct, gc=False):
    """One sampled value under OCPP's names; `value` is a number, and text or nothing where a meter fails.

    A sample that names no measurand is of the register (OCPP 1.6 7.43).
    """

    measurand: str = "Energy.Active.Import.Register"
    value: float | str | None = None
    unit: str | None = None
    phase: str | None = None
    location: str | None = None
    context: str | None = None


class Metered(Line, tag="meter", kw_only=True):
    """Samples of one moment."""

    samples: list[Sample]
    transaction: str | int | None = None


class Stopped(Line, tag="stop", kw_only=True):
    """A transaction ended; the register in Wh."""

    transaction: str | int | None = None
    reason: str | None = None
    meter_wh: float | None = None


class Monitored(Line, tag="monitor", kw_only=True):
    """What a monitor of OCPP 2.x reported (NotifyEvent)."""

    component: str = ""
    variable: str = ""
    value: float | bool | str | None = None
    trigger: str | None = None
    severity: int | None = None
    tech_code: str | None = None
    tech_info: str | None = None
    cleared: bool | None = None


class Commanded(Line, tag="command", kw_only=True):
    """What was asked of the station, and how it answered."""

    action: str
    outcome: str | None = None


class Signalled(Line, tag="signal", kw_only=True):
    """The quality of the connection."""

    rssi_dbm: float | None = None
    latency_ms: float | None = None


class Limited(Line, tag="limit", kw_only=True):
    """A charging limit in force by our own hand; neither value given: no limit any more."""

    limit_w: float | None = None
    limit_a: float | None = None


class Maintained(Line, tag="maintenance", kw_only=True):
    """Maintenance begins or ends (`begin`, `end`)."""

    state: str


class Settled(Line, tag="settled", kw_only=True):
    """An incident is over: what was found of these kinds may be found again."""

    kinds: list[str]


AnyLine: TypeAlias = (
    Described
    | Connected
    | Disconnected
    | Heartbeat
    | Booted
    | Status
    | Authorized
    | Started
    | Metered
    | Stopped
    | Monitored
    | Commanded
    | Signalled
    | Limited
    | Maintained
    | Settled
)

_DECODER = msgspec.json.Decoder(AnyLine)
_TIMES = frozenset({"t", "received"})
_NAMES = frozenset({"station", "site", "vendor", "model", "firmware", "token"})
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_line(text: bytes) -> AnyLine:
    """Read one line; raise ValueError (of which msgspec's errors are kinds) for one that cannot be read."""
    line: AnyLine = _DECODER.decode(text)
    return line


def read_loosely(text: bytes) -> AnyLine:
    """Read a line that is not quite as it should be; raise ValueError where nothing can be made of it.

    Fields of null, NaN or "" are none, numbers may be text and names numbers, a time may be any of ISO 8601.
    """
    raw = json.loads(text)
    if not isinstance(raw, dict):
        msg = "it is no JSON object"
        raise ValueError(msg)  # noqa: TRY004 - the callers know one error
    told = _without_blanks(raw)
    for name in _TIMES & told.keys():
        if isinstance(told[name], str):
            told[name] = datetime.fromisoformat(told[name].strip())
    for name in _NAMES & told.keys():
        if isinstance(told[name], int | float):
            told[name] = str(told[name])
    if isinstance(told.get("connectors"), list):
        told["connectors"] = len(told["connectors"])
    if isinstance(told.get("samples"), list):
        told["samples"] = [_without_blanks(each) for each in told["samples"] if isinstance(each, dict)]
    line: AnyLine = msgspec.convert(told, AnyLine, strict=False)
    return line


def _without_blanks(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if not _is_blank(value)}


def _is_blank(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and isnan(value))


def read_lines(lines: Iterable[bytes], complain: Callable[[int, str], None]) -> Iterator[AnyLine]:
    """Read line by line; `complain` is told number (from 1) and reason of those that cannot be read."""
    for number, text in enumerate(lines, start=1):
        told = text.removeprefix(_BYTE_ORDER_MARK) if number == 1 else text
        if not told.strip():
            continue
        try:
            yield _DECODER.decode(told)
        except (ValueError, RecursionError) as error:
            try:
                yield read_loosely(told)
            except (ValueError, RecursionError, OverflowError):
                complain(number, str(error))
