"""Large credits need a second person, however they are split and whichever way they are tried."""

from __future__ import annotations

import pytest
from tests.domain.billing.making import FAY, Town, bill_everything

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing import actions, corrections, customers, invoices, queries, second_person
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.models import PricedCdr
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

MAX = Actor("user", 10, "Max")


def allow(town: Town, major: int | None) -> None:
    second_person.set_threshold(operator_id=town.operator_id, major=major, actor=FAY)


def price(town: Town, wh: int = 7000) -> int:
    return town.price(town.charge(wh)).id


def refusal(act: object, **about: object) -> str:
    assert callable(act)
    with pytest.raises(Refused) as found:
        act(**about)
    return found.value.code


def test_one_person_takes_back_up_to_the_threshold_and_no_more(town: Town) -> None:
    town.tariff()
    small, large = price(town, 7000), price(town, 20_000)
    allow(town, 5)
    about = {"operator_id": town.operator_id, "actor": FAY, "note": "Goodwill"}
    assert corrections.credit_charge(priced_id=small, **about).kind == "waived"  # type: ignore[arg-type]
    assert refusal(corrections.credit_charge, priced_id=large, **about) == "second-person"
    assert queries.priced_cdr(town.operator_id, large).credited_by is None  # type: ignore[union-attr]
    allow(town, None)
    assert corrections.credit_charge(priced_id=large, **about).kind == "waived"  # type: ignore[arg-type]


def test_another_person_grants_what_was_asked_for_and_both_are_named(town: Town) -> None:
    town.tariff()
    priced_id = price(town)
    allow(town, 0)
    asked = {"operator_id": town.operator_id, "priced_id": priced_id, "actor": FAY, "note": "Goodwill"}
    request_id = second_person.ask_for_credit(**asked)  # type: ignore[arg-type]
    assert second_person.ask_for_credit(**asked) == request_id  # type: ignore[arg-type]
    grant = {"operator_id": town.operator_id, "request_id": request_id}
    assert refusal(corrections.grant_credit, actor=FAY, **grant) == "same-person"
    assert [each.state for each in second_person.credit_requests(town.operator_id)] == ["open"]
    corrections.grant_credit(operator_id=town.operator_id, request_id=request_id, actor=MAX)
    assert PricedCdr.objects.get(credits_id=priced_id).after_minor == -417
    [done] = second_person.credit_requests(town.operator_id, state="granted")
    assert (done.asked_by, done.decided_by) == ("Fay", "Max")
    told = [each.action for each in audit.list_audit(town.operator_id).entries]
    assert {"billing.credit_asked", "billing.credit_granted", "billing.price_credited"} <= set(told)
    assert refusal(corrections.grant_credit, actor=MAX, **grant) == "decided-already"


def test_a_refused_request_leaves_the_price_and_may_be_asked_again(town: Town) -> None:
    town.tariff()
    priced_id = price(town)
    allow(town, 0)
    asked = {"operator_id": town.operator_id, "priced_id": priced_id, "actor": FAY, "note": "Goodwill"}
    first = second_person.ask_for_credit(**asked)  # type: ignore[arg-type]
    corrections.refuse_credit(operator_id=town.operator_id, request_id=first, actor=FAY)
    assert not PricedCdr.objects.filter(credits_id=priced_id).exists()
    assert second_person.ask_for_credit(**asked) != first  # type: ignore[arg-type]


def test_parts_of_an_invoice_count_together(town: Town) -> None:
    town.tariff()
    details = CustomerDetails(party=Party(name="Acme", country="DE"), mode="monthly")
    customer_id = customers.add_customer(
        operator_id=town.operator_id, details=details, actor=FAY, token_ids=[town.token_id]
    )
    town.begins = town.begins.replace(year=town.begins.year - 1, month=6, day=3)
    first, second, third = (price(town) for _ in range(3))
    invoices.issue_month(town.operator_id, customer_id, now=clock.now())
    allow(town, 9)
    about = {"operator_id": town.operator_id, "actor": FAY, "note": "Goodwill"}
    for priced_id in (first, second):
        corrections.credit_charge(priced_id=priced_id, **about)  # type: ignore[arg-type]
    assert refusal(corrections.credit_charge, priced_id=third, **about) == "second-person"


def test_a_review_is_no_way_around_and_two_people_settle_it(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    standing = town.price(number)
    bill_everything()
    town.amend(number, flags=["events-missing"], meter_stop_wh=9000)
    review = town.review(number)
    allow(town, 1)
    about = {"operator_id": town.operator_id, "review_id": review.id, "actor": FAY, "note": "Goodwill"}
    assert refusal(actions.waive_review, **about) == "second-person"
    request_id = second_person.ask_for_credit(
        operator_id=town.operator_id, priced_id=standing.id, actor=FAY, note="Goodwill"
    )
    corrections.grant_credit(operator_id=town.operator_id, request_id=request_id, actor=MAX)
    settled = queries.price_review(town.operator_id, review.id)
    assert settled is not None
    assert (settled.state, settled.resolution) == ("resolved", "waived")
    assert PricedCdr.objects.filter(credits_id=standing.id).exists()


def test_nothing_of_another_operator_is_asked_or_granted(town: Town) -> None:
    town.tariff()
    priced_id = price(town)
    other = town.operator_id + 1
    assert (
        refusal(second_person.ask_for_credit, operator_id=other, priced_id=priced_id, actor=FAY, note="x")
        == "unknown-price"
    )
    mine = second_person.ask_for_credit(
        operator_id=town.operator_id, priced_id=priced_id, actor=FAY, note="x"
    )
    assert (
        refusal(corrections.grant_credit, operator_id=other, request_id=mine, actor=MAX) == "unknown-request"
    )
    assert refusal(second_person.set_threshold, operator_id=other, major=-1, actor=FAY) == "bad-threshold"
