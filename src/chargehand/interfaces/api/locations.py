"""Locations: the places of an operator."""

from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.stations import actions
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.actions import LocationDetails
from chargehand.domain.stations.queries import LocationView
from chargehand.interfaces.api import deeds, paging, problems, reach
from chargehand.interfaces.api.deeds import Entry
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.location_shapes import Location, LocationAsked, LocationChange
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id

router = Router(tags=["Locations"])


@router.get("", response=Page[Location])
@needs(Permission.STATIONS_VIEW)
def list_locations(
    request: ApiRequest, response: HttpResponse, cursor: Cursor = None, limit: Limit = paging.DEFAULT_PER_PAGE
) -> dict[str, Any]:
    """Locations by name."""
    found = stations.locations(request.auth.operator_id, location_ids=request.auth.location_ids)
    after = paging.read_cursor(cursor, tuple[paging.Text, paging.Number])
    cut, following = paging.slice_after(found, _key, after, limit)
    return paging.page(request, response, cut, following)


@router.post("", response={201: Location})
@needs(Permission.STATIONS_EDIT)
def create_location(request: ApiRequest, response: HttpResponse, body: LocationAsked) -> Status[Any]:
    """Make a location."""
    who = request.auth
    if who.location_ids is not None:
        raise problems.Problem(403, "forbidden", _("You act for certain locations only."))
    made = deeds.perform(
        who,
        lambda new: Entry(action="location.created", subject=f"location:{new}"),
        lambda: actions.create_location(
            operator_id=who.operator_id, details=LocationDetails(**body.model_dump())
        ),
    )
    response["Location"] = f"{request.path.rstrip('/')}/{made}"
    return Status(201, reach.location(who, made))


@router.get("/{location_id}", response=Location)
@needs(Permission.STATIONS_VIEW)
def read_location(request: ApiRequest, location_id: Id) -> Any:
    """A location."""
    return reach.location(request.auth, location_id)


@router.patch("/{location_id}", response=Location)
@needs(Permission.STATIONS_EDIT)
def change_location(request: ApiRequest, location_id: Id, asked: LocationChange) -> Any:
    """Change what is named; what is left out stays."""
    who, body = request.auth, asked.model_dump(exclude_unset=True)
    details = msgspec.structs.replace(_details(reach.location(who, location_id)), **body)
    deeds.perform(
        who,
        Entry(action="location.edited", subject=f"location:{location_id}", detail={"fields": sorted(body)}),
        lambda: actions.change_location(
            operator_id=who.operator_id, location_id=location_id, details=details
        ),
    )
    return reach.location(who, location_id)


def _details(view: LocationView) -> LocationDetails:
    return LocationDetails(**{name: getattr(view, name) for name in LocationDetails.__struct_fields__})


def _key(view: LocationView) -> tuple[str, int]:
    return view.name, view.id
