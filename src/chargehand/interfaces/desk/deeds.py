"""What a technician enters by forms, with a connection: the same changes as a phone's outbox sends later."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.maintenance import order_edits, order_files
from chargehand.domain.maintenance.order_edits import Edit
from chargehand.domain.maintenance.orders import OrderView
from chargehand.interfaces.desk import door, job
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_id


@require_POST
@door.needs(Permission.WORK_EDIT)
def edit(request: HttpRequest, principal: Principal, order_id: int) -> HttpResponse:
    """Change one field of a job."""
    view = job.find(principal, order_id)
    try:
        changes = _changes(request, view)
        results = order_edits.apply_edits(
            operator_id=principal.operator_id, order_id=order_id, edits=changes, actor=principal.actor
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return _back(order_id)
    for result in results:
        if result.outcome == "refused":
            messages.error(request, result.sentence)
        elif result.outcome == "clash":
            messages.warning(request, _("Somebody else changed this too. A person chooses which holds."))
    return _back(order_id)


@require_POST
@door.needs(Permission.WORK_EDIT)
def add_photo(request: HttpRequest, principal: Principal, order_id: int) -> HttpResponse:
    """Take in photos of a job; the phone names each, so that one sent twice is one."""
    job.find(principal, order_id)
    try:
        for number, file in enumerate(request.FILES.getlist("file")):
            _attach(request, principal, order_id, file, is_first=number == 0)
    except Refused as refusal:
        if door.is_script(request):
            return JsonResponse({"code": refusal.code, "sentence": refusal.sentence}, status=422)
        messages.error(request, refusal.sentence)
    return JsonResponse({"ok": True}) if door.is_script(request) else _back(order_id)


@require_safe
@door.needs(Permission.WORK_VIEW)
def show_photo(_request: HttpRequest, principal: Principal, order_id: int, file_id: UUID) -> HttpResponse:
    """Give a photo of a job; its type is by its content, as it was taken in."""
    job.find(principal, order_id)
    found = order_files.read_file(principal.operator_id, order_id, file_id)
    if found is None:
        raise Http404
    headers = {
        "Content-Disposition": "inline",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=86400, immutable",
    }
    return HttpResponse(b"".join(found[1]), content_type=found[0], headers=headers)


@require_POST
@door.needs(Permission.WORK_EDIT)
def choose(request: HttpRequest, principal: Principal, order_id: int) -> HttpResponse:
    """Settle a clash: one of two values holds."""
    job.find(principal, order_id)
    try:
        order_edits.choose(
            operator_id=principal.operator_id,
            order_id=order_id,
            edit_id=_uuid(request, "edit"),
            actor=principal.actor,
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return _back(order_id)


def _attach(
    request: HttpRequest, principal: Principal, order_id: int, file: UploadedFile[Any], *, is_first: bool
) -> None:
    taken_at = None
    with suppress(ValueError):
        taken_at = parse_datetime(request.POST.get("taken_at", ""))
    if (file.size or 0) > order_files.LARGEST:
        raise Refused("too-large", _("A photo may have 10 MB at most. Take it with less resolution."))
    order_files.attach_file(
        operator_id=principal.operator_id,
        order_id=order_id,
        file_id=_uuid(request, "id") if is_first else new_id(),
        content=file.read(),
        actor=principal.actor,
        item_key=request.POST.get("item", ""),
        taken_at=taken_at if taken_at is not None and taken_at.tzinfo is not None else None,
    )


def _changes(request: HttpRequest, view: OrderView) -> list[Edit]:
    """Return what a form changes: its field, and before the end of a job why there was no test charge."""
    field = request.POST.get("field", "")
    changes = []
    reason = request.POST.get("no_test_reason", "").strip()
    if field == "state" and reason and reason != view.no_test_reason:
        changes.append(_change(request, view, "no_test_reason", reason, new_id()))
    return [*changes, _change(request, view, field, _value(request, view, field), _uuid(request, "id"))]


def _change(request: HttpRequest, view: OrderView, field: str, value: Any, edit_id: UUID) -> Edit:
    version = request.POST.get("version", "") if field == request.POST.get("field") else ""
    is_number = version.isascii() and version.isdigit() and len(version) < 10
    return Edit(
        id=edit_id,
        field=field,
        value=value,
        made_at=clock.now(),
        base_version=int(version) if is_number else view.versions.get(field, 0),
    )


def _value(request: HttpRequest, view: OrderView, field: str) -> Any:
    """Return a form's value in the shape that its field has. Raises Refused `bad-value`."""
    text = request.POST.get("value", "").strip()
    kind = next((item.kind for item in view.items if item.field == field), "")
    if kind in {"check", "test-charge"}:
        return text == "true"
    if kind == "measurement":
        try:
            return float(text.replace(",", ".")) if text else None
        except ValueError:
            raise Refused("bad-value", _("Enter a number.")) from None
    if field == "parts_used":
        return [*view.parts_used, *_part(text, request.POST.get("quantity", "").strip())]
    return text


def _part(name: str, quantity: str) -> list[dict[str, Any]]:
    is_count = quantity.isascii() and quantity.isdigit() and len(quantity) < 6
    return [{"name": name, "quantity": int(quantity) if is_count else 1}] if name else []


def _uuid(request: HttpRequest, name: str) -> UUID:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise Refused("bad-id", _("This form is incomplete. Load the page again.")) from None


def _back(order_id: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("desk:job", args=[order_id]))
