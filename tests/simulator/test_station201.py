from collections.abc import Callable
from typing import Any

import pytest
from tests.simulator.csms import Csms

from chargehand.simulator.car import CAR_MODELS, Car
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.outlet import DC_150
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]


async def booted(csms: Csms, **options: Any) -> SimulatedStation:
    station = SimulatedStation("4107", csms.url, "2.0.1", "secret", **options)
    await station.connect()
    assert await station.boot() == "Accepted"
    return station


def triggers(csms: Csms) -> list[tuple[str, str, str]]:
    return [
        (each["eventType"], each["triggerReason"], each["transactionInfo"]["chargingState"])
        for each in csms.said("TransactionEvent")
        if each["triggerReason"] != "MeterValuePeriodic"
    ]


def test_a_transaction_is_numbered_without_gaps_from_start_to_end(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        assert station.status(1) == "Occupied"
        await station.present_token(1, "RFID-1")
        await station.advance(600)
        await station.present_token(1, "RFID-1")
        await station.unplug(1)
        events = csms.said("TransactionEvent")
        assert [each["seqNo"] for each in events] == list(range(12))
        assert len({each["transactionInfo"]["transactionId"] for each in events}) == 1
        assert triggers(csms) == [
            ("Started", "Authorized", "Charging"),
            ("Ended", "StopAuthorized", "EVConnected"),
        ]
        assert events[0]["idToken"] == {"idToken": "RFID-1", "type": "ISO14443"}
        assert events[0]["evse"] == {"id": 1, "connectorId": 1}
        assert all("offline" not in each for each in events)
        await station.close()

    tell(story)


def test_a_transaction_that_starts_with_the_plug_gets_its_token_later(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        variable = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}
        answer = await csms.ask(
            "4107", "SetVariables", {"setVariableData": [variable | {"attributeValue": "EVConnected"}]}
        )
        assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted"
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.unplug(1)
        assert triggers(csms) == [
            ("Started", "CablePluggedIn", "EVConnected"),
            ("Updated", "Authorized", "EVConnected"),
            ("Updated", "ChargingStateChanged", "Charging"),
            ("Ended", "EVCommunicationLost", "EVConnected"),
        ]
        events = csms.said("TransactionEvent")
        assert ["idToken" in each for each in events] == [False, True, False, False]
        assert events[-1]["transactionInfo"]["stoppedReason"] == "EVDisconnected"
        await station.close()

    tell(story)


def test_a_remote_start_carries_its_number_into_the_transaction(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(2)
        answer = await csms.ask(
            "4107",
            "RequestStartTransaction",
            {"evseId": 2, "remoteStartId": 77, "idToken": {"idToken": "APP-1", "type": "Central"}},
        )
        assert answer == {"status": "Accepted"}
        await station.settle()
        (started,) = csms.said("TransactionEvent")
        assert started["triggerReason"] == "RemoteStart"
        assert started["transactionInfo"]["remoteStartId"] == 77
        assert started["idToken"]["type"] == "Central"
        transaction = started["transactionInfo"]["transactionId"]
        status = await csms.ask("4107", "GetTransactionStatus", {"transactionId": transaction})
        assert status == {"ongoingIndicator": True, "messagesInQueue": False}
        assert await csms.ask("4107", "RequestStopTransaction", {"transactionId": "other"}) == {
            "status": "Rejected"
        }
        await csms.ask("4107", "RequestStopTransaction", {"transactionId": transaction})
        await station.settle()
        assert csms.said("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "Remote"
        await station.close()

    tell(story)


def test_a_refused_token_ends_the_transaction_that_it_began(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        csms.rules["TransactionEvent"] = {"idTokenInfo": {"status": "Blocked"}}
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        assert triggers(csms)[-1] == ("Ended", "Deauthorized", "EVConnected")
        assert csms.said("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "DeAuthorized"
        await station.close()

    tell(story)


def test_events_of_an_offline_time_come_later_in_order_and_say_so(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.go_offline()
        await station.advance(300)
        await station.unplug(1)
        await station.advance(60)
        assert len(csms.said("TransactionEvent")) == 1
        await station.go_online()
        events = csms.said("TransactionEvent")
        assert [each["seqNo"] for each in events] == list(range(len(events)))
        assert [each.get("offline", False) for each in events] == [False] + [True] * (len(events) - 1)
        stamps = [each["timestamp"] for each in events]
        assert stamps == sorted(stamps)
        assert csms.said("StatusNotification")[-1]["connectorStatus"] == "Available"
        await station.close()

    tell(story)


def test_the_full_inventory_comes_in_parts_and_reads_back(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        answer = await csms.ask("4107", "GetBaseReport", {"requestId": 5, "reportBase": "FullInventory"})
        assert answer == {"status": "Accepted"}
        await station.settle()
        parts = csms.said("NotifyReport")
        assert [each["seqNo"] for each in parts] == list(range(len(parts)))
        assert [each["tbc"] for each in parts] == [True] * (len(parts) - 1) + [False]
        entries = [entry for part in parts for entry in part["reportData"]]
        assert len(entries) > 50
        for entry in entries:
            asked = [{"component": entry["component"], "variable": entry["variable"]}]
            answer = await csms.ask("4107", "GetVariables", {"getVariableData": asked})
            result = answer["getVariableResult"][0]
            attribute = entry["variableAttribute"][0]
            if attribute["mutability"] == "WriteOnly":
                assert result["attributeStatus"] == "Rejected"
            elif entry["variable"]["name"] not in {"DateTime", "Temperature"}:
                assert result["attributeValue"] == attribute["value"]
        await station.close()

    tell(story)


@pytest.mark.parametrize(
    ("component", "variable", "value", "status"),
    [
        ("SampledDataCtrlr", "TxUpdatedInterval", "30", "Accepted"),
        ("sampleddatactrlr", "txupdatedinterval", "30", "Accepted"),
        ("SampledDataCtrlr", "TxUpdatedInterval", "often", "Rejected"),
        ("SampledDataCtrlr", "TxUpdatedInterval", "-1", "Rejected"),
        ("SampledDataCtrlr", "TxUpdatedMeasurands", "Voltage,Fortune", "Rejected"),
        ("SampledDataCtrlr", "Fortune", "1", "UnknownVariable"),
        ("FortuneCtrlr", "Enabled", "1", "UnknownComponent"),
        ("SecurityCtrlr", "SecurityProfile", "3", "Rejected"),
        ("OCPPCommCtrlr", "HeartbeatInterval", "10", "Accepted"),
        ("AuthCtrlr", "LocalPreAuthorize", "yes", "Rejected"),
    ],
)
def test_a_variable_is_set_only_to_what_it_can_hold(
    tell: Tell, component: str, variable: str, value: str, status: str
) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        data = {"component": {"name": component}, "variable": {"name": variable}, "attributeValue": value}
        answer = await csms.ask("4107", "SetVariables", {"setVariableData": [data]})
        assert answer["setVariableResult"][0]["attributeStatus"] == status
        await station.close()

    tell(story)


def test_a_reset_on_idle_waits_for_the_transaction(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        assert await csms.ask("4107", "Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
        await station.advance(120)
        assert csms.connections == 1
        await station.present_token(1, "RFID-1")
        await station.advance(40)
        assert csms.connections == 2
        assert [each["reason"] for each in csms.said("BootNotification")] == ["PowerUp", "ScheduledReset"]
        await station.close()

    tell(story)


def test_an_immediate_reset_ends_transactions_and_reboots(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        assert await csms.ask("4107", "Reset", {"type": "Immediate"}) == {"status": "Accepted"}
        await station.settle()
        await station.advance(60)
        assert csms.said("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "ImmediateReset"
        assert csms.said("BootNotification")[-1]["reason"] == "RemoteReset"
        await station.close()

    tell(story)


def test_the_other_commands_are_answered_by_the_book(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        plug = {"evseId": 1, "connectorId": 1}
        assert await csms.ask("4107", "UnlockConnector", plug) == {"status": "Unlocked"}
        assert await csms.ask("4107", "UnlockConnector", {"evseId": 9, "connectorId": 1}) == {
            "status": "UnknownConnector"
        }
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        assert await csms.ask("4107", "UnlockConnector", plug) == {"status": "OngoingAuthorizedTransaction"}
        down = {"operationalStatus": "Inoperative", "evse": {"id": 1}}
        assert await csms.ask("4107", "ChangeAvailability", down) == {"status": "Scheduled"}
        await station.unplug(1)
        assert station.status(1) == "Unavailable"
        assert (
            await csms.ask("4107", "CustomerInformation", {"requestId": 1, "report": True, "clear": False})
        )[0] == "NotImplemented"
        assert await csms.ask("4107", "ClearCache", {}) == {"status": "Accepted"}
        assert await csms.ask("4107", "DataTransfer", {"vendorId": "x"}) == {"status": "UnknownVendorId"}
        ask = {"requestedMessage": "BootNotification"}
        assert await csms.ask("4107", "TriggerMessage", ask) == {"status": "Rejected"}
        ask = {"requestedMessage": "LogStatusNotification"}
        assert await csms.ask("4107", "TriggerMessage", ask) == {"status": "NotImplemented"}
        before = len(csms.said("MeterValues"))
        assert await csms.ask("4107", "TriggerMessage", {"requestedMessage": "MeterValues"}) == {
            "status": "Accepted"
        }
        await station.settle()
        assert len(csms.said("MeterValues")) == before + 2
        await station.close()

    tell(story)


def test_a_local_list_lets_its_tokens_charge_offline_and_refuses_others(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        entry = {"idToken": {"idToken": "LIST-1", "type": "ISO14443"}, "idTokenInfo": {"status": "Accepted"}}
        full = {"versionNumber": 3, "updateType": "Full", "localAuthorizationList": [entry]}
        assert await csms.ask("4107", "SendLocalList", full) == {"status": "Accepted"}
        assert await csms.ask("4107", "GetLocalListVersion", {}) == {"versionNumber": 3}
        old = {"versionNumber": 2, "updateType": "Differential", "localAuthorizationList": [entry]}
        assert await csms.ask("4107", "SendLocalList", old) == {"status": "VersionMismatch"}
        await station.go_offline()
        await station.plug_in(1)
        await station.plug_in(2)
        await station.present_token(1, "list-1")
        await station.present_token(2, "STRANGER")
        assert [each.connector for each in station.transactions] == [1]
        await station.close()

    tell(story)


def test_direct_current_tells_soc_and_temperatures(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms, rating=DC_150)
        await station.plug_in(1, Car(CAR_MODELS[4], soc=0.1))
        await station.present_token(1, "RFID-1")
        await station.advance(900)
        sampled = csms.said("TransactionEvent")[-1]["meterValue"][0]["sampledValue"]
        values = {each["measurand"]: each["value"] for each in sampled}
        assert values["SoC"] > 30
        assert values["Power.Active.Import"] == pytest.approx(
            values["Voltage"] * values["Current.Import"], rel=0.001
        )
        told = [event for each in csms.said("NotifyEvent") for event in each["eventData"]]
        assert {event["variable"]["name"] for event in told} == {"Temperature", "FanSpeed"}
        await station.close()

    tell(story)


def test_a_fault_is_told_with_its_code_and_cleared_again(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await station.break_down(1, ErrorReport("GroundFailure", "E-17", "residual current 8 mA"))
        assert csms.said("StatusNotification")[-1]["connectorStatus"] == "Faulted"
        await station.recover(1)
        assert csms.said("StatusNotification")[-1]["connectorStatus"] == "Available"
        told = [event for each in csms.said("NotifyEvent") for event in each["eventData"]]
        assert [(event["techCode"], event.get("cleared", False)) for event in told] == [
            ("E-17", False),
            ("E-17", True),
        ]
        await station.close()

    tell(story)


def test_messages_are_shown_told_and_taken_off_the_display(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        content = {"format": "UTF8", "language": "en", "content": "Out of order"}
        message = {"id": 7, "priority": "InFront", "message": content}
        assert await csms.ask("4107", "SetDisplayMessage", {"message": message}) == {"status": "Accepted"}
        uri = message | {"message": content | {"format": "URI"}}
        refused = await csms.ask("4107", "SetDisplayMessage", {"message": uri})
        assert refused == {"status": "NotSupportedMessageFormat"}
        assert await csms.ask("4107", "GetDisplayMessages", {"requestId": 3}) == {"status": "Accepted"}
        await station.settle()
        assert csms.said("NotifyDisplayMessages") == [{"requestId": 3, "messageInfo": [message]}]
        assert await csms.ask("4107", "ClearDisplayMessage", {"id": 7}) == {"status": "Accepted"}
        assert await csms.ask("4107", "ClearDisplayMessage", {"id": 7}) == {"status": "Unknown"}
        assert await csms.ask("4107", "GetDisplayMessages", {"requestId": 4}) == {"status": "Unknown"}
        await station.close()

    tell(story)
