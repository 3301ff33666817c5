"""The page of a charge that goes on: what the charger told last, how old it is, and the way to the receipt."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.domain.health.incident_making import find, take
from tests.domain.station_talk import now
from tests.interfaces.driver.conftest import Driver
from tests.interfaces.driver.test_receipts import text_of

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.billing.snapshots import fix_tariff
from chargehand.domain.charging.models import Transaction
from chargehand.domain.health import driver_messages
from chargehand.interfaces.driver.sessions import write_age
from chargehand.interfaces.driver.words import page_words

pytestmark = pytest.mark.django_db


def start(driver: Driver, *, told: datetime | None = None, state: str = "Charging", evse: int = 1) -> str:
    """Begin a charge 24 minutes ago, and let the charger tell once; return the key."""
    began = now() - timedelta(minutes=24)
    number = driver.town.talk.start(at=began, meter=10_000, evse=evse)
    Transaction.objects.filter(pk=number).update(charging_state=state)
    fix_tariff(driver.town.operator_id, number)
    if told is not None:
        driver.town.talk.meter(number, told, evse=evse, register=33_400, power=92_000, soc=64)
    return driver.key(number)


def test_the_page_tells_energy_time_power_and_how_old_they_are(driver: Driver) -> None:
    key = start(driver, told=now() - timedelta(seconds=40))
    page = text_of(driver.client.get(f"/s/{key}").content)
    assert "Charging. Your car takes 92.0 kW." in page
    assert "Energy so far: 23.4 kWh" in page
    assert "Cost so far, VAT included €13.92" in page
    assert "Time 0:24 Power 92.0 kW Battery, says your car 64 %" in page
    assert "Updated 4" in page
    assert "0.50 EUR per kWh, plus 19 % VAT." in page
    assert "Say: charger CP-1, session" in page


def test_the_plug_is_named_by_its_letter(driver: Driver) -> None:
    driver.town.talk.status("Available", evse=1)
    driver.town.talk.status("Charging", evse=2)
    page = text_of(driver.client.get(f"/s/{start(driver, told=now(), evse=2)}").content)
    assert "Say: charger CP-1, plug B, session" in page


def test_the_changing_part_can_be_asked_for_alone(driver: Driver) -> None:
    key = start(driver, told=now())
    part = driver.client.get(f"/s/{key}?part=1&lang=de").content
    assert b"<html" not in part
    assert "Es lädt. Ihr Auto zieht 92,0 kW." in text_of(part)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("SuspendedEV", "Your car has paused. It may be full or on a timer."),
        ("SuspendedEVSE", "The charger has paused. It goes on by itself."),
        ("EVConnected", "Plugged in. Waiting for your car to take power."),
        ("", "Plugged in. Waiting for your car to take power."),
    ],
)
def test_a_pause_is_told_with_its_cause(driver: Driver, state: str, sentence: str) -> None:
    key = start(driver, told=now(), state=state)
    assert sentence in text_of(driver.client.get(f"/s/{key}").content)


def test_a_silent_charger_is_said_to_be_silent_and_how_to_stop(driver: Driver) -> None:
    key = start(driver, told=now() - timedelta(minutes=12))
    page = text_of(driver.client.get(f"/s/{key}").content)
    assert "The charger has not told anything since" in page
    assert "To stop, tap the same card or unlock the car." in page
    assert "Updated 12 min ago" in page
    assert "92.0 kW" not in page


def test_what_was_never_told_is_a_dash_and_not_zero(driver: Driver) -> None:
    page = text_of(driver.client.get(f"/s/{start(driver)}").content)
    assert "Energy so far: – kWh" in page
    assert "Cost so far –" in page
    assert "The charger has told no meter value yet." in page


def test_a_running_charge_and_an_ended_one_lead_to_each_others_page(driver: Driver) -> None:
    running, ended = start(driver, told=now()), driver.charge()
    assert driver.client.get(f"/r/{running}?lang=fr").headers["Location"] == f"/s/{running}?lang=fr"
    for path in (f"/s/{ended}?lang=fr", f"/s/{ended}?part=1&lang=fr"):
        assert driver.client.get(path).headers["Location"] == f"/r/{ended}?lang=fr"


def test_without_script_the_page_reloads_by_itself(driver: Driver) -> None:
    page = driver.client.get(f"/s/{start(driver)}").content
    assert b'<noscript><meta http-equiv="refresh" content="15"></noscript>' in page


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "just now"),
        (1, "just now"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7300, "2 h ago"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, written: str) -> None:
    assert write_age(timedelta(seconds=seconds), page_words("en")) == written


def test_drivers_read_what_is_wrong_with_the_plug_and_where_to_go(driver: Driver) -> None:
    talk = driver.town.talk
    talk.status("Charging", evse=1)
    key = start(driver, told=now())
    [row] = take(find([talk], "failed-starts"))
    operator_id = talk.operator_id
    driver_messages.tell_drivers(operator_id=operator_id, incident_id=row.pk, words="Sorry.", actor=SYSTEM)
    page = text_of(driver.client.get(f"/s/{key}?lang=de").content)
    assert "Stecker A, ist außer Betrieb. Wir kümmern uns darum. Sorry." in page
    driver_messages.stop_telling(operator_id=operator_id, incident_id=row.pk, actor=SYSTEM)
    assert "Sorry." not in text_of(driver.client.get(f"/s/{key}").content)
