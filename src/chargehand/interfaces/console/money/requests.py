"""What else waits for a decision about money: what drivers object to, and credits for a second person."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMessage
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import (
    charge_list,
    corrections,
    credit_notes,
    entities,
    objections,
    receipts,
    second_person,
)
from chargehand.domain.billing.objections import ObjectionView
from chargehand.interfaces.console import deeds, frame
from chargehand.interfaces.console.money import charges, parts
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

MOST: int = 100


def waiting_context(principal: Principal) -> dict[str, Any]:
    """What the review queue shows beside the charges under review."""
    page = objections.objections(principal.operator_id, limit=MOST)
    return {
        "objections": page.objections,
        "credit_requests": [
            {
                "it": each,
                "amount": parts.money(each.minor, each.currency),
                "is_own": each.is_of(principal.actor),
            }
            for each in second_person.credit_requests(principal.operator_id)
        ],
    }


def count_waiting(operator_id: int) -> int:
    """How many objections and credits wait, at most 100 objections."""
    said = objections.objections(operator_id, limit=MOST).objections
    return len(said) + len(second_person.credit_requests(operator_id))


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def objection(request: HttpRequest, principal: Principal, objection_id: int) -> HttpResponse:
    """What a driver says, the charge it is about, and the answer."""
    found = _find(principal, objection_id)
    row = charge_list.charge_row(principal.operator_id, found.transaction_id)
    key = receipts.receipt_key(principal.operator_id, found.transaction_id)
    context = {
        "objection": found,
        "line": charges.as_lines(principal, [row])[0] if row else None,
        "receipt_url": receipts.receipt_url(key),
        "crumbs": [(_("Review queue"), reverse("console:reviews"))],
    }
    return frame.show(request, principal, "console/money/objection.html", context)


@require_POST
@parts.whole(Permission.MONEY_EDIT)
def answer(request: HttpRequest, principal: Principal, objection_id: int) -> HttpResponse:
    """Answer a driver: on the receipt, and by e-mail where an address was given."""
    found = _find(principal, objection_id)
    said = request.POST.get("answer", "")

    def settle() -> None:
        objections.settle_objection(
            operator_id=principal.operator_id,
            objection_id=objection_id,
            answer=said,
            actor=principal.actor,
        )
        _mail(principal, found, said)

    done = _("Answered. The driver reads it on the receipt.")
    target = reverse("console:objections-page", args=[objection_id])
    return deeds.act(request, principal, settle, target=target, done=done)


@require_POST
@parts.whole(Permission.MONEY_EDIT)
def decide(request: HttpRequest, principal: Principal, request_id: int, name: str) -> HttpResponse:
    """Grant or refuse a credit that another person asked for."""
    about: dict[str, Any] = {
        "operator_id": principal.operator_id,
        "request_id": request_id,
        "actor": principal.actor,
    }
    target = reverse("console:reviews")
    if name == "refuse":
        done = _("Refused. The price stands.")
        return deeds.act(
            request, principal, lambda: corrections.refuse_credit(**about), target=target, done=done
        )
    if name != "grant":
        raise Http404
    wanted = second_person.credit_request(principal.operator_id, request_id)
    if wanted is None:
        raise Http404

    def grant() -> None:
        corrections.grant_credit(**about)
        credit_notes.issue_note_of_price(principal.operator_id, wanted.priced_id, now=clock.now())

    done = _("Granted. The charge is taken back by a credit note.")
    return deeds.act(request, principal, grant, target=target, done=done)


def _mail(principal: Principal, found: ObjectionView, said: str) -> None:
    if not found.contact:
        return
    key = receipts.receipt_key(principal.operator_id, found.transaction_id)
    seller = entities.default_entity(principal.operator_id).details.party.name
    with override(found.language):
        subject = _("Your charge %d: our answer") % found.transaction_id
    body = f"{said.strip()}\n\n{receipts.receipt_url(key)}\n\n{seller}\n"
    try:
        EmailMessage(subject=subject, body=body, to=[found.contact]).send()
    except OSError:
        sentence = _("The mail server does not take it. Look at the settings for mail and try again.")
        raise Refused("mail-refused", sentence) from None


def _find(principal: Principal, objection_id: int) -> ObjectionView:
    found = objections.objection(principal.operator_id, objection_id)
    if found is None:
        raise Http404
    return found
