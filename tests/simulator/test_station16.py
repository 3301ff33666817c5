from collections.abc import Callable
from typing import Any

import pytest
from tests.simulator.csms import NOW, Csms

from chargehand.simulator.car import CAR_MODELS, Car
from chargehand.simulator.link import LinkError
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]


async def booted(csms: Csms, **options: Any) -> SimulatedStation:
    station = SimulatedStation("4107", csms.url, "1.6", "secret", **options)
    await station.connect()
    assert await station.boot() == "Accepted"
    return station


def test_a_station_boots_and_reports_every_connector(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        assert [each["connectorId"] for each in csms.said("StatusNotification")] == [0, 1, 2]
        assert csms.headers["4107"]["Authorization"] == "Basic NDEwNzpzZWNyZXQ="
        await station.close()

    tell(story)


def test_a_car_charges_and_pays_for_what_the_meter_counted(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        car = await station.plug_in(1, Car(CAR_MODELS[1], soc=0.30))
        assert station.status(1) == "Preparing"
        await station.present_token(1, "RFID-1")
        assert station.status(1) == "Charging"
        await station.advance(3600)
        await station.present_token(1, "RFID-1")
        assert station.status(1) == "Finishing"
        await station.unplug(1)
        assert station.status(1) == "Available"
        (start,) = csms.said("StartTransaction")
        (stop,) = csms.said("StopTransaction")
        energy = stop["meterStop"] - start["meterStart"]
        assert 9_000 < energy < 11_500
        assert car.soc == pytest.approx(0.30 + energy * 0.9 / 58_000, abs=0.001)
        assert stop["reason"] == "Local"
        assert len(csms.said("MeterValues")) == 60
        statuses = [each["status"] for each in csms.said("StatusNotification") if each["connectorId"] == 1]
        assert statuses == ["Available", "Preparing", "Charging", "Finishing", "Available"]
        await station.close()

    tell(story)


def test_a_refused_handshake_is_told_to_the_caller(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        csms.refuses = True
        with pytest.raises(LinkError):
            await SimulatedStation("4107", csms.url).connect()

    tell(story)


def test_a_pending_station_asks_again_after_the_interval(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        csms.rules["BootNotification"] = {"status": "Pending", "currentTime": NOW, "interval": 20}
        station = SimulatedStation("4107", csms.url)
        await station.connect()
        assert await station.boot() == "Pending"
        assert csms.actions() == ["BootNotification"]
        del csms.rules["BootNotification"]
        await station.advance(19)
        assert csms.actions() == ["BootNotification"]
        await station.advance(2)
        assert csms.actions().count("BootNotification") == 2
        assert "StatusNotification" in csms.actions()
        await station.close()

    tell(story)
