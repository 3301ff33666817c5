"""Frames and payloads bent at random: every CALL with a readable id is answered, and the gateway lives on."""

import json
import os
import time
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.bench import Bench, Station, at
from tests.interfaces.gateway.websocket.raw_client import TEXT

from chargehand.domain.stations.models import QuarantinedMessage

# The gateway runs in a thread of the same process and may well roll dice while a strategy draws.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")

#: Seconds of fuzzing, over all versions.
SECONDS: Final = float(os.environ.get("CHARGEHAND_TEST_FUZZ_SECONDS", "15"))

SAMPLE: Final = {
    "value": "1",
    "context": "Sample.Periodic",
    "measurand": "Voltage",
    "phase": "L1",
    "unit": "V",
}
EVENT: Final = {
    "eventType": "Started",
    "timestamp": at(-5),
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "t", "chargingState": "Charging", "remoteStartId": 5},
    "evse": {"id": 1, "connectorId": 1},
    "idToken": {"idToken": "CAFE01", "type": "ISO14443"},
    "meterValue": [
        {
            "timestamp": at(-5),
            "sampledValue": [
                {
                    "value": 1.5,
                    "unitOfMeasure": {"unit": "kWh", "multiplier": 1},
                    "signedMeterValue": {
                        "signedMeterData": "AA==",
                        "signingMethod": "",
                        "encodingMethod": "OCMF",
                        "publicKey": "",
                    },
                }
            ],
        }
    ],
}
NOTED: Final = {
    "generatedAt": at(),
    "seqNo": 0,
    "tbc": False,
    "eventData": [
        {
            "eventId": 1,
            "timestamp": at(),
            "trigger": "Alerting",
            "actualValue": "Available",
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
            "variable": {"name": "AvailabilityState"},
        }
    ],
}
REPORT: Final = {
    "requestId": 1,
    "generatedAt": at(),
    "seqNo": 0,
    "reportData": [
        {
            "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
            "variable": {"name": "Power", "instance": "a"},
            "variableAttribute": [{"type": "Actual", "value": "1", "mutability": "ReadOnly"}],
            "variableCharacteristics": {"dataType": "decimal", "supportsMonitoring": False},
        }
    ],
}
START: Final = {"connectorId": 1, "idTag": "CAFE01", "meterStart": 5, "timestamp": at(-5), "reservationId": 1}
VALUES: Final = [{"timestamp": at(), "sampledValue": [SAMPLE]}]
OLD: Final = [
    ("BootNotification", {"chargePointVendor": "a", "chargePointModel": "b", "firmwareVersion": "c"}),
    (
        "StatusNotification",
        {"connectorId": 1, "status": "Charging", "errorCode": "NoError", "timestamp": at()},
    ),
    ("StartTransaction", START),
    ("MeterValues", {"connectorId": 1, "transactionId": 1, "meterValue": VALUES}),
    (
        "StopTransaction",
        {"transactionId": 1, "meterStop": 9, "timestamp": at(), "idTag": "x", "transactionData": VALUES},
    ),
    ("Authorize", {"idTag": "CAFE01"}),
    ("DataTransfer", {"vendorId": "v", "messageId": "m", "data": "d"}),
    ("SecurityEventNotification", {"type": "Tamper", "timestamp": at(), "techInfo": "x"}),
    ("FirmwareStatusNotification", {"status": "Idle"}),
    ("Heartbeat", {}),
]
NEW: Final = [
    ("BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "a", "model": "b"}}),
    ("StatusNotification", {"evseId": 1, "connectorId": 1, "connectorStatus": "Occupied", "timestamp": at()}),
    ("TransactionEvent", EVENT),
    ("TransactionEvent", EVENT | {"eventType": "Updated", "seqNo": 1}),
    ("TransactionEvent", EVENT | {"eventType": "Ended", "seqNo": 2}),
    ("MeterValues", {"evseId": 1, "meterValue": EVENT["meterValue"]}),
    ("Authorize", {"idToken": {"idToken": "CAFE01", "type": "ISO14443"}}),
    ("NotifyEvent", NOTED),
    ("NotifyReport", REPORT),
    ("DataTransfer", {"vendorId": "v", "data": {"a": [1]}}),
    ("SecurityEventNotification", {"type": "Tamper", "timestamp": at()}),
    ("Heartbeat", {}),
]
VALID: Final = {"1.6": OLD, "2.0.1": NEW, "2.1": NEW}

ODD: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, -(2**63) - 1, 10**30, 1e308, -0.0, 1.0, 5e-324]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(
        ["", " ", "\0", "\ud83d\ude00", "NaN", "1e999999", "-1e400", "x" * 5000, "\\N", "\t\n\r"]
    ),
    st.sampled_from(
        ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T25:61:61Z", "10000-01-01"]
    ),
    st.sampled_from([[], {}, [[]], [{}], {"": {}}, [None], {"customData": {"vendorId": "v"}}]),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to everything within a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def bend(value: Any, path: tuple[Any, ...], what: str, odd: Any) -> Any:
    """Return a copy of a value in which one place was changed, dropped, doubled or wrapped."""
    if not path:
        return odd if what == "change" else [value] if what == "wrap" else value
    copy = dict(value) if isinstance(value, dict) else list(value)
    key, rest = path[0], path[1:]
    if rest or what in {"change", "wrap"}:
        copy[key] = bend(copy[key], rest, what, odd)
    elif what == "drop":
        del copy[key]
    elif isinstance(copy, list):
        copy.append(copy[key])
    else:
        copy[f"{key}2"] = copy[key]
    return copy


@st.composite
def bent(draw: st.DrawFn, version: str) -> tuple[str, Any]:
    """Draw a message of a version of which up to three places are bent."""
    action, payload = draw(st.sampled_from(VALID[version]))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(places(payload)))
        what = draw(st.sampled_from(["change", "change", "drop", "double", "wrap"]))
        payload = bend(payload, place, what, draw(ODD))
        if not isinstance(payload, dict | list):
            break
    return action, payload


@st.composite
def broken(draw: st.DrawFn, version: str) -> bytes:
    """Draw a text frame: a message of which bytes were cut, doubled or replaced."""
    action, payload = draw(bent(version))
    frame = json.dumps([draw(st.sampled_from([2, 2, 2, 3, 4, 5, 6, "2", 2.0])), "id", action, payload])
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(frame)))
        end = draw(st.integers(start, min(len(frame), start + 20)))
        frame = frame[:start] + draw(st.text(max_size=5)) + frame[end:]
    return frame.encode("utf-8", "replace")


LIMITS: Final = settings(
    max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def hold_on(station: Station, marks: list[str]) -> None:
    """Send a Heartbeat and read until it and each of the CALLs marked are answered, once.

    An answer that tells the cost of a charge may come after those of later CALLs.
    """
    beat = station.next_id()
    station.send(2, beat, "Heartbeat", {})
    wanted, answered = {beat, *marks}, []
    while wanted:
        kind, name, *_ = station.receive()
        assert name != beat or kind == 3
        answered.append(name)
        wanted.discard(name)
    assert len([one for one in answered if one in marks]) == len(marks)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_every_bent_call_is_answered_and_the_gateway_lives(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    until = time.monotonic() + SECONDS / 6
    tried = 0

    @LIMITS
    @given(st.lists(bent(version), min_size=1, max_size=8))
    def fuzz(messages: list[tuple[str, Any]]) -> None:
        nonlocal tried
        marks = []
        for action, payload in messages:
            marks.append(station.next_id())
            station.send(2, marks[-1], action, payload)
        hold_on(station, marks)
        tried += len(messages)

    fuzz()
    while time.monotonic() < until:
        fuzz()

    assert tried > 0
    assert QuarantinedMessage.objects.filter(station_id=station.id).count() == 0


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_broken_frames_end_no_connection(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    until = time.monotonic() + SECONDS / 6
    tried = 0

    @LIMITS
    @given(st.lists(broken(version), min_size=1, max_size=8))
    def fuzz(frames: list[bytes]) -> None:
        nonlocal tried
        for frame in frames:
            station.raw.send_frame(TEXT, frame)
        hold_on(station, [])
        tried += len(frames)

    fuzz()
    while time.monotonic() < until:
        fuzz()

    assert tried > 0
