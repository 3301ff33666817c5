"""Stations of 2.1 are told the tariff that counts at their plugs, once, and drivers of another one theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.billing.making import SIMPLE, Town
from tests.domain.billing.test_telling import report
from tests.domain.station_talk import now
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import followers
from chargehand.domain.billing.displayed_words import LONGEST, describe_price
from chargehand.domain.billing.models import ToldTariff
from chargehand.domain.billing.station_tariffs import price_for_answer, tell_tariffs
from chargehand.domain.stations.commands import Answer, ClearTariffs, SetDefaultTariff
from chargehand.domain.stations.facts import RequestAnswered
from chargehand.domain.stations.requests import answer
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.views import Place
from chargehand.kernel.jsontext import json_text

pytestmark = pytest.mark.django_db

PLAIN = tariff(element(component("ENERGY", "0.50", vat="19")))
CHEAP = tariff(element(component("ENERGY", "0.10", vat="19")), id="CHEAP")


def town_of(operator: Operator, version: int = 21, told: dict[str, str] | None = None) -> Town:
    town = Town(operator, version=version)
    town.talk.boot()
    town.talk.status("Available", evse=1)
    town.talk.status("Available", evse=2)
    report(town.talk, **{"Enabled.Tariff": "true", "Currency": "EUR", **(told or {})})
    return town


def reply(town: Town, word: str = "Accepted") -> Any:
    """Take what the station was told, answer it, let the answer be followed; return what it was."""
    taken = town.talk.take()
    assert taken is not None
    answer(taken.id, Answer(is_accepted=word == "Accepted", word=word))
    followers.tell_stations(
        [
            RequestAnswered(
                happened_at=now(),
                operator_id=town.operator_id,
                station_id=town.talk.station_id,
                request_id=str(taken.id),
                command=str(taken.command.__struct_config__.tag),
                is_accepted=word == "Accepted",
                word=word,
            )
        ]
    )
    return taken.command


def test_a_station_is_told_its_tariff_once_and_anew_after_a_restart(operator: Operator) -> None:
    town = town_of(operator)
    version = town.tariff(PLAIN)
    assert tell_tariffs(now()) == 1
    command = reply(town)
    assert isinstance(command, SetDefaultTariff)
    assert (command.evse, command.tariff["tariffId"]) == (0, str(version))
    assert command.tariff["energy"]["prices"] == [{"priceKwh": 0.5}]
    assert len(command.tariff["description"]) == 5
    assert tell_tariffs(now()) == 0
    town.talk.boot(at=now() + timedelta(seconds=5))
    assert tell_tariffs(now()) == 1
    reply(town, "DuplicateTariffId")
    assert ToldTariff.objects.get().state == "set"
    assert tell_tariffs(now()) == 0


def test_another_assignment_is_told_and_plugs_of_their_own_price_each(operator: Operator) -> None:
    town = town_of(operator)
    everywhere = town.tariff(PLAIN)
    tell_tariffs(now())
    reply(town)
    place = Place(station_id=town.talk.station_id, evse=2)
    second = town.tariff(CHEAP, place=place)
    assert tell_tariffs(now()) == 3
    commands = [reply(town) for _ in range(3)]
    assert isinstance(commands[0], ClearTariffs)
    assert commands[0].tariff_ids == [str(everywhere)]
    assert [(each.evse, each.tariff["tariffId"]) for each in commands[1:]] == [
        (1, str(everywhere)),
        (2, str(second)),
    ]
    assert tell_tariffs(now()) == 0


def test_a_refused_tariff_is_not_told_again_and_the_reason_is_kept(operator: Operator) -> None:
    town = town_of(operator)
    town.tariff(PLAIN)
    tell_tariffs(now())
    reply(town, "ConditionNotSupported")
    row = ToldTariff.objects.get()
    assert (row.state, row.reason) == ("refused", "The station refused: ConditionNotSupported.")
    assert tell_tariffs(now() + timedelta(hours=1)) == 0


def test_a_station_that_does_not_know_the_command_is_left_alone(operator: Operator) -> None:
    town = town_of(operator)
    town.tariff(PLAIN)
    tell_tariffs(now())
    reply(town, "NotImplemented")
    town.tariff(CHEAP, priority=9)
    assert tell_tariffs(now()) == 0


def test_an_answer_that_never_came_is_asked_for_again(operator: Operator) -> None:
    town = town_of(operator)
    town.tariff(PLAIN)
    tell_tariffs(now())
    reply(town, "Timeout")
    assert tell_tariffs(now() + timedelta(minutes=5)) == 0
    assert tell_tariffs(now() + timedelta(minutes=11)) == 1


@pytest.mark.parametrize(
    ("prices", "told", "why"),
    [
        (tariff(element(component("ENERGY", "0.5", step_size=100))), {}, "step size"),
        (PLAIN, {"Currency": "NOK"}, "NOK"),
        (
            tariff(element(component("TIME", "1.20"), component("ENERGY", "1"))),
            {"MaxElements.Tariff": "1"},
            "1.",
        ),
    ],
)
def test_what_cannot_be_told_rightly_is_priced_here_alone(
    operator: Operator, prices: dict[str, Any], told: dict[str, str], why: str
) -> None:
    town = town_of(operator, told=told)
    town.tariff(prices)
    assert [tell_tariffs(now()), tell_tariffs(now())] == [0, 0]
    assert town.talk.take() is None
    assert why in ToldTariff.objects.get().reason


@pytest.mark.parametrize(("version", "told"), [(201, {}), (21, {"Enabled.Tariff": "false"})])
def test_others_are_told_no_tariff(operator: Operator, version: int, told: dict[str, str]) -> None:
    town = town_of(operator, version, told)
    town.tariff(PLAIN)
    assert tell_tariffs(now()) == 0


@pytest.mark.parametrize("version", [201, 21])
def test_the_answer_to_a_card_says_the_price_and_gives_the_tariff_of_a_group(
    operator: Operator, version: int
) -> None:
    town = town_of(operator, version)
    town.tariff(PLAIN)
    cheap = town.tariff(CHEAP, token_group="GOLD")
    station_id = town.talk.station_id
    anybody = price_for_answer(operator.pk, station_id, "", now())
    member = price_for_answer(operator.pk, station_id, "GOLD", now())
    assert anybody == {
        "idTokenInfo": {
            "personalMessage": {
                "format": "UTF8",
                "language": "en",
                "content": "0.50 EUR per kWh, plus 19 % VAT.",
            }
        }
    }
    assert member is not None
    assert "0.10 EUR" in member["idTokenInfo"]["personalMessage"]["content"]
    assert member.get("tariff", {}).get("tariffId") == (str(cheap) if version == 21 else None)


def test_a_station_that_shows_no_prices_gets_none_in_its_answers(operator: Operator) -> None:
    town = town_of(operator, told={"Enabled.Tariff": "false", "Enabled.Cost": "true"})
    town.tariff(SIMPLE)
    assert price_for_answer(operator.pk, town.talk.station_id, "", now()) is None


def test_a_long_price_card_fits_a_display() -> None:
    many = [element(component("ENERGY", f"0.{n}", vat="19"), start_time=f"{n}:00") for n in range(10, 23)]
    text = describe_price(read_tariff(json_text(tariff(*many))), ["de"])
    assert len(text) <= LONGEST
    assert text.endswith(". …")
