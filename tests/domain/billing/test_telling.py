"""Stations that say they can show it are told what charges cost: not too often, not twice, and at the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from tests.domain.billing.making import SIMPLE, Town
from tests.domain.station_talk import Talk, now, reading
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import followers, queries, telling
from chargehand.domain.billing.facts import CdrPriced
from chargehand.domain.billing.models import ToldCost
from chargehand.domain.billing.running import running_cost
from chargehand.domain.charging.facts import TransactionStarted
from chargehand.domain.stations.commands import ShowCost, ShowPrice
from chargehand.domain.stations.events import Booted, VariableReported, VariablesReported
from chargehand.domain.stations.facts import RequestAnswered
from chargehand.kernel.facts import Fact

pytestmark = pytest.mark.django_db

CAN_SHOW = {"Available.Cost": "true", "Enabled.Cost": "true", "Enabled.Tariff": "true", "Currency": "EUR"}


def report(talk: Talk, **values: str) -> None:
    """Report parts of TariffCostCtrlr, or keys of 1.6."""
    variables = []
    for name, value in values.items():
        variable, _, instance = name.partition(".")
        component_ = "OCPP16" if talk.version == 16 else "TariffCostCtrlr"
        variables.append(
            VariableReported(component=component_, name=variable, instance=instance, value=value)
        )
    talk.say(VariablesReported(variables), "NotifyReport")


@pytest.fixture
def town(operator: Operator) -> Town:
    town = Town(operator, version=201)
    town.tariff(SIMPLE)
    town.talk.boot()
    report(town.talk, **CAN_SHOW)
    return town


def begin(town: Town, *, minutes: int = 30) -> tuple[int, datetime]:
    """Begin a charge and let it tell 2 kWh after ten minutes."""
    began = now() - timedelta(minutes=minutes)
    number = town.talk.start(at=began, meter=0, ref="T1")
    tell(town, began + timedelta(minutes=10), 2000)
    return number, began


def tell(town: Town, at: datetime, register: int) -> None:
    town.talk.update(at, ref="T1", charging_state="Charging", readings=[reading(at, register=register)])


def shown(town: Town) -> ShowCost:
    command = town.talk.obey()
    assert isinstance(command, ShowCost)
    return command


def answered(town: Town, word: str, command: str) -> Fact:
    return RequestAnswered(
        happened_at=now(),
        operator_id=town.operator_id,
        station_id=town.talk.station_id,
        request_id="",
        command=command,
        is_accepted=word == "Accepted",
        word=word,
    )


def test_a_cost_is_told_once_a_minute_and_only_if_it_has_changed(town: Town) -> None:
    number, began = begin(town)
    assert telling.tell_costs(now()) == 1
    first = shown(town)
    assert (first.ref, first.cost, first.is_final, first.kwh_price) == (
        *("T1", Decimal("1.19"), False),
        Decimal("0.5950"),
    )
    tell(town, began + timedelta(minutes=20), 4000)
    assert telling.tell_costs(now()) == 0
    assert telling.tell_costs(now() + timedelta(seconds=61)) == 1
    assert shown(town).cost == Decimal("2.38")
    assert telling.tell_costs(now() + timedelta(seconds=150)) == 0
    assert ToldCost.objects.get(pk=number).after_minor == 238


def test_the_last_cost_told_is_the_price_of_the_record_whoever_is_told_twice(town: Town) -> None:
    number, began = begin(town)
    telling.tell_costs(now())
    running = shown(town)
    town.talk.stop(number, at=began + timedelta(minutes=30), meter=6000, ref="T1")
    town.price(number)
    record = queries.standing_price(town.operator_id, number)
    assert record is not None
    fact = CdrPriced(
        happened_at=now(),
        operator_id=town.operator_id,
        transaction_id=number,
        cdr_id=record.cdr_id,
        priced_id=record.id,
        currency="EUR",
        before_minor=record.rated.before_minor,
        after_minor=record.rated.after_minor,
    )
    followers.tell_stations([fact, fact])
    final = shown(town)
    assert final.is_final
    assert running.cost < final.cost == Decimal(record.rated.after_minor) / 100
    assert final.text == "6.00 kWh: €3.57"
    assert town.talk.take() is None


def test_a_final_cost_that_went_with_the_answer_is_not_told_again(town: Town) -> None:
    number, began = begin(town)
    town.talk.stop(number, at=began + timedelta(minutes=30), meter=6000, ref="T1")
    ask = (town.operator_id, town.talk.station_id, number, now())
    assert [telling.cost_for_answer(*ask) for _ in range(2)] == [Decimal("3.57")] * 2
    town.price(number)
    assert not telling.tell_final(town.operator_id, number, now())
    assert telling.cost_for_answer(*ask) == Decimal("3.57")


def test_an_answer_that_comes_too_late_does_not_count_as_told(town: Town) -> None:
    number, began = begin(town)
    town.talk.stop(number, at=began + timedelta(minutes=30), meter=6000, ref="T1")
    late = telling.cost_for_answer(town.operator_id, town.talk.station_id, number, now(), lambda: False)
    assert late is None
    assert telling.tell_final(town.operator_id, number, now())
    assert shown(town).cost == Decimal("3.57")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"Enabled.Cost": "false"},
        {"Enabled.Cost": "true", "Available.Cost": "false"},
        {"Enabled.Tariff": "true"},
        {"Enabled.Cost": "true", "Currency": "NOK"},
    ],
)
def test_a_station_that_does_not_say_it_can_is_left_alone(operator: Operator, told: dict[str, str]) -> None:
    town = Town(operator, version=201)
    town.tariff(SIMPLE)
    report(town.talk, **told)
    number, began = begin(town)
    assert telling.tell_costs(now()) == 0
    town.talk.stop(number, at=began + timedelta(minutes=30), meter=6000, ref="T1")
    assert not telling.tell_final(operator.pk, number, now())
    assert telling.cost_for_answer(operator.pk, town.talk.station_id, number, now()) is None
    assert town.talk.take() is None


def test_a_station_that_does_not_know_the_command_is_asked_again_with_another_firmware(town: Town) -> None:
    begin(town)
    telling.tell_costs(now())
    town.talk.obey("NotSupported")
    followers.tell_stations([answered(town, "NotSupported", "show-cost")])
    later = now() + timedelta(minutes=5)
    assert telling.tell_costs(later) == 0
    town.talk.say(Booted(vendor="V", model="M", firmware_version="9.9"), "BootNotification")
    tell(town, now() - timedelta(minutes=15), 3000)
    assert telling.tell_costs(later) == 1


@pytest.mark.parametrize("word", ["Accepted", "Rejected", "Timeout"])
def test_one_refusal_is_not_for_ever(town: Town, word: str) -> None:
    begin(town)
    followers.tell_stations([answered(town, word, "show-cost")])
    assert telling.tell_costs(now()) == 1


def test_unknown_costs_are_not_told(town: Town) -> None:
    town.talk.start(at=now() - timedelta(minutes=5), meter=0, ref="T1")
    assert telling.tell_costs(now()) == 0
    assert not ToldCost.objects.exists()


def test_a_tariff_that_changes_while_somebody_charges_changes_no_cost(town: Town) -> None:
    number, _ = begin(town)
    before = running_cost(town.operator_id, number)
    town.tariff(tariff(element(component("ENERGY", "9.99")), id="DEAR"), priority=9)
    telling.tell_costs(now())
    assert before is not None
    assert shown(town).cost == Decimal(before.after_minor) / 100


def test_a_charge_of_long_ago_is_not_told(town: Town) -> None:
    number, _ = begin(town, minutes=300)
    town.talk.stop(number, at=now() - timedelta(minutes=200), meter=6000, ref="T1")
    assert not telling.tell_final(town.operator_id, number, now())


def test_a_station_of_1_6_with_the_key_is_told_the_price_in_its_language(operator: Operator) -> None:
    town = Town(operator)
    town.tariff(SIMPLE)
    report(town.talk, CustomDisplayCostAndPrice="true", SupportedLanguages="xx,de-DE,en")
    number = town.talk.start(at=now(), meter=0)
    fact = TransactionStarted(
        happened_at=now(),
        operator_id=operator.pk,
        transaction_id=number,
        station_id=town.talk.station_id,
        evse=1,
        token_uid="CARD1",
        remote_start_id=None,
        authorization="Accepted",
    )
    followers.tell_stations([fact])
    command = town.talk.obey()
    assert isinstance(command, ShowPrice)
    assert command.token_uid == "CARD1"
    assert command.text.startswith("0.50 EUR je kWh, zzgl. 19 % Umsatzsteuer.")
