"""Invoices and credit notes: listed, read, as PDF and XML, paid and corrected; statements beside them."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import actions, invoice_register, queries, statement_register
from chargehand.domain.billing.documents.en16931 import NotElectronicError, write_xml
from chargehand.domain.billing.documents.pdf import write_pdf
from chargehand.domain.billing.invoice_register import InvoiceDetail as InvoiceDetailView
from chargehand.domain.billing.invoice_register import PaymentView
from chargehand.domain.billing.statement_register import StatementView
from chargehand.interfaces.api import amounts, cdrs, deeds, media, paging, problems, reach
from chargehand.interfaces.api.deeds import IdempotencyKey
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.invoice_shapes import (
    CreditNoteAsked,
    Invoice,
    InvoiceDetail,
    InvoiceFilter,
    Payment,
    PaymentAsked,
    Statement,
    StatementFilter,
)
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id
from chargehand.kernel.errors import Refused

router = Router(tags=["Invoices"])
statements_router = Router(tags=["Invoices"])


@router.get("", response=Page[Invoice])
@needs(Permission.MONEY_VIEW)
def list_invoices(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[InvoiceFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Invoices and credit notes, newest first."""
    who = request.auth
    reach.whole(who)
    asked = wanted.model_dump()
    page = invoice_register.invoices(
        who.operator_id,
        **{**asked, "kind": wanted.kind or "", "state": wanted.state or ""},
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    return paging.page(request, response, [amounts.told(each) for each in page.invoices], page.before_id)


@router.get("/{invoice_id}", response=InvoiceDetail)
@needs(Permission.MONEY_VIEW)
def read_invoice(request: ApiRequest, invoice_id: Id) -> dict[str, Any]:
    """A document with its charges and payments."""
    return _told(_find(request.auth, invoice_id))


@router.get("/{invoice_id}/pdf")
@media.sends(media.PDF)
@needs(Permission.MONEY_VIEW)
def read_invoice_pdf(request: ApiRequest, invoice_id: Id) -> HttpResponse:
    """A document as PDF/A-3, with its XML inside where it is an electronic invoice."""
    found = _find(request.auth, invoice_id)
    return media.file(write_pdf(found.document), media.PDF, f"{found.invoice.number}.pdf")


@router.get("/{invoice_id}/xml")
@media.sends(media.XML)
@needs(Permission.MONEY_VIEW)
def read_invoice_xml(request: ApiRequest, invoice_id: Id) -> HttpResponse:
    """A document as XML by EN 16931 (CII). 422 `not-electronic` says why it cannot be one."""
    found = _find(request.auth, invoice_id)
    try:
        written = write_xml(found.document)
    except NotElectronicError as error:
        raise problems.Problem(422, "not-electronic", str(error)) from None
    return media.file(written, media.XML, f"{found.invoice.number}.xml")


@router.post("/{invoice_id}/payments", response={201: Payment})
@needs(Permission.MONEY_EDIT)
def record_payment(
    request: ApiRequest, invoice_id: Id, body: PaymentAsked, idempotency_key: IdempotencyKey = None
) -> Status[Any]:
    """Write down that an invoice was paid, or a credit note paid back, in part or whole."""
    who = request.auth
    currency = _find(who, invoice_id).invoice.currency
    minor = amounts.read_amount(body.amount, currency)
    made = deeds.number_once(
        who,
        idempotency_key,
        ["payment", invoice_id, body.model_dump()],
        lambda: actions.record_payment(
            operator_id=who.operator_id,
            invoice_id=invoice_id,
            amount_minor=minor,
            method=body.method,
            reference=body.reference,
            actor=who.actor,
            received_at=body.received_at,
        ),
    )
    payments = _find(who, invoice_id).payments
    return Status(201, next(_payment(each, currency) for each in payments if each.id == made))


@router.post("/{invoice_id}/credit-notes", response={201: InvoiceDetail})
@needs(Permission.MONEY_EDIT)
def credit_invoice(
    request: ApiRequest, invoice_id: Id, body: CreditNoteAsked, idempotency_key: IdempotencyKey = None
) -> Status[Any]:
    """Take charges of an invoice back; the answer is the invoice with the credit notes that follow from it."""
    who = request.auth
    found = _find(who, invoice_id)

    def take_back() -> int:
        for cdr_id in _chosen(who, found, body):
            cdrs.take_back(who, cdr_id, body.note)
        return invoice_id

    deeds.number_once(who, idempotency_key, ["credit", invoice_id, body.model_dump()], take_back)
    return Status(201, _told(_find(who, invoice_id)))


@statements_router.get("", response=Page[Statement])
@needs(Permission.MONEY_VIEW)
def list_statements(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[StatementFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Statements to fleets and site hosts, newest first."""
    who = request.auth
    reach.whole(who)
    page = statement_register.issued_statements(
        who.operator_id,
        kind=wanted.kind or "",
        customer_id=wanted.customer_id,
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    return paging.page(request, response, [amounts.told(each) for each in page.statements], page.before_id)


@statements_router.get("/{statement_id}", response=Statement)
@needs(Permission.MONEY_VIEW)
def read_statement(request: ApiRequest, statement_id: Id) -> dict[str, Any]:
    """A statement."""
    return amounts.told(_statement(request.auth, statement_id))


@statements_router.get("/{statement_id}/pdf")
@media.sends(media.PDF)
@needs(Permission.MONEY_VIEW)
def read_statement_pdf(request: ApiRequest, statement_id: Id) -> HttpResponse:
    """A statement as PDF/A-3."""
    found = _statement(request.auth, statement_id)
    document = statement_register.statement_document(request.auth.operator_id, statement_id)
    if document is None:
        raise problems.missing()
    return media.file(write_pdf(document), media.PDF, f"statement-{found.number or found.id}.pdf")


def _find(principal: Principal, invoice_id: int) -> InvoiceDetailView:
    reach.whole(principal)
    found = invoice_register.invoice(principal.operator_id, invoice_id)
    if found is None:
        raise problems.missing()
    return found


def _statement(principal: Principal, statement_id: int) -> StatementView:
    reach.whole(principal)
    found = statement_register.issued_statement(principal.operator_id, statement_id)
    if found is None:
        raise problems.missing()
    return found


def _told(detail: InvoiceDetailView) -> dict[str, Any]:
    currency = detail.invoice.currency
    return {
        **amounts.told(detail.invoice),
        "charges": [amounts.told(each, currency) for each in detail.charges],
        "payments": [_payment(each, currency) for each in detail.payments],
        "credit_notes": list(detail.credit_notes),
    }


def _payment(view: PaymentView, currency: str) -> dict[str, Any]:
    return {**amounts.told(view, currency), "amount": amounts.amount(view.minor, currency)}


def _chosen(principal: Principal, found: InvoiceDetailView, body: CreditNoteAsked) -> list[int]:
    """Return the prices that are meant and stand. Raises Refused where there is none, or one is not on it."""
    on_it = [each.priced_id for each in found.charges]
    if set(body.cdr_ids) - set(on_it):
        raise Refused("not-on-invoice", _("This invoice has no such charge."))
    standing = [
        each
        for each in (body.cdr_ids or on_it)
        if (view := queries.priced_cdr(principal.operator_id, each)) is not None and view.credited_by is None
    ]
    if not standing or found.invoice.kind != "invoice":
        raise Refused("nothing-to-credit", _("All of it was taken back already."))
    return list(dict.fromkeys(standing))
