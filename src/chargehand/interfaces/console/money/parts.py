"""What the pages about money share: who may see the whole, amounts as people type them, files as they flow."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from functools import update_wrapper
from itertools import islice
from typing import Any, Final, cast

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing.documents.en16931 import NotElectronicError, write_xml
from chargehand.domain.billing.documents.pdf import write_pdf
from chargehand.domain.billing.documents.shapes import Document
from chargehand.interfaces.console import door
from chargehand.interfaces.console.door import Inside, Outside, P
from chargehand.kernel.errors import Refused
from chargehand.kernel.money import Money, MoneyError

_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")
_ROWS_AT_ONCE: Final = 500
_KINDS: Final[Mapping[str, str]] = {"pdf": "application/pdf", "xml": "application/xml"}


def whole(permission: Permission) -> Callable[[Inside[P]], Outside[P]]:
    """Let people in who may do this for the whole network: books and invoices know no sites."""

    def guard(view: Inside[P]) -> Outside[P]:
        def enter(
            request: HttpRequest, principal: Principal, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            if principal.location_ids is not None:
                return door.refuse(request, principal, permission)
            return view(request, principal, *args, **kwargs)

        update_wrapper(enter, view)
        return door.needs(permission)(enter)

    return guard


def earnings() -> Callable[[Inside[P]], Outside[P]]:
    """Let in who may see money, and site hosts for what their sites earn."""

    def guard(view: Inside[P]) -> Outside[P]:
        def enter(
            request: HttpRequest, principal: Principal, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            if principal.role is not Role.SITE_HOST and not principal.may(Permission.MONEY_VIEW):
                return door.refuse(request, principal, Permission.MONEY_VIEW)
            return view(request, principal, *args, **kwargs)

        update_wrapper(enter, view)
        return door.needs(None)(enter)

    return guard


def money(minor: int | None, currency: str | None) -> Money | None:
    """Minor units as money; None where there is no price."""
    return None if minor is None or not currency else Money(minor, currency)


def read_amount(text: str, currency: str) -> int:
    """Read what a person typed ("13,81" or "13.81") as minor units. Raises Refused `bad-amount`."""
    typed = text.strip().replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    if "," in typed and "." not in typed:
        typed = typed.replace(",", ".")
    try:
        return Money.of(typed if _AMOUNT.fullmatch(typed) else "", currency).minor
    except (MoneyError, ValueError, ArithmeticError):
        example = Money(1381, currency).amount
        raise Refused(
            "bad-amount",
            _("Enter an amount in %(currency)s, such as %(example)s.")
            % {
                "currency": currency,
                "example": example,
            },
        ) from None


def send_table(request: HttpRequest, rows: Iterable[Sequence[str]], name: str) -> HttpResponse:
    """Answer with a CSV file, line by line as it is read."""
    return send_pieces(request, _written(rows), "text/csv; charset=utf-8", f"{name}.csv")


def send_pieces(request: HttpRequest, pieces: Iterator[bytes], content_type: str, name: str) -> HttpResponse:
    """Answer with a file piece by piece, whatever its length."""
    body: Iterator[bytes] | AsyncIterator[bytes] = pieces
    if isinstance(request, ASGIRequest):
        body = _read(pieces)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return cast("HttpResponse", StreamingHttpResponse(body, content_type=content_type, headers=headers))


def send_document(document: Document, form: str, *, fallback: str) -> HttpResponse:
    """Answer with a document as PDF or XML. Raises Refused `not-electronic`."""
    try:
        written = write_pdf(document) if form == "pdf" else write_xml(document)
    except NotElectronicError as error:
        raise Refused("not-electronic", str(error)) from None
    response = HttpResponse(written, content_type=_KINDS[form])
    response.headers["Content-Disposition"] = f'inline; filename="{file_name(document, fallback)}.{form}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def file_name(document: Document, fallback: str) -> str:
    """A name for the file of a document that every system takes."""
    name = document.number or fallback
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in name)


def tabs(entries: Iterable[tuple[str, Any, str]], here: str) -> list[dict[str, Any]]:
    """Tabs of (name, label, address); `here` is the name of the page itself."""
    return [{"label": label, "url": url, "current": name == here} for name, label, url in entries]


def _written(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    following = iter(rows)
    while several := list(islice(following, _ROWS_AT_ONCE)):
        text = io.StringIO()
        csv.writer(text).writerows(several)
        yield text.getvalue().encode()


async def _read(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, b""))
    while piece := await following():
        yield piece
