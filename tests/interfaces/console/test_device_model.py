"""The settings of a station with a large device model: found by component, words and pages."""

import re

import pytest
from tests.interfaces.console.conftest import SignIn

from chargehand.domain.stations.models import ChargingStation, Variable
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(station: ChargingStation) -> ChargingStation:
    """The station, which told 650 variables of 2.0.1 in three components."""
    now = clock.now()
    parts = [("Connector", 1, 500), ("ClockCtrlr", 0, 100), ("EVSE", 2, 50)]
    Variable.objects.bulk_create(
        Variable(
            station=station,
            component=component,
            evse=evse,
            name=f"{component}{number:03}",
            value=str(number),
            reported_at=now,
        )
        for component, evse, count in parts
        for number in range(count)
    )
    return station


def test_a_large_device_model_is_shown_a_page_at_a_time(sign_in: SignIn, told: ChargingStation) -> None:
    client, path = sign_in(), f"/console/stations/{told.pk}/settings/"
    seen: list[str] = []
    following = ""
    for turn in range(7):
        text = client.get(f"{path}{following}").content.decode()
        names = re.findall(r'<th scope="row">(\w+)</th>', text)
        assert len(names) == (100 if turn < 6 else 50)
        assert f"{turn * 100 + 1} to {turn * 100 + len(names)} of 650" in text
        seen += names
        found = re.search(r'href="(\?[^"]*)"[^>]*rel="next"', text)
        following = found[1].replace("&amp;", "&") if found else ""
    assert following == ""
    assert len(set(seen)) == 650


def test_settings_are_found_by_component_and_words(sign_in: SignIn, told: ChargingStation) -> None:
    client, path = sign_in(), f"/console/stations/{told.pk}/settings/"
    text = client.get(path, {"component": "EVSE"}).content.decode()
    assert "EVSE049" in text
    assert "ClockCtrlr000" not in text
    assert "ClockCtrlr (100)" in text
    text = client.get(path, {"q": "Ctrlr09"}).content.decode()
    assert len(re.findall(r'<th scope="row">ClockCtrlr09\d</th>', text)) == 10
    assert "No setting matches" in client.get(path, {"q": "nothing"}).content.decode()


def test_an_outlet_is_named_by_its_plugs(sign_in: SignIn, told: ChargingStation) -> None:
    text = sign_in().get(f"/console/stations/{told.pk}/settings/?component=Connector").content.decode()
    assert "Connector · plug A" in text


@pytest.mark.parametrize("wrong", ["-1", "x", "99999999", "9" * 30])
def test_a_page_that_nobody_offered_is_answered(sign_in: SignIn, told: ChargingStation, wrong: str) -> None:
    assert sign_in().get(f"/console/stations/{told.pk}/settings/?from={wrong}").status_code == 200
