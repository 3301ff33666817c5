"""Prices of charge detail records: priced and posted once, credited when a newer record comes."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
from django.db import transaction
from django.db.models import Value

from chargehand.domain.billing import gates, ledger, postings, reviews
from chargehand.domain.billing.cases import Case, open_cases
from chargehand.domain.billing.facts import CdrCredited, CdrPriced, CdrWaived
from chargehand.domain.billing.gates import Policy, Problem
from chargehand.domain.billing.models import BillingPolicy, PricedCdr, PriceReview, WaivedCdr
from chargehand.domain.billing.rating import Rated, Record, rate, turn
from chargehand.domain.billing.signed_gate import find_signed_problem
from chargehand.domain.charging import meter_keys
from chargehand.domain.charging.queries import TransactionView
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.elements import Tariff, TariffError
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


def price_cdr(operator_id: int, cdr_id: int) -> Outcome | None:
    """Decide about a record once: price it, waive it, or leave it to a person; None: there is none.

    Only the newest record of a charge counts. When it is priced or waived, a price of an older one is
    credited in the same transaction; while it waits for a person, the older price stands.
    """
    return price_cdrs(operator_id, [cdr_id]).get(cdr_id)


@transaction.atomic
def price_cdrs(operator_id: int, cdr_ids: Collection[int]) -> dict[int, Outcome]:
    """Decide about records as `price_cdr` does, all or none, and return what became of each."""
    cases = open_cases(operator_id, cdr_ids)
    outcomes = _known(cases)
    due = []
    for cdr_id, case in cases.items():
        if cdr_id not in outcomes and case.is_newest:
            due.append(case)
        else:
            outcomes.setdefault(cdr_id, Outcome("superseded"))
    rules = _rules(operator_id, due)
    charges = []
    for case in due:
        decided = _decide(case, rules)
        if isinstance(decided, Outcome):
            outcomes[case.cdr.id] = decided
        else:
            charges.append(decided)
    for each, outcome in zip(charges, _charge_all(charges, by=SYSTEM), strict=True):
        outcomes[each.case.cdr.id] = outcome
    return outcomes


class _Rules(msgspec.Struct, frozen=True):
    """What decisions of an operator go by: versions of tariffs, ready for pricing, and plugs whose meters sign."""

    policy: Policy
    versions: dict[int, TariffVersionView]
    tariffs: dict[int, Tariff]
    keyed_plugs: set[tuple[int, int]]
    has_prices: bool


class _Charge(msgspec.Struct, frozen=True):
    """A decision to charge a price."""

    case: Case
    version: TariffVersionView
    rated: Rated


def _rules(operator_id: int, cases: Sequence[Case]) -> _Rules:
    wanted = {case.snapshot.version_id for case in cases if case.snapshot.version_id is not None}
    stations = {case.proof.transaction.station_id for case in cases}
    return _Rules(
        policy(operator_id),
        tariffs.versions_named(operator_id, wanted) if wanted else {},
        {},
        meter_keys.keyed_plugs(operator_id, stations) if stations else set(),
        bool(wanted) or tariffs.has_assignments(operator_id),
    )


def policy(operator_id: int) -> Policy:
    """Return what an operator does not bill."""
    row = BillingPolicy.objects.filter(pk=operator_id).first()
    return Policy() if row is None else Policy(row.least_wh, row.short_s)


def _known(cdr_ids: Collection[int]) -> dict[int, Outcome]:
    """Return what became of records that were decided about before."""
    priced = PricedCdr.objects.filter(cdr_id__in=cdr_ids, kind=PricedCdr.Kind.CHARGE)
    waived = WaivedCdr.objects.filter(pk__in=cdr_ids)
    review = PriceReview.objects.filter(cdr_id__in=cdr_ids)
    rows = (priced, "priced"), (waived, "waived"), (review, "review")
    first, *rest = [
        each.annotate(kind_=Value(kind)).values_list("cdr_id", "kind_", "pk") for each, kind in rows
    ]
    told: dict[int, dict[str, int]] = {}
    for cdr_id, kind, number in first.union(*rest, all=True):
        told.setdefault(cdr_id, {})[kind] = number
    return {cdr_id: _outcome(found) for cdr_id, found in told.items()}


def _outcome(found: Mapping[str, int]) -> Outcome:
    if "priced" in found:
        return Outcome("priced", found["priced"])
    if "waived" in found:
        return Outcome("waived")
    return Outcome("review", found["review"])


def _decide(case: Case, rules: _Rules) -> Outcome | _Charge:
    """Waive a record or leave it to a person; else return what is to be charged for it."""
    version_id = case.snapshot.version_id
    if version_id is None and not rules.has_prices:
        return waive(case, reason="no-tariffs", by=SYSTEM)
    view = case.proof.transaction
    problem = gates.find_problem(
        energy_wh=case.cdr.energy_wh, flags=case.cdr.flags, authorization=view.authorization
    )
    if problem is None and (case.proof.signed or (view.station_id, view.evse or 0) in rules.keyed_plugs):
        problem = find_signed_problem(case.operator_id, case.cdr, case.proof)
    if problem is not None:
        return _leave(case, problem)
    duration = case.cdr.ended_at - case.cdr.started_at
    energy = case.cdr.energy_wh or Decimal(0)
    if gates.is_waived(rules.policy, energy_wh=energy, duration=duration, stop_reason=view.stop_reason):
        return waive(case, reason="tiny", by=SYSTEM)
    version = None if version_id is None else rules.versions.get(version_id)
    if version is None:
        sentence = "No tariff was assigned when and where this charge began."
        return _leave(case, Problem("tariff", sentence, "choose-tariff"))
    try:
        if version.id not in rules.tariffs:
            rules.tariffs[version.id] = version.tariff
        return _Charge(case, version, _rate(case, rules.tariffs[version.id]))
    except (TariffError, MoneyError) as error:
        return _leave(case, Problem("price", str(error), "choose-tariff"))


def rate_case(case: Case, version: TariffVersionView) -> Rated:
    """Price a record by a version. Raises TariffError or MoneyError."""
    return _rate(case, version.tariff)


def _rate(case: Case, tariff: Tariff) -> Rated:
    record = Record(
        started_at=case.cdr.started_at,
        ended_at=case.cdr.ended_at,
        periods=case.cdr.periods,
        time_zone=case.snapshot.time_zone,
        country=case.snapshot.country,
    )
    return rate(tariff, record)


def charge(case: Case, version: TariffVersionView, rated: Rated, *, by: str) -> Outcome:
    """Write the price of a record and post it; an older price of the charge is credited first."""
    return _charge_all([_Charge(case, version, rated)], by=by)[0]


def _charge_all(charges: Sequence[_Charge], *, by: str) -> list[Outcome]:
    """Write prices of records of one operator and post them; return what became of each."""
    if not charges:
        return []
    operator_id = charges[0].case.operator_id
    for each in charges:
        if len(each.case.records) > 1:
            credit_standing(each.case)
            reviews.supersede(operator_id, each.case.cdr)
    rows = [_new_charge(each, by) for each in charges]
    events = [
        postings.charge_event(
            cdr_id=row.cdr_id,
            customer=row.customer,
            country=row.country,
            rated=each.rated,
            happened_at=row.ended_at,
        )
        for row, each in zip(rows, charges, strict=True)
    ]
    posted = iter(ledger.post_all(operator_id=operator_id, events=[each for each in events if each]))
    for row, event in zip(rows, events, strict=True):
        row.posting_id = next(posted) if event else None
    PricedCdr.objects.bulk_create(rows)
    journal.state([_priced(row) for row in rows])
    return [Outcome("priced", row.pk) for row in rows]


def _priced(row: PricedCdr) -> CdrPriced:
    return CdrPriced(
        happened_at=row.priced_at,
        operator_id=row.operator_id,
        transaction_id=row.transaction_id,
        cdr_id=row.cdr_id,
        priced_id=row.pk,
        currency=row.currency,
        before_minor=row.before_minor,
        after_minor=row.after_minor,
    )


def _new_charge(each: _Charge, by: str) -> PricedCdr:
    case = each.case
    row = PricedCdr(
        operator_id=case.operator_id,
        kind=PricedCdr.Kind.CHARGE,
        transaction_id=case.cdr.transaction_id,
        cdr_id=case.cdr.id,
        version_id=each.version.id,
        customer=_customer(case.proof.transaction),
        time_zone=case.snapshot.time_zone,
        country=case.snapshot.country,
        started_at=case.cdr.started_at,
        ended_at=case.cdr.ended_at,
        energy_wh=case.cdr.energy_wh or Decimal(0),
        priced_at=clock.now(),
        decided_by=by,
    )
    _fill(row, each.rated)
    return row


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
