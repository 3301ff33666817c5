"""Sites as points of the map: each with the state of its worst station, so that trouble shows first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview
from chargehand.domain.charging.overview import StationRow, StationState
from chargehand.domain.health import flags
from chargehand.domain.health.flags import Flag
from chargehand.domain.stations import queries as stations

MOST_PER_PAGE: Final = 2000
#: What a person should see first where many stations share a place.
WORST_FIRST: Final = ("broken", "offline", "attention", "unknown", "charging", "reserved", "ready")


def all_stations(principal: Principal, **filters: Any) -> list[StationRow]:
    """All stations a person may see, by identity; `filters` are those of `overview.list_stations`."""
    found: list[StationRow] = []
    after = None
    while True:
        page = overview.list_stations(
            principal.operator_id,
            location_ids=principal.location_ids,
            after=after,
            limit=MOST_PER_PAGE,
            **filters,
        )
        found += page.stations
        after = page.after
        if after is None:
            return found


def points(principal: Principal) -> list[dict[str, Any]]:
    """The stations of sites whose position is known, as the map reads them."""
    sites = {
        site.id: site
        for site in stations.locations(principal.operator_id, location_ids=principal.location_ids)
        if site.latitude is not None and site.longitude is not None
    }
    if not sites:
        return []
    standing, where = known_flags(principal), page_urls()
    return [
        {
            "id": row.id,
            "label": row.name or row.identity,
            "lat": float(sites[row.location_id].latitude or 0),
            "lon": float(sites[row.location_id].longitude or 0),
            "state": flagged(row, standing.get(row.id)),
            "word": standing[row.id].title if row.id in standing else "",
            "url": where(row.id),
            "count": 1,
        }
        for row in all_states(principal)
        if row.location_id in sites
    ]


def placed_count(principal: Principal) -> int:
    """How many stations stand at sites whose position is known."""
    sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
    return sum(
        site.station_count for site in sites if site.latitude is not None and site.longitude is not None
    )


def all_states(principal: Principal) -> list[StationState]:
    """All stations a person may see, by identity, with their states alone."""
    return overview.station_states(principal.operator_id, location_ids=principal.location_ids)


def page_urls() -> Callable[[int], str]:
    """Give what makes the address of a station's page: thousands of them in no time."""
    head, _zero, tail = reverse("console:stations-page", args=[0]).rpartition("0")
    return lambda station_id: f"{head}{station_id}{tail}"


def known_flags(principal: Principal) -> dict[int, Flag]:
    """The flags of stations with an incident that stands, for those who may see incidents."""
    return flags.flags(principal.operator_id) if principal.may(Permission.INCIDENTS_VIEW) else {}


def flagged(row: StationRow | StationState, flag: Flag | None) -> str:
    """The state of a station on the map: one that looks well but has an open incident needs attention."""
    is_well = row.state in {"ready", "charging", "reserved"}
    return "attention" if flag is not None and flag.is_open and is_well else row.state


def summary(rows: Sequence[StationRow | StationState]) -> str:
    """How many stations are in which state: "12 stations, 2 not connected"."""
    gone = sum(row.state == "offline" for row in rows)
    text = _("%d stations") % len(rows)
    return f"{text}, {_('%d not connected') % gone}" if gone else text


def as_decimal(value: float) -> Decimal:
    """A float as it reads."""
    return Decimal(str(value))


def worst(rows: Sequence[StationRow | StationState]) -> str:
    """The state of the station that most needs a person; unknown where there is none."""
    states = {row.state for row in rows}
    return next((state for state in WORST_FIRST if state in states), "unknown")
