"""What meters and clocks get wrong: never billed by a guess, never to the wrong driver, never for idle time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.domain.billing.making import FAY, Town
from tests.domain.station_talk import Talk, now, reading
from tests.domain.tariffs.making import component, element, tariff
from tests.following import follow_all

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import queries, statements
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.models import Invoice, Posting
from chargehand.domain.billing.queries import PriceReviewView
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations.events import Reading, SeriesKey, TransactionReported
from chargehand.domain.tokens import actions as tokens

pytestmark = pytest.mark.django_db(transaction=True)

BY_TIME = tariff(element(component("TIME", "6.00", vat="19"), component("PARKING_TIME", "60.00", vat="19")))
NIGHT = tariff(
    element(component("TIME", "6.00", vat="19"), start_time="02:00", end_time="03:00"),
    element(component("TIME", "1.00", vat="19")),
)


@pytest.fixture
def town(operator: Operator) -> Town:
    return Town(operator)


def settle() -> None:
    """Let everybody follow until nothing is left."""
    follow_all()


def before_taxes(town: Town, number: int) -> int:
    """Return what a charge costs in minor units before taxes."""
    settle()
    found = queries.standing_price(town.operator_id, number)
    assert found is not None
    return found.rated.before_minor


def the_review(town: Town) -> PriceReviewView:
    """Return the one case that waits for a person, and see that nobody owes anything."""
    settle()
    [review] = queries.price_reviews(town.operator_id).reviews
    assert not Posting.objects.exists()
    assert not Invoice.objects.exists()
    return review


def test_an_offline_charge_that_begins_at_zero_waits_for_a_person_and_owes_nothing(town: Town) -> None:
    town.tariff()
    number = town.talk.start(at=town.begins, meter=0, is_offline=True)
    town.talk.stop(number, at=town.begins + timedelta(hours=1), meter=910_083)
    review = the_review(town)
    assert (review.kind, review.suggestion) == ("meter", "settle-repair")


def test_time_is_billed_while_the_car_charges_and_not_by_the_clock_on_the_wall(town: Town) -> None:
    town.tariff(tariff(element(component("TIME", "6.00", vat="19"))))
    number = town.talk.start(at=town.begins, meter=1000)
    town.talk.status("Charging", at=town.begins)
    town.talk.meter(number, town.begins + timedelta(minutes=40), register=8000)
    town.talk.status("SuspendedEV", at=town.begins + timedelta(minutes=40))
    town.talk.stop(number, at=town.begins + timedelta(hours=2), meter=8000)
    assert before_taxes(town, number) == 400


@pytest.mark.parametrize("phases", [("",), ("L1", "L2", "L3"), ("", "L1", "L2", "L3")])
def test_energy_is_found_whether_told_in_total_or_by_phase(
    operator: Operator, phases: tuple[str, ...]
) -> None:
    town = Town(operator, version=201)
    town.tariff()
    number = town.talk.start(at=town.begins, meter=None, ref="T1", charging_state="Charging")
    for minutes, wh in ((0, 3000), (30, 6000), (60, 9000)):
        at = town.begins + timedelta(minutes=minutes)
        town.talk.update(at, ref="T1", readings=[by_phase(at, wh, phases)])
    town.talk.stop(number, at=town.begins + timedelta(hours=1), ref="T1")
    assert before_taxes(town, number) == 300


def by_phase(at: datetime, wh: int, phases: tuple[str, ...]) -> Reading:
    """Return a register as a total, or a third of it on each phase."""
    keys: list[tuple[SeriesKey, str]] = [
        (
            ("Energy.Active.Import.Register", phase, "Outlet", "Sample.Periodic", "Wh"),
            str(wh if not phase else wh // 3),
        )
        for phase in phases
    ]
    return Reading(at, keys)


def test_a_register_that_begins_at_zero_after_a_restart_loses_and_doubles_nothing(town: Town) -> None:
    town.tariff(tariff(element(component("ENERGY", "0.50", vat="19"))))
    number = town.talk.start(at=town.begins, meter=100_000)
    for minutes, register in ((10, 101_500), (20, 103_000), (30, 200), (40, 1000), (50, 2000)):
        town.talk.meter(number, town.begins + timedelta(minutes=minutes), register=register)
    town.talk.stop(number, at=town.begins + timedelta(hours=1), meter=2000)
    assert before_taxes(town, number) == 250


@pytest.mark.parametrize("stop", [-1, 0, 400])
def test_a_meter_that_ends_below_its_start_is_never_negative_and_waits_for_a_person(
    town: Town, stop: int
) -> None:
    town.tariff()
    number = town.talk.start(at=town.begins, meter=50_000)
    town.talk.stop(number, at=town.begins + timedelta(hours=1), meter=stop)
    assert the_review(town).kind == "meter"


def test_a_transaction_number_told_by_another_station_ends_and_bills_no_strangers_charge(
    town: Town,
) -> None:
    town.tariff()
    other = Talk(town.operator_id, "CP-2")
    number = town.talk.start(at=town.begins, meter=1000)
    other.stop(number, at=town.begins + timedelta(minutes=10), meter=90_000)
    settle()
    assert Transaction.objects.get(pk=number).state == "open"
    town.talk.stop(number, at=town.begins + timedelta(hours=1), meter=3000)
    assert before_taxes(town, number) == 100


def test_two_stations_that_give_their_charges_one_name_are_billed_each_to_its_own_driver(
    operator: Operator,
) -> None:
    town = Town(operator, version=201)
    town.tariff()
    tokens.issue_token(operator_id=operator.pk, uid="CARD2", actor=FAY)
    other = Talk(operator.pk, "CP-2", version=201)
    own = town.talk.start(at=town.begins, meter=1000, ref="1")
    theirs = other.start(at=town.begins, meter=1000, ref="1", token="CARD2")
    other.stop(theirs, at=town.begins + timedelta(hours=1), meter=4000, ref="1")
    town.talk.stop(own, at=town.begins + timedelta(hours=1), meter=2000, ref="1")
    assert [before_taxes(town, number) for number in (own, theirs)] == [50, 150]
    owed = statements.balances(operator.pk, kind=AccountKind.RECEIVABLE)
    assert {each.detail: each.posted_minor for each in owed}[f"token:{town.token_id}"] == 60


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        (datetime(1970, 1, 1, 0, 4, tzinfo=UTC), None),
        (None, datetime(1970, 1, 1, 1, tzinfo=UTC)),
        (None, datetime(2099, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_clock_that_cannot_be_right_prices_nothing(
    town: Town, began: datetime | None, ended: datetime | None
) -> None:
    town.tariff(BY_TIME)
    at = now() - timedelta(hours=1)
    number = town.talk.start(at=began or at, meter=1000)
    town.talk.say(
        TransactionReported(
            kind="ended", ref=str(number), time=ended or at + timedelta(minutes=30), meter_wh=Decimal(4000)
        ),
        "StopTransaction",
        at + timedelta(minutes=30),
    )
    assert the_review(town).kind == "clock"


@pytest.mark.parametrize(
    ("begins", "hours", "cost"),
    [
        # 25 hours: the hour from 02:00 comes twice, and both cost the price of the night.
        (datetime(2025, 10, 25, 23, 30, tzinfo=UTC), 3, 2 * 600 + 100),
        # 23 hours: it never comes.
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 2, 200),
        # Any other night.
        (datetime(2026, 3, 30, 23, 30, tzinfo=UTC), 3, 600 + 200),
    ],
)
def test_when_the_clocks_change_each_hour_costs_what_the_wall_says_and_lasts_what_it_lasts(
    town: Town, begins: datetime, hours: int, cost: int
) -> None:
    town.tariff(NIGHT)
    number = town.talk.start(at=begins, meter=1000)
    town.talk.stop(number, at=begins + timedelta(hours=hours), meter=9000)
    assert before_taxes(town, number) == cost


@pytest.mark.parametrize("version", [16, 201])
def test_nobody_pays_for_standing_while_the_charger_or_the_grid_holds_the_energy_back(
    operator: Operator, version: int
) -> None:
    town = Town(operator, version=version)
    town.tariff(tariff(element(component("PARKING_TIME", "60.00", vat="19"))))
    ref = None if version == 16 else "T1"
    at = town.begins
    number = town.talk.start(at=at, meter=1000, ref=ref)
    for minutes, state in ((10, "SuspendedEVSE"), (40, "Charging"), (50, "SuspendedEV")):
        moment = at + timedelta(minutes=minutes)
        if ref is None:
            town.talk.status(state, at=moment)
            town.talk.meter(number, moment, register=1000 + minutes * 100)
        else:
            readings = [reading(moment, register=1000 + minutes * 100)]
            town.talk.update(moment, ref=ref, charging_state=state, readings=readings)
    town.talk.stop(number, at=at + timedelta(hours=1), meter=6000, ref=ref)
    assert before_taxes(town, number) == 1000
    assert queries.standing_price(town.operator_id, number) is not None
    [line] = [each for each in lines_of(town, number) if each[0] == "PARKING_TIME"]
    assert Decimal(line[1]) * 60 == pytest.approx(Decimal(10))


def lines_of(town: Town, number: int) -> list[tuple[str, str]]:
    """Return type and volume of the lines of a charge."""
    found = queries.standing_price(town.operator_id, number)
    assert found is not None
    return [(line.type, line.volume) for line in found.rated.lines]
