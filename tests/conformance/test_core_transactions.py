"""Core certification sequences of OCPP 2.0.1 and 2.1: transactions (E)."""

from typing import Any

import pytest
from tests.conformance.bench import Bench, got
from tests.conformance.sequences import PLACE, TOKEN, obey, value

from chargehand.domain.charging.models import SignedReading, TransactionEvent
from chargehand.domain.stations.commands import (
    GetTransactionStatus,
    StopCharging,
)

pytestmark = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


# E Transactions: kind, trigger, and what else an event carries.

Step = tuple[str, str, dict[str, Any]]
CHARGING = {"info": {"chargingState": "Charging"}}
CONNECTED = {"info": {"chargingState": "EVConnected"}}
SUSPENDED = {"info": {"chargingState": "SuspendedEV"}}
SUSPENDED_HERE = {"info": {"chargingState": "SuspendedEVSE"}}
HERE = {"evse": PLACE}
KNOWN = {"idToken": TOKEN}
CASES: dict[str, list[Step]] = {
    "TC_E_01": [
        ("Started", "ChargingStateChanged", HERE | KNOWN | SUSPENDED_HERE),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "StopAuthorized", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_02": [
        ("Started", "ChargingStateChanged", HERE | KNOWN | CHARGING),
        ("Ended", "StopAuthorized", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_03": [
        ("Started", "CablePluggedIn", HERE | CONNECTED),
        ("Updated", "Authorized", KNOWN),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "EVDeparted", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_04": [
        ("Started", "Authorized", KNOWN),
        ("Updated", "CablePluggedIn", HERE | CONNECTED),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "StopAuthorized", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_07": [
        ("Started", "Authorized", HERE | KNOWN),
        ("Ended", "StopAuthorized", {"idToken": TOKEN, "info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_08": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Updated", "StopAuthorized", KNOWN),
        ("Ended", "ChargingStateChanged", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_09": [
        ("Started", "CablePluggedIn", HERE | CONNECTED),
        ("Ended", "EVDeparted", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_10": [
        ("Started", "Authorized", KNOWN),
        ("Ended", "EVConnectTimeout", {"info": {"stoppedReason": "Timeout"}}),
    ],
    "TC_E_12": [
        ("Started", "EVDetected", HERE),
        ("Updated", "Authorized", KNOWN),
        ("Ended", "EVDeparted", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_14": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Updated", "EVCommunicationLost", SUSPENDED_HERE),
        ("Ended", "EVCommunicationLost", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_15": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Ended", "StopAuthorized", {"idToken": TOKEN, "info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_17": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Updated", "EVCommunicationLost", {"info": {"chargingState": "Idle"}}),
        ("Ended", "EVCommunicationLost", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_19": [
        ("Started", "EVDetected", HERE),
        ("Updated", "Authorized", KNOWN | CHARGING),
        ("Updated", "StopAuthorized", KNOWN | CONNECTED),
        ("Updated", "EVCommunicationLost", {"info": {"chargingState": "Idle"}}),
        ("Ended", "EVDeparted", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_20": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Ended", "EVCommunicationLost", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_22": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Updated", "ChargingStateChanged", SUSPENDED),
        ("Ended", "ChargingStateChanged", {"info": {"stoppedReason": "StoppedByEV"}}),
    ],
    "TC_E_26": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Updated", "EVCommunicationLost", {"info": {"chargingState": "Idle"}}),
        ("Updated", "CablePluggedIn", CONNECTED),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "StopAuthorized", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_38": [
        ("Started", "Authorized", HERE | KNOWN | SUSPENDED),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "EVDeparted", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_e_sequences_of_transaction_events(bench: Bench, version: str, case: str) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)
    steps = CASES[case]
    for seq, (kind, trigger, more) in enumerate(steps):
        minutes = seq - 20
        answer = station.tell(
            kind, trigger, seq, minutes=minutes, meterValue=[value(minutes, seq * 100)], **more
        )
        if "idToken" in more:
            assert answer["idTokenInfo"]["status"] == "Accepted"
        else:
            assert answer == {}
        if kind != "Ended":
            expected = more.get("info", {}).get("chargingState")
            assert expected is None or station.transaction.charging_state == expected

    row = station.transaction
    final = steps[-1][2]["info"]["stoppedReason"]
    assert got(row, "state stop_reason last_seq") == ("ended", final, len(steps) - 1)
    assert row.energy_wh == (len(steps) - 1) * 100
    assert row.evse == (None if case == "TC_E_10" else 1)
    assert row.token_uid == ("" if case == "TC_E_09" else "CAFE01")
    events = TransactionEvent.objects.filter(transaction_id=row.pk).order_by("seq")
    assert [(event.kind, event.trigger) for event in events] == [
        (kind.lower(), trigger) for kind, trigger, _ in steps
    ]


def test_e_11_a_transaction_begins_with_a_signed_value(bench: Bench, version: str) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)
    data = {"signedMeterData": "T0NNRnx7fXx7fQ==", "encodingMethod": "OCMF", "publicKey": ""}
    signed = value(-10, 100, "Transaction.Begin", signedMeterValue=data | {"signingMethod": "ECDSA"})

    answer = station.tell(
        "Started",
        "SignedDataReceived",
        0,
        evse=PLACE,
        idToken=TOKEN,
        meterValue=[signed],
        info=CHARGING["info"],
    )

    assert answer["idTokenInfo"]["status"] == "Accepted"
    row = station.transaction
    assert got(row, "state meter_start_wh token_uid") == ("open", 100, "CAFE01")
    kept = SignedReading.objects.get(transaction_id=row.pk)
    assert "T0NNRnx7fXx7fQ==" in str(vars(kept).values())


@pytest.mark.parametrize("ends", [True, False])
def test_e_39_a_car_that_is_not_plugged_in_takes_nothing(bench: Bench, version: str, *, ends: bool) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, evse=PLACE, idToken=TOKEN, meterValue=[value(-10, 100)])

    more: dict[str, Any] = {"info": {"stoppedReason": "Timeout"}, "meterValue": [value(-8, 100)]}
    if ends:
        assert station.tell("Ended", "EVConnectTimeout", 1, minutes=-8, **more) == {}
    else:
        idle = {"chargingState": "Idle"}
        assert station.tell("Updated", "EVConnectTimeout", 1, minutes=-9, info=idle) == {}
        assert station.tell("Ended", "EVDeparted", 2, minutes=-8, **more) == {}

    assert got(station.transaction, "state energy_wh stop_reason") == ("ended", 0, "Timeout")


@pytest.mark.parametrize(("case", "stopped"), [("TC_C_48", ["a"]), ("TC_C_49", ["a", "b"])])
def test_c_47_to_49_a_master_pass_stops_what_is_chosen_or_all(
    bench: Bench, version: str, case: str, stopped: list[str]
) -> None:
    bench.token("CAFE01")
    bench.token("MASTER", group_uid="MASTERS")
    station = bench.connect(version)
    for evse, ref in enumerate(["a", "b"], 1):
        place = {"id": evse, "connectorId": 1}
        station.tell("Started", "Authorized", 0, ref=f"{ref}-{station.identity}", evse=place, idToken=TOKEN)
    master = {"idToken": "MASTER", "type": "ISO14443"}

    asked = station.call("Authorize", {"idToken": master})["idTokenInfo"]
    assert asked["status"] == "Accepted"
    assert asked["groupIdToken"]["idToken"] == "MASTERS", case
    for ref in stopped:
        name = f"{ref}-{station.identity}"
        reason = {"stoppedReason": "MasterPass"}
        answer = station.tell("Ended", "StopAuthorized", 1, ref=name, idToken=master, info=reason)
        assert answer["idTokenInfo"]["status"] == "Accepted"

    found = [got(row, "state stop_reason stopped_by") for row in station.transactions]
    ended = [("ended", "MasterPass", "MASTER")] * len(stopped)
    assert found == ended + [("open", "", "")] * (2 - len(stopped))


def test_e_16_an_unknown_token_is_deauthorised_by_the_station(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    stranger = {"idToken": "STRANGER", "type": "ISO14443"}

    answer = station.tell("Started", "Authorized", 0, evse=PLACE, idToken=stranger)
    assert answer["idTokenInfo"]["status"] == "Unknown"
    assert station.tell("Ended", "Deauthorized", 1, info={"stoppedReason": "DeAuthorized"}) == {}

    assert got(station.transaction, "state stop_reason authorization") == ("ended", "DeAuthorized", "Unknown")


def test_e_53_seq_no_begins_anew_with_each_transaction(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    for ref in ("one", "two"):
        station.tell("Started", "Authorized", 0, ref=ref, minutes=-10, evse=PLACE, meterValue=[value(-10, 0)])
        station.tell("Ended", "EVDeparted", 1, ref=ref, minutes=-5, meterValue=[value(-5, 10)])

    assert [got(row, "state energy_wh") for row in station.transactions] == [("ended", 10)] * 2


def test_e_21_a_transaction_is_stopped_from_here(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, evse=PLACE)
    row = station.transaction
    command = StopCharging(transaction_id=row.pk, ref=row.station_ref or "")

    payload, request = obey(bench, station, command, "RequestStopTransaction", {"status": "Accepted"})
    station.tell("Ended", "RemoteStop", 1, info={"stoppedReason": "Remote"})

    assert payload == {"transactionId": row.station_ref}
    assert request.is_accepted
    assert got(station.transaction, "state stop_reason") == ("ended", "Remote")


@pytest.mark.parametrize(
    ("case", "ref", "answer"),
    [
        ("TC_E_29", "t", {"ongoingIndicator": True, "messagesInQueue": True}),
        ("TC_E_30", "t", {"ongoingIndicator": True, "messagesInQueue": False}),
        ("TC_E_31", "t", {"ongoingIndicator": False, "messagesInQueue": True}),
        ("TC_E_33", None, {"messagesInQueue": True}),
        ("TC_E_34", None, {"messagesInQueue": False}),
    ],
)
def test_e_29_to_34_a_station_is_asked_about_a_transaction(
    bench: Bench, version: str, case: str, ref: str | None, answer: dict[str, bool]
) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, ref="t", evse=PLACE)

    payload, request = obey(bench, station, GetTransactionStatus(ref=ref), "GetTransactionStatus", answer)

    assert payload == ({"transactionId": "t"} if ref else {})
    assert request.answer is not None
    assert request.answer["detail"] == answer, case
    assert station.transaction.state == "open"
