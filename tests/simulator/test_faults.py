from collections.abc import Callable
from random import Random
from typing import Any

from tests.patience import PATIENCE_S
from tests.simulator.csms import Csms

from chargehand.simulator.faults import (
    Fault,
    FlappingConnectivity,
    RebootLoop,
    SilentStation,
    UnansweredCommands,
    plant,
)
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]


async def booted(csms: Csms) -> SimulatedStation:
    station = SimulatedStation("4107", csms.url)
    await station.connect()
    await station.boot()
    return station


class Corrosion(Fault):
    kind = "contact-resistance-rise"

    def begin(self, station: OrderedStation) -> None:
        self.set(station, 1.5)

    def grow(self, station: OrderedStation, since_s: float) -> None:
        self.set(station, 1.5 + since_s / 3600)

    def end(self, station: OrderedStation) -> None:
        self.set(station, 1.0)

    def set(self, station: OrderedStation, factor: float) -> None:
        station.connectors[1].outlet.conditions.contact_resistance = factor


def test_a_fault_begins_grows_and_ends_at_its_times(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        now = station.timeline.clock.now()
        planted = plant(station.station, Corrosion(), begins_at=now + 600, ends_at=now + 7_800)
        conditions = station.connector(1).outlet.conditions
        await station.advance(599)
        assert (planted.is_active, conditions.contact_resistance) == (False, 1.0)
        await station.advance(2)
        assert (planted.is_active, conditions.contact_resistance) == (True, 1.5)
        await station.advance(3_600)
        assert conditions.contact_resistance == 2.5
        await station.advance(3_600)
        assert (planted.is_active, conditions.contact_resistance) == (False, 1.0)
        await station.close()

    tell(story)


def test_a_flapping_connection_breaks_often_and_loses_no_transaction_message(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        now = station.timeline.clock.now()
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        plant(
            station.station,
            FlappingConnectivity(Random(1), mean_up_s=60),
            begins_at=now + 60,
            ends_at=now + 1_800,
        )
        await station.advance(2_400)
        await station.unplug(1)
        assert csms.connections > 10
        assert len(csms.said("StartTransaction")) == 1
        stamps = [each["meterValue"][0]["timestamp"] for each in csms.said("MeterValues")]
        assert len(set(stamps)) == 40
        assert stamps == sorted(stamps)
        assert csms.actions()[-2:] == ["StopTransaction", "StatusNotification"]
        await station.close()

    tell(story)


def test_a_silent_station_says_nothing_until_it_comes_back(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        station.station.outbox.timeout_s = 0.05
        now = station.timeline.clock.now()
        plant(station.station, SilentStation(), begins_at=now + 10, ends_at=now + 3_600)
        await station.advance(20)
        count = len(csms.calls)
        await station.plug_in(1)
        await station.advance(3_000)
        assert len(csms.calls) == count
        await station.advance(575)
        station.station.outbox.timeout_s = PATIENCE_S
        await station.advance(125)
        assert csms.connections == 2
        assert csms.said("StatusNotification")[-1]["status"] == "Preparing"
        await station.close()

    tell(story)


def test_a_station_can_talk_without_answering(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        now = station.timeline.clock.now()
        plant(station.station, UnansweredCommands(), begins_at=now, ends_at=now + 400)
        await station.advance(301)
        assert csms.actions().count("Heartbeat") == 1
        await csms.tell("4107", "ClearCache", {})
        assert (await station.wait_for("ClearCache")).answer is None
        await station.advance(100)
        assert await csms.ask("4107", "ClearCache", {}) == {"status": "Accepted"}
        await station.close()

    tell(story)


def test_a_reboot_loop_boots_again_and_again_and_ends_transactions_as_rebooted(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        now = station.timeline.clock.now()
        plant(station.station, RebootLoop(every_s=300), begins_at=now + 1, ends_at=now + 1_000)
        await station.advance(2_000)
        assert csms.actions().count("BootNotification") == 5
        assert csms.said("StopTransaction")[0]["reason"] == "Reboot"
        await station.close()

    tell(story)
