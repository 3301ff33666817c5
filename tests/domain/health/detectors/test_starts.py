"""What drivers meet: starts, power, payment, cables and plugs, told by a small station."""

from random import Random
from typing import Any

import pytest
from tests.domain.health.telling import DAY, HOUR, Telling


def station(days: int = 14, **plate: Any) -> Telling:
    telling = Telling()
    telling.plate(**plate)
    if days:
        telling.days(days)
    assert telling.found == []
    return telling


def test_starts_that_fail_in_a_row_are_found() -> None:
    telling = station(3)
    for _ in range(6):
        telling.session(minutes=1, gain=0.0, amps=0.0, reason="Other")
        telling.wait(2 * HOUR)
    assert telling.kinds == ["failed-starts"]
    assert telling.found[0].facts["in_a_row"] == 5


def test_a_full_car_is_no_failed_start() -> None:
    telling = station(3)
    for number in range(8):
        telling.tell("status", evse=1, status="Preparing")
        telling.tell("start", evse=1, transaction=f"f{number}", token="T", meter_wh=telling.register[1])
        telling.tell("status", evse=1, status="SuspendedEV")
        telling.wait(2 * HOUR)
        telling.tell("stop", evse=1, transaction=f"f{number}", meter_wh=telling.register[1])
        telling.tell("status", evse=1, status="Available")
        telling.wait(HOUR)
    assert telling.found == []


def test_a_reboot_loop_is_found() -> None:
    telling = station(2)
    for _ in range(10):
        telling.tell("boot", reason="Watchdog", firmware="1")
        telling.wait(HOUR / 2)
    assert telling.kinds == ["reboot-loop"]


@pytest.mark.parametrize("amps", [7.0])
def test_a_charger_stuck_at_low_current_is_found(amps: float) -> None:
    telling = station(0)
    for number in range(30):
        telling.session(amps=(16.0, 32.0, 16.0, 24.0, 10.0)[number % 5])
        telling.wait(HOUR)
    for _ in range(8):
        telling.session(amps=amps)
        telling.wait(HOUR)
    assert telling.kinds == ["power-derating"]


def test_our_own_limit_is_no_derating() -> None:
    telling = station(0)
    for number in range(30):
        telling.session(amps=(16.0, 32.0, 16.0, 24.0, 10.0)[number % 5])
        telling.wait(HOUR)
    telling.tell("limit", evse=0, limit_a=7)
    for _ in range(12):
        telling.session(amps=7.0)
        telling.wait(HOUR)
    assert telling.found == []


def test_a_cut_cable_is_found_at_once_and_dangerous() -> None:
    telling = station(1)
    telling.tell(
        "monitor",
        evse=1,
        component="CableBreakawaySensor",
        variable="Tripped",
        value="true",
        trigger="Alerting",
    )
    assert telling.kinds == ["cable-cut"]
    assert telling.found[0].severity == 0


def test_a_payment_terminal_nobody_pays_at_is_found() -> None:
    telling = station(0)
    for number in range(60):
        telling.session(kind="adhoc" if number % 2 else "rfid")
        telling.wait(HOUR)
    for _ in range(24):
        telling.session(kind="rfid")
        telling.wait(HOUR)
    assert telling.kinds == ["payment-terminal-fault"]


def test_a_firmware_that_spoils_starts_is_one_finding_for_all_its_stations() -> None:
    telling = Telling()
    names = ["A", "B", "C", "D", "E"]
    for name in (*names, "F"):
        telling.plate(name, site=name)
    rng = Random(11)

    def round_of_starts(chance: float) -> None:
        for name in names:
            bad = rng.random() < chance
            telling.session(
                station=name, minutes=1 if bad else 8, amps=0.0 if bad else 16.0, gain=0.0 if bad else 1.0
            )
            telling.wait(60, beats=(*names, "F"), every=30)
        telling.wait(3 * HOUR, beats=(*names, "F"))

    for _ in range(40):
        round_of_starts(0.04)
    assert telling.found == []
    for name in names:
        telling.tell("boot", name, reason="FirmwareUpdate", firmware="2")
    for _ in range(40):
        round_of_starts(0.25)
    cohort = [each for each in telling.found if each.scope == "cohort"]
    assert [each.kind for each in cohort] == ["firmware-regression"]
    assert len(cohort[0].members) >= 3
    for _ in range(5):
        telling.now += 60
        telling.tell("connect", "F")
    assert ("flapping-connectivity", "F") in [(each.kind, each.station) for each in telling.found]


def test_a_plug_nobody_uses_though_many_did_is_found() -> None:
    telling = station(0)
    telling.days(25, each=6)
    telling.wait(6 * DAY)
    assert telling.kinds == ["unused-though-expected"]


def test_a_quiet_plug_at_a_quiet_place_is_no_fault() -> None:
    telling = station(0)
    for days in (3, 5, 2, 6, 4, 7, 3, 5):
        telling.session()
        telling.wait(days * DAY)
    assert telling.found == []


def test_a_code_of_the_makers_own_that_lasts_is_told_with_its_name() -> None:
    telling = station(1)
    telling.tell("status", evse=1, status="Faulted", error_code="OtherError", vendor_error_code="E-4711")
    assert telling.found == []
    telling.wait(1_200)
    assert telling.kinds == ["reported-fault"]
    assert "E-4711" in telling.found[0].evidence
