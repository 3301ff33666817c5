"""Invoices and credit notes: the list, one with its lines, its files, payments, credits and its mail."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import invoice_register, queries
from chargehand.domain.billing.documents.formats import write_price
from chargehand.domain.billing.invoice_register import ChargeView, InvoiceDetail, InvoiceView
from chargehand.interfaces.console import cursors, frame
from chargehand.interfaces.console.money import days, parts, words
from chargehand.kernel.errors import Refused
from chargehand.kernel.money import Money

KINDS: Final = ("invoice", "credit-note")


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """A page of invoices and credit notes under the filters in the address."""
    wanted = _read(request)
    chosen = days.read_days(request) if request.GET.get("since") or request.GET.get("until") else None
    before = cursors.read_number(request.GET.get("before", ""))
    page = invoice_register.invoices(
        principal.operator_id,
        kind=wanted["kind"],
        state=wanted["state"],
        text=wanted["q"],
        since=chosen.since if chosen else None,
        until=chosen.until if chosen else None,
        before_id=before,
    )
    span = {"since": chosen.since.isoformat(), "until": chosen.until.isoformat()} if chosen else {}
    given = {name: value for name, value in {**wanted, **span}.items() if value}
    following = {**given, "before": page.before_id}
    context = {
        **wanted,
        **span,
        "invoices": [as_line(each) for each in page.invoices],
        "states": [(name, look[1]) for name, look in words.INVOICE_STATES.items()],
        "tabs": register_tabs("invoices"),
        "is_filtered": bool(given),
        "next_url": f"?{urlencode(following)}" if page.before_id else "",
        "first_url": f"?{urlencode(given)}" if before else "",
    }
    return frame.show(request, principal, "console/money/invoices.html", context)


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def unbilled(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Prices that are on no invoice yet, and why."""
    before = cursors.read_number(request.GET.get("before", ""))
    page = invoice_register.unbilled(principal.operator_id, before_id=before)
    context = {
        "unbilled": page.unbilled,
        "tabs": register_tabs("unbilled"),
        "next_url": f"?before={page.before_id}" if page.before_id else "",
        "first_url": request.path if before else "",
    }
    return frame.show(request, principal, "console/money/unbilled.html", context)


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def show(request: HttpRequest, principal: Principal, invoice_id: int) -> HttpResponse:
    """An invoice or credit note, with what can be done about it."""
    detail = find(principal, invoice_id)
    invoice, document = detail.invoice, detail.document
    corrects = (
        invoice_register.invoice(principal.operator_id, invoice.corrects_id) if invoice.corrects_id else None
    )
    notes = [invoice_register.invoice(principal.operator_id, each) for each in detail.credit_notes]
    context = {
        "line": as_line(invoice),
        "invoice": invoice,
        "document": document,
        "lines": [
            (each, "" if each.unit_price is None else write_price(each.unit_price, document.currency, "en"))
            for each in document.lines
        ],
        "charges": [charge_line(principal, each) for each in detail.charges],
        "payments": [
            {"it": each, "method": words.METHODS.get(each.method, each.method)} for each in detail.payments
        ],
        "methods": list(words.METHODS.items()),
        "open_amount": f"{Money(invoice.open_minor, invoice.currency).amount:f}",
        "corrects": corrects.invoice if corrects else None,
        "credit_notes": [each.invoice for each in notes if each is not None],
        "mail": document.buyer.email if document.buyer else "",
        "crumbs": [(_("Invoices"), reverse("console:invoices"))],
    }
    return frame.show(request, principal, "console/money/invoice.html", context)


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def file(request: HttpRequest, principal: Principal, invoice_id: int, form: str) -> HttpResponse:
    """The document as PDF, or as XML for machines where it can be one."""
    document = find(principal, invoice_id).document
    if form not in {"pdf", "xml"}:
        raise Http404
    try:
        return parts.send_document(document, form, fallback=f"document-{invoice_id}")
    except Refused as refusal:
        messages.error(request, _("There is no XML of this document. %s") % refusal.sentence)
        return HttpResponseRedirect(reverse("console:invoices-page", args=[invoice_id]))


def find(principal: Principal, invoice_id: int) -> InvoiceDetail:
    """The invoice with this id; Http404 where it is another operator's."""
    found = invoice_register.invoice(principal.operator_id, invoice_id)
    if found is None:
        raise Http404
    return found


def as_line(invoice: InvoiceView) -> dict[str, Any]:
    """An invoice as a row of a table; what a credit note leaves open is to be paid back."""
    state, promised = words.INVOICE_STATES[invoice.state]
    word = str(promised)
    is_note = invoice.kind == "credit-note"
    if is_note and invoice.state in {"open", "overdue"}:
        state, word = "attention", _("To be paid back")
    if is_note and invoice.state == "credited":
        word = _("Set off")
    return {
        "it": invoice,
        "is_note": is_note,
        "kind": _("Credit note") if is_note else _("Invoice"),
        "state": state,
        "word": word,
        "total": parts.money(-invoice.total_minor if is_note else invoice.total_minor, invoice.currency),
        "open": parts.money(invoice.open_minor, invoice.currency),
    }


def charge_line(principal: Principal, charge: ChargeView) -> dict[str, Any]:
    """A charge on an invoice; `is_credited` where its price was taken back."""
    priced = queries.priced_cdr(principal.operator_id, charge.priced_id)
    return {
        "it": charge,
        "priced": priced,
        "is_credited": priced is not None and priced.credited_by is not None,
    }


def register_tabs(here: str) -> list[dict[str, Any]]:
    """The tabs of the register."""
    entries = (
        ("invoices", _("Invoices"), reverse("console:invoices")),
        ("unbilled", _("Not invoiced yet"), reverse("console:invoices-unbilled")),
    )
    return parts.tabs(entries, here)


def _read(request: HttpRequest) -> dict[str, str]:
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    return {
        "kind": kind if kind in KINDS else "",
        "state": state if state in words.INVOICE_STATES else "",
        "q": request.GET.get("q", "").strip()[:100],
    }
