"""The database's evidence as recorded telemetry: what `chargehand detect` reads, streamed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO, Final

import msgspec

from chargehand.domain.health.aliases import Aliases, describe
from chargehand.domain.health.stored_evidence import Evidence, end_of, first_of
from chargehand.domain.health.telemetry import AnyLine, Described
from chargehand.domain.stations.telemetry_rows import Span, firmware_at
from chargehand.journal.horizon import complete_below
from chargehand.kernel import clock

#: Rows of a kind that are in memory at once, about.
MOST_ROWS: Final = 5_000
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


def telemetry(
    operator_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    station_id: int | None = None,
    most_rows: int = MOST_ROWS,
) -> Iterator[AnyLine]:
    """Yield an operator's telemetry by receipt, what a station is before its first line.

    A few thousand lines are in memory.
    `since` and `until` (not included) narrow it by receipt. Tokens are pseudonyms. A line that tells of days
    ago has no time of receipt, as nothing can be learnt of the station's clock from it.
    """
    aliases = Aliases(operator_id)
    evidence = Evidence(operator_id, aliases)
    below = complete_below()
    at = 0 if since is None else first_of(below, since)
    plates = _plates(operator_id, aliases, since, station_id)
    while at < below:
        end = end_of(at, below, most_rows, since)
        span = Span(from_xid=at, to_xid=end, since=since, until=until, station_id=station_id)
        for received, _, line in evidence.read(span):
            yield from _introduce(plates, line, received)
            yield line
        at = end


def _plates(
    operator_id: int, aliases: Aliases, since: datetime | None, station_id: int | None
) -> dict[str, Described]:
    """Return what the stations are, with the firmware that they had at the beginning."""
    now = clock.now()
    at = since or _LONG_AGO
    firmware = firmware_at(operator_id, at)
    found = {}
    for plate in aliases.plates():
        if station_id in {None, plate.id}:
            line = found[plate.identity] = describe(plate, now)
            line.firmware = firmware.get(plate.id, line.firmware)
    return found


def _introduce(plates: dict[str, Described], line: AnyLine, received: datetime) -> Iterator[Described]:
    """Yield what a station is before its first line."""
    plate = plates.pop(line.station, None)
    if plate is not None:
        plate.t, plate.received = received, received
        yield plate


def write(lines: Iterable[AnyLine], out: BinaryIO) -> int:
    """Write lines as JSON, one on each; return how many."""
    encode = msgspec.json.Encoder().encode
    count = 0
    for line in lines:
        out.write(encode(line) + b"\n")
        count += 1
    return count
