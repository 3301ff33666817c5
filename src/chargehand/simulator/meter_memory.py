"""What simulated meters show, kept in a file, so that a fleet that starts again goes on where it stood."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from chargehand.simulator.station import Station

_EVERY_S: Final = 2.0


class MeterMemory:
    """The registers of a fleet's plugs (Wh) by identity of the station; without a path nothing is kept.

    Raises ValueError for a file that holds anything else.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, tuple[int, ...]] = {}
        if path is None or not path.exists():
            return
        try:
            self._known = msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[int, ...]])
        except msgspec.DecodeError as error:
            raise ValueError(f"{path} does not hold what simulated meters showed: {error}") from error

    def registers_of(self, identity: str, connectors: int) -> tuple[int, ...] | None:
        """Return what the meters of a station showed last (Wh), None where that is not known."""
        known = self._known.get(identity)
        return known if known is not None and len(known) == connectors else None

    def keep(self, stations: Iterable[Station]) -> None:
        """Write down what the meters show now."""
        if self._path is None:
            return
        shown = {each.door.identity: _registers(each) for each in stations}
        beside = self._path.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(shown))
        beside.replace(self._path)

    async def keep_on(self, stations: Iterable[Station], *, every_s: float = _EVERY_S) -> None:
        """Write it down again and again, for a fleet that is killed."""
        while self._path is not None:
            await asyncio.sleep(every_s)
            self.keep(stations)


def _registers(station: Station) -> tuple[int, ...]:
    return tuple(plug.outlet.meter.register_wh for _, plug in sorted(station.connectors.items()))
