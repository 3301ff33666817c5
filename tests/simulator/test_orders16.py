from collections.abc import Callable
from typing import Any

import pytest
from tests.simulator.csms import Csms, Payload

from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]


async def booted(csms: Csms, **options: Any) -> SimulatedStation:
    station = SimulatedStation("4107", csms.url, "1.6", "secret", **options)
    await station.connect()
    assert await station.boot() == "Accepted"
    return station


def statuses(csms: Csms, connector: int = 1) -> list[str]:
    return [each["status"] for each in csms.said("StatusNotification") if each["connectorId"] == connector]


def test_a_remote_start_and_stop_are_followed_after_the_answer(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        start = {"connectorId": 1, "idTag": "APP-1"}
        await station.plug_in(1)
        assert await csms.ask("4107", "RemoteStartTransaction", start) == {"status": "Accepted"}
        await station.settle()
        assert csms.said("StartTransaction")[0]["idTag"] == "APP-1"
        assert csms.said("Authorize") == []
        assert await csms.ask("4107", "RemoteStartTransaction", start) == {"status": "Rejected"}
        assert await csms.ask("4107", "RemoteStopTransaction", {"transactionId": 9}) == {"status": "Rejected"}
        assert await csms.ask("4107", "RemoteStopTransaction", {"transactionId": 1001}) == {
            "status": "Accepted"
        }
        await station.settle()
        assert csms.said("StopTransaction")[0]["reason"] == "Remote"
        assert station.status(1) == "Finishing"
        await station.close()

    tell(story)


@pytest.mark.parametrize("kind", ["Hard", "Soft"])
def test_a_reset_ends_the_transaction_disconnects_and_boots_again(tell: Tell, kind: str) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        assert await csms.ask("4107", "Reset", {"type": kind}) == {"status": "Accepted"}
        await station.settle()
        await station.advance(60)
        assert csms.said("StopTransaction")[0]["reason"] == f"{kind}Reset"
        assert csms.connections == 2
        assert csms.actions().count("BootNotification") == 2
        assert statuses(csms)[-1] == "Finishing"
        await station.close()

    tell(story)


def test_a_blocked_connector_finishes_its_transaction_first(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        block = {"connectorId": 0, "type": "Inoperative"}
        assert await csms.ask("4107", "ChangeAvailability", block) == {"status": "Scheduled"}
        await station.settle()
        assert (station.status(1), station.status(2)) == ("Charging", "Unavailable")
        await station.unplug(1)
        assert station.status(1) == "Unavailable"
        free = {"connectorId": 0, "type": "Operative"}
        assert await csms.ask("4107", "ChangeAvailability", free) == {"status": "Accepted"}
        await station.settle()
        assert statuses(csms, 2)[-2:] == ["Unavailable", "Available"]
        bad = {"connectorId": 7, "type": "Operative"}
        assert await csms.ask("4107", "ChangeAvailability", bad) == {"status": "Rejected"}
        await station.close()

    tell(story)


def test_unlocking_ends_the_transaction(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        assert await csms.ask("4107", "UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
        await station.settle()
        assert csms.said("StopTransaction")[0]["reason"] == "UnlockCommand"
        assert await csms.ask("4107", "UnlockConnector", {"connectorId": 5}) == {"status": "NotSupported"}
        await station.break_down(2, ErrorReport("ConnectorLockFailure"))
        assert await csms.ask("4107", "UnlockConnector", {"connectorId": 2}) == {"status": "UnlockFailed"}
        await station.close()

    tell(story)


def test_configuration_is_read_and_changed_by_the_book(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        whole = await csms.ask("4107", "GetConfiguration", {})
        keys = {each["key"]: each["value"] for each in whole["configurationKey"]}
        assert keys["NumberOfConnectors"] == "2"
        assert keys["MeterValueSampleInterval"] == "60"
        assert "unknownKey" not in whole
        some = await csms.ask("4107", "GetConfiguration", {"key": ["metervaluesampleinterval", "Fortune"]})
        assert [each["key"] for each in some["configurationKey"]] == ["MeterValueSampleInterval"]
        assert some["unknownKey"] == ["Fortune"]

        async def change(key: str, value: str) -> Any:
            return (await csms.ask("4107", "ChangeConfiguration", {"key": key, "value": value}))["status"]

        assert await change("MeterValueSampleInterval", "30") == "Accepted"
        assert await change("MeterValueSampleInterval", "-1") == "Rejected"
        assert await change("NumberOfConnectors", "4") == "Rejected"
        assert await change("Fortune", "1") == "NotSupported"
        assert await change("MeterValuesSampledData", "Voltage,Fortune") == "Rejected"
        assert await change("MeterValuesSampledData", "Voltage, Frequency") == "Accepted"
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.advance(61)
        sampled = csms.said("MeterValues")[-1]["meterValue"][0]["sampledValue"]
        assert len(csms.said("MeterValues")) == 2
        assert {each["measurand"] for each in sampled} == {"Voltage", "Frequency"}
        await station.close()

    tell(story)


def test_a_new_password_is_used_from_the_next_connection_on(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        change = {"key": "AuthorizationKey", "value": b"0123456789abcdef".hex()}
        assert await csms.ask("4107", "ChangeConfiguration", change) == {"status": "Accepted"}
        await station.settle()
        await station.advance(10)
        assert csms.connections == 2
        assert csms.headers["4107"]["Authorization"] == "Basic NDEwNzowMTIzNDU2Nzg5YWJjZGVm"
        short = {"key": "AuthorizationKey", "value": "00ff"}
        assert await csms.ask("4107", "ChangeConfiguration", short) == {"status": "Rejected"}
        await station.close()

    tell(story)


def test_clock_aligned_values_come_at_full_intervals_of_the_day(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await csms.ask("4107", "ChangeConfiguration", {"key": "ClockAlignedDataInterval", "value": "900"})
        await station.advance(3_600)
        stamps = [each["meterValue"][0]["timestamp"] for each in csms.said("MeterValues")]
        assert len(stamps) == 8
        assert {stamp[14:19] for stamp in stamps} == {"00:00", "15:00", "30:00", "45:00"}
        await station.close()

    tell(story)


def test_triggered_messages_are_sent(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        for message in ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification"):
            before = csms.actions().count(message)
            ask = {"requestedMessage": message}
            assert await csms.ask("4107", "TriggerMessage", ask) == {"status": "Accepted"}
            await station.settle()
            assert csms.actions().count(message) > before
        no = {"requestedMessage": "DiagnosticsStatusNotification"}
        assert await csms.ask("4107", "TriggerMessage", no) == {"status": "NotImplemented"}
        elsewhere: Payload = {"requestedMessage": "MeterValues", "connectorId": 8}
        assert await csms.ask("4107", "TriggerMessage", elsewhere) == {"status": "Rejected"}
        await station.close()

    tell(story)


def test_the_other_commands_are_answered_by_the_book(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        assert await csms.ask("4107", "ClearCache", {}) == {"status": "Accepted"}
        assert await csms.ask("4107", "DataTransfer", {"vendorId": "x"}) == {"status": "UnknownVendorId"}
        entry: Payload = {"idTag": "LIST-1", "idTagInfo": {"status": "Accepted"}}
        full: Payload = {"listVersion": 2, "updateType": "Full", "localAuthorizationList": [entry]}
        assert await csms.ask("4107", "SendLocalList", full) == {"status": "Accepted"}
        assert await csms.ask("4107", "GetLocalListVersion", {}) == {"listVersion": 2}
        drop = {
            "listVersion": 3,
            "updateType": "Differential",
            "localAuthorizationList": [{"idTag": "LIST-1"}],
        }
        assert await csms.ask("4107", "SendLocalList", drop) == {"status": "Accepted"}
        assert await csms.ask("4107", "SendLocalList", drop) == {"status": "VersionMismatch"}
        assert (await csms.ask("4107", "CancelReservation", {"reservationId": 1}))[0] == "NotImplemented"
        assert [each.action for each in station.received][-1] == "CancelReservation"
        await station.close()

    tell(story)


def test_a_fault_ends_the_transaction_and_is_reported_until_it_is_cleared(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.break_down(1, ErrorReport("GroundFailure", "E-17", "residual current 8 mA"))
        told = csms.said("StatusNotification")[-1]
        assert (told["status"], told["errorCode"], told["vendorErrorCode"]) == (
            "Faulted",
            "GroundFailure",
            "E-17",
        )
        assert csms.said("StopTransaction")[0]["reason"] == "Other"
        await station.recover(1)
        assert csms.said("StatusNotification")[-1]["errorCode"] == "NoError"
        await station.close()

    tell(story)


def test_a_wrong_payload_is_answered_with_the_versions_own_error(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        answer = await csms.ask("4107", "Reset", {"type": "Gentle"})
        assert answer[0] == "FormationViolation"
        csms.violations.clear()
        await station.close()

    tell(story)
