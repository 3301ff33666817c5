"""What a charge costs so far is what its record would cost, and at the end what it does cost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domain.billing.making import FAY, SIMPLE, Town
from tests.domain.station_talk import Talk, now, reading
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import prices, queries
from chargehand.domain.billing.actions import set_policy
from chargehand.domain.billing.gates import Policy
from chargehand.domain.billing.models import TariffSnapshot
from chargehand.domain.billing.running import RunningCost, running_cost, running_costs
from chargehand.domain.charging.models import Transaction

pytestmark = pytest.mark.django_db

DAY_AND_NIGHT = tariff(
    element(component("FLAT", "0.35", vat="19")),
    element(
        component("ENERGY", "0.59", vat="19"),
        component("TIME", "1.20", vat="19"),
        start_time="08:00",
        end_time="20:00",
    ),
    element(component("ENERGY", "0.41", vat="7"), component("PARKING_TIME", "6.00", vat="19")),
    id="DAY",
)


def cost(town: Town, number: int, **more: Any) -> RunningCost:
    found = running_cost(town.operator_id, number, **more)
    assert found is not None
    return found


def test_the_cost_rises_with_the_readings_and_says_how_old_they_are(town: Town) -> None:
    version = town.tariff()
    began = now() - timedelta(minutes=30)
    number = town.talk.start(at=began, meter=1000)
    town.talk.meter(number, began + timedelta(minutes=10), register=3000)
    first = cost(town, number, at=began + timedelta(minutes=10))
    town.talk.meter(number, began + timedelta(minutes=20), register=5000)
    second = cost(town, number)
    assert [first.after_minor, second.after_minor] == [119, 238]
    assert (second.before_minor, second.after_exact, second.currency) == (200, "2.38", "EUR")
    assert (second.energy_wh, second.as_of) == (Decimal(4000), began + timedelta(minutes=20))
    assert (second.version_id, second.is_final) == (version, False)
    assert [line.type for line in second.lines] == ["ENERGY", "PARKING_TIME"][: len(second.lines)]


def test_the_tariff_is_fixed_by_the_question_and_stays(town: Town) -> None:
    town.tariff()
    began = now() - timedelta(minutes=30)
    number = town.talk.start(at=began, meter=0)
    town.talk.meter(number, began + timedelta(minutes=20), register=2000)
    before = cost(town, number)
    assert TariffSnapshot.objects.filter(pk=number).exists()
    town.tariff(tariff(element(component("ENERGY", "9.99")), id="DEAR"), priority=9)
    assert cost(town, number) == before


@pytest.mark.parametrize("why", ["no-reading", "no-tariff", "refused", "impossible"])
def test_what_is_not_known_has_no_cost(town: Town, why: str) -> None:
    if why != "no-tariff":
        town.tariff()
    began = now() - timedelta(minutes=30)
    number = town.talk.start(at=began, meter=0)
    if why == "refused":
        Transaction.objects.filter(pk=number).update(authorization="Blocked")
    if why != "no-reading":
        told = 9_000_000_000 if why == "impossible" else 2000
        town.talk.meter(number, began + timedelta(minutes=20), register=told)
    assert running_cost(town.operator_id, number) is None


def test_another_operator_learns_nothing(town: Town, other_operator: Operator) -> None:
    town.tariff()
    number = town.charge()
    assert running_cost(other_operator.pk, number) is None
    assert not TariffSnapshot.objects.exists()


def test_a_charge_that_is_over_costs_what_its_record_costs_before_and_after_it_is_priced(town: Town) -> None:
    town.tariff()
    number = town.charge(7123)
    before = cost(town, number)
    priced = town.price(number)
    after = cost(town, number)
    assert (before.after_minor, before.is_final) == (priced.rated.after_minor, True)
    assert before == after


def test_what_a_person_must_decide_is_unknown_and_what_is_waived_is_free(town: Town) -> None:
    town.tariff()
    doubtful = town.charge(9_000_000_000)
    town.review(doubtful)
    assert running_cost(town.operator_id, doubtful) is None
    tiny = town.charge(20, minutes=2)
    before = cost(town, tiny)
    assert town.decide(tiny).kind == "waived"
    assert (before.after_minor, before) == (0, cost(town, tiny))


def test_idle_time_counts_up_to_the_moment_of_the_question(town: Town) -> None:
    town.tariff()
    began = now() - timedelta(hours=2)
    number = town.talk.start(at=began, meter=0)
    town.talk.status("Charging", at=began)
    town.talk.meter(number, began + timedelta(hours=1), register=2000)
    town.talk.status("SuspendedEV", at=began + timedelta(hours=1))
    assert cost(town, number, at=began + timedelta(hours=1)).before_minor == 100
    assert cost(town, number, at=began + timedelta(hours=2)).before_minor == 300


def test_many_charges_take_as_many_queries_as_one(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    numbers = []
    for index in range(6):
        talk = Talk(operator.pk, identity=f"MANY-{index}")
        began = now() - timedelta(minutes=30)
        numbers.append(talk.start(at=began, meter=0))
        talk.meter(numbers[-1], began + timedelta(minutes=20), register=1000 * (index + 1))
    running_costs(operator.pk, numbers)
    counts = []
    for some in (numbers[:1], numbers):
        with CaptureQueriesContext(connection) as queried:
            found = running_costs(operator.pk, some)
        counts.append(len(queried))
    assert counts[0] == counts[1]
    assert [found[number].before_minor for number in numbers] == [50, 100, 150, 200, 250, 300]


steps = st.lists(
    st.tuples(
        st.integers(1, 45),
        st.integers(0, 9000),
        st.sampled_from(["Charging", "SuspendedEV", "SuspendedEVSE"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps, version=st.sampled_from([16, 201]), prices_of=st.sampled_from([SIMPLE, DAY_AND_NIGHT]))
def test_the_cost_after_the_last_reading_is_the_price_of_the_record(
    operator: Operator, steps: list[tuple[int, int, str]], version: int, prices_of: dict[str, Any]
) -> None:
    with transaction.atomic():
        _compare(Town(operator, version=version), steps, prices_of)
        transaction.set_rollback(True)


def _compare(town: Town, steps: list[tuple[int, int, str]], prices_of: dict[str, Any]) -> None:
    set_policy(operator_id=town.operator_id, policy=Policy(0, 0), actor=FAY)
    town.tariff(prices_of)
    at = now() - timedelta(hours=20)
    ref = None if town.talk.version == 16 else "T1"
    number = town.talk.start(at=at, meter=1000, ref=ref)
    register = 1000
    for minutes, wh, state in steps:
        at += timedelta(minutes=minutes)
        register += wh
        if ref is None:
            town.talk.status(state, at=at)
            town.talk.meter(number, at, register=register)
        else:
            town.talk.update(at, ref=ref, charging_state=state, readings=[reading(at, register=register)])
    running = running_cost(town.operator_id, number, at=at)
    town.talk.stop(number, at=at, meter=register, ref=ref)
    ended = running_cost(town.operator_id, number)
    outcome = prices.price_cdr(town.operator_id, town.issue(number))
    priced = queries.standing_price(town.operator_id, number)
    if priced is None:
        assert (outcome and outcome.kind, running, ended) == ("review", None, None)
        return
    assert running is not None
    assert ended is not None
    assert running.lines == ended.lines == priced.rated.lines
    assert running.after_exact == ended.after_exact == priced.rated.after_exact
    assert running.after_minor == ended.after_minor == priced.rated.after_minor
    assert msgspec.structs.replace(running, is_final=True, as_of=ended.as_of) == ended
