"""Stations: listed, made, described, blocked."""

from typing import Any

import msgspec
from django.http import HttpResponse
from ninja import Query, Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview
from chargehand.domain.stations import actions, holding, passwords
from chargehand.domain.stations.queries import StationView
from chargehand.interfaces.api import deeds, paging, reach
from chargehand.interfaces.api.deeds import Entry
from chargehand.interfaces.api.door import ApiRequest, demand, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.station_shapes import (
    Password,
    PasswordAsked,
    Station,
    StationAsked,
    StationChange,
    StationFilter,
    StationInList,
    StationMade,
)
from chargehand.interfaces.api.wire import Id

router = Router(tags=["Stations"])


@router.get("", response=Page[StationInList])
@needs(Permission.STATIONS_VIEW)
def list_stations(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[StationFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Stations by identity, each with its state now."""
    page = overview.list_stations(
        request.auth.operator_id,
        text=wanted.text,
        location_ids=reach.locations_within(request.auth, wanted.location_id),
        state=wanted.state,
        after=paging.read_cursor(cursor, paging.Text),
        limit=limit,
    )
    return paging.page(request, response, page.stations, page.after)


@router.post("", response={201: StationMade})
@needs(Permission.STATIONS_EDIT)
def create_station(request: ApiRequest, response: HttpResponse, body: StationAsked) -> Status[dict[str, Any]]:
    """Make a station that may connect from now on. Its password is in this answer and nowhere else."""
    who = request.auth
    reach.place(who, body.location_id)
    made = deeds.perform(
        who,
        lambda new: Entry(
            action="station.created", subject=f"station:{new.station_id}", detail={"identity": new.identity}
        ),
        lambda: actions.create_station(operator_id=who.operator_id, **body.model_dump()),
    )
    response["Location"] = f"{request.path.rstrip('/')}/{made.station_id}"
    response["Cache-Control"] = "no-store"
    return Status(201, shown_once(who, made.station_id, made.password))


@router.get("/{station_id}", response=Station)
@needs(Permission.STATIONS_VIEW)
def read_station(request: ApiRequest, station_id: Id) -> Any:
    """A station with its connection and plugs."""
    return reach.station(request.auth, station_id)


@router.patch("/{station_id}", response=Station)
@needs(Permission.STATIONS_EDIT)
def change_station(request: ApiRequest, station_id: Id, asked: StationChange) -> Any:
    """Change what is named. How it connects, its clock's zone and holding it need `stations.configure` too."""
    who, view = request.auth, reach.station(request.auth, station_id)
    body = asked.model_dump(exclude_unset=True)
    if body.keys() & {"security_profile", "version_pinned", "assumes_version", "clock_zone", "is_held"}:
        demand(who, Permission.STATIONS_CONFIGURE)
    if "location_id" in body:
        reach.place(who, body["location_id"])
    named = {"operator_id": who.operator_id, "station_id": station_id}
    deeds.perform(
        who,
        Entry(action="station.edited", subject=f"station:{station_id}", detail={"fields": sorted(body)}),
        lambda: _change(who, named, view, body),
    )
    return reach.station(who, station_id)


@router.post("/{station_id}/block", response=Station)
@needs(Permission.STATIONS_EDIT)
def block_station(request: ApiRequest, station_id: Id) -> Any:
    """Refuse a station from now on; the connection that stands is closed."""
    who = request.auth
    reach.station(who, station_id)
    deeds.perform(
        who,
        Entry(action="station.blocked", subject=f"station:{station_id}"),
        lambda: actions.block_station(operator_id=who.operator_id, station_id=station_id),
    )
    return reach.station(who, station_id)


@router.post("/{station_id}/unblock", response=Station)
@needs(Permission.STATIONS_EDIT)
def unblock_station(request: ApiRequest, station_id: Id) -> Any:
    """Let a blocked station in again."""
    who = request.auth
    reach.station(who, station_id)
    deeds.perform(
        who,
        Entry(action="station.unblocked", subject=f"station:{station_id}"),
        lambda: actions.unblock_station(operator_id=who.operator_id, station_id=station_id),
    )
    return reach.station(who, station_id)


@router.post("/{station_id}/password", response=Password)
@needs(Permission.STATIONS_CONFIGURE)
def set_password(
    request: ApiRequest, response: HttpResponse, station_id: Id, body: PasswordAsked
) -> dict[str, str]:
    """Set the password a station must use from now on; it is in this answer and nowhere else."""
    who = request.auth
    reach.station(who, station_id)
    made = deeds.perform(
        who,
        Entry(action="station.password_set", subject=f"station:{station_id}"),
        lambda: passwords.set_password(
            operator_id=who.operator_id, station_id=station_id, password=body.password
        ),
    )
    response["Cache-Control"] = "no-store"
    return {"password": made}


def shown_once(principal: Principal, station_id: int, password: str | None) -> dict[str, Any]:
    """A station just made as it is told, with its password."""
    return {**msgspec.structs.asdict(reach.station(principal, station_id)), "password": password}


def _change(who: Principal, named: dict[str, Any], view: StationView, body: dict[str, Any]) -> None:
    if body.keys() & {"name", "location_id", "notes"}:
        actions.change_station(
            **named,
            name=body.get("name", view.name),
            location_id=body.get("location_id", view.location_id),
            notes=body.get("notes", view.notes),
        )
    if "security_profile" in body:
        actions.set_security_profile(**named, security_profile=body["security_profile"])
    if "version_pinned" in body:
        actions.pin_version(**named, version=body["version_pinned"])
    if "assumes_version" in body:
        actions.assume_version(**named, version=body["assumes_version"])
    if "clock_zone" in body:
        actions.set_clock_zone(**named, zone=body["clock_zone"])
    is_held = view.approval == "held"
    if body.get("is_held", is_held) and not is_held:
        holding.hold_station(**named)
    if is_held and not body.get("is_held", is_held):
        holding.accept_station(**named, asked_by=who.actor.name)
