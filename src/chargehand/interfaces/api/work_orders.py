"""Work orders: raised, given to somebody, on the way, started, done."""

from typing import Any

import msgspec
from django.http import HttpResponse
from ninja import Query, Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import actions as health
from chargehand.domain.maintenance import order_edits, orders, work
from chargehand.domain.maintenance.order_edits import Edit
from chargehand.domain.maintenance.orders import OrderView
from chargehand.domain.maintenance.work import NewOrder
from chargehand.interfaces.api import incidents, paging, problems, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id
from chargehand.interfaces.api.work_shapes import (
    WorkAssignment,
    WorkCancellation,
    WorkEditResults,
    WorkEdits,
    WorkEnd,
    WorkFilter,
    WorkOrder,
    WorkOrderAsked,
    WorkOrderDetail,
)

router = Router(tags=["Work orders"])


@router.get("", response=Page[WorkOrder])
@needs(Permission.WORK_VIEW)
def list_work_orders(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[WorkFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Jobs by their number; of a state, station or person. At most 500 at once, the most urgent ones."""
    who = request.auth
    found = orders.work_orders(
        who.operator_id,
        **wanted.model_dump(exclude={"state", "location_id"}),
        states=None if wanted.state is None else [wanted.state],
        location_ids=reach.locations_within(who, wanted.location_id),
        limit=orders.MOST_PER_PAGE,
    )
    after = paging.read_cursor(cursor, paging.Number)
    cut, following = paging.slice_after(found, lambda each: each.id, after, limit)
    return paging.page(request, response, cut, following)


@router.post("", response={201: WorkOrderDetail})
@needs(Permission.WORK_EDIT)
def raise_work_order(request: ApiRequest, response: HttpResponse, body: WorkOrderAsked) -> Status[Any]:
    """Send somebody; with an incident, that one names the job from now on."""
    who = request.auth
    reach.station(who, body.station_id)
    if body.incident_id is not None:
        incidents.find_incident(who, body.incident_id)
    made = work.raise_order(operator_id=who.operator_id, order=NewOrder(**body.model_dump()), actor=who.actor)
    if body.incident_id is not None:
        health.attach_work_order(
            operator_id=who.operator_id, incident_id=body.incident_id, work_order_id=made, actor=who.actor
        )
    response["Location"] = f"{request.path.rstrip('/')}/{made}"
    return Status(201, _told(who, made))


@router.get("/{order_id}", response=WorkOrderDetail)
@needs(Permission.WORK_VIEW)
def read_work_order(request: ApiRequest, order_id: Id) -> dict[str, Any]:
    """A job with its steps."""
    return _told(request.auth, order_id)


@router.post("/{order_id}/assign", response=WorkOrderDetail)
@needs(Permission.WORK_EDIT)
def assign_work_order(request: ApiRequest, order_id: Id, body: WorkAssignment) -> dict[str, Any]:
    """Give a job to somebody who may do work, or to nobody."""
    work.assign(**_meant(request.auth, order_id), user_id=body.user_id)
    return _told(request.auth, order_id)


@router.post("/{order_id}/set-off", response=WorkOrderDetail)
@needs(Permission.WORK_EDIT)
def set_off(request: ApiRequest, order_id: Id) -> dict[str, Any]:
    """Somebody is on the way."""
    work.set_off(**_meant(request.auth, order_id))
    return _told(request.auth, order_id)


@router.post("/{order_id}/start", response=WorkOrderDetail)
@needs(Permission.WORK_EDIT)
def start_work(request: ApiRequest, order_id: Id) -> dict[str, Any]:
    """Begin at the station: the plug goes out of service for drivers."""
    work.start(**_meant(request.auth, order_id))
    return _told(request.auth, order_id)


@router.post("/{order_id}/open-for-test", response=WorkOrderDetail)
@needs(Permission.WORK_EDIT)
def open_for_test(request: ApiRequest, order_id: Id) -> dict[str, Any]:
    """Put the plug of a started job back into service for the test charge."""
    work.open_for_test(**_meant(request.auth, order_id))
    return _told(request.auth, order_id)


@router.post("/{order_id}/wait-for-parts", response=WorkOrderDetail)
@needs(Permission.WORK_EDIT)
def wait_for_parts(request: ApiRequest, order_id: Id) -> dict[str, Any]:
    """Leave a started job until parts are there; the plug stays out of service."""
    work.wait_for_parts(**_meant(request.auth, order_id))
    return _told(request.auth, order_id)


@router.post("/{order_id}/edits", response=WorkEditResults)
@needs(Permission.WORK_EDIT)
def edit_work_order(request: ApiRequest, order_id: Id, body: WorkEdits) -> dict[str, Any]:
    """Fill in steps, notes and parts, also later and out of order, as a phone without a connection does."""
    edits = [Edit(**each.model_dump()) for each in body.edits]
    return {"items": order_edits.apply_edits(**_meant(request.auth, order_id), edits=edits)}


@router.post("/{order_id}/finish", response=WorkOrderDetail)
@needs(Permission.WORK_EDIT)
def finish_work(request: ApiRequest, order_id: Id, body: WorkEnd) -> dict[str, Any]:
    """End a job after a test charge, or a reason why there was none; drivers can charge again."""
    work.finish(**_meant(request.auth, order_id), no_test_reason=body.no_test_reason)
    return _told(request.auth, order_id)


@router.post("/{order_id}/cancel", response=WorkOrderDetail)
@needs(Permission.WORK_EDIT)
def cancel_work(request: ApiRequest, order_id: Id, body: WorkCancellation) -> dict[str, Any]:
    """End a job that will not be done; what it took out of service comes back."""
    work.cancel(**_meant(request.auth, order_id), reason=body.reason)
    return _told(request.auth, order_id)


def _find(principal: Principal, order_id: int) -> OrderView:
    found = orders.work_order(
        principal.operator_id,
        order_id,
        is_masked=not principal.may(Permission.WORK_EDIT),
        location_ids=principal.location_ids,
    )
    if found is None:
        raise problems.missing()
    return found


def _told(principal: Principal, order_id: int) -> dict[str, Any]:
    found = _find(principal, order_id)
    return {**msgspec.structs.asdict(found), **msgspec.structs.asdict(found.card)}


def _meant(principal: Principal, order_id: int) -> dict[str, Any]:
    """Return what every verb is told, once the caller is known to see the job. Raises Problem `not-found`."""
    _find(principal, order_id)
    return {"operator_id": principal.operator_id, "order_id": order_id, "actor": principal.actor}
