"""Field quirks E: connections, handshakes and frames."""

import json
from datetime import datetime
from typing import Any

import pytest
from tests.conformance.bench import Bench, at, got
from tests.conformance.client import Client, basic
from tests.interfaces.gateway.websocket.raw_client import CLOSE, PING, PONG
from tests.patience import wait_for
from tests.plugins.gateway import PASSWORD

from chargehand.domain.stations import set_up
from chargehand.domain.stations.commands import GetVariables, Reset, Trigger
from chargehand.domain.stations.models import (
    StationConnection,
    Variable,
)
from chargehand.interfaces.gateway import metrics


def knock(bench: Bench, subprotocol: str | None, **station: Any) -> tuple[Client, Any]:
    row = bench.make_station(**station)
    client = bench.knock()
    return client, client.shake_hands(f"/{row.identity}", subprotocol, [basic(row.identity, PASSWORD)])


def test_e1_a_station_that_offers_no_version_is_taken_for_what_was_set_for_it(bench: Bench) -> None:
    client, answer = knock(bench, None, assumes_version="ocpp1.6")

    assert answer.status == 101
    assert "sec-websocket-protocol" not in answer.headers
    assert client.is_alive()


def test_e1_without_such_a_setting_it_is_told_goodbye(bench: Bench) -> None:
    client, answer = knock(bench, None)

    assert answer.status == 101
    first, _ = client.raw.read_frame()
    assert first == 0x80 | CLOSE


def test_e2_a_handshake_without_connection_and_with_a_whole_url_is_taken(bench: Bench) -> None:
    row = bench.make_station()
    client = bench.knock()

    answer = client.shake_hands(
        f"http://csms:9000/ocpp/{row.identity}",
        "ocpp1.6",
        [basic(row.identity, PASSWORD)],
        connection=None,
    )

    assert answer.status == 101
    assert client.is_alive()


@pytest.mark.parametrize(
    ("offered", "spoken"),
    [
        ("ocpp1.6, ocpp2.0.1", "ocpp2.0.1"),
        ("ocpp2.0.1, ocpp1.6", "ocpp2.0.1"),
        ("ocpp1.6,ocpp2.1,ocpp2.0.1", "ocpp2.1"),
        ("soap, ocpp1.5, ocpp1.6", "ocpp1.6"),
    ],
)
def test_e3_of_several_versions_the_newest_is_spoken_whatever_their_order(
    bench: Bench, offered: str, spoken: str
) -> None:
    client, answer = knock(bench, offered)

    assert answer.headers["sec-websocket-protocol"] == spoken
    assert client.is_alive()


def test_e4_a_payload_of_1_6_on_a_2_0_1_connection_is_named(bench: Bench) -> None:
    station = bench.connect("2.0.1", boots=False)
    payload = {"chargePointVendor": "FoxESS", "chargePointModel": "A022"}

    assert station.refuse("BootNotification", payload) == "OccurrenceConstraintViolation"
    assert station.refuse("StartTransaction", station.start_payload()) == "NotImplemented"

    (event,) = station.events
    assert got(event, "kind name") == ("version", "ocpp1.6 on ocpp2.0.1")
    assert station.is_alive()


def test_e4_a_station_whose_version_is_pinned_speaks_that(bench: Bench) -> None:
    client, answer = knock(bench, "ocpp2.0.1, ocpp1.6", version_pinned="ocpp1.6")

    assert answer.headers["sec-websocket-protocol"] == "ocpp1.6"
    assert client.is_alive()


def test_e5_each_connection_speaks_the_version_it_agreed_on(bench: Bench) -> None:
    old = bench.connect("1.6")
    number = old.start()
    new = bench.connect("2.0.1", old.row)

    assert new.row.version == "ocpp2.0.1"
    answer = new.tell("Started", "Authorized", 0, evse={"id": 2})

    assert answer == {}
    first, second = new.transactions
    assert got(first, "pk station_ref") == (number, None)
    assert second.station_ref == f"tx-{new.identity}"


def test_e6_a_new_connection_wins_over_one_that_is_half_open(bench: Bench) -> None:
    old = bench.connect()
    new = bench.connect(row=old.row)

    first, payload = old.raw.read_frame()
    assert (first, int.from_bytes(payload[:2], "big")) == (0x80 | CLOSE, 1001)
    bench.csms.write_down()

    assert new.is_alive()
    link = StationConnection.objects.get(station_id=new.id)
    assert got(link, "is_connected epoch") == (True, 2)


def test_e7_pings_are_answered_and_a_station_that_never_pings_is_heard_all_the_same(bench: Bench) -> None:
    station = bench.connect()

    station.raw.send_frame(PING, b"beat")
    assert station.raw.read_frame() == (0x80 | PONG, b"beat")

    assert station.is_alive()
    bench.csms.write_down()
    (beat,) = station.frames("Heartbeat")
    wait_for(lambda: heard_at(station.id) == beat.received_at)


def heard_at(station_id: int) -> datetime | None:
    return StationConnection.objects.get(station_id=station_id).last_received_at


def test_e8_a_station_that_beats_but_does_not_answer_fails_its_commands(bench: Bench) -> None:
    station = bench.connect()
    request = bench.ask(station, Trigger(message="Heartbeat"))
    station.receive_call("TriggerMessage")
    assert station.is_alive()
    gateway = bench.csms.gateway.process.gateway
    assert gateway is not None
    pending = gateway.connections[station.id].pending
    assert pending is not None

    pending.deadline = 0.0
    request = bench.answered(request)

    assert got(request, "state is_accepted") == ("failed", False)
    assert request.answer is not None
    assert request.answer["word"] == "Timeout"
    assert station.is_alive()


def test_e10_a_flood_of_queued_messages_is_answered_in_order_and_stored_once(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=0, minutes=-600)
    for index in range(300):
        values = [{"timestamp": at(-590 + index), "sampledValue": [{"value": str(index * 10)}]}]
        payload = {"connectorId": 1, "transactionId": number, "meterValue": values}
        station.send(2, f"q{index}", "MeterValues", payload)

    answers = [station.receive() for _ in range(300)]

    assert answers == [[3, f"q{index}", {}] for index in range(300)]
    assert [reading.readings[0] for reading in station.readings] == [index * 10 for index in range(300)]


def test_e11_stations_get_heartbeat_intervals_that_differ(bench: Bench) -> None:
    stations = [bench.connect(boots=False) for _ in range(5)]

    intervals = [station.boot()["interval"] for station in stations]

    assert len(set(intervals)) > 1
    assert all(270 <= interval <= 300 for interval in intervals)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_e12_an_empty_frame_closes_nothing(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    station.send_text("")

    if version != "1.6":
        assert station.receive()[:3] == [4, "-1", "RpcFrameworkError"]
    assert station.is_alive()


def test_e12_a_payload_of_null_is_an_empty_one(bench: Bench) -> None:
    station = bench.connect()

    assert "currentTime" in station.call("Heartbeat", None)
    assert station.refuse("BootNotification", None) == "OccurenceConstraintViolation"


@pytest.mark.parametrize(("version", "code"), [("1.6", "ProtocolError"), ("2.0.1", "RpcFrameworkError")])
def test_e12_a_message_without_payload_is_refused_by_its_id(bench: Bench, version: str, code: str) -> None:
    station = bench.connect(version)

    station.send(2, "short", "Heartbeat")

    assert station.receive()[:3] == [4, "short", code]
    assert station.is_alive()


def test_e13_broken_json_closes_nothing_and_is_kept_raw(bench: Bench) -> None:
    station = bench.connect()

    station.send_text('[2,"x","Heartbeat",{')
    assert station.is_alive()

    assert [frame.frame for frame in station.frames("Malformed")] == ['[2,"x","Heartbeat",{']


@pytest.mark.parametrize(
    "frame", [',[2,"x","Heartbeat",{}]', '\0\0[2,"x","Heartbeat",{}]', '[2,"x","Heartbeat",{}]},']
)
def test_e13_bytes_around_a_message_are_cut_off(bench: Bench, frame: str) -> None:
    station = bench.connect()

    station.send_text(frame)

    assert "currentTime" in station.receive_answer("x")[2]
    assert len(station.frames("Heartbeat")) == 1


@pytest.mark.parametrize(
    ("rest", "known"),
    [
        ('{"configurationKey":[]', {}),
        ('{"configurationKey":[{"key":"A","readonly":false,"value":"1"},{"key":"B","val', {"A": "1"}),
    ],
)
def test_e13_a_cut_answer_of_a_grizzl_e_gives_the_keys_that_are_whole(
    bench: Bench, rest: str, known: dict[str, str]
) -> None:
    station = bench.connect(vendor="United Chargers Inc.", model="Grizzl-E Smart")
    request = bench.ask(station, GetVariables())
    station.receive_call("GetConfiguration")

    station.send_text(f"[3,{json.dumps(station.asked.popleft()[1])},{rest}")

    assert bench.answered(request).is_accepted
    found = Variable.objects.filter(station_id=station.id).values_list("name", "value")
    wait_for(lambda: dict(found.all()) == known)


def test_e14_ids_that_come_again_are_never_refused(bench: Bench) -> None:
    station = bench.connect()
    station.call("StatusNotification", status(-3, "Preparing"), message_id="1")

    assert station.call("StatusNotification", status(-2, "Charging"), message_id="1") == {}
    assert station.call("StatusNotification", status(-1, "Finishing"), message_id="offline-1") == {}

    assert station.connector().status == "Finishing"
    assert [frame.message_id for frame in station.frames("StatusNotification")] == ["1", "1", "offline-1"]


def status(minutes: float, word: str) -> dict[str, Any]:
    return {"connectorId": 1, "status": word, "errorCode": "NoError", "timestamp": at(minutes)}


def test_e15_answers_to_nothing_are_counted_and_dropped(bench: Bench) -> None:
    station = bench.connect()
    before = metrics.UNMATCHED._value.get()

    station.send(3, "never-asked", {"status": "Accepted"})
    station.send(4, "never-asked", "GenericError", "", {})
    assert station.is_alive()

    assert metrics.UNMATCHED._value.get() == before + 2
    assert [frame.action for frame in station.messages if frame.action.startswith("Unmatched")] == [
        "UnmatchedResponse",
        "UnmatchedError",
    ]


def test_e15_a_late_answer_is_not_taken_for_the_next(bench: Bench) -> None:
    station = bench.connect()
    first = bench.ask(station, Trigger(message="Heartbeat"))
    station.receive_call("TriggerMessage")
    late = station.asked.popleft()[1]
    gateway = bench.csms.gateway.process.gateway
    assert gateway is not None
    pending = gateway.connections[station.id].pending
    assert pending is not None
    pending.deadline = 0.0
    bench.answered(first)
    second = bench.ask(station, Reset())
    station.receive_call("Reset")

    station.send(3, late, {"status": "Rejected"})
    station.answer({"status": "Accepted"})

    assert bench.answered(second).is_accepted
    first.refresh_from_db()
    assert first.state == "failed"


@pytest.mark.parametrize("vendor", ["Acme", "Teison", "Autel", "Wallbox", "United Chargers Inc."])
def test_e18_what_is_typed_into_the_fields_of_a_brand_leads_here(bench: Bench, vendor: str) -> None:
    row = bench.make_station()
    written = set_up.write_set_up(
        url=f"ws://127.0.0.1:{bench.csms.port}", identity=row.identity, vendor=vendor
    )
    client = bench.knock()

    answer = client.shake_hands(written.path, "ocpp1.6", [basic(row.identity, PASSWORD)])

    assert answer.status == 101
    assert client.is_alive()
    assert StationConnection.objects.get(station_id=row.pk).is_connected
    typed = " ".join(line.value for line in written.lines)
    assert str(bench.csms.port) in typed
    assert row.identity in typed


def test_e18_the_port_of_a_teison_is_the_path(bench: Bench) -> None:
    written = set_up.write_set_up(url="ws://csms.example:9000", identity="CP 1", vendor="Teison")

    assert [line.value for line in written.lines] == ["csms.example:9000", "ocpp1.6", "CP 1"]
    assert written.path == "/ocpp1.6/CP%201"


def test_e17_the_key_as_hex_text_is_the_password(bench: Bench) -> None:
    row = bench.make_station()
    client = bench.knock()

    answer = client.shake_hands(f"/{row.identity}", "ocpp1.6", [basic(row.identity, PASSWORD.encode().hex())])

    assert answer.status == 101


def test_e17_a_station_that_can_send_no_password_needs_profile_zero(bench: Bench) -> None:
    with_password = bench.make_station()
    without = bench.make_station(security_profile=0, password_hash="")

    assert bench.knock().shake_hands(f"/{with_password.identity}", "ocpp1.6").status == 401
    client = bench.knock()
    assert client.shake_hands(f"/{without.identity}", "ocpp1.6").status == 101
    assert client.is_alive()
