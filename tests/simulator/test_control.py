"""Faults that somebody asks for while a fleet runs: by lines in a file, by the command, until they are mended."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.simulator.csms import Csms

from chargehand.project import cli
from chargehand.simulator.catalogue.kinds import KINDS
from chargehand.simulator.control import Control, Order, append, read_order
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]


async def _living(csms: Csms, path: Path) -> SimulatedStation:
    station = SimulatedStation("4107", csms.url)
    await station.connect()
    await station.boot()
    Control(path, [station.station], station.timeline, Random(1)).start()
    return station


def _codes(station: SimulatedStation) -> list[str]:
    return [each["errorCode"] for each in station.sent_of("StatusNotification") if each["connectorId"] == 2]


def test_a_plug_breaks_when_it_is_asked_for_and_is_mended(tell: Tell, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"

    async def story(csms: Csms) -> None:
        station = await _living(csms, path)
        assert (
            cli.main(["simulate-fault", "4107", "ground-fault", "--plug", "B", "--control", str(path)]) == 0
        )
        await station.advance(3)
        assert station.status(2) == "Faulted"
        assert _codes(station)[-1] == "GroundFailure"
        append(path, Order(station="4107", fault="mend", connector=2))
        await station.advance(3)
        assert station.status(2) == "Available"
        await station.close()

    tell(story)


def test_a_fault_ends_by_itself_when_its_time_is_over(tell: Tell, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"

    async def story(csms: Csms) -> None:
        station = await _living(csms, path)
        append(path, Order(station="4107", fault="lock", connector=2, lasts_s=60))
        await station.advance(3)
        assert station.status(2) == "Faulted"
        await station.advance(70)
        assert station.status(2) == "Available"
        await station.close()

    tell(story)


def test_lines_of_the_past_and_lines_that_are_no_orders_change_nothing(tell: Tell, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_bytes(b"")
    append(path, Order(station="4107", fault="lock", connector=2))

    async def story(csms: Csms) -> None:
        station = await _living(csms, path)
        with path.open("ab") as file:
            file.write(b'nonsense\n{"station":"9"}\n{"station":"9999","fault":"lock"}\n{"station":"4107"')
        await station.advance(5)
        assert station.status(2) == "Available"
        with path.open("ab") as file:
            file.write(b',"fault":"lock","connector":2}\n')
        await station.advance(5)
        assert station.status(2) == "Faulted"
        await station.close()

    tell(story)


def test_the_command_says_when_no_fleet_listens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate-fault", "4107", "lock", "--control", str(tmp_path / "none.jsonl")]) == 1
    assert "No simulated fleet follows" in capsys.readouterr().err


def test_a_fault_in_notation_is_an_order() -> None:
    assert read_order("meter-drift:per_week=0.1,age_days=7@4107/B+60") == Order(
        station="4107",
        fault="meter-drift",
        connector=2,
        after_s=60,
        parameters={"per_week": "0.1", "age_days": "7"},
    )
    assert read_order("cable-cut@4107") == Order(station="4107", fault="cable-cut")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cable-cut", "is not KIND"),
        ("cut@4107", "cut is no fault"),
        ("meter-drift:speed=2@4107", "meter-drift knows per_week, not speed"),
        ("meter-drift:per_week=fast@4107", "is a number, not fast"),
        ("meter-drift:per_week@4107", "is not name=value"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_order(text)


def test_a_planned_fault_sets_in_after_its_delay(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = SimulatedStation("4107", csms.url)
        await station.connect()
        await station.boot()
        planned = [read_order("cable-cut@4107/B+600")]
        Control(None, [station.station], station.timeline, Random(1), planned=planned).start()
        await station.advance(590)
        assert station.status(2) == "Available"
        await station.advance(20)
        assert station.status(2) == "Faulted"
        await station.close()

    tell(story)


@pytest.mark.parametrize("command", ["simulate", "simulate-fault"])
def test_the_catalogue_is_printed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main([command, "--list-faults"])
    told = capsys.readouterr().out
    assert [kind for kind in KINDS if kind not in told] == []
    assert "per_week=0.01, age_days=28" in told


def test_a_fault_for_a_station_that_the_fleet_has_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", "--stations", "3", "--fault", "cable-cut@9999"]) == 2
    assert "The fleet has no station 9999" in capsys.readouterr().err
