"""Finding the thing an address names, within what the person may see; else the page does not exist."""

from __future__ import annotations

from django.http import Http404

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import token_sites
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.queries import StationView
from chargehand.domain.tokens import queries as tokens
from chargehand.domain.tokens.queries import TokenView


def station(principal: Principal, station_id: int) -> StationView:
    """The station with this id; Http404 where it is another operator's, or outside the person's sites."""
    found = stations.station(principal.operator_id, station_id)
    if found is None or not may_see(principal, found.location_id):
        raise Http404
    return found


def token(principal: Principal, token_id: int) -> TokenView:
    """The token with this id; Http404 where it is another operator's, or never charged at the person's sites."""
    found = tokens.token(principal.operator_id, token_id)
    seen = token_sites.tokens_used_at(principal.operator_id, principal.location_ids)
    if found is None or (seen is not None and token_id not in seen):
        raise Http404
    return found


def may_see(principal: Principal, location_id: int | None) -> bool:
    """Whether a station at this site (None: at none) is within what the person may see."""
    if principal.location_ids is None:
        return True
    return location_id is not None and principal.may_see_location(location_id)
