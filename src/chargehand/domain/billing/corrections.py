"""Taking the price of a charge back because a person says so: the credit note follows from it."""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing import cases, prices, reviews, second_person
from chargehand.domain.billing.models import PricedCdr, PriceReview
from chargehand.domain.billing.prices import Outcome
from chargehand.kernel.errors import Refused

#: Above so many major units of any currency, the amount must be typed again to confirm it.
TYPED_ABOVE: Final = 50


@transaction.atomic
def credit_charge(*, operator_id: int, priced_id: int, actor: Actor, note: str) -> Outcome:
    """Take back the whole price of a charge and bill nothing for its record; `note` says why.

    A later record of the charge, for instance from the repair queue, is decided about anew. Raises Refused
    `no-reason`, `unknown-price`, `credited-already`, `in-review` (its newest record waits for a decision),
    `second-person` (it is more than one person may take back: ask by `second_person.ask_for_credit`).
    """
    if second_person.needs_another(operator_id, [priced_id]):
        sentence = _("This is more than one person may take back. Ask a second person to grant it.")
        raise Refused("second-person", sentence)
    return _take_back(operator_id, priced_id, actor, note)


@transaction.atomic
def grant_credit(*, operator_id: int, request_id: int, actor: Actor) -> Outcome:
    """Take back what another person asked for. Raises Refused as `credit_charge` and `take_request` do."""
    asked = second_person.take_request(
        operator_id=operator_id, request_id=request_id, actor=actor, state="granted"
    )
    note = f"{asked.note} ({asked.asked_by})"
    return _take_back(operator_id, asked.priced_id, actor, note, is_granted=True)


@transaction.atomic
def refuse_credit(*, operator_id: int, request_id: int, actor: Actor) -> None:
    """Let a price stand that somebody wanted to take back. Raises Refused as `take_request` does."""
    second_person.take_request(operator_id=operator_id, request_id=request_id, actor=actor, state="refused")


def _take_back(
    operator_id: int, priced_id: int, actor: Actor, note: str, *, is_granted: bool = False
) -> Outcome:
    """Bill nothing for the newest record of a charge; where two people want it, also one under review."""
    if not note.strip():
        raise Refused("no-reason", _("Say why this is decided so."))
    rows = PricedCdr.objects.filter(operator_id=operator_id, kind=PricedCdr.Kind.CHARGE)
    row = rows.filter(pk=priced_id).first()
    # The charge is locked first, in the order in which the pricing of a newer record does it.
    case = None if row is None else cases.open_case(operator_id, row.cdr_id)
    if row is None or case is None:
        raise Refused("unknown-price", _("There is no such price."))
    if PricedCdr.objects.filter(credits_id=row.pk).exists():
        raise Refused("credited-already", _("This price was taken back already."))
    waiting = None
    if not case.is_newest:
        newest = case.records[-1].id
        waiting = PriceReview.objects.filter(cdr_id=newest, state=PriceReview.State.OPEN).first()
        case = cases.open_case(operator_id, newest) if is_granted and waiting is not None else None
    if case is None:
        raise Refused(
            "in-review", _("A newer record of this charge waits for a decision. Decide about that one.")
        )
    outcome = prices.waive(case, reason="by-person", by=actor.name, note=note.strip())
    if waiting is not None:
        reviews.settle(waiting, resolution="waived", by=actor.name, note=note.strip())
    detail = {"transaction": row.transaction_id, "after_minor": row.after_minor, "note": note.strip()}
    audit.write_audit(actor, operator_id, "billing.price_credited", f"priced_cdr:{row.pk}", detail)
    return outcome
