"""What lines call stations and tokens: stations by their identity, tokens by a pseudonym."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from django.utils.crypto import salted_hmac

from chargehand.domain.health.engine import Engine
from chargehand.domain.health.telemetry import AnyLine, Described, Maintained
from chargehand.domain.stations import telemetry_rows as stations
from chargehand.domain.stations.telemetry_rows import StationPlate

_AC_W, _DC_W = 22_000.0, 150_000.0
_AC_V, _DC_V = 230.0, 375.0


@lru_cache(maxsize=20_000)
def _pseudonym(operator_id: int, uid: str) -> str:
    return salted_hmac(f"chargehand.health.token.{operator_id}", uid.strip().casefold()).hexdigest()[:16]


class Aliases:
    """The stations of an operator as they are now; a station made meanwhile is found when it is met."""

    def __init__(self, operator_id: int) -> None:
        self.operator_id = operator_id
        self._plates: dict[int, StationPlate] = {}
        self._ids: dict[str, int] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look again at what the stations are."""
        self._plates = {plate.id: plate for plate in stations.plates(self.operator_id)}
        self._ids = {plate.identity: plate.id for plate in self._plates.values()}

    def station(self, station_id: int) -> str | None:
        """Return a station's identity; None for one that is not the operator's."""
        plate = self._plates.get(station_id)
        if plate is None and station_id:
            self.refresh()
            plate = self._plates.get(station_id)
        return None if plate is None else plate.identity

    def id_of(self, identity: str) -> int | None:
        """Return the id of a station that lines call so; None if it is gone."""
        return self._ids.get(identity)

    def token(self, uid: str) -> str | None:
        """Return a token's pseudonym: the same for the same token of the operator, and nobody's name."""
        return _pseudonym(self.operator_id, uid) if uid else None

    def plates(self) -> Collection[StationPlate]:
        """Return what the stations are."""
        return self._plates.values()

    def changes(self, engine: Engine, at: datetime) -> list[AnyLine]:
        """Return the lines that tell an engine what changed about the stations, as if received at `at`."""
        found: list[AnyLine] = []
        for plate in self._plates.values():
            known = engine.fleet.stations.get(plate.identity)
            line = describe(plate, at)
            if known is None:
                found.append(line)
            else:
                line.firmware = ""
                if not _is_told(line, engine):
                    found.append(line)
            if (known is not None and known.is_maintained) == plate.is_meant_to_work:
                state = "end" if plate.is_meant_to_work else "begin"
                found.append(Maintained(t=at, received=at, station=plate.identity, state=state))
        return found


def describe(plate: StationPlate, at: datetime) -> Described:
    """Return what a station is as a line of telemetry; what is not known stands as what is usual."""
    is_dc = plate.is_direct_current
    phases = plate.phases or 3
    power_w = float(plate.max_power_w or (_DC_W if is_dc else _AC_W))
    return Described(
        t=at,
        received=at,
        station=plate.identity,
        site=f"{plate.location} ({plate.location_id})" if plate.location_id is not None else "",
        vendor=plate.vendor,
        model=plate.model,
        firmware=plate.firmware,
        kind="DC" if is_dc else "AC",
        phases=phases,
        max_power_w=power_w,
        max_current_a=round(power_w / (_DC_V if is_dc else _AC_V * phases), 1),
        connectors=max(1, plate.plugs),
    )


def _is_told(line: Described, engine: Engine) -> bool:
    known = engine.fleet.stations[line.station].plate
    return (
        (line.site, line.vendor, line.model, line.kind, line.phases, line.connectors)
        == (known.site, known.vendor, known.model, known.kind, known.phases, known.connectors)
    ) and (line.max_power_w, line.max_current_a) == (known.max_power_w, known.max_current_a)
