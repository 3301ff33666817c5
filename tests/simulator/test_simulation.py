import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.patience import PATIENCE_S
from tests.simulator.csms import Csms

from chargehand.simulator import command
from chargehand.simulator.simulation import Options, Simulation, Tally, run

Tell = Callable[[Any], None]


def test_two_hundred_stations_boot_on_one_loop(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        simulation = Simulation(Options(url=csms.url, stations=200, speed=10))
        simulation.start()
        await simulation.wait_until_booted(timeout_s=PATIENCE_S)
        for station in simulation.stations:
            await station.outbox.settle()
        tally = simulation.tally()
        assert (tally.connected, tally.queued) == (200, 0)
        assert csms.actions().count("BootNotification") == 200
        assert {who for who, action, _ in csms.calls if action == "StatusNotification"} == {
            plan.id for plan in simulation.fleet.stations
        }
        await simulation.close()

    tell(story)


def test_stations_that_are_not_let_in_keep_trying(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        csms.refuses = True
        simulation = Simulation(Options(url=csms.url, stations=3, speed=600))
        simulation.start()
        with pytest.raises(TimeoutError):
            await simulation.wait_until_booted(timeout_s=0.3)
        csms.refuses = False
        await simulation.wait_until_booted(timeout_s=PATIENCE_S)
        assert simulation.tally().connected == 3
        await simulation.close()

    tell(story)


def test_a_day_in_seconds_brings_drivers_who_charge_and_leave(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        options = Options(
            url=csms.url, stations=4, speed=20_000, stamps_simulated=True, sample_interval_s=900
        )
        simulation = Simulation(options)
        simulation.start()
        await simulation.wait_until_booted(timeout_s=PATIENCE_S)
        await simulation.live()
        await csms.wait_for("StopTransaction", 4)
        assert sum(each.visits for each in simulation.drivers) >= 4
        assert csms.said("Authorize")
        tokens = {each.token for each in simulation.fleet.drivers}
        assert {each["idTag"] for each in csms.said("StartTransaction")} <= tokens
        await simulation.close()

    tell(story)


def test_running_reports_how_it_went_and_ends_after_its_time(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        tallies: list[Tally] = []
        options = Options(url=csms.url, stations=2, history_days=1, duration_s=0.2)
        await run(options, report=tallies.append)
        assert tallies[-1].stations == 2
        assert tallies[-1].messages_sent == len(csms.calls)

    tell(story)


def read(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_the_guide_lists_every_option_of_the_command_and_no_other() -> None:
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "simulate.md"
    listed = re.findall(r"^\| `(--[a-z-]+)`", guide.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [f"--{name.replace('_', '-')}" for name in vars(read())]


def test_the_command_reads_its_options() -> None:
    options = command.read_options(
        read(
            "--url",
            "wss://csms.example/ocpp",
            "--stations",
            "5",
            "--versions",
            "2.0.1",
            "--history-days",
            "60",
        )
    )
    assert options == Options(url="wss://csms.example/ocpp", stations=5, versions=("2.0.1",), history_days=60)
    assert command.read_options(read()) == Options()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--versions", "1.5"), "--versions takes 1.6, 2.0.1, 2.1, not 1.5."),
        (("--versions", ","), "--versions takes 1.6, 2.0.1, 2.1, not nothing."),
        (("--stations", "0"), "--stations is at least 1."),
        (("--speed", "0"), "--speed is a positive number."),
        (("--history-days", "-1"), "--history-days is not negative."),
    ],
)
def test_options_without_sense_are_refused_in_a_sentence(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(read(*words)) == 2
    assert capsys.readouterr().err == f"chargehand simulate: {sentence}\n"


def test_the_command_runs_to_its_end_even_without_a_csms(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(read("--url", "ws://127.0.0.1:1", "--stations", "1", "--duration", "0.1")) == 0
    assert capsys.readouterr().out == "0 of 1 stations connected, 0 charging, 0 messages sent, 0 queued\n"
