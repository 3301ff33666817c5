"""Tags that show the prices in force at a charger or a site."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations.queries import StationView
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.views import Place
from chargehand.interfaces.console import station as station_page
from chargehand.interfaces.console.tariffs import spots, words
from chargehand.kernel import clock

register = template.Library()


@register.inclusion_tag("console/tariffs/in_force.html")
def prices_at_station(principal: Principal, station: StationView, may: dict[str, bool]) -> dict[str, Any]:
    """The price in force at each plug of a charger, or at the charger before it told of plugs."""
    plugs = [
        (_("Plug %s") % letter, Place(station_id=station.id, evse=plug.evse, connector=plug.connector))
        for letter, plug in station_page.lettered(station)
    ]
    whole = [(_("This charger"), Place(station_id=station.id))]
    query = f"?scope=station&station={station.identity}"
    return {"lines": _lines(principal, plugs or whole), "may": may, "query": query}


@register.inclusion_tag("console/tariffs/in_force.html")
def prices_at_site(principal: Principal, location_id: int, may: dict[str, bool]) -> dict[str, Any]:
    """The price in force at a site, which a charger there may have its own instead of."""
    lines = _lines(principal, [(_("This site"), Place(location_id=location_id))])
    return {"lines": lines, "may": may, "query": f"?scope=site:{location_id}"}


def _lines(principal: Principal, places: list[tuple[str, Place]]) -> list[dict[str, Any]]:
    now = clock.now()
    found = []
    for name, place in places:
        whole = spots.whole_place(principal, place)
        version = tariffs.tariff_for(principal.operator_id, whole, at=now)
        said = words.summary(version.tariff) if version else ""
        found.append({"name": name, "version": version, "words": said})
    return found
