"""What a person decides about records under review, and about what is too little to bill."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.domain.billing.making import FAY, SIMPLE, Town, bill_everything
from tests.domain.station_talk import now

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import actions, invariants, prices, queries, statements
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.gates import Policy
from chargehand.domain.billing.models import Posting
from chargehand.domain.charging import resolutions
from chargehand.domain.charging.repair_queue import repair_cases
from chargehand.domain.tariffs.views import Place
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def _refusal(act: Any, town: Town, review_id: int, **more: Any) -> str:
    with pytest.raises(Refused) as refusal:
        act(operator_id=town.operator_id, review_id=review_id, actor=FAY, **{"note": "seen", **more})
    return refusal.value.code


def _breaks() -> list[str]:
    bill_everything()
    return invariants.find_breaks(clock.now() + timedelta(days=1))


def _without_events(town: Town) -> int:
    """A charge of a 2.x station one of whose messages never came."""
    began = now() - timedelta(hours=2)
    number = town.talk.start(at=began, meter=100, ref="tx-1", seq=0)
    town.talk.stop(number, at=began + timedelta(minutes=60), meter=4100, ref="tx-1", seq=2)
    return number


def test_an_incomplete_record_is_priced_once_somebody_says_so(operator: Operator) -> None:
    town = Town(operator, version=201)
    town.tariff()
    number = _without_events(town)
    review = town.review(number)
    assert (review.kind, review.state, Posting.objects.count()) == ("incomplete", "open", 0)
    assert _breaks() == []
    about: dict[str, Any] = {"operator_id": operator.pk, "review_id": review.id, "actor": FAY}
    outcome = actions.price_review(note="The meter is sound.", **about)
    priced = queries.standing_price(operator.pk, number)
    assert priced is not None
    assert (outcome.id, priced.rated.before_minor, priced.decided_by) == (priced.id, 200, "Fay")
    [entry] = audit.list_audit(operator.pk, subject=f"price_review:{review.id}").entries
    assert (entry.action, entry.detail["note"]) == ("billing.review_priced", "The meter is sound.")
    assert town.decide(number) == outcome
    assert _refusal(actions.price_review, town, review.id) == "review-settled"
    assert _breaks() == []


def test_an_incomplete_record_prices_itself_when_the_message_comes(operator: Operator) -> None:
    town = Town(operator, version=201)
    town.tariff()
    number = _without_events(town)
    review = town.review(number)
    town.talk.update(now() - timedelta(minutes=90), ref="tx-1", seq=1)
    assert town.price(number).rated.before_minor == 200
    settled = queries.price_review(operator.pk, review.id)
    assert settled is not None
    assert (settled.resolution, settled.resolved_by) == ("superseded", "Chargehand")
    assert _breaks() == []


def test_a_record_without_energy_is_never_priced_before_it_is_repaired(town: Town) -> None:
    town.tariff()
    number = town.charge(None)
    town.amend(number, meter_stop_wh=200)
    review = town.review(number)
    assert (review.kind, review.suggestion) == ("meter", "settle-repair")
    assert _refusal(actions.price_review, town, review.id) == "no-energy"
    [case] = [each for each in repair_cases(town.operator_id).cases if each.transaction_id == number]
    resolutions.set_energy(
        operator_id=town.operator_id, case_id=case.id, energy_wh=Decimal(6000), actor=FAY, note="Read off."
    )
    assert town.price(number).rated.before_minor == 300
    assert _breaks() == []


def test_a_waived_review_bills_nothing_and_takes_the_old_price_back(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    town.price(number)
    prices.price_cdr(town.operator_id, town.amend(number, meter_stop_wh=500))
    [review] = queries.price_reviews(town.operator_id).reviews
    outcome = actions.waive_review(
        operator_id=town.operator_id, review_id=review.id, actor=FAY, note="Charger was broken."
    )
    assert outcome.kind == "waived"
    [waived] = queries.waived_cdrs(town.operator_id, number)
    assert (waived.reason, waived.note, waived.decided_by) == ("by-person", "Charger was broken.", "Fay")
    assert queries.standing_price(town.operator_id, number) is None
    [owed] = statements.balances(town.operator_id, kind=AccountKind.RECEIVABLE)
    assert owed.posted_minor == 0
    assert _breaks() == []


def test_a_person_chooses_the_tariff_where_none_was_assigned(town: Town) -> None:
    version = town.tariff(place=Place(station_id=town.talk.station_id, evse=9))
    number = town.charge(1000)
    review = town.review(number)
    assert _refusal(actions.price_review, town, review.id) == "no-tariff"
    assert _refusal(actions.price_review, town, review.id, version_id=10**6) == "unknown-version"
    actions.price_review(
        operator_id=town.operator_id, review_id=review.id, actor=FAY, note="As agreed.", version_id=version
    )
    found = queries.standing_price(town.operator_id, number)
    assert found is not None
    assert (found.version_id, found.rated.before_minor) == (version, 50)


def test_a_tariff_that_cannot_price_is_refused_in_its_own_words(town: Town) -> None:
    town.tariff(
        {
            **SIMPLE,
            "tax_included": "YES",
            "elements": [{"price_components": [{"type": "ENERGY", "price": 1, "step_size": 1}]}],
        }
    )
    assert _refusal(actions.price_review, town, town.review(town.charge()).id) == "cannot-price"


def test_a_decision_needs_a_reason_the_right_operator_and_the_newest_record(
    town: Town, other_operator: Operator
) -> None:
    town.tariff()
    number = town.charge(None)
    review = town.review(number)
    assert _refusal(actions.waive_review, town, review.id, note=" ") == "no-reason"
    assert _refusal(actions.waive_review, town, review.id + 1) == "unknown-review"
    with pytest.raises(Refused, match="no such review"):
        actions.waive_review(operator_id=other_operator.pk, review_id=review.id, actor=FAY, note="x")
    town.amend(number, meter_stop_wh=4000)
    assert _refusal(actions.waive_review, town, review.id) == "newer-record"
    assert queries.price_review(other_operator.pk, review.id) is None


def test_an_unauthorised_charge_waits_for_a_person(town: Town) -> None:
    town.tariff()
    began = now() - timedelta(hours=2)
    number = town.talk.start(at=began, meter=0, token="STRANGER")
    town.talk.stop(number, at=began + timedelta(hours=1), meter=5000)
    assert town.review(number).kind == "authorization"


@pytest.mark.parametrize(("state", "lines"), [("SuspendedEVSE", 1), ("SuspendedEV", 2)])
def test_no_idle_fee_is_taken_for_the_chargers_own_pause(town: Town, state: str, lines: int) -> None:
    town.tariff()
    began = now() - timedelta(hours=3)
    number = town.talk.start(at=began, meter=0)
    town.talk.status("Charging", at=began + timedelta(seconds=2))
    town.talk.status(state, at=began + timedelta(minutes=30))
    town.talk.stop(number, at=began + timedelta(minutes=90), meter=6000)
    priced = town.price(number)
    assert [line.type for line in priced.rated.lines] == ["ENERGY", "PARKING_TIME"][:lines]
    assert priced.rated.before_minor == 300 + 200 * (lines - 1)


def test_tiny_charges_are_free_by_the_operators_own_policy(town: Town) -> None:
    town.tariff()
    assert queries.policy(town.operator_id) == Policy()
    assert town.decide(town.charge(99, minutes=4)).kind == "waived"
    actions.set_policy(operator_id=town.operator_id, policy=Policy(0, 0), actor=FAY)
    assert town.decide(town.charge(99, minutes=4)).kind == "priced"
    actions.set_policy(operator_id=town.operator_id, policy=Policy(1000, 600), actor=FAY)
    assert town.decide(town.charge(900, minutes=9)).kind == "waived"
    [first, *_] = audit.list_audit(town.operator_id, subject=f"operator:{town.operator_id}").entries
    assert (first.action, first.detail) == ("billing.policy_set", {"least_wh": 1000, "short_s": 600})


@pytest.mark.parametrize("policy", [Policy(-1, 0), Policy(100_001, 0), Policy(0, 86_401)])
def test_a_policy_without_sense_is_refused(town: Town, policy: Policy) -> None:
    with pytest.raises(Refused) as refusal:
        actions.set_policy(operator_id=town.operator_id, policy=policy, actor=FAY)
    assert refusal.value.code == "bad-policy"


def test_reviews_are_stated_when_opened_and_when_settled(town: Town) -> None:
    town.tariff()
    number = town.charge(None)
    review = town.review(number)
    assert town.decide(number) == prices.Outcome("review", review.id)
    actions.waive_review(operator_id=town.operator_id, review_id=review.id, actor=FAY, note="Broken.")
    names = (
        StatedFact.objects.filter(name__startswith="billing.").order_by("pk").values_list("name", flat=True)
    )
    assert list(names) == [
        "billing.PriceReviewOpened",
        "billing.CdrWaived",
        "billing.PriceReviewSettled",
    ]
