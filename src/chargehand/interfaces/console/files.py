"""Files of stations and jobs: logs as attachments, photos as the pictures they were proved to be."""

from collections.abc import AsyncIterator, Iterator
from typing import cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.maintenance import log_files, order_files, orders
from chargehand.interfaces.console import door


@require_safe
@door.needs(Permission.WORK_EDIT)
def download_log(_request: HttpRequest, principal: Principal, upload_id: UUID) -> HttpResponse:
    """Give a log that a station uploaded; a browser never shows or runs it."""
    found = log_files.read_log(principal.operator_id, upload_id, location_ids=principal.location_ids)
    if found is None:
        raise Http404
    view, pieces = found
    name = view.file_name or f"{view.kind}.log"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(view.size),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return _answer(pieces, "application/octet-stream", headers)


@require_safe
@door.needs(Permission.WORK_VIEW)
def show_photo(_request: HttpRequest, principal: Principal, order_id: int, file_id: UUID) -> HttpResponse:
    """Give a photo of a job; its type is by its content, as it was taken in."""
    seen = orders.work_order(
        principal.operator_id, order_id, is_masked=True, location_ids=principal.location_ids
    )
    found = order_files.read_file(principal.operator_id, order_id, file_id) if seen is not None else None
    if found is None:
        raise Http404
    headers = {
        "Content-Disposition": "inline",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=86400, immutable",
    }
    return _answer(found[1], found[0], headers)


def _answer(pieces: Iterator[bytes], content_type: str, headers: dict[str, str]) -> HttpResponse:
    """Send a file piece by piece, whatever its length."""
    response = StreamingHttpResponse(_read(pieces), content_type=content_type, headers=headers)
    return cast("HttpResponse", response)


async def _read(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, b""), thread_sensitive=False)
    while piece := await following():
        yield piece
