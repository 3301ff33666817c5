"""Where drivers can go instead: the nearest free plug of the same kind."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

import msgspec

from chargehand.domain.charging import overview
from chargehand.domain.charging.overview import StationRow
from chargehand.domain.charging.states import PlugState
from chargehand.domain.health import incidents
from chargehand.domain.health.models import Incident
from chargehand.domain.health.places import letter_of
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.queries import LocationView

_EARTH_KM: Final = 6371.0


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A free plug: `letter` as drivers read it; `distance_km` 0 at the same site, as the crow flies."""

    station_id: int
    identity: str
    station_name: str
    evse: int
    connector: int
    letter: str
    standard: str
    location_id: int | None
    location_name: str
    distance_km: float


def neighbour(operator_id: int, station_id: int, evse: int, *, within_km: float = 2.0) -> Neighbour | None:
    """Return the nearest free plug of the same standard: at the station, at the site, then within reach.

    EVSE 0: any plug of another station that fits one of this station's. Plugs with a living incident do not
    count. None where there is none.
    """
    here = overview.station_row(operator_id, station_id)
    if here is None:
        return None
    wanted = {plug.standard for plug in here.plugs if evse in {0, plug.evse}}
    broken = _broken(operator_id) | {(station_id, evse)}
    for distance, place in _near(operator_id, here, within_km):
        rows = [here] if place is None else _rows_at(operator_id, here, place.id)
        found = [
            _view(row, position, plug, distance)
            for row in rows
            for position, plug in enumerate(row.plugs)
            if plug.state == "ready"
            and (not wanted or plug.standard in wanted or "" in wanted)
            and not {(row.id, 0), (row.id, plug.evse)} & broken
        ]
        if found:
            return found[0]
    return None


def _rows_at(operator_id: int, here: StationRow, location_id: int) -> list[StationRow]:
    """Return the stations of a place, this one first."""
    page = overview.list_stations(operator_id, location_id=location_id, limit=200)
    return sorted(page.stations, key=lambda row: row.id != here.id)


def _near(operator_id: int, here: StationRow, within_km: float) -> list[tuple[float, LocationView | None]]:
    """Return places by distance, this one first; None: the station has no place, there is only itself."""
    places = {place.id: place for place in stations.locations(operator_id)}
    home = places.get(here.location_id) if here.location_id is not None else None
    if home is None:
        return [(0.0, None)]
    far = [
        (distance, place)
        for place in places.values()
        if place.id != home.id and (distance := _distance(home, place)) is not None and distance <= within_km
    ]
    return [(0.0, home), *sorted(far, key=lambda each: (each[0], each[1].id))]


def _distance(one: LocationView, other: LocationView) -> float | None:
    """Return the distance in km on the sphere (haversine), None where a position is not known."""
    if None in {one.latitude, one.longitude, other.latitude, other.longitude}:
        return None
    ends = (one.latitude, one.longitude, other.latitude, other.longitude)
    lat1, lon1, lat2, lon2 = (radians(float(each or 0)) for each in ends)
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(min(1.0, chord)))


def _broken(operator_id: int) -> set[tuple[int, int]]:
    rows = Incident.objects.filter(operator_id=operator_id, state__in=incidents.ALIVE).exclude(scope="cohort")
    return set(rows.values_list("members__station_id", "members__evse"))


def _view(row: StationRow, position: int, plug: PlugState, distance: float) -> Neighbour:
    return Neighbour(
        station_id=row.id,
        identity=row.identity,
        station_name=row.name,
        evse=plug.evse,
        connector=plug.connector,
        letter=letter_of(position),
        standard=plug.standard,
        location_id=row.location_id,
        location_name=row.location_name,
        distance_km=round(distance, 2),
    )
