"""The list of charges, what became of their energy, and prices taken back by a person: equal to the books."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.billing.making import FAY, Town, bill_everything
from tests.domain.station_talk import now

from chargehand.domain.billing import (
    actions,
    charge_list,
    corrections,
    invariants,
    invoice_register,
    previews,
    prices,
    queries,
    reconciliation,
)
from chargehand.domain.billing.charge_list import ChargeCursor, ChargeFilter
from chargehand.domain.charging.models import Transaction
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def wanted(**more: object) -> ChargeFilter:
    values = {"since": now() - timedelta(days=9), "until": now() + timedelta(days=9), **more}
    return ChargeFilter(**values)  # type: ignore[arg-type]


def ids(town: Town, **more: object) -> list[int]:
    return [row.id for row in charge_list.list_charges(town.operator_id, wanted(**more)).charges]


def fill(town: Town) -> tuple[int, int, int, int]:
    """A charge that is billed, one without energy, one in review and one that nobody decided about yet."""
    town.tariff()
    billed, empty = town.charge(7000), town.charge(0, minutes=1)
    town.price(billed)
    assert town.decide(empty).kind == "waived"
    doubtful = town.charge(5000)
    town.amend(doubtful, flags=["events-missing"])
    town.review(doubtful)
    waiting = town.charge(2000)
    bill_everything()
    return billed, empty, doubtful, waiting


def test_each_charge_says_what_became_of_its_price(town: Town) -> None:
    billed, empty, doubtful, waiting = fill(town)
    found = {row.id: row for row in charge_list.list_charges(town.operator_id, wanted()).charges}
    assert [found[number].outcome for number in (billed, empty, doubtful, waiting)] == [
        *("priced", "waived", "review", "waiting")
    ]
    row = found[billed]
    assert (row.currency, row.after_minor, row.energy_wh) == ("EUR", 417, Decimal(7000))
    assert (row.invoice_number != "", row.location, row.station) == (True, "Harbour", row.station)
    assert (found[empty].waived_reason, found[empty].is_defect, row.is_defect) == ("tiny", True, False)
    assert charge_list.charge_row(town.operator_id, billed) == row


def test_a_list_is_narrowed_by_problem_text_and_place(town: Town) -> None:
    billed, empty, doubtful, waiting = fill(town)
    assert ids(town) == [waiting, doubtful, empty, billed]
    assert ids(town, problem="no-energy") == ids(town, problem="waived") == [empty]
    assert (ids(town, problem="review"), ids(town, problem="waiting")) == ([doubtful], [waiting])
    assert (ids(town, problem="credited"), ids(town, text="%")) == ([], [])
    assert ids(town, text=str(billed)) == [billed]
    assert ids(town, location_ids=[town.location_id]) == ids(town)
    assert ids(town, location_ids=[town.location_id + 1]) == []
    assert ids(town, until=now() - timedelta(days=8)) == []


def test_pages_follow_each_other_without_gap(town: Town) -> None:
    numbers = fill(town)
    seen, before = [], None
    while True:
        page = charge_list.list_charges(town.operator_id, wanted(), before=before, limit=1)
        seen += [row.id for row in page.charges]
        before = page.before
        if before is None:
            break
        assert isinstance(before, ChargeCursor)
    assert seen == list(reversed(numbers))
    assert [row.id for row in charge_list.all_charges(town.operator_id, wanted())] == seen


def test_totals_are_those_of_the_standing_prices(town: Town) -> None:
    fill(town)
    euros, unpriced = charge_list.total_charges(town.operator_id, wanted())
    assert (euros.currency, euros.charges, euros.energy_wh, euros.after_minor) == (
        "EUR",
        1,
        Decimal(7000),
        417,
    )
    assert (unpriced.currency, unpriced.charges, unpriced.energy_wh) == (None, 3, Decimal(7000))


def test_the_energy_of_the_meters_is_billed_free_in_review_or_waiting(town: Town) -> None:
    fill(town)
    day = now().date()
    rows = reconciliation.energy_by_day(
        town.operator_id, since=day - timedelta(days=9), until=day + timedelta(days=9)
    )
    total = reconciliation.add_energy(rows, day)
    parts = (total.billed_wh, total.free_wh, total.review_wh, total.waiting_wh)
    assert parts == (Decimal(7000), Decimal(0), Decimal(5000), Decimal(2000))
    assert (total.metered_wh, total.unexplained_wh) == (Decimal(14_000), Decimal(0))
    assert (total.charges, total.unbilled, total.defects) == (4, 3, 1)


def test_energy_that_the_price_does_not_know_is_unexplained(town: Town) -> None:
    billed, *_others = fill(town)
    Transaction.objects.filter(pk=billed).update(energy_wh=Decimal(8000))
    day = now().date()
    rows = reconciliation.energy_by_day(
        town.operator_id, since=day - timedelta(days=9), until=day + timedelta(days=9)
    )
    assert reconciliation.add_energy(rows, day).unexplained_wh == Decimal(1000)


def test_a_preview_says_what_the_decision_then_does(town: Town) -> None:
    version = town.tariff()
    number = town.charge(5000)
    town.amend(number, flags=["events-missing"])
    review = town.review(number)
    told = previews.preview_price(town.operator_id, review.id)
    assert (told.version.id, told.replaced, told.rated.after_minor) == (version, None, 298)
    assert queries.standing_price(town.operator_id, number) is None
    actions.price_review(operator_id=town.operator_id, review_id=review.id, actor=FAY, note="Seen")
    standing = queries.standing_price(town.operator_id, number)
    assert standing is not None
    assert standing.rated == told.rated


def test_a_preview_refuses_what_cannot_be_priced(town: Town) -> None:
    town.tariff()
    number = town.charge(None)
    review = town.review(number)
    with pytest.raises(Refused) as refusal:
        previews.preview_price(town.operator_id, review.id)
    assert refusal.value.code == "no-energy"
    with pytest.raises(Refused) as refusal:
        previews.preview_price(town.operator_id, review.id + 1)
    assert refusal.value.code == "unknown-review"


def test_a_price_taken_back_by_a_person_makes_a_credit_note_and_the_books_add_up(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    priced = town.price(number)
    bill_everything()
    corrections.credit_charge(
        operator_id=town.operator_id, priced_id=priced.id, actor=FAY, note="Broken screen"
    )
    bill_everything()
    invoice, note = invoice_register.invoices_of_charge(town.operator_id, number)
    assert (invoice.state, note.kind, note.total_minor) == ("credited", "credit-note", invoice.total_minor)
    assert queries.standing_price(town.operator_id, number) is None
    [waived] = queries.waived_cdrs(town.operator_id, number)
    assert (waived.reason, waived.note, waived.decided_by) == ("by-person", "Broken screen", "Fay")
    assert invariants.find_breaks(clock.now() + timedelta(days=1)) == []
    assert ids(town, problem="credited") == ids(town, problem="waived") == [number]
    with pytest.raises(Refused) as refusal:
        corrections.credit_charge(operator_id=town.operator_id, priced_id=priced.id, actor=FAY, note="Again")
    assert refusal.value.code == "credited-already"


def test_the_fact_of_a_record_seen_again_bills_nothing_that_a_person_took_back(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    priced = town.price(number)
    corrections.credit_charge(operator_id=town.operator_id, priced_id=priced.id, actor=FAY, note="Goodwill")
    prices.price_cdr(town.operator_id, priced.cdr_id)
    bill_everything()
    assert queries.standing_price(town.operator_id, number) is None
    assert invoice_register.invoices_of_charge(town.operator_id, number) == []


def test_a_price_is_not_taken_back_without_a_reason_or_while_a_newer_record_waits(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    priced = town.price(number)
    with pytest.raises(Refused) as refusal:
        corrections.credit_charge(operator_id=town.operator_id, priced_id=priced.id, actor=FAY, note=" ")
    assert refusal.value.code == "no-reason"
    town.amend(number, flags=["events-missing"])
    town.review(number)
    with pytest.raises(Refused) as refusal:
        corrections.credit_charge(operator_id=town.operator_id, priced_id=priced.id, actor=FAY, note="Why")
    assert refusal.value.code == "in-review"
