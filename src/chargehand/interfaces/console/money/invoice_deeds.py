"""What people do to an invoice: write down a payment, take charges back, send it by mail."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import actions, corrections, credit_notes, second_person
from chargehand.domain.billing.documents.pdf import write_pdf
from chargehand.domain.billing.invoice_register import InvoiceDetail
from chargehand.interfaces.console import cursors, deeds, frame
from chargehand.interfaces.console.money import invoices, parts
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.money import Money


@require_POST
@parts.whole(Permission.MONEY_EDIT)
def pay(request: HttpRequest, principal: Principal, invoice_id: int) -> HttpResponse:
    """Write down that money came for an invoice, or went back for a credit note."""
    invoice = invoices.find(principal, invoice_id).invoice

    def record() -> object:
        return actions.record_payment(
            operator_id=principal.operator_id,
            invoice_id=invoice_id,
            amount_minor=parts.read_amount(request.POST.get("amount", ""), invoice.currency),
            method=request.POST.get("method", ""),
            reference=request.POST.get("reference", ""),
            actor=principal.actor,
        )

    return deeds.act(
        request, principal, record, target=_page(invoice_id), done=_("The payment is written down.")
    )


@require_http_methods(["GET", "POST"])
@parts.whole(Permission.MONEY_EDIT)
def credit(request: HttpRequest, principal: Principal, invoice_id: int) -> HttpResponse:
    """Take charges of an invoice back: first what that means in money, then, confirmed, the credit notes."""
    detail = invoices.find(principal, invoice_id)
    chosen = _chosen(request, principal, detail) if request.method == "POST" else []
    is_asking = second_person.needs_another(principal.operator_id, [each["it"].priced_id for each in chosen])
    if request.method == "POST" and "confirmed" in request.POST:
        done = (
            _("Asked for. It is done once another person grants it in the review queue.")
            if is_asking
            else _("The charges are taken back. The credit notes are below.")
        )
        return deeds.act(
            request,
            principal,
            lambda: _credit(request, principal, detail, is_asking=is_asking),
            target=_page(invoice_id),
            done=done,
        )
    total = Money(sum(each["it"].total_minor for each in chosen), detail.invoice.currency)
    context = {
        "invoice": detail.invoice,
        "charges": [
            line
            for each in detail.charges
            if not (line := invoices.charge_line(principal, each))["is_credited"]
        ],
        "chosen": chosen,
        "note": request.POST.get("note", "").strip(),
        "total": total,
        "is_typed": _is_typed(total),
        "is_asking": is_asking,
        "refund": Money(max(0, total.minor - detail.invoice.open_minor), total.currency),
        "crumbs": [
            (_("Invoices"), reverse("console:invoices")),
            (detail.invoice.number, _page(invoice_id)),
        ],
    }
    return frame.show(request, principal, "console/money/credit.html", context)


@require_POST
@parts.whole(Permission.MONEY_EDIT)
def send(request: HttpRequest, principal: Principal, invoice_id: int) -> HttpResponse:
    """Send the PDF of a document to an address."""
    document = invoices.find(principal, invoice_id).document
    address = request.POST.get("address", "").strip()

    def post() -> None:
        try:
            validate_email(address)
        except ValidationError:
            raise Refused("bad-address", _("Enter an e-mail address, such as ada@example.org.")) from None
        subject = f"{document.seller.name}: {document.number}".replace("\n", " ").replace("\r", " ")
        mail = EmailMessage(
            subject=subject, body=f"{document.number}\n\n{document.seller.name}\n", to=[address]
        )
        name = parts.file_name(document, f"document-{invoice_id}")
        mail.attach(f"{name}.pdf", write_pdf(document), "application/pdf")
        try:
            mail.send()
        except OSError:
            sentence = _("The mail server does not take it. Look at the settings for mail and try again.")
            raise Refused("mail-refused", sentence) from None

    return deeds.act(
        request,
        principal,
        post,
        target=_page(invoice_id),
        done=_("Sent to %s.") % address,
        entry=deeds.Entry(
            action="billing.invoice_sent", subject=f"invoice:{invoice_id}", detail={"number": document.number}
        ),
    )


def _credit(request: HttpRequest, principal: Principal, detail: InvoiceDetail, *, is_asking: bool) -> None:
    chosen = _chosen(request, principal, detail)
    if not chosen:
        raise Refused("none-chosen", _("Choose at least one charge."))
    total = Money(sum(each["it"].total_minor for each in chosen), detail.invoice.currency)
    if _is_typed(total):
        typed = parts.read_amount(request.POST.get("typed", ""), total.currency)
        if typed != total.minor:
            raise Refused("not-confirmed", _("The amount you typed is not the one that is taken back."))
    for each in chosen:
        about: dict[str, Any] = {
            "operator_id": principal.operator_id,
            "priced_id": each["it"].priced_id,
            "actor": principal.actor,
            "note": request.POST.get("note", ""),
        }
        if is_asking:
            second_person.ask_for_credit(**about)
        else:
            corrections.credit_charge(**about)
            credit_notes.issue_note_of_price(principal.operator_id, each["it"].priced_id, now=clock.now())


def _chosen(request: HttpRequest, principal: Principal, detail: InvoiceDetail) -> list[dict[str, Any]]:
    numbers = {cursors.read_number(each) for each in request.POST.getlist("charge")}
    found = [invoices.charge_line(principal, each) for each in detail.charges if each.priced_id in numbers]
    return [each for each in found if not each["is_credited"]]


def _is_typed(total: Money) -> bool:
    return total.amount > corrections.TYPED_ABOVE


def _page(invoice_id: int) -> str:
    return reverse("console:invoices-page", args=[invoice_id])
