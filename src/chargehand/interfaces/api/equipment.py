"""What a station consists of: EVSEs, connectors, its connection, its device model."""

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Path, Query, Router

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.charging import overview
from chargehand.domain.stations import actions
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.actions import ConnectorDetails
from chargehand.domain.stations.queries import ConnectorView, VariableView
from chargehand.interfaces.api import deeds, paging, problems, reach
from chargehand.interfaces.api.deeds import Entry
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.station_shapes import (
    Connection,
    Connector,
    ConnectorAsked,
    Evse,
    Plug,
    Variable,
    evses_of,
)
from chargehand.interfaces.api.wire import Id, Words

router = Router(tags=["Equipment"])

EvseNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/{station_id}/evses", response=list[Evse])
@needs(Permission.STATIONS_VIEW)
def list_evses(request: ApiRequest, station_id: Id) -> Any:
    """EVSEs of a station with their connectors, as reported and as intended."""
    return evses_of(reach.station(request.auth, station_id).connectors)


@router.get("/{station_id}/evses/{evse}", response=Evse)
@needs(Permission.STATIONS_VIEW)
def read_evse(request: ApiRequest, station_id: Id, evse: EvseNumber) -> Any:
    """An EVSE with its connectors."""
    for each in evses_of(reach.station(request.auth, station_id).connectors):
        if each["evse"] == evse:
            return each
    raise problems.missing()


@router.get("/{station_id}/plugs", response=list[Plug])
@needs(Permission.STATIONS_VIEW)
def list_plugs(request: ApiRequest, station_id: Id) -> Any:
    """Connectors with their state now: what is charging, how fast, what is broken."""
    view = reach.station(request.auth, station_id)
    row = overview.station_row(request.auth.operator_id, view.id)
    return row.plugs if row else ()


@router.get("/{station_id}/evses/{evse}/connectors/{connector}", response=Connector)
@needs(Permission.STATIONS_VIEW)
def read_connector(request: ApiRequest, station_id: Id, evse: EvseNumber, connector: EvseNumber) -> Any:
    """A connector."""
    return _connector(request, station_id, evse, connector)


@router.put("/{station_id}/evses/{evse}/connectors/{connector}", response=Connector)
@needs(Permission.STATIONS_EDIT)
def describe_connector(
    request: ApiRequest, station_id: Id, evse: EvseNumber, connector: EvseNumber, body: ConnectorAsked
) -> Any:
    """Say what a connector is; one that was not known yet is made."""
    who = request.auth
    reach.station(who, station_id)
    deeds.perform(
        who,
        Entry(
            action="connector.described",
            subject=f"station:{station_id}",
            detail={"evse": evse, "connector": connector},
        ),
        lambda: actions.describe_connector(
            operator_id=who.operator_id,
            station_id=station_id,
            evse=evse,
            connector=connector,
            details=ConnectorDetails(**body.model_dump()),
        ),
    )
    return _connector(request, station_id, evse, connector)


@router.get("/{station_id}/connection", response=Connection)
@needs(Permission.STATIONS_VIEW)
def read_connection(request: ApiRequest, station_id: Id) -> Any:
    """Connectivity. 404 for a station that never connected."""
    found = reach.station(request.auth, station_id).connection
    if found is None:
        raise problems.missing()
    return found


@router.get("/{station_id}/variables", response=Page[Variable])
@needs(Permission.STATIONS_VIEW)
def list_variables(
    request: ApiRequest,
    response: HttpResponse,
    station_id: Id,
    search: Annotated[Words | None, Query(description="Looks into component and name.")] = None,
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """The device model as last reported."""
    reach.station(request.auth, station_id)
    found = stations.variables(request.auth.operator_id, station_id, search=search or "")
    after = paging.read_cursor(cursor, tuple[_T, _T, _N, _N, _T, _T, _T])
    cut, following = paging.slice_after(found, _key, after, limit)
    return paging.page(request, response, cut, following)


_T = paging.Text
_N = paging.Number


def _key(view: VariableView) -> tuple[str, str, int, int, str, str, str]:
    place = view.component, view.component_instance, view.evse, view.connector
    return *place, view.name, view.instance, view.attribute


def _connector(request: ApiRequest, station_id: int, evse: int, connector: int) -> ConnectorView:
    for each in reach.station(request.auth, station_id).connectors:
        if (each.evse, each.connector) == (evse, connector):
            return each
    raise problems.missing()
