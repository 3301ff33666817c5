"""Prices of charge detail records: priced and posted once, credited when a newer record comes."""

from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
from django.db import transaction
from django.db.models import Value

from chargehand.domain.billing import gates, postings, reviews
from chargehand.domain.billing.facts import CdrCredited, CdrPriced, CdrWaived
from chargehand.domain.billing.gates import Policy, Problem
from chargehand.domain.billing.models import BillingPolicy, PricedCdr, PriceReview, TariffSnapshot, WaivedCdr
from chargehand.domain.billing.rating import Rated, Record, rate, turn
from chargehand.domain.billing.signed_gate import find_signed_problem
from chargehand.domain.billing.snapshots import fix_tariff
from chargehand.domain.charging import proofs
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.proofs import Proof
from chargehand.domain.charging.queries import CdrView, TransactionView
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.views import TariffVersionView
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.money import MoneyError

SYSTEM: Final = "Chargehand"


class Outcome(msgspec.Struct, frozen=True):
    """What became of a record: `id` names the price or the review; a waiver has none.

    `superseded` says that a newer record of the charge stands in its place.
    """

    kind: Literal["priced", "waived", "review", "superseded"]
    id: int | None = None


class Case(msgspec.Struct, frozen=True):
    """A record with what is needed to decide about it."""

    operator_id: int
    cdr: CdrView
    proof: Proof
    records: tuple[CdrView, ...]
    snapshot: TariffSnapshot

    @property
    def is_newest(self) -> bool:
        """Whether no newer record of the charge has come."""
        return self.records[-1].id == self.cdr.id


@transaction.atomic
def price_cdr(operator_id: int, cdr_id: int) -> Outcome | None:
    """Decide about a record once: price it, waive it, or leave it to a person; None: there is none.

    Only the newest record of a charge counts. When it is priced or waived, a price of an older one is
    credited in the same transaction; while it waits for a person, the older price stands.
    """
    case = open_case(operator_id, cdr_id)
    if case is None:
        return None
    known = _known(cdr_id)
    if known is not None:
        return known
    if not case.is_newest:
        return Outcome("superseded")
    return _decide(case)


def open_case(operator_id: int, cdr_id: int) -> Case | None:
    """Gather what a decision about a record needs, and lock its charge; in the caller's transaction."""
    cdr = charging.cdr(operator_id, cdr_id)
    if cdr is None:
        return None
    snapshot = fix_tariff(operator_id, cdr.transaction_id)
    proof = proofs.proof(operator_id, cdr.transaction_id)
    if snapshot is None or proof is None:
        return None
    return Case(operator_id, cdr, proof, tuple(charging.cdrs(operator_id, cdr.transaction_id)), snapshot)


def policy(operator_id: int) -> Policy:
    """Return what an operator does not bill."""
    row = BillingPolicy.objects.filter(pk=operator_id).first()
    return Policy() if row is None else Policy(row.least_wh, row.short_s)


def _known(cdr_id: int) -> Outcome | None:
    priced = PricedCdr.objects.filter(cdr_id=cdr_id, kind=PricedCdr.Kind.CHARGE)
    waived = WaivedCdr.objects.filter(pk=cdr_id)
    review = PriceReview.objects.filter(cdr_id=cdr_id)
    rows = (priced, "priced"), (waived, "waived"), (review, "review")
    first, *rest = [each.annotate(kind_=Value(kind)).values_list("kind_", "pk") for each, kind in rows]
    found: dict[str, int] = dict(first.union(*rest, all=True))
    if "priced" in found:
        return Outcome("priced", found["priced"])
    if "waived" in found:
        return Outcome("waived")
    return Outcome("review", found["review"]) if found else None


def _decide(case: Case) -> Outcome:
    version_id = case.snapshot.version_id
    if version_id is None and not tariffs.has_assignments(case.operator_id):
        return waive(case, reason="no-tariffs", by=SYSTEM)
    view = case.proof.transaction
    problem = gates.find_problem(
        energy_wh=case.cdr.energy_wh, flags=case.cdr.flags, authorization=view.authorization
    ) or find_signed_problem(case.operator_id, case.cdr, case.proof)
    if problem is not None:
        return _leave(case, problem)
    duration = case.cdr.ended_at - case.cdr.started_at
    energy = case.cdr.energy_wh or Decimal(0)
    if gates.is_waived(
        policy(case.operator_id), energy_wh=energy, duration=duration, stop_reason=view.stop_reason
    ):
        return waive(case, reason="tiny", by=SYSTEM)
    version = None if version_id is None else tariffs.version(case.operator_id, version_id)
    if version is None:
        sentence = "No tariff was assigned when and where this charge began."
        return _leave(case, Problem("tariff", sentence, "choose-tariff"))
    try:
        rated = rate_case(case, version)
    except (TariffError, MoneyError) as error:
        return _leave(case, Problem("price", str(error), "choose-tariff"))
    return charge(case, version, rated, by=SYSTEM)


def rate_case(case: Case, version: TariffVersionView) -> Rated:
    """Price a record by a version. Raises TariffError or MoneyError."""
    record = Record(
        started_at=case.cdr.started_at,
        ended_at=case.cdr.ended_at,
        periods=case.cdr.periods,
        time_zone=case.snapshot.time_zone,
        country=case.snapshot.country,
    )
    return rate(version.tariff, record)


def charge(case: Case, version: TariffVersionView, rated: Rated, *, by: str) -> Outcome:
    """Write the price of a record and post it; an older price of the charge is credited first."""
    if len(case.records) > 1:
        credit_standing(case)
        reviews.supersede(case.operator_id, case.cdr)
    row = _new_charge(case, version, by)
    _fill(row, rated)
    row.posting_id = postings.post_charge(
        operator_id=case.operator_id,
        cdr_id=case.cdr.id,
        customer=row.customer,
        country=row.country,
        rated=rated,
        happened_at=row.ended_at,
    )
    row.save(force_insert=True)
    journal.state(
        [
            CdrPriced(
                happened_at=row.priced_at,
                operator_id=case.operator_id,
                transaction_id=row.transaction_id,
                cdr_id=row.cdr_id,
                priced_id=row.pk,
                currency=row.currency,
                before_minor=row.before_minor,
                after_minor=row.after_minor,
            )
        ]
    )
    return Outcome("priced", row.pk)


def _new_charge(case: Case, version: TariffVersionView, by: str) -> PricedCdr:
    return PricedCdr(
        operator_id=case.operator_id,
        kind=PricedCdr.Kind.CHARGE,
        transaction_id=case.cdr.transaction_id,
        cdr_id=case.cdr.id,
        version_id=version.id,
        customer=_customer(case.proof.transaction),
        time_zone=case.snapshot.time_zone,
        country=case.snapshot.country,
        started_at=case.cdr.started_at,
        ended_at=case.cdr.ended_at,
        energy_wh=case.cdr.energy_wh or Decimal(0),
        priced_at=clock.now(),
        decided_by=by,
    )


def waive(case: Case, *, reason: str, by: str, note: str = "") -> Outcome:
    """Write down that a record is not billed; an older price of the charge is credited."""
    credit_standing(case)
    reviews.supersede(case.operator_id, case.cdr)
    row = WaivedCdr(
        cdr_id=case.cdr.id,
        operator_id=case.operator_id,
        transaction_id=case.cdr.transaction_id,
        reason=reason,
        note=note,
        decided_by=by[:255],
        waived_at=clock.now(),
    )
    row.save(force_insert=True)
    journal.state(
        [
            CdrWaived(
                happened_at=row.waived_at,
                operator_id=case.operator_id,
                transaction_id=case.cdr.transaction_id,
                cdr_id=case.cdr.id,
                reason=reason,
            )
        ]
    )
    return Outcome("waived")


def credit_standing(case: Case) -> None:
    """Take the price of an older record of the charge back by a credit."""
    rows = PricedCdr.objects.filter(transaction_id=case.cdr.transaction_id, kind=PricedCdr.Kind.CHARGE)
    credited = PricedCdr.objects.filter(
        transaction_id=case.cdr.transaction_id, kind=PricedCdr.Kind.CREDIT
    ).values("credits_id")
    for row in rows.exclude(pk__in=credited).order_by("pk"):
        _credit(row)


def _credit(row: PricedCdr) -> None:
    charge_id, charge_posting = row.pk, row.posting_id
    row.pk, row._state.adding = None, True  # noqa: SLF001 -- Django's way to copy a row
    row.kind, row.credits_id, row.priced_at = PricedCdr.Kind.CREDIT, charge_id, clock.now()
    row.posting_id = None
    if charge_posting is not None:
        row.posting_id = postings.post_credit(
            operator_id=row.operator_id,
            cdr_id=row.cdr_id,
            posting_id=charge_posting,
            happened_at=row.priced_at,
        )
    _fill(row, turn(rated_of(row)))
    row.save(force_insert=True)
    journal.state(
        [
            CdrCredited(
                happened_at=row.priced_at,
                operator_id=row.operator_id,
                transaction_id=row.transaction_id,
                cdr_id=row.cdr_id,
                priced_id=row.pk,
                credited_id=charge_id,
                currency=row.currency,
                after_minor=row.after_minor,
            )
        ]
    )


def rated_of(row: PricedCdr) -> Rated:
    """Return the price that a row holds."""
    names = ("currency", "before_minor", "tax_minor", "after_minor", "before_exact", "after_exact")
    told: dict[str, Any] = {name: getattr(row, name) for name in (*names, "lines", "taxes", "trace")}
    return msgspec.convert(told, type=Rated)


def _fill(row: PricedCdr, rated: Rated) -> None:
    for name, value in msgspec.to_builtins(rated).items():
        setattr(row, name, value)


def _customer(view: TransactionView) -> str:
    """Name who owes: the token, else the charge itself."""
    return f"transaction:{view.id}" if view.token_id is None else f"token:{view.token_id}"


def _leave(case: Case, problem: Problem) -> Outcome:
    """Leave a record to a person, with what is known."""
    evidence: dict[str, Any] = {
        "flags": list(case.cdr.flags),
        "energy_wh": None if case.cdr.energy_wh is None else str(case.cdr.energy_wh),
        "authorization": case.proof.transaction.authorization,
        "stop_reason": case.proof.transaction.stop_reason,
        "tariff": case.snapshot.sentences,
    }
    return Outcome("review", reviews.open_review(case.operator_id, case.cdr, problem, evidence))
