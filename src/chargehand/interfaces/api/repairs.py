"""The repair queue: records that evidence could not settle, and what callers decide about them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from ninja import Query, Router

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import repair_queue, resolutions
from chargehand.domain.charging.repair_queue import RepairCaseView
from chargehand.interfaces.api import paging, problems, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.evidence_shapes import RepairCase, RepairFilter, Resolution
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id

router = Router(tags=["Repair"])


@router.get("", response=Page[RepairCase])
@needs(Permission.SESSIONS_REPAIR)
def list_cases(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[RepairFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Cases, newest first."""
    who = request.auth
    page = repair_queue.repair_cases(
        who.operator_id,
        location_ids=who.location_ids,
        state="" if wanted.state == "all" else wanted.state,
        station_id=wanted.station_id,
        transaction_id=wanted.session_id,
        kind=wanted.kind,
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    return paging.page(request, response, page.cases, page.before_id)


@router.get("/{case_id}", response=RepairCase)
@needs(Permission.SESSIONS_REPAIR)
def read_case(request: ApiRequest, case_id: Id) -> Any:
    """A case."""
    return _case(request.auth, case_id)


@router.post("/{case_id}/resolve", response=RepairCase)
@needs(Permission.SESSIONS_REPAIR)
def resolve_case(request: ApiRequest, case_id: Id, body: Resolution) -> Any:
    """Decide a case; the record that follows from it is issued shortly after."""
    who, decided = request.auth, body.root
    _case(who, case_id)
    named = {"operator_id": who.operator_id, "case_id": case_id, "actor": who.actor, "note": decided.note}
    _WAYS[decided.action](named, decided)
    return _case(who, case_id)


def _attach(named: dict[str, Any], decided: Any) -> None:
    resolutions.attach_stop(**named, transaction_id=decided.session_id)


def _use_samples(named: dict[str, Any], _decided: Any) -> None:
    resolutions.use_samples(**named)


def _set_energy(named: dict[str, Any], decided: Any) -> None:
    resolutions.set_energy(**named, energy_wh=Decimal(decided.energy_kwh).scaleb(3))


def _close(named: dict[str, Any], decided: Any) -> None:
    resolutions.close_record(**named, ended_at=decided.ended_at)


def _dismiss(named: dict[str, Any], _decided: Any) -> None:
    resolutions.dismiss_case(**named)


_WAYS: Final[Mapping[str, Callable[[dict[str, Any], Any], None]]] = {
    "attach": _attach,
    "use-samples": _use_samples,
    "set-energy": _set_energy,
    "close": _close,
    "dismiss": _dismiss,
}


def _case(principal: Principal, case_id: int) -> RepairCaseView:
    found = repair_queue.repair_case(principal.operator_id, case_id)
    if found is None:
        raise problems.missing()
    reach.station(principal, found.station_id)
    return found
