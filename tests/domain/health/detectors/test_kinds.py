"""Every kind of fault, told by a small station, is found under its name and told once."""

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


def test_a_contact_that_warms_more_and_more_is_found_before_it_is_hot() -> None:
    telling = station(14)
    for day in range(20):
        telling.days(1, rise=16.0 * 2 ** (day / 7))
        if telling.found:
            break
    assert telling.kinds == ["contact-resistance-rise"]
    assert 1.2 < 2 ** (day / 7) < 2.5


def test_a_warm_week_is_no_fault_of_a_contact() -> None:
    telling = station(14)
    telling.days(7, ambient=25.0)
    telling.days(7, ambient=-10.0)
    assert telling.found == []


def test_a_fan_that_slows_down_is_found() -> None:
    telling = station(0)
    telling.days(10, bend=lambda values, _: values.update(body=30.0, rpm=2_000.0))
    telling.days(5, bend=lambda values, _: values.update(body=30.0, rpm=1_200.0))
    assert telling.kinds == ["fan-failure"]


def test_a_sag_is_one_finding_for_the_site() -> None:
    telling = Telling()
    for name in ("A", "B"):
        telling.plate(name)
    telling.wait(2 * DAY, beats=("A", "B"))

    def sag(values: dict[str, float], _: float) -> None:
        values.update(u1=190.0, u2=191.0, u3=189.0)

    telling.session(bend=sag, minutes=8)
    telling.session(station="B", bend=sag, minutes=8)
    assert telling.kinds == ["voltage-sag"]
    assert (telling.found[0].scope, telling.found[0].members) == ("site", ["A", "B"])


def test_a_lost_neutral_is_dangerous() -> None:
    telling = station(2)
    telling.session(bend=lambda values, _: values.update(u1=300.0, u2=190.0, u3=200.0))
    assert telling.kinds == ["voltage-swell"]
    assert telling.found[0].severity == 0


def test_a_lost_phase_is_found_at_the_second_reading() -> None:
    telling = station(2)
    telling.session(bend=lambda values, _: values.update(u2=20.0, i2=0.0, p=2 * 230 * 16.0))
    assert telling.kinds == ["phase-loss"]
    assert telling.found[0].facts["phase"] == "L2"


def test_a_car_on_one_phase_is_no_lost_phase() -> None:
    telling = station(3)
    telling.days(3, phases=1)
    assert telling.found == []


def test_a_loose_terminal_is_found_by_the_voltage_it_loses() -> None:
    telling = Telling()
    telling.plate()
    rng = Random(5)

    def draw(ohm: float) -> None:
        amps = rng.choice((6.0, 10.0, 16.0, 24.0, 32.0))
        telling.session(
            amps=amps,
            bend=lambda values, _: values.update(
                u1=230 + rng.gauss(0, 0.8),
                u2=230 + rng.gauss(0, 0.8),
                u3=230 + rng.gauss(0, 0.8) - ohm * amps,
            ),
        )
        telling.wait(6 * HOUR)

    for _ in range(40):
        draw(0.0)
    assert telling.found == []
    for number in range(40):
        draw(0.15 * min(1.0, number / 10))
    assert telling.kinds == ["phase-imbalance"]
    assert telling.found[0].facts["phase"] == "L3"


def test_a_welded_contactor_is_found_by_the_current_after_the_stop() -> None:
    telling = station(2)
    for _ in range(3):
        telling.now += 60
        telling.meter({"i1": 16.0, "i2": 16.0, "i3": 16.0, "p": 11_040.0})
    assert telling.kinds == ["contactor-welded"]
    assert telling.found[0].severity == 0


@pytest.mark.parametrize(("wh", "is_lost", "found"), [(2_000, False, 1), (2_000, True, 0), (700, False, 0)])
def test_a_register_that_grew_while_nobody_came_shows_a_welded_contactor(
    wh: int, *, is_lost: bool, found: int
) -> None:
    telling = station(8, minutes=20, every=600.0)
    if is_lost:
        telling.tell("status", evse=1, status="Charging")
        telling.wait(HOUR)
        telling.tell("status", evse=1, status="Available")
    telling.register[1] += wh
    telling.session(minutes=20, every=600.0)
    assert telling.kinds == found * ["contactor-welded"]
    for grown in (0, wh):
        telling.wait(HOUR)
        telling.register[1] += grown
        telling.session(minutes=20, every=600.0)
    assert telling.kinds == ["contactor-welded"]


def test_a_charge_whose_start_and_stop_were_lost_is_no_welded_contactor() -> None:
    telling = station(8, minutes=20, every=600.0)
    telling.lose = lambda event: event in {"start", "stop"}
    telling.session(minutes=20, every=600.0)
    telling.lose = lambda _: False
    telling.wait(HOUR)
    telling.tell("status", evse=1, status="Preparing")
    telling.tell("status", evse=1, status="Available")
    telling.wait(HOUR)
    telling.session(minutes=20, every=600.0)
    assert telling.found == []


def test_what_the_station_takes_itself_is_no_welded_contactor() -> None:
    telling = station(8, minutes=20, every=600.0)
    for _ in range(4):
        telling.wait(DAY)
        telling.register[1] += 400
        telling.session(minutes=20, every=600.0)
    assert telling.found == []


def test_a_contactor_that_closes_ever_later_is_found() -> None:
    telling = station(0)
    rng = Random(7)
    for _ in range(30):
        telling.session(latency=4 * rng.uniform(0.9, 1.1))
        telling.wait(2 * HOUR)
    for _ in range(60):
        telling.session(latency=5 * rng.uniform(0.9, 1.1))
        telling.wait(2 * HOUR)
    assert telling.kinds == ["contactor-wear"]


@pytest.mark.parametrize("gain", [1.02, 0.98])
def test_a_meter_that_counts_wrong_is_found(gain: float) -> None:
    telling = station(14)
    telling.days(14, gain=gain)
    assert telling.kinds == ["meter-drift"]


def test_a_meter_that_stands_still_is_found_within_three_readings() -> None:
    telling = station(2)
    begun = telling.now
    telling.session(gain=0.0)
    assert telling.kinds == ["meter-frozen"]
    assert telling.found[0].found_at.timestamp() - begun < 300


def test_a_register_that_runs_backwards_is_found() -> None:
    telling = station(2)
    telling.register[1] -= 5_000
    telling.days(2)
    assert telling.kinds == ["meter-rollback"]


def test_a_register_that_begins_anew_with_every_charge_is_a_habit() -> None:
    telling = station(0)
    for _ in range(20):
        telling.register[1] = 0.0
        telling.session()
        telling.wait(HOUR)
    assert telling.found == []


def test_a_reversed_transformer_is_found() -> None:
    telling = station(0)
    telling.session(bend=lambda values, _: values.update(i1=-16.0, p=3_680.0))
    assert telling.kinds == ["ct-reversed"]


def test_a_reversed_transformer_behind_a_total_is_found() -> None:
    telling = station(0)
    telling.session(bend=lambda values, _: values.update(p=3_680.0))
    assert telling.kinds == ["ct-reversed"]


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_a_unit_that_changes_is_found(factor: float) -> None:
    telling = station(2)
    telling.session(bend=lambda values, _: values.update(p=values["p"] * factor))
    assert telling.kinds == ["measurand-fault"]


def test_a_measurand_that_comes_no_more_is_found() -> None:
    telling = station(2)

    def forget(values: dict[str, float], _: float) -> None:
        for name in ("i1", "i2", "i3"):
            del values[name]

    telling.session(bend=forget)
    assert telling.kinds == ["measurand-fault"]
    assert telling.found[0].facts["measurand"] == "Current.Import"


def test_locks_that_fail_again_and_again_are_found() -> None:
    telling = station(3)
    for _ in range(4):
        telling.tell("status", evse=1, status="Preparing")
        telling.now += 20
        telling.tell("status", evse=1, status="Faulted", error_code="ConnectorLockFailure")
        telling.now += 60
        telling.tell("status", evse=1, status="Available", error_code="NoError")
        telling.days(1)
    assert telling.kinds == ["connector-lock-failure"]


@pytest.mark.parametrize(
    ("error", "vendor", "kind"),
    [("GroundFailure", None, "ground-fault"), ("OtherError", "CX022", "isolation-decline")],
)
def test_protection_that_trips_twice_is_found(error: str, vendor: str | None, kind: str) -> None:
    telling = station(3)
    for expected in ([], [kind], [kind]):
        telling.tell("status", evse=1, status="Faulted", error_code=error, vendor_error_code=vendor)
        telling.now += 60
        telling.tell("status", evse=1, status="Available", error_code="NoError")
        telling.days(2)
        assert telling.kinds == expected


def test_an_isolation_that_falls_is_found_by_its_monitor() -> None:
    telling = station(1)
    for ohm in (1e6, 9e5, 1.1e6, 1e6, 1e6, 8e5, 4e5, 3e5):
        telling.tell(
            "monitor", evse=1, component="GroundIsolationProtection", variable="Impedance", value=ohm
        )
    assert telling.kinds == ["isolation-decline"]


def test_a_connection_that_flaps_is_one_finding() -> None:
    telling = station(2)
    for _ in range(30):
        telling.tell("disconnect")
        telling.now += 30
        telling.tell("connect")
        telling.now += 200
    assert telling.kinds == ["flapping-connectivity"]


def test_reception_that_fades_is_found() -> None:
    telling = station(1)
    for dbm in [-80.0] * 20 + [-107.0] * 6:
        telling.tell("signal", rssi_dbm=dbm, latency_ms=80)
        telling.wait(HOUR)
    assert telling.kinds == ["weak-signal"]


def test_silence_is_found_after_a_few_intervals_and_told_by_the_others() -> None:
    telling = Telling()
    for name, site in (("A", "S"), ("B", "T")):
        telling.plate(name, site=site)
    telling.wait(DAY, beats=("A", "B"))
    telling.wait(2_000, beats=("B",))
    assert [(each.kind, each.station) for each in telling.found] == [("silent-station", "A")]
    assert telling.found[0].found_at.timestamp() - telling.now < -900


def test_a_router_that_fails_is_one_finding_for_the_site() -> None:
    telling = Telling()
    for name, site in (("A", "S"), ("B", "S"), ("C", "S"), ("D", "T")):
        telling.plate(name, site=site)
    telling.wait(DAY, beats=("A", "B", "C", "D"))
    telling.wait(6 * HOUR, beats=("D",))
    assert telling.kinds == ["silent-station"]
    assert telling.found[0].scope == "site"
    assert sorted(telling.found[0].members) == ["A", "B", "C"]


def test_an_update_explains_half_an_hour_of_silence() -> None:
    telling = Telling()
    for name in ("A", "B"):
        telling.plate(name, site=name)
    telling.wait(DAY, beats=("A", "B"))
    telling.tell("command", "A", action="UpdateFirmware", outcome="Accepted")
    telling.wait(2_400, beats=("B",))
    telling.tell("boot", "A", reason="FirmwareUpdate", firmware="2")
    telling.wait(HOUR, beats=("A", "B"))
    assert telling.found == []


@pytest.mark.parametrize("per_day", [3.0, -20.0])
def test_a_clock_that_runs_away_is_found(per_day: float) -> None:
    telling = station(0)
    begun = telling.now
    for _ in range(2_500):
        telling.now += 600
        days = (telling.now - begun) / DAY
        telling.tell("heartbeat", clock=per_day * max(0.0, days - 4))
        if telling.found:
            break
    assert telling.kinds == ["clock-drift"]


def test_summer_time_is_no_clock_fault() -> None:
    telling = station(0)
    for number in range(1_500):
        telling.now += 600
        telling.tell("heartbeat", clock=3_600.0 if number > 700 else 0.0)
    assert telling.found == []


def test_a_clock_that_was_never_set_is_found() -> None:
    telling = station(1)
    for _ in range(3):
        telling.tell("heartbeat", clock=-telling.now)
        telling.now += 60
    assert telling.kinds == ["clock-drift"]


def test_a_state_that_never_ends_is_found() -> None:
    telling = station(20)
    telling.tell("status", evse=1, status="Preparing")
    telling.wait(4 * DAY)
    assert telling.kinds == ["stuck-state"]
