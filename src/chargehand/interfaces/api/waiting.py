"""Stations nobody knows yet: listed, let in, sent away."""

from typing import Any

from django.http import HttpResponse
from ninja import Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.stations import approval, holding
from chargehand.interfaces.api import deeds, paging, reach
from chargehand.interfaces.api.deeds import Entry
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.evidence_shapes import Approval, EntryPolicy, Waiting, WaitingAsked
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.station_shapes import StationMade
from chargehand.interfaces.api.stations import shown_once

router = Router(tags=["Waiting stations"])


@router.get("", response=Page[Waiting])
@needs(Permission.STATIONS_APPROVE)
def list_waiting(
    request: ApiRequest, response: HttpResponse, cursor: Cursor = None, limit: Limit = paging.DEFAULT_PER_PAGE
) -> dict[str, Any]:
    """Stations that called and are known to nobody, by identity.

    They belong to no operator yet. Where an installation serves several, you see those that call with your
    operator's short name in their path (`/volt/4107`); the others are for those who run the installation.
    """
    after = paging.read_cursor(cursor, paging.Text)
    cut, following = paging.slice_after(
        approval.waiting_for(request.auth), lambda view: view.identity, after, limit
    )
    return paging.page(request, response, cut, following)


@router.get("/policy", response=EntryPolicy)
@needs(Permission.STATIONS_APPROVE)
def read_entry_policy(request: ApiRequest) -> dict[str, bool]:
    """Whether stations that are made from now on are held until they are set up."""
    return {"holds_new": holding.holds_new(request.auth.operator_id)}


@router.put("/policy", response=EntryPolicy)
@needs(Permission.STATIONS_CONFIGURE)
def set_entry_policy(request: ApiRequest, body: EntryPolicy) -> dict[str, bool]:
    """Say whether stations that are made from now on are held until they are set up."""
    who = request.auth
    reach.whole(who)
    deeds.perform(
        who,
        Entry(action="stations.hold_policy", subject="operator", detail={"holds_new": body.holds_new}),
        lambda: holding.set_policy(operator_id=who.operator_id, holds_new=body.holds_new),
    )
    return {"holds_new": body.holds_new}


@router.post("/approve", response={201: StationMade})
@needs(Permission.STATIONS_APPROVE)
def approve_waiting(request: ApiRequest, response: HttpResponse, body: Approval) -> Status[dict[str, Any]]:
    """Make a station of one that waits. Its password is in this answer and nowhere else."""
    who = request.auth
    reach.place(who, body.location_id)
    approval.check_waiting_for(who, body.identity)
    made = deeds.perform(
        who,
        lambda new: Entry(
            action="station.approved", subject=f"station:{new.station_id}", detail={"identity": new.identity}
        ),
        lambda: approval.approve_waiting(operator_id=who.operator_id, **body.model_dump()),
    )
    response["Location"] = f"{request.path.split('/waiting-stations')[0]}/stations/{made.station_id}"
    response["Cache-Control"] = "no-store"
    return Status(201, shown_once(who, made.station_id, made.password))


@router.post("/dismiss", response={204: None})
@needs(Permission.STATIONS_APPROVE)
def dismiss_waiting(request: ApiRequest, body: WaitingAsked) -> Status[None]:
    """Take a station off the list; it comes back when it calls again."""
    approval.check_waiting_for(request.auth, body.identity)
    deeds.perform(
        request.auth,
        Entry(action="station.dismissed", subject=f"waiting:{body.identity[:90]}"),
        lambda: approval.dismiss_waiting(identity=body.identity),
    )
    return Status(204, None)
