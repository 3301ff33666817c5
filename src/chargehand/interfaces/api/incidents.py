"""Incidents and the findings they are made of: listed, read, taken, given on, put off, ended."""

from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import actions as health
from chargehand.domain.health import driver_messages, incident_detail, incident_list, queries
from chargehand.domain.health.incident_list import IncidentRow
from chargehand.domain.notices import queries as notices
from chargehand.interfaces.api import paging, problems, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.incident_shapes import (
    DriverMessage,
    Finding,
    FindingFilter,
    Incident,
    IncidentAssignment,
    IncidentDetail,
    IncidentEnd,
    IncidentFilter,
    IncidentNote,
    IncidentReopening,
    Snooze,
)
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id
from chargehand.kernel.errors import Refused

router = Router(tags=["Incidents"])
findings_router = Router(tags=["Incidents"])


@findings_router.get("", response=Page[Finding])
@needs(Permission.INCIDENTS_VIEW)
def list_findings(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[FindingFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Findings of the detectors, newest first."""
    page = queries.findings(
        request.auth.operator_id,
        **wanted.model_dump(exclude={"location_id"}),
        location_ids=reach.locations_within(request.auth, wanted.location_id),
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    return paging.page(request, response, page.findings, page.before_id)


@findings_router.get("/{finding_id}", response=Finding)
@needs(Permission.INCIDENTS_VIEW)
def read_finding(request: ApiRequest, finding_id: Id) -> Any:
    """A finding with its facts."""
    found = queries.finding(request.auth.operator_id, finding_id)
    if found is None:
        raise problems.missing()
    reach.station(request.auth, found.station_id)
    return found


@router.get("", response=Page[Incident])
@needs(Permission.INCIDENTS_VIEW)
def list_incidents(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[IncidentFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Incidents, those with most drivers affected first; ended ones newest first."""
    page = incident_list.list_incidents(
        request.auth.operator_id,
        **wanted.model_dump(exclude={"location_id"}),
        location_ids=reach.locations_within(request.auth, wanted.location_id),
        skip=min(paging.read_cursor(cursor, paging.Number) or 0, 10**9),
        limit=min(limit, incident_list.MOST_PER_PAGE),
    )
    return paging.page(request, response, page.incidents, page.skip)


@router.get("/{incident_id}", response=IncidentDetail)
@needs(Permission.INCIDENTS_VIEW)
def read_incident(request: ApiRequest, incident_id: Id) -> dict[str, Any]:
    """An incident with its findings, stations, recovery, timeline and suggestions."""
    who = request.auth
    found = incident_detail.incident(who.operator_id, incident_id, location_ids=who.location_ids)
    if found is None:
        raise problems.missing()
    return {
        **msgspec.structs.asdict(found),
        **msgspec.structs.asdict(found.row),
        "similar_ids": [each.id for each in found.similar],
        "alert": notices.alert_of_incident(who.operator_id, incident_id),
    }


@router.post("/{incident_id}/acknowledge", response=Incident)
@needs(Permission.INCIDENTS_EDIT)
def acknowledge_incident(request: ApiRequest, incident_id: Id) -> Any:
    """Say that somebody looks after it; the system stops repairing by itself."""
    who = _meant(request.auth, incident_id)
    health.acknowledge(**who)
    return find_incident(request.auth, incident_id)


@router.post("/{incident_id}/assign", response=Incident)
@needs(Permission.INCIDENTS_EDIT)
def assign_incident(request: ApiRequest, incident_id: Id, body: IncidentAssignment) -> Any:
    """Give it to a person, who looks after it from now on, or to nobody."""
    who = _meant(request.auth, incident_id)
    health.assign(**who, user_id=body.user_id)
    return find_incident(request.auth, incident_id)


@router.post("/{incident_id}/snooze", response=Incident)
@needs(Permission.INCIDENTS_EDIT)
def snooze_incident(request: ApiRequest, incident_id: Id, body: Snooze) -> Any:
    """Put it off until a moment within 30 days."""
    who = _meant(request.auth, incident_id)
    health.snooze(**who, until=body.until)
    return find_incident(request.auth, incident_id)


@router.post("/{incident_id}/wake", response=Incident)
@needs(Permission.INCIDENTS_EDIT)
def wake_incident(request: ApiRequest, incident_id: Id) -> Any:
    """End a snooze before its time."""
    who = _meant(request.auth, incident_id)
    health.wake(**who)
    return find_incident(request.auth, incident_id)


@router.post("/{incident_id}/notes", response={201: Incident})
@needs(Permission.INCIDENTS_EDIT)
def note_incident(request: ApiRequest, incident_id: Id, body: IncidentNote) -> Status[Any]:
    """Write something down about it, also after its end."""
    who = _meant(request.auth, incident_id)
    health.add_note(**who, text=body.text)
    return Status(201, find_incident(request.auth, incident_id))


@router.post("/{incident_id}/resolve", response=Incident)
@needs(Permission.INCIDENTS_EDIT)
def resolve_incident(request: ApiRequest, incident_id: Id, body: IncidentEnd) -> Any:
    """End it by a person's word."""
    who = _meant(request.auth, incident_id)
    health.resolve(**who, cause=body.cause, fix=body.fix, frees_plugs=body.frees_plugs)
    return find_incident(request.auth, incident_id)


@router.post("/{incident_id}/tell-drivers", response=Incident)
@needs(Permission.INCIDENTS_EDIT)
def tell_drivers_of_incident(request: ApiRequest, incident_id: Id, body: DriverMessage) -> Any:
    """Tell drivers where they meet it, and where to go instead; what they were told before is replaced."""
    who = _meant_whole(request.auth, incident_id)
    driver_messages.tell_drivers(**who, words=body.words, on_display=body.on_display)
    return find_incident(request.auth, incident_id)


@router.post("/{incident_id}/stop-telling", response=Incident)
@needs(Permission.INCIDENTS_EDIT)
def stop_telling_of_incident(request: ApiRequest, incident_id: Id) -> Any:
    """Tell drivers no more."""
    who = _meant_whole(request.auth, incident_id)
    driver_messages.stop_telling(**who)
    return find_incident(request.auth, incident_id)


@router.post("/{incident_id}/reopen", response=Incident)
@needs(Permission.INCIDENTS_EDIT)
def reopen_incident(request: ApiRequest, incident_id: Id, body: IncidentReopening) -> Any:
    """Open one again that had ended."""
    who = _meant(request.auth, incident_id)
    health.reopen(**who, reason=body.reason)
    return find_incident(request.auth, incident_id)


def find_incident(principal: Principal, incident_id: int) -> IncidentRow:
    found = incident_list.incident_row(
        principal.operator_id, incident_id, location_ids=principal.location_ids
    )
    if found is None:
        raise problems.missing()
    return found


def _meant_whole(principal: Principal, incident_id: int) -> dict[str, Any]:
    """Return the same for what reaches all stations of an incident: a host of some of them may not."""
    who = _meant(principal, incident_id)
    if principal.location_ids is not None:
        raise Refused("not-yours", _("This incident may concern stations of others as well."))
    return who


def _meant(principal: Principal, incident_id: int) -> dict[str, Any]:
    """Return what every verb is told, once the caller is known to see the incident. Raises Problem `not-found`."""
    find_incident(principal, incident_id)
    return {"operator_id": principal.operator_id, "incident_id": incident_id, "actor": principal.actor}
