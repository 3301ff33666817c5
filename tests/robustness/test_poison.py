"""Messages that PostgreSQL or our own code may choke on: each is answered, and hurts nobody beside it."""

import asyncio
import json
import random
import string
from itertools import count
from typing import Any

import pytest
from tests.patience import PATIENCE_S
from tests.robustness.conftest import Site
from tests.robustness.swarm import Link, now, tell

pytestmark = pytest.mark.timeout(1200)

NOISE = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=20_000))
HUGE = 10**400

_refs = count(1)


def values(value: Any, at: str | None = None, **sample: Any) -> dict[str, Any]:
    """Return MeterValues of 1.6 with one sample."""
    sampled = [{"value": value, **sample}]
    return {"connectorId": 1, "meterValue": [{"timestamp": at or now(), "sampledValue": sampled}]}


def start(**more: Any) -> dict[str, Any]:
    """Return a StartTransaction."""
    return {"connectorId": 1, "idTag": "CAFE01", "meterStart": 0, "timestamp": now(), **more}


def status(**more: Any) -> dict[str, Any]:
    """Return a StatusNotification."""
    return {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": now(), **more}


def event(**more: Any) -> dict[str, Any]:
    """Return a TransactionEvent."""
    info = {"transactionId": more.pop("ref", f"tx{next(_refs)}")}
    return {
        "eventType": "Started",
        "timestamp": now(),
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": info,
        **more,
    }


def samples(number: int, *, many_names: bool = False) -> dict[str, Any]:
    """Return MeterValues with so many samples in one moment."""
    sampled = [
        {"value": str(each), **({"measurand": f"Odd.{each}"} if many_names else {})} for each in range(number)
    ]
    return {"connectorId": 1, "meterValue": [{"timestamp": now(), "sampledValue": sampled}]}


IN_16: list[tuple[str, Any]] = [
    ("MeterValues", values(str(HUGE))),
    ("MeterValues", values("1e400")),
    ("MeterValues", values("1e-400")),
    ("MeterValues", values("NaN")),
    ("MeterValues", values("Infinity")),
    ("MeterValues", values("9" * 40)),
    ("MeterValues", values("1\u0000")),
    ("MeterValues", values("٣")),
    ("MeterValues", values("1", measurand="\u0000", unit="\u0000")),
    ("MeterValues", values("1", measurand=NOISE, unit=NOISE)),
    ("MeterValues", values("1", at="0001-01-01T00:00:00+14:00")),
    ("MeterValues", values("1", at="9999-12-31T23:59:59-12:00")),
    ("MeterValues", values("1", at="10000-01-01T00:00:00Z")),
    ("MeterValues", values("1", at=f"{now()}{'0' * 5000}")),
    ("MeterValues", {**values("1"), "connectorId": HUGE}),
    ("MeterValues", {**values("1"), "transactionId": HUGE}),
    ("MeterValues", {**values("1"), "transactionId": -(2**63)}),
    ("MeterValues", {**values("1"), "transactionId": 9_999_999_999}),
    ("MeterValues", samples(30_000)),
    ("StartTransaction", start(meterStart=HUGE)),
    ("StartTransaction", start(meterStart=2**63)),
    ("StartTransaction", start(meterStart=-(2**70))),
    ("StartTransaction", start(connectorId=2**40)),
    ("StartTransaction", start(reservationId=2**65)),
    ("StartTransaction", start(idTag="\u0000")),
    ("StartTransaction", start(idTag=NOISE)),
    ("StartTransaction", start(timestamp="0001-01-01T00:00:00Z")),
    ("StopTransaction", {"transactionId": 2**64, "meterStop": 2**64, "timestamp": now()}),
    ("StopTransaction", {"transactionId": 1, "meterStop": 1, "timestamp": now(), "reason": NOISE}),
    ("StatusNotification", status(info="\u0000" * 60, vendorErrorCode=NOISE)),
    ("StatusNotification", status(timestamp="0001-01-01T00:00:00+00:01")),
    ("StatusNotification", status(connectorId=2**31)),
    ("Authorize", {"idTag": "\u0000" * 20}),
    ("Authorize", {"idTag": NOISE}),
    ("DataTransfer", {"vendorId": "\u0000", "messageId": "\u0000", "data": "\u0000\ud83d\ude00"}),
    ("DataTransfer", {"vendorId": NOISE, "data": NOISE * 20}),
    ("BootNotification", {"chargePointVendor": "\u0000", "chargePointModel": NOISE, "iccid": "\u0000"}),
    ("\u0000", {}),
    (NOISE, {}),
]

IN_201: list[tuple[str, Any]] = [
    ("TransactionEvent", event(ref=NOISE)),
    ("TransactionEvent", event(ref="\u0000")),
    ("TransactionEvent", event(seqNo=2**40)),
    ("TransactionEvent", event(seqNo=-(2**70))),
    ("TransactionEvent", event(evse={"id": 2**40, "connectorId": 2**40})),
    ("TransactionEvent", event(idToken={"idToken": NOISE, "type": "ISO14443"})),
    ("TransactionEvent", event(timestamp="9999-12-31T23:59:59Z")),
    (
        "TransactionEvent",
        event(meterValue=[{"timestamp": now(), "sampledValue": [{"value": 1e300}, {"value": 1e-300}]}]),
    ),
    (
        "TransactionEvent",
        event(
            meterValue=[
                {
                    "timestamp": now(),
                    "sampledValue": [{"value": 9, "unitOfMeasure": {"unit": "Wh", "multiplier": 2**40}}],
                }
            ]
        ),
    ),
    (
        "NotifyEvent",
        {
            "generatedAt": now(),
            "seqNo": 0,
            "eventData": [
                {
                    "eventId": 2**70,
                    "timestamp": now(),
                    "trigger": "Delta",
                    "actualValue": "\u0000",
                    "eventNotificationType": "HardWiredNotification",
                    "component": {"name": "\u0000"},
                    "variable": {"name": NOISE},
                }
            ],
        },
    ),
    (
        "NotifyReport",
        {
            "requestId": 2**70,
            "generatedAt": now(),
            "seqNo": 0,
            "reportData": [
                {
                    "component": {"name": "\u0000", "evse": {"id": 2**70}},
                    "variable": {"name": NOISE},
                    "variableAttribute": [{"value": "\u0000"}],
                    "variableCharacteristics": {
                        "dataType": "string",
                        "supportsMonitoring": False,
                        "maxLimit": 1e308,
                    },
                }
            ],
        },
    ),
]


async def speak(link: Link, name: str, messages: list[tuple[str, Any]]) -> dict[str, Any]:
    """Send all at once, then return the answers by message id."""
    for number, (action, payload) in enumerate(messages):
        link.send_text(json.dumps([2, f"{name}{number}", action, payload]))
    answers: dict[str, Any] = {}
    while len(answers) < len(messages):
        try:
            answer = await asyncio.wait_for(link.receive(), PATIENCE_S)
        except TimeoutError:
            missing = [each for number, each in enumerate(messages) if f"{name}{number}" not in answers]
            raise AssertionError(f"not answered: {str(missing)[:500]}") from None
        assert answer[1] not in answers
        answers[answer[1]] = answer
    return answers


@pytest.mark.slow
def test_poisoned_messages_are_answered_and_do_not_hurt_the_others(site: Site) -> None:
    site.add_stations("p", 1)
    site.add_stations("q", 1)
    site.add_stations("h", 50)
    gateway = site.start_gateway()
    healthy = [values(str(10_000 + number)) for number in range(50)]

    async def run() -> list[tuple[str, str]]:
        port = gateway.gateway_port
        old = await Link.open(port, "p0", "ocpp1.6")
        new = await Link.open(port, "q0", "ocpp2.0.1")
        others = [await Link.open(port, f"h{number}", "ocpp1.6") for number in range(50)]
        talks = [speak(old, "p", IN_16), speak(new, "q", IN_201)]
        talks += [speak(link, "h", [("MeterValues", healthy[n])]) for n, link in enumerate(others)]
        answers = await asyncio.gather(*talks)
        assert all(answer["h0"][0] == 3 for answer in answers[2:])
        for link in (old, new, *others):
            await link.close()
        return [
            (f"{action} {json.dumps(payload)[:90]}", answer[2])
            for (action, payload), answer in zip(
                IN_16 + IN_201, [*answers[0].values(), *answers[1].values()], strict=True
            )
            if answer[0] == 4
        ]

    for what, code in asyncio.run(run()):
        tell(f"{code}: {what}")
    assert site.rows("SELECT action, error FROM stations_quarantine ORDER BY id") == []
    stored = "SELECT count(*) FROM charging_reading WHERE readings[1] BETWEEN 10000 AND 10049"
    assert site.number(stored) == 50


@pytest.mark.slow
def test_a_message_that_cannot_be_stored_is_quarantined_alone(site: Site) -> None:
    site.add_stations("h", 100)
    site.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'not this one'; END $$"
    )
    site.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON stations_message FOR EACH ROW"
        " WHEN (NEW.message_id = 'h470') EXECUTE FUNCTION refuse()"
    )
    gateway = site.start_gateway()

    async def run() -> list[str]:
        links = [await Link.open(gateway.gateway_port, f"h{number}", "ocpp1.6") for number in range(100)]
        talks = [
            speak(link, f"h{number}", [("MeterValues", values(str(number)))] * 2)
            for number, link in enumerate(links)
        ]
        answers = await asyncio.gather(*talks)
        for link in links:
            await link.close()
        return [key for each in answers for key, answer in each.items() if answer[0] != 3]

    assert asyncio.run(run()) == ["h470"]
    ((action, message_id, frame),) = site.rows("SELECT action, message_id, frame FROM stations_quarantine")
    assert (action, message_id) == ("MeterValues", "h470")
    assert json.loads(bytes(frame))[1] == "h470"
    assert site.number("SELECT count(*) FROM stations_message WHERE action = 'MeterValues'") == 199
    assert site.number("SELECT count(*) FROM journal_fact WHERE name = 'stations.MessageQuarantined'") == 1
