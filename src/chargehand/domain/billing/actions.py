"""What people decide about money: records under review, what is too little to bill, what was paid."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing import (
    cases,
    host_statements,
    outstanding,
    prices,
    queries,
    reviews,
    second_person,
)
from chargehand.domain.billing.gates import Policy
from chargehand.domain.billing.models import BillingPolicy, PriceReview
from chargehand.domain.billing.prices import Outcome
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.elements import TariffError
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.money import MoneyError


@transaction.atomic
def price_review(
    *, operator_id: int, review_id: int, actor: Actor, note: str, version_id: int | None = None
) -> Outcome:
    """Price a record under review in spite of what was found, by its own tariff or the version named.

    Raises Refused `unknown-review`, `review-settled`, `no-reason`, `no-energy`, `no-tariff`,
    `unknown-version`, `cannot-price`, `newer-record`.
    """
    row, case = _case(operator_id, review_id, note)
    if case.cdr.energy_wh is None or case.cdr.energy_wh < 0:
        raise Refused("no-energy", _("The energy is not known. Settle the charge in the repair queue first."))
    wanted = version_id or case.snapshot.version_id
    if wanted is None:
        raise Refused("no-tariff", _("No tariff was assigned to this charge. Choose one."))
    version = tariffs.version(operator_id, wanted)
    if version is None:
        raise Refused("unknown-version", _("There is no such version of a tariff."))
    try:
        rated = prices.rate_case(case, version)
    except (TariffError, MoneyError) as error:
        raise Refused("cannot-price", str(error)) from None
    outcome = prices.charge(case, version, rated, by=actor.name[:255])
    _settle(row, actor, "priced", note, version=wanted, after_minor=rated.after_minor)
    return outcome


@transaction.atomic
def waive_review(*, operator_id: int, review_id: int, actor: Actor, note: str) -> Outcome:
    """Bill nothing for a record under review; `note` says why.

    Raises Refused `unknown-review`, `review-settled`, `no-reason`, `newer-record`, `second-person` (the price
    of an older record stands, and is more than one person may take back).
    """
    row, case = _case(operator_id, review_id, note)
    standing = queries.standing_price(operator_id, row.transaction_id)
    if standing is not None and second_person.needs_another(operator_id, [standing.id]):
        sentence = _("The price that stands is more than one person may take back. Ask for its credit.")
        raise Refused("second-person", sentence)
    outcome = prices.waive(case, reason="by-person", by=actor.name, note=note)
    _settle(row, actor, "waived", note)
    return outcome


@transaction.atomic
def set_policy(*, operator_id: int, policy: Policy, actor: Actor) -> None:
    """Say what is not billed from now on. Raises Refused `bad-policy`, `unknown-operator`."""
    if not 0 <= policy.least_wh <= 100_000 or not 0 <= policy.short_s <= 86_400:
        raise Refused("bad-policy", _("Give an energy from 0 to 100 kWh and a time from 0 to 24 hours."))
    if accounts.operator(operator_id) is None:
        raise Refused("unknown-operator", _("There is no such operator."))
    BillingPolicy.objects.update_or_create(
        operator_id=operator_id,
        defaults={"least_wh": policy.least_wh, "short_s": policy.short_s, "changed_at": clock.now()},
    )
    detail = {"least_wh": policy.least_wh, "short_s": policy.short_s}
    audit.write_audit(actor, operator_id, "billing.policy_set", f"operator:{operator_id}", detail)


@transaction.atomic
def record_payment(
    *,
    operator_id: int,
    invoice_id: int,
    amount_minor: int,
    method: str,
    reference: str,
    actor: Actor,
    received_at: datetime | None = None,
) -> int:
    """Write down that an invoice was paid, or a credit note paid back, in part or whole; return the payment.

    `method` is bank-transfer, direct-debit, cash or `psp:<provider>`; the same `reference` again is the same
    payment. Raises Refused `unknown-invoice`, `bad-payment`, `overpaid`, `reference-used`.
    """
    payment_id = outstanding.pay(
        operator_id=operator_id,
        invoice_id=invoice_id,
        minor=amount_minor,
        method=method,
        reference=reference.strip(),
        by=actor.name,
        received_at=received_at,
    )
    detail = {"minor": amount_minor, "method": method, "payment": payment_id}
    audit.write_audit(actor, operator_id, "billing.payment_recorded", f"invoice:{invoice_id}", detail)
    return payment_id


@transaction.atomic
def record_payout(
    *, operator_id: int, host_id: int, currency: str, amount_minor: int, reference: str, actor: Actor
) -> int:
    """Write down that a site host was paid by bank transfer and return the posting, once for a reference.

    Raises Refused `unknown-host`, `bad-payment`, `overpaid` (more than is owed).
    """
    posting_id = host_statements.pay_host(
        operator_id=operator_id,
        host_id=host_id,
        currency=currency,
        minor=amount_minor,
        reference=reference,
        paid_at=clock.now(),
    )
    detail = {"minor": amount_minor, "currency": currency, "posting": posting_id}
    audit.write_audit(actor, operator_id, "billing.payout_recorded", f"site_host:{host_id}", detail)
    return posting_id


def _case(operator_id: int, review_id: int, note: str) -> tuple[PriceReview, cases.Case]:
    if not note.strip():
        raise Refused("no-reason", _("Say why this is decided so."))
    known = PriceReview.objects.filter(operator_id=operator_id, pk=review_id).first()
    # The charge is locked before the review, in the order in which the pricing of a newer record does it.
    case = None if known is None else cases.open_case(operator_id, known.cdr_id)
    row = PriceReview.objects.select_for_update().filter(operator_id=operator_id, pk=review_id).first()
    if row is None or case is None:
        raise Refused("unknown-review", _("There is no such review."))
    if row.state != PriceReview.State.OPEN:
        raise Refused("review-settled", _("This review was settled already."))
    if not case.is_newest:
        raise Refused("newer-record", _("A newer record of this charge has come. Look at that one."))
    return row, case


def _settle(row: PriceReview, actor: Actor, resolution: str, note: str, **detail: object) -> None:
    reviews.settle(row, resolution=resolution, by=actor.name, note=note)
    audit.write_audit(
        actor,
        row.operator_id,
        f"billing.review_{resolution}",
        f"price_review:{row.pk}",
        {"cdr": row.cdr_id, "note": note, **detail},
    )
