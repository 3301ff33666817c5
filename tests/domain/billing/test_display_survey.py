"""Stations of 2.x are asked once what they can show; what they say is what they are told of later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.domain.billing.making import Town
from tests.domain.billing.test_telling import report
from tests.domain.station_talk import now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing.display_survey import ask_stations
from chargehand.domain.stations.commands import GetVariables
from chargehand.domain.stations.cost_displays import cost_displays
from chargehand.domain.stations.events import Booted

pytestmark = pytest.mark.django_db

LATER = timedelta(minutes=2)


def test_a_station_is_asked_once_for_each_firmware(operator: Operator) -> None:
    town = Town(operator, version=201)
    town.talk.boot()
    assert ask_stations(now()) == 0
    assert [ask_stations(now() + LATER), ask_stations(now() + LATER)] == [1, 0]
    asked = town.talk.obey()
    assert isinstance(asked, GetVariables)
    assert {"Cost", "Tariff"} <= {each.instance for each in asked.variables}
    town.talk.say(Booted(vendor="V", model="M", firmware_version="9.9"), "BootNotification")
    assert ask_stations(now() + LATER) == 1


def test_nobody_is_asked_who_charges_or_is_away_or_speaks_1_6(operator: Operator) -> None:
    town = Town(operator, version=201)
    town.talk.boot()
    number = town.talk.start(at=now(), ref="T1")
    assert ask_stations(now() + LATER) == 0
    town.talk.stop(number, at=now(), ref="T1")
    town.talk.disconnect()
    assert ask_stations(now() + LATER) == 0
    town.talk.version = 16
    town.talk.connect()
    town.talk.boot()
    assert ask_stations(now() + LATER) == 0


def test_what_a_station_says_it_can_is_read_whatever_its_letter_case(operator: Operator) -> None:
    town = Town(operator, version=21)
    report(
        town.talk,
        **{
            "available.cost": "TRUE",
            "Enabled.Cost": "True",
            "Enabled.Tariff": "1",
            "Currency": " eur ",
            "MaxElements.Tariff": "12",
            "ConditionsSupported.Tariff": "false",
        },
    )
    display = cost_displays([town.talk.station_id])[town.talk.station_id]
    assert (display.shows_cost, display.shows_tariff, display.currency) == (True, True, "EUR")
    assert (display.most_elements, display.takes_conditions) == (12, False)
    town.talk.disconnect()
    assert cost_displays([town.talk.station_id]) == {}
