from collections.abc import Callable
from typing import Any

import pytest
from tests.simulator.csms import NOW, Csms

from chargehand.simulator.car import CAR_MODELS, Car, Pause
from chargehand.simulator.link import LinkError
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]


async def booted(csms: Csms, **options: Any) -> SimulatedStation:
    station = SimulatedStation("4107", csms.url, "1.6", "secret", **options)
    await station.connect()
    assert await station.boot() == "Accepted"
    return station


def statuses(csms: Csms, connector: int = 1) -> list[str]:
    return [each["status"] for each in csms.said("StatusNotification") if each["connectorId"] == connector]


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
        (start,) = csms.said("StartTransaction")
        (stop,) = csms.said("StopTransaction")
        energy = stop["meterStop"] - start["meterStart"]
        assert 9_000 < energy < 11_500
        assert energy == station.transactions[0].energy_wh
        assert car.soc == pytest.approx(0.30 + energy * 0.9 / 58_000, abs=0.001)
        assert (stop["reason"], stop["idTag"]) == ("Local", "RFID-1")
        assert len(csms.said("MeterValues")) == 60
        assert statuses(csms) == ["Available", "Preparing", "Charging", "Finishing", "Available"]
        assert csms.actions().index("Authorize") < csms.actions().index("StartTransaction")
        await station.close()

    tell(story)


def test_meter_values_carry_the_number_the_csms_gave_and_grow(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.advance(900)
        sent = csms.said("MeterValues")
        assert {each["transactionId"] for each in sent} == {1001}
        registers = [
            int(value["value"])
            for each in sent
            for value in each["meterValue"][0]["sampledValue"]
            if value["measurand"] == "Energy.Active.Import.Register"
        ]
        assert len(registers) == 15
        assert registers == sorted(registers)
        assert registers[-1] > registers[0]
        await station.close()

    tell(story)


def test_a_token_shown_first_waits_for_the_plug_and_not_for_ever(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.present_token(1, "RFID-1")
        assert station.status(1) == "Preparing"
        await station.advance(61)
        assert station.status(1) == "Available"
        await station.plug_in(1)
        assert station.transactions == []
        await station.present_token(2, "RFID-2")
        await station.advance(30)
        await station.plug_in(2)
        assert [each.token for each in station.transactions] == ["RFID-2"]
        await station.close()

    tell(story)


def test_an_unknown_token_starts_nothing(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        csms.rules["Authorize"] = {"idTagInfo": {"status": "Invalid"}}
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "STRANGER")
        assert csms.said("StartTransaction") == []
        assert station.status(1) == "Preparing"
        await station.close()

    tell(story)


def test_a_strangers_token_does_not_end_a_transaction_but_one_of_the_group_does(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        groups = {"RFID-1": "FLEET", "RFID-2": "FLEET", "RFID-3": "OTHERS"}
        csms.rules["Authorize"] = lambda _, asked: {
            "idTagInfo": {"status": "Accepted", "parentIdTag": groups[asked["idTag"]]}
        }
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.present_token(1, "RFID-3")
        assert station.status(1) == "Charging"
        await station.present_token(1, "RFID-2")
        assert csms.said("StopTransaction")[0]["idTag"] == "RFID-2"
        await station.close()

    tell(story)


def test_a_transaction_whose_token_is_refused_at_the_start_ends(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        csms.rules["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": "Blocked"}}
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        (stop,) = csms.said("StopTransaction")
        assert (stop["transactionId"], stop["reason"]) == (5, "DeAuthorized")
        await station.close()

    tell(story)


def test_a_start_answered_without_a_number_is_stopped_without_one(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        csms.rules["StartTransaction"] = {"idTagInfo": {"status": "Accepted"}}
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.unplug(1)
        assert csms.said("StopTransaction")[0]["transactionId"] == -1
        assert csms.violations != []
        csms.violations.clear()
        await station.close()

    tell(story)


def test_a_full_or_pausing_car_is_reported_as_suspended_by_the_car(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1, Car(CAR_MODELS[1], 0.3, 0.5, (Pause(600, 600),)))
        await station.present_token(1, "RFID-1")
        await station.advance(4 * 3600)
        assert statuses(csms)[2:] == ["Charging", "SuspendedEV", "Charging", "SuspendedEV"]
        await station.close()

    tell(story)


def test_a_refused_handshake_is_told_to_the_caller(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        csms.refuses = True
        with pytest.raises(LinkError):
            await SimulatedStation("4107", csms.url).connect()

    tell(story)


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_a_station_that_is_not_accepted_asks_again_after_the_interval(tell: Tell, status: str) -> None:
    async def story(csms: Csms) -> None:
        csms.rules["BootNotification"] = {"status": status, "currentTime": NOW, "interval": 20}
        station = SimulatedStation("4107", csms.url)
        await station.connect()
        assert await station.boot() == status
        await station.plug_in(1)
        await station.advance(19)
        assert csms.actions() == ["BootNotification"]
        del csms.rules["BootNotification"]
        await station.advance(2)
        assert csms.actions()[:3] == ["BootNotification", "BootNotification", "StatusNotification"]
        assert statuses(csms) == ["Preparing"]
        await station.close()

    tell(story)


def test_heartbeats_follow_the_interval_of_the_boot(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.advance(1_000)
        assert csms.actions().count("Heartbeat") == 3
        change = {"key": "heartbeatinterval", "value": "100"}
        assert await csms.ask("4107", "ChangeConfiguration", change) == {"status": "Accepted"}
        await station.advance(1_001)
        assert csms.actions().count("Heartbeat") == 13
        await station.close()

    tell(story)


def test_a_drop_in_the_middle_of_a_start_keeps_one_transaction(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        csms.rules["StartTransaction"] = lambda _, __: None
        await station.plug_in(1)
        station.station.present_token(1, "RFID-1")
        while not csms.said("StartTransaction"):
            await station.breathe()
        await csms.drop("4107")
        del csms.rules["StartTransaction"]
        while station.station.is_connected:
            await station.breathe()
        await station.advance(300)
        first, second = csms.said("StartTransaction")
        assert first == second
        ids = [each for _, action, each in csms.ids if action == "StartTransaction"]
        assert ids[0] == ids[1]
        assert [each.csms_id for each in station.transactions] == [1001]
        assert {each["transactionId"] for each in csms.said("MeterValues")} == {1001}
        await station.close()

    tell(story)


def test_a_session_that_began_and_ended_offline_comes_in_order_with_old_times(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        change = {"key": "AllowOfflineTxForUnknownId", "value": "true"}
        await csms.ask("4107", "ChangeConfiguration", change)
        await station.go_offline()
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.advance(300)
        await station.unplug(1)
        await station.advance(7_200)
        assert csms.said("StartTransaction") == []
        await station.go_online()
        order = [each for each in csms.actions() if each not in {"BootNotification", "StatusNotification"}]
        assert order == ["StartTransaction", *["MeterValues"] * 5, "StopTransaction"]
        (start,), (stop,) = csms.said("StartTransaction"), csms.said("StopTransaction")
        stamps = [each["meterValue"][0]["timestamp"] for each in csms.said("MeterValues")]
        assert sorted([start["timestamp"], *stamps, stop["timestamp"]]) == [
            start["timestamp"],
            *stamps,
            stop["timestamp"],
        ]
        assert stop["transactionId"] == 1001
        assert csms.actions().count("BootNotification") == 1
        await station.close()

    tell(story)


def test_offline_only_known_tokens_may_charge(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.unplug(1)
        await station.go_offline()
        await station.plug_in(1)
        await station.plug_in(2)
        await station.present_token(1, "rfid-1")
        await station.present_token(2, "STRANGER")
        assert [each.connector for each in station.transactions] == [1, 1]
        await station.close()

    tell(story)


def test_a_transaction_message_answered_with_an_error_comes_again(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        csms.rules["StartTransaction"] = "error"
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        del csms.rules["StartTransaction"]
        await station.advance(61)
        assert len(csms.said("StartTransaction")) == 2
        assert station.transactions[0].csms_id == 1001
        await station.close()

    tell(story)


def test_a_station_reconnects_by_itself_and_tells_what_has_changed(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await csms.drop("4107")
        while station.station.is_connected:
            await station.breathe()
        await station.plug_in(2)
        await station.advance(10)
        assert csms.connections == 2
        assert csms.actions()[4:] == ["StatusNotification"]
        assert statuses(csms, 2) == ["Available", "Preparing"]
        await station.close()

    tell(story)
