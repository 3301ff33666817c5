"""A second pair of eyes on large credits: above the operator's threshold one person asks and another grants."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing import gates
from chargehand.domain.billing.models import BillingPolicy, CreditRequest, InvoicedCharge, PricedCdr
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.money import Money

MOST_MAJOR: Final = 1_000_000
MOST_SHOWN: Final = 200


class CreditRequestView(msgspec.Struct, frozen=True, kw_only=True):
    """A credit that waits for a second person, or was granted or refused; `minor` units of `currency`."""

    id: int
    priced_id: int
    transaction_id: int
    currency: str
    minor: int
    note: str
    asked_by: str
    asker: tuple[str, int | None]
    asked_at: datetime
    state: str
    decided_by: str
    decided_at: datetime | None

    def is_of(self, actor: Actor) -> bool:
        """Tell whether it is this person who asked, and who therefore may not grant it."""
        return self.asker == (actor.kind, actor.id)


def threshold(operator_id: int) -> int | None:
    """Return up to how many major units of any currency one person may take back; None: any amount."""
    return BillingPolicy.objects.filter(pk=operator_id).values_list("alone_up_to", flat=True).first()


@transaction.atomic
def set_threshold(*, operator_id: int, major: int | None, actor: Actor) -> None:
    """Say up to how many major units one person may take back alone. Raises Refused `bad-threshold`."""
    if major is not None and not 0 <= major <= MOST_MAJOR:
        raise Refused("bad-threshold", _("Give an amount from 0 to 1,000,000, or nothing."))
    known = gates.Policy()
    changed = {"alone_up_to": major, "changed_at": clock.now()}
    made = {"least_wh": known.least_wh, "short_s": known.short_s, **changed}
    BillingPolicy.objects.update_or_create(operator_id=operator_id, defaults=changed, create_defaults=made)
    detail = {"alone_up_to": major}
    audit.write_audit(actor, operator_id, "billing.threshold_set", f"operator:{operator_id}", detail)


def needs_another(operator_id: int, priced_ids: Collection[int]) -> bool:
    """Tell whether prices together are too much for one person to take back.

    What was taken back of the same invoices already counts with them, so that parts need no less than the whole.
    """
    most = threshold(operator_id)
    if most is None:
        return False
    rows = PricedCdr.objects.filter(operator_id=operator_id, kind=PricedCdr.Kind.CHARGE)
    invoices = InvoicedCharge.objects.filter(pk__in=priced_ids).values("invoice_id")
    together = InvoicedCharge.objects.filter(invoice_id__in=invoices).values("pk")
    credited = PricedCdr.objects.filter(operator_id=operator_id, credits_id__in=together)
    sums: dict[str, int] = {}
    for currency, minor in rows.filter(pk__in=priced_ids).values_list("currency", "after_minor"):
        sums[currency] = sums.get(currency, 0) + minor
    for currency, minor in credited.exclude(credits_id__in=priced_ids).values_list("currency", "after_minor"):
        sums[currency] = sums.get(currency, 0) - minor
    return any(Money(minor, currency).amount > most for currency, minor in sums.items())


@transaction.atomic
def ask_for_credit(*, operator_id: int, priced_id: int, actor: Actor, note: str) -> int:
    """Ask that a second person takes a price back, and return the request; one that waits already stands.

    Raises Refused `no-reason`, `unknown-price`, `credited-already`.
    """
    if not note.strip():
        raise Refused("no-reason", _("Say why this is decided so."))
    rows = PricedCdr.objects.select_for_update().filter(operator_id=operator_id, kind=PricedCdr.Kind.CHARGE)
    row = rows.filter(pk=priced_id).first()
    if row is None:
        raise Refused("unknown-price", _("There is no such price."))
    if PricedCdr.objects.filter(credits_id=row.pk).exists():
        raise Refused("credited-already", _("This price was taken back already."))
    known = CreditRequest.objects.filter(priced=row, state=CreditRequest.State.OPEN).first()
    if known is not None:
        return known.pk
    made = CreditRequest.objects.create(
        operator_id=operator_id,
        priced=row,
        currency=row.currency,
        minor=row.after_minor,
        note=note.strip(),
        asked_kind=actor.kind,
        asked_id=actor.id,
        asked_by=actor.name[:255],
        asked_at=clock.now(),
    )
    detail = {"transaction": row.transaction_id, "after_minor": row.after_minor, "request": made.pk}
    audit.write_audit(actor, operator_id, "billing.credit_asked", f"priced_cdr:{row.pk}", detail)
    return made.pk


def take_request(*, operator_id: int, request_id: int, actor: Actor, state: str) -> CreditRequestView:
    """Decide about a request in the caller's transaction: `granted` by another than who asked, or `refused`.

    Raises Refused `unknown-request`, `decided-already`, `same-person`.
    """
    rows = CreditRequest.objects.select_for_update().filter(operator_id=operator_id)
    row = rows.filter(pk=request_id).first()
    if row is None:
        raise Refused("unknown-request", _("There is no such request."))
    if row.state != CreditRequest.State.OPEN:
        raise Refused("decided-already", _("This request was decided already."))
    if state == CreditRequest.State.GRANTED and _view(row).is_of(actor):
        raise Refused("same-person", _("You asked for this yourself. Another person must grant it."))
    row.state, row.decided_by, row.decided_at = state, actor.name[:255], clock.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    audit.write_audit(actor, operator_id, f"billing.credit_{state}", f"credit_request:{row.pk}")
    return _view(row)


def credit_requests(operator_id: int, *, state: str = "open") -> list[CreditRequestView]:
    """Return requests in a state, newest first, at most 200."""
    rows = CreditRequest.objects.filter(operator_id=operator_id, state=state).select_related("priced")
    return [_view(row) for row in rows.order_by("-pk")[:MOST_SHOWN]]


def credit_request(operator_id: int, request_id: int) -> CreditRequestView | None:
    """Return a request."""
    row = (
        CreditRequest.objects.filter(operator_id=operator_id, pk=request_id).select_related("priced").first()
    )
    return None if row is None else _view(row)


def _view(row: CreditRequest) -> CreditRequestView:
    return CreditRequestView(
        id=row.pk,
        priced_id=row.priced_id,
        transaction_id=row.priced.transaction_id,
        currency=row.currency,
        minor=row.minor,
        note=row.note,
        asked_by=row.asked_by,
        asker=(row.asked_kind, row.asked_id),
        asked_at=row.asked_at,
        state=row.state,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
