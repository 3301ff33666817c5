"""Where and for whom tariffs count."""

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.tariffs import actions
from chargehand.domain.tariffs.views import AssignmentView, Place
from chargehand.interfaces.api import paging, problems, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.tariff_shapes import (
    Assignment,
    AssignmentAsked,
    AssignmentEnd,
    AssignmentFilter,
)
from chargehand.interfaces.api.tariffs import visible_assignments
from chargehand.interfaces.api.wire import Id

router = Router(tags=["Tariffs"])


@router.get("", response=Page[Assignment])
@needs(Permission.TARIFFS_VIEW)
def list_assignments(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[AssignmentFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Assignments, newest first."""
    found = visible_assignments(request.auth, tariff_id=wanted.tariff_id, at=wanted.at)
    after = paging.read_cursor(cursor, int)
    cut, following = paging.slice_after(found, lambda each: -each.id, after, limit)
    return paging.page(request, response, cut, following)


@router.post("", response={201: Assignment})
@needs(Permission.TARIFFS_EDIT)
def assign_tariff(request: ApiRequest, body: AssignmentAsked) -> Status[Any]:
    """Let a tariff count somewhere, for somebody."""
    who = request.auth
    reach.whole(who)
    place = Place(
        location_id=body.location_id, station_id=body.station_id, evse=body.evse, connector=body.connector
    )
    made = actions.assign_tariff(
        operator_id=who.operator_id,
        tariff_id=body.tariff_id,
        actor=who.actor,
        place=place,
        token_group=body.token_group,
        priority=body.priority,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )
    return Status(201, _assignment(who, made))


@router.get("/{assignment_id}", response=Assignment)
@needs(Permission.TARIFFS_VIEW)
def read_assignment(request: ApiRequest, assignment_id: Id) -> Any:
    """An assignment."""
    return _assignment(request.auth, assignment_id)


@router.post("/{assignment_id}/end", response=Assignment)
@needs(Permission.TARIFFS_EDIT)
def end_assignment(request: ApiRequest, assignment_id: Id, body: AssignmentEnd) -> Any:
    """Let an assignment count no longer; charges that have begun keep their price."""
    who = request.auth
    reach.whole(who)
    actions.end_assignment(
        operator_id=who.operator_id, assignment_id=assignment_id, actor=who.actor, at=body.at
    )
    return _assignment(who, assignment_id)


def _assignment(principal: Principal, assignment_id: int) -> AssignmentView:
    for each in visible_assignments(principal):
        if each.id == assignment_id:
            return each
    raise problems.missing()
