"""Where phones send what was entered without a connection: each change once, however often it comes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.maintenance import order_edits
from chargehand.domain.maintenance.order_edits import Edit, EditResult
from chargehand.interfaces.desk import door, job
from chargehand.kernel.errors import Refused


class SentEdit(msgspec.Struct, frozen=True, kw_only=True):
    """A change in a phone's outbox, as it travels; `made_at` is aware."""

    id: UUID
    field: str
    value: Any
    made_at: datetime
    base_version: int = 0


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone sends at once: changes to one job."""

    job: int
    edits: list[SentEdit]


@require_safe
@door.needs(Permission.WORK_VIEW)
def session(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Tell a page's script whose session this is, and the token by which forms are known as ours."""
    return JsonResponse(
        {"user": principal.user_id, "name": principal.actor.name, "token": get_token(request)},
        headers={"Cache-Control": "private, no-store"},
    )


@require_POST
@door.needs(Permission.WORK_EDIT)
def receive(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Take in changes to a job: each is answered by its id with what became of it, its sentence and version."""
    try:
        sent = msgspec.json.decode(request.body, type=Sent)
    except msgspec.MsgspecError as problem:
        return JsonResponse({"sentence": str(problem)}, status=400)
    if any(edit.made_at.tzinfo is None for edit in sent.edits):
        return JsonResponse({"sentence": _("A time without a zone says nothing.")}, status=400)
    try:
        results = _apply(principal, sent)
    except Http404:
        results = _refuse(sent, _("There is no such work order."))
    except Refused as refusal:
        results = _refuse(sent, refusal.sentence)
    return HttpResponse(msgspec.json.encode({"results": results}), content_type="application/json")


def _apply(principal: Principal, sent: Sent) -> list[EditResult]:
    job.find(principal, sent.job)
    return order_edits.apply_edits(
        operator_id=principal.operator_id,
        order_id=sent.job,
        edits=[Edit(**msgspec.structs.asdict(edit)) for edit in sent.edits],
        actor=principal.actor,
    )


def _refuse(sent: Sent, sentence: str) -> list[EditResult]:
    return [EditResult(id=edit.id, outcome="refused", sentence=sentence, version=0) for edit in sent.edits]
