"""The catalogue of faults changes what a recorded station tells, as the real fault would."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from chargehand.simulator.car import CAR_MODELS, Car
from chargehand.simulator.catalogue.connection import (
    ClockDrift,
    ContactorWear,
    PaymentTerminalDead,
    WeakSignal,
)
from chargehand.simulator.catalogue.hardware import (
    CableCut,
    ContactorWelded,
    FailedStarts,
    GroundFault,
    IsolationDecline,
    LockFailure,
    PowerDerating,
    StuckState,
)
from chargehand.simulator.catalogue.heat import ContactResistance, FanFailure, FilterClogging
from chargehand.simulator.catalogue.metering import (
    CtReversed,
    MeterDrift,
    MeterFrozen,
    MeterRollback,
    MissingMeasurand,
    WrongUnit,
)
from chargehand.simulator.catalogue.recording import RecordedStation
from chargehand.simulator.catalogue.supply import LooseTerminal, LostNeutral, PhaseLoss, VoltageSag
from chargehand.simulator.clock import ManualClock
from chargehand.simulator.faults import Fault, FlappingConnectivity, RebootLoop, SilentStation, plant
from chargehand.simulator.outlet import DC_150
from chargehand.simulator.plate import Hardware, Site
from chargehand.simulator.surroundings import Grid, Weather
from chargehand.simulator.timeline import Timeline

BEGIN = datetime(2026, 5, 4, 8, tzinfo=UTC).timestamp()
DAY = 86_400.0
Line = dict[str, Any]


class Notebook:
    def __init__(self) -> None:
        self.lines: list[Line] = []

    def tell(self, received: float, line: Line) -> None:
        self.lines.append({**line, "received": received})


def switched_on(*, dc: bool = False) -> tuple[RecordedStation, Notebook]:
    rng, notebook = Random(4), Notebook()
    hardware = Hardware(rating=DC_150, cabinet_power_w=150_000) if dc else Hardware()
    station = RecordedStation(
        "4107",
        hardware,
        Site(Grid(rng), Weather(rng)),
        notebook,
        timeline=Timeline(ManualClock(BEGIN)),
        rng=rng,
    )
    station.switch_on()
    return station, notebook


def charge(station: RecordedStation, notebook: Notebook, *, token: str = "04AABBCCDDEEFF") -> list[Line]:
    """Charge for an hour and a half; return what was told in that time."""
    start = len(notebook.lines)
    timeline = station.timeline
    timeline.run_until(timeline.clock.now() + 60)
    if station.connectors[1].car is None:
        station.plug_in(1, Car(CAR_MODELS[2], 0.1))
    station.present_token(1, token)
    timeline.run_until(timeline.clock.now() + 5_400)
    if station.connectors[1].transaction is not None:
        station.present_token(1, token)
    timeline.run_until(timeline.clock.now() + 60)
    if station.connectors[1].car is not None:
        station.unplug(1)
    timeline.run_until(timeline.clock.now() + 3_600)
    return notebook.lines[start:]


def values(
    lines: list[Line], measurand: str, phase: str | None = None, location: str | None = None
) -> list[float]:
    return [
        sample["value"]
        for line in lines
        if line["event"] == "meter"
        for sample in line["samples"]
        if (sample["measurand"], sample.get("phase"), sample.get("location")) == (measurand, phase, location)
    ]


def energies(lines: list[Line]) -> float:
    start = next(line["meter_wh"] for line in lines if line["event"] == "start")
    stop = next(line["meter_wh"] for line in lines if line["event"] == "stop")
    return float(stop - start)


def after(fault: Fault, days: float = 0.01, *, dc: bool = False) -> tuple[list[Line], list[Line]]:
    """Return what is told of a charge in health, and of the same some days after a fault has set in."""
    station, notebook = switched_on(dc=dc)
    sound = charge(station, notebook)
    begins = station.timeline.clock.now()
    plant(station, fault, begins_at=begins)
    station.timeline.run_until(begins + days * DAY)
    return sound, charge(station, notebook)


def test_a_sound_station_tells_sessions_in_order() -> None:
    station, notebook = switched_on()
    told = [
        line["event"]
        for line in charge(station, notebook)
        if line["event"] not in {"heartbeat", "signal", "meter"}
    ]
    assert told == ["status", "authorize", "start", "status", "stop", "status", "status"]


Told = tuple[list[Line], list[Line]]
CHANGES: list[tuple[Fault, float, bool, Callable[[list[Line]], float], float, float]] = [
    (ContactResistance(1, doubling_days=7), 14, False, lambda told: max(values(told, "Temperature")), 4, 60),
    (FanFailure(days=3), 4, True, lambda told: -max(values(told, "RPM", None, "Body")), 100, 3_000),
    (FilterClogging(per_day=0.05), 20, True, lambda told: max(values(told, "Temperature", None, "Body")), 1, 40),
    (VoltageSag(share=0.8), 0.01, False, lambda told: -max(values(told, "Voltage", "L1-N")), 30, 60),
    (LostNeutral(high=1.4), 0.01, False, lambda told: max(values(told, "Voltage", "L2-N")), 60, 120),
    (PhaseLoss(2), 0.01, False, lambda told: -max(values(told, "Current.Import", "L2")), 10, 40),
    (LooseTerminal(3, ohm=0.2, days=1), 2, False, lambda told: -min(values(told, "Voltage", "L3-N")), 1, 8),
    (MeterDrift(1, per_week=0.1), 7, False, energies, 200, 4_000),
    (MeterFrozen(1), 0.01, False, lambda told: -energies(told), 5_000, 40_000),
    (CtReversed(1), 0.01, False, lambda told: -min(values(told, "Current.Import", "L1")), 10, 40),
    (WrongUnit(1), 0.01, False, lambda told: -max(values(told, "Power.Active.Import")), 5_000, 20_000),
    (PowerDerating(1, share=0.3), 0.01, True, lambda told: -max(values(told, "Power.Active.Import")), 2e4, 1.4e5),
    (ContactorWear(share=3.0, days=1), 2, False, lambda told: next(
        line["received"] for line in told if line.get("status") == "Charging"
    ) - next(line["received"] for line in told if line["event"] == "start"), 4, 30),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change[0]).__name__)
def test_a_fault_changes_its_own_figure(
    change: tuple[Fault, float, bool, Callable[[list[Line]], float], float, float],
) -> None:
    fault, days, dc, figure, least, most = change
    sound, ill = after(fault, days, dc=dc)
    assert least < figure(ill) - figure(sound) < most


def test_a_register_that_falls_starts_the_next_charge_lower() -> None:
    sound, ill = after(MeterRollback(1, share=0.5))
    starts = [next(line["meter_wh"] for line in told if line["event"] == "start") for told in (sound, ill)]
    assert starts[1] < 0.6 * starts[0]


def test_a_measurand_can_go_missing() -> None:
    _, ill = after(MissingMeasurand("Temperature"))
    assert values(ill, "Temperature") == []
    assert values(ill, "Power.Active.Import")


def test_a_welded_contactor_charges_after_the_stop() -> None:
    _, ill = after(ContactorWelded(1))
    stop = next(line["received"] for line in ill if line["event"] == "stop")
    later = [
        line
        for line in ill
        if line["event"] == "meter" and "transaction" not in line and line["received"] > stop
    ]
    assert max(values(later, "Current.Import", "L1")) > 10


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (LockFailure(Random(1), 1, chance=1.0, days=0), "ConnectorLockFailure"),
        (GroundFault(Random(1), 1, chance=1.0, days=0), "GroundFailure"),
        (IsolationDecline(Random(1), 1, chance=1.0, days=0), "OtherError"),
        (CableCut(1), "OtherError"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_fault_that_is_reported_carries_its_code(fault: Fault, code: str) -> None:
    station, notebook = switched_on()
    plant(station, fault, begins_at=BEGIN + 10)
    station.timeline.run_until(BEGIN + 60)
    charge(station, notebook)
    assert code in {line.get("error_code") for line in notebook.lines}


def test_failing_starts_end_without_energy() -> None:
    _, ill = after(FailedStarts(Random(1), 1, chance=1.0))
    assert energies(ill) < 50


def test_a_stuck_plug_stays_in_preparing() -> None:
    station, notebook = switched_on()
    plant(station, StuckState(1), begins_at=BEGIN + 10, ends_at=BEGIN + DAY)
    station.timeline.run_until(BEGIN + DAY - 10)
    told = [line["status"] for line in notebook.lines if line["event"] == "status" and line["evse"] == 1]
    assert told[-1] == "Preparing"
    station.timeline.run_until(BEGIN + DAY + 10)
    assert station.status_of(station.connectors[1]) == "Available"


@pytest.mark.parametrize(
    ("fault", "event", "least"),
    [
        (FlappingConnectivity(Random(1), mean_up_s=100), "disconnect", 50),
        (RebootLoop(every_s=600), "boot", 20),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Fault) else "",
)
def test_a_connection_fault_shows_in_its_events(fault: Fault, event: str, least: int) -> None:
    station, notebook = switched_on()
    plant(station, fault, begins_at=BEGIN + 10)
    station.timeline.run_until(BEGIN + 4 * 3_600)
    assert sum(line["event"] == event for line in notebook.lines) > least


def test_a_silent_station_tells_nothing() -> None:
    station, notebook = switched_on()
    plant(station, SilentStation(), begins_at=BEGIN + 1_000)
    station.timeline.run_until(BEGIN + DAY)
    assert max(line["received"] for line in notebook.lines) < BEGIN + 1_001


def test_a_clock_that_drifts_shows_in_the_stamps() -> None:
    station, notebook = switched_on()
    plant(station, ClockDrift(per_day_s=30.0), begins_at=BEGIN)
    station.timeline.run_until(BEGIN + 2 * DAY)
    last = notebook.lines[-1]
    assert 50 < datetime.fromisoformat(last["t"]).timestamp() - last["received"] < 61


def test_a_weak_modem_loses_decibels() -> None:
    station, notebook = switched_on()
    plant(station, WeakSignal(loss_db=25, days=1), begins_at=BEGIN)
    station.timeline.run_until(BEGIN + 2 * DAY)
    told = [line["rssi_dbm"] for line in notebook.lines if line["event"] == "signal"]
    assert told[-1] < told[0] - 15


def test_a_dead_terminal_lets_only_cards_charge() -> None:
    station, notebook = switched_on()
    plant(station, PaymentTerminalDead(), begins_at=BEGIN + 1)
    adhoc = charge(station, notebook, token="0411223344556603")
    card = charge(station, notebook, token="041122334455667F")
    assert [any(line["event"] == "start" for line in told) for told in (adhoc, card)] == [False, True]
