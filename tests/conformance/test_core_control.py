"""Core certification sequences of OCPP 2.0.1 and 2.1: control, availability, meter values (F, G, J)."""

from typing import Any

import pytest
from tests.conformance.bench import Bench, at, got
from tests.conformance.sequences import PLACE, TOKEN, obey, report, states, value, word

from chargehand.domain.charging.models import SignedReading
from chargehand.domain.stations.commands import (
    ChangeAvailability,
    StartCharging,
    Trigger,
    UnlockConnector,
)

pytestmark = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


# F Remote control


@pytest.mark.parametrize("case", ["TC_F_01", "TC_F_02", "TC_F_03"])
def test_f_remote_starts_are_matched_by_their_number(bench: Bench, version: str, case: str) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)
    command = StartCharging(token_uid="CAFE01", remote_start_id=4242, evse=1, token_kind="ISO14443")
    if case == "TC_F_01":
        station.tell("Started", "CablePluggedIn", 0, evse=PLACE)

    answer = {"status": "Accepted"}
    payload, request = obey(bench, station, command, "RequestStartTransaction", answer)
    if case == "TC_F_02":
        asked = station.call("Authorize", {"idToken": TOKEN})
        assert asked["idTokenInfo"]["status"] == "Accepted"
    kind, seq = ("Updated", 1) if case == "TC_F_01" else ("Started", 0)
    told = station.tell(kind, "RemoteStart", seq, evse=PLACE, idToken=TOKEN, info={"remoteStartId": 4242})

    assert payload == {"idToken": TOKEN, "remoteStartId": 4242, "evseId": 1}
    assert request.is_accepted
    assert told["idTokenInfo"]["status"] == "Accepted"
    assert got(station.transaction, "remote_start_id token_uid") == (4242, "CAFE01")


def test_f_04_a_remote_start_without_a_cable_times_out(bench: Bench, version: str) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)
    command = StartCharging(token_uid="CAFE01", remote_start_id=4343, evse=1)
    obey(bench, station, command, "RequestStartTransaction", {"status": "Accepted"})

    station.tell("Started", "RemoteStart", 0, evse=PLACE, idToken=TOKEN, info={"remoteStartId": 4343})
    station.tell("Ended", "EVConnectTimeout", 1, info={"stoppedReason": "Timeout"})

    assert got(station.transaction, "state stop_reason remote_start_id") == ("ended", "Timeout", 4343)


@pytest.mark.parametrize(
    ("status", "is_accepted"),
    [
        ("Unlocked", True),
        ("UnlockFailed", False),
        ("OngoingAuthorizedTransaction", False),
        ("UnknownConnector", False),
    ],
)
def test_f_06_a_connector_is_unlocked(bench: Bench, version: str, status: str, *, is_accepted: bool) -> None:
    station = bench.connect(version)
    command = UnlockConnector(evse=1, connector=2)

    payload, request = obey(bench, station, command, "UnlockConnector", {"status": status})

    assert payload == {"evseId": 1, "connectorId": 2}
    assert (request.is_accepted, word(request)) == (is_accepted, status)


@pytest.mark.parametrize(
    ("case", "command", "sent"),
    [
        ("TC_F_11", Trigger(message="MeterValues", evse=1), {"evse": {"id": 1}}),
        ("TC_F_12", Trigger(message="MeterValues"), {}),
        ("TC_F_13", Trigger(message="TransactionEvent", evse=1), {"evse": {"id": 1}}),
        ("TC_F_15", Trigger(message="LogStatusNotification"), {}),
        ("TC_F_18", Trigger(message="FirmwareStatusNotification"), {}),
        ("TC_F_20", Trigger(message="Heartbeat"), {}),
        ("TC_F_23", Trigger(message="StatusNotification", evse=1, connector=1), {"evse": PLACE}),
    ],
)
def test_f_11_to_24_triggered_messages_are_answered(
    bench: Bench, version: str, case: str, command: Trigger, sent: dict[str, Any]
) -> None:
    station = bench.connect(version)

    payload, request = obey(bench, station, command, "TriggerMessage", {"status": "Accepted"})
    if command.message == "MeterValues":
        assert station.call("MeterValues", {"evseId": 1, "meterValue": [value(0, 5, "Trigger")]}) == {}
    elif command.message == "TransactionEvent":
        assert station.tell("Started", "Trigger", 0, evse=PLACE) == {}
    elif command.message == "StatusNotification":
        report(station, "Occupied")
    elif command.message == "Heartbeat":
        assert station.is_alive()
    else:
        assert station.call(command.message, {"status": "Idle"}) == {}

    assert payload == {"requestedMessage": command.message} | sent, case
    assert request.is_accepted
    assert len(station.frames(command.message)) == 1


def test_f_14_transactions_of_all_plugs_are_triggered_and_acknowledged(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    refs = [f"{evse}-{station.identity}" for evse in (1, 2)]
    for evse, ref in enumerate(refs, 1):
        station.tell("Started", "CablePluggedIn", 0, ref=ref, evse={"id": evse, "connectorId": 1})

    command = Trigger(message="TransactionEvent")
    payload, request = obey(bench, station, command, "TriggerMessage", {"status": "Accepted"})
    for ref in refs:
        assert station.tell("Updated", "Trigger", 1, ref=ref, info={"chargingState": "EVConnected"}) == {}

    assert payload == {"requestedMessage": "TransactionEvent"}
    assert request.is_accepted
    found = [(row.evse, row.state, row.charging_state) for row in station.transactions]
    assert found == [(1, "open", "EVConnected"), (2, "open", "EVConnected")]
    assert len(station.frames("TransactionEvent")) == 4


def test_f_27_a_trigger_that_is_not_implemented_is_a_no(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    command = Trigger(message="LogStatusNotification")

    _, request = obey(bench, station, command, "TriggerMessage", {"status": "NotImplemented"})

    assert (request.is_accepted, word(request)) == (False, "NotImplemented")


# G Availability


@pytest.mark.parametrize("is_operative", [True, False])
@pytest.mark.parametrize(
    ("cases", "place", "sent"),
    [
        ("TC_G_03/04/11", {"evse": 1}, {"evse": {"id": 1}}),
        ("TC_G_05/06/14", {}, {}),
        ("TC_G_07/08/17", {"evse": 1, "connector": 1}, {"evse": PLACE}),
    ],
)
@pytest.mark.parametrize("status", ["Accepted", "Scheduled"])
def test_g_03_to_17_availability_is_changed_and_reported(
    bench: Bench,
    version: str,
    cases: str,
    place: dict[str, int],
    sent: dict[str, Any],
    status: str,
    *,
    is_operative: bool,
) -> None:
    station = bench.connect(version)
    report(station, "Available")
    command = ChangeAvailability(is_operative=is_operative, **place)

    payload, request = obey(bench, station, command, "ChangeAvailability", {"status": status})
    state = "Available" if is_operative else "Unavailable"
    report(station, state)

    kind = "Operative" if is_operative else "Inoperative"
    assert payload == {"operationalStatus": kind} | sent, cases
    assert (request.is_accepted, word(request)) == (True, status)
    assert states(station) == {(1, 1): state}


def test_g_20_a_lock_failure_is_kept(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    data = {
        "eventId": 1,
        "timestamp": at(),
        "trigger": "Delta",
        "actualValue": "true",
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "ConnectorPlugRetentionLock", "evse": PLACE},
        "variable": {"name": "Problem"},
    }

    assert station.call("NotifyEvent", {"generatedAt": at(), "seqNo": 0, "eventData": [data]}) == {}

    (event,) = station.events
    assert got(event, "kind name evse connector") == ("monitor", "ConnectorPlugRetentionLock.Problem", 1, 1)


# J Meter values


def test_j_01_clock_aligned_values_without_a_transaction(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    for evse in (1, 2):
        payload = {"evseId": evse, "meterValue": [value(-1, 100 * evse, "Sample.Clock")]}
        assert station.call("MeterValues", payload) == {}

    assert [got(row, "evse transaction_id") for row in station.readings] == [(1, None), (2, None)]


@pytest.mark.parametrize(
    ("case", "trigger", "context"),
    [("TC_J_02", "MeterValueClock", "Sample.Clock"), ("TC_J_09", "MeterValuePeriodic", "Sample.Periodic")],
)
def test_j_02_and_09_values_in_a_transaction(
    bench: Bench, version: str, case: str, trigger: str, context: str
) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, evse=PLACE)

    assert station.tell("Updated", trigger, 1, meterValue=[value(-5, 42, context)]) == {}

    ((series, number),) = station.samples
    assert (series.context, int(number)) == (context, 42), case
    assert station.readings[0].transaction_id == station.transaction.pk


def test_j_03_07_08_and_10_values_at_the_beginning_and_the_end(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    station.tell("Started", "Authorized", 0, minutes=-20, meterValue=[value(-20, 100, "Transaction.Begin")])
    values = [value(-15, 300, "Sample.Clock"), value(-5, 900, "Transaction.End")]
    station.tell("Ended", "EVDeparted", 1, minutes=-5, evse=PLACE, meterValue=values)

    assert got(station.transaction, "evse energy_wh") == (1, 800)
    assert len(station.readings) == 3


@pytest.mark.parametrize(("case", "context"), [("TC_J_04", "Sample.Clock"), ("TC_J_11", "Transaction.Begin")])
def test_j_04_and_11_signed_values_are_kept(bench: Bench, version: str, case: str, context: str) -> None:
    station = bench.connect(version)
    mark = {
        "signedMeterData": "U0lHTkVE",
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": "S0VZ",
    }

    station.tell(
        "Started",
        "SignedDataReceived",
        0,
        evse=PLACE,
        meterValue=[value(-5, 7, context, signedMeterValue=mark)],
    )

    (signed,) = SignedReading.objects.filter(station_id=station.id)
    assert got(signed, "signed_data public_key context") == ("U0lHTkVE", "S0VZ", context), case
    assert signed.transaction_id == station.transaction.pk
