"""What a caller can reach: things of their operator, at sites they may see; anything else does not exist."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.queries import TransactionDetail
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.queries import LocationView, StationView
from chargehand.interfaces.api import problems


def is_visible(principal: Principal, location_id: int | None) -> bool:
    """Whether something at this site (None: at none) is within what the caller may see."""
    if principal.location_ids is None:
        return True
    return location_id is not None and principal.may_see_location(location_id)


def station(principal: Principal, station_id: int) -> StationView:
    """The station with this id. Raises Problem `not-found`."""
    found = stations.station(principal.operator_id, station_id)
    if found is None or not is_visible(principal, found.location_id):
        raise problems.missing()
    return found


def location(principal: Principal, location_id: int) -> LocationView:
    """The location with this id. Raises Problem `not-found`."""
    found = stations.location(principal.operator_id, location_id)
    if found is None or not is_visible(principal, found.id):
        raise problems.missing()
    return found


def place(principal: Principal, location_id: int | None) -> None:
    """Check where a caller wants to put a station. Raises Problem `not-found`, `location-missing`."""
    if location_id is not None:
        location(principal, location_id)
    elif principal.location_ids is not None:
        raise problems.Problem(
            422, "location-missing", _("You act for certain locations only: name the one this belongs to.")
        )


def session(principal: Principal, session_id: int) -> TransactionDetail:
    """The charge with this id. Raises Problem `not-found`."""
    found = charging.transaction(principal.operator_id, session_id)
    if found is None or not is_visible(principal, found.transaction.location_id):
        raise problems.missing()
    return found


def whole(principal: Principal) -> None:
    """Check that a caller acts for the whole network: books and tariffs know no sites. Raises Problem `forbidden`."""
    if principal.location_ids is not None:
        raise problems.Problem(
            403, "forbidden", _("You act for certain locations only; this is about the whole network.")
        )


def locations_within(principal: Principal, location_id: int | None) -> Collection[int] | None:
    """The sites a list is about: the one asked for, cut to what the caller may see; None: all there are."""
    if location_id is None:
        return principal.location_ids
    return [location_id] if is_visible(principal, location_id) else []


def visible_stations(principal: Principal) -> frozenset[int] | None:
    """Ids of the stations at the caller's sites, for lists that know no sites; None: all there are."""
    if principal.location_ids is None:
        return None
    found: set[int] = set()
    after: str | None = None
    while True:
        page = overview.list_stations(
            principal.operator_id,
            location_ids=principal.location_ids,
            after=after,
            limit=overview.MOST_PER_PAGE,
        )
        found.update(row.id for row in page.stations)
        after = page.after
        if after is None:
            return frozenset(found)
