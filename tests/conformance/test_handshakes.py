"""Edge cases of connecting (rows H01 to H20), each through the running gateway."""

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.conformance.bench import Bench, Station, got
from tests.conformance.client import Client, basic
from tests.interfaces.gateway.websocket.raw_client import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    RSV1,
    TEXT,
    make_frame,
    make_request,
)
from tests.patience import wait_for
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.stations import entry
from chargehand.domain.stations.commands import Reset
from chargehand.domain.stations.models import ConnectionEvent, StationConnection, WaitingStation
from chargehand.interfaces.gateway.process import GatewaySettings
from chargehand.interfaces.gateway.websocket.limits import Limits


def shake(
    bench: Bench, target: str, header: str | None, offered: str | None = "ocpp1.6"
) -> tuple[Client, Any]:
    client = bench.knock()
    return client, client.shake_hands(target, offered, [header] if header else [])


def test_h01_percent_escapes_in_the_path_are_decoded(bench: Bench) -> None:
    row = bench.make_station("CP 7|Nørd")

    client, answer = shake(bench, "/ocpp/CP%207%7CN%C3%B8rd", basic(row.identity, PASSWORD))

    assert answer.status == 101
    assert client.is_alive()


def test_h01_a_longer_name_is_not_the_one_it_begins_with(bench: Bench) -> None:
    row = bench.make_station("L" * 48)

    _, answer = shake(bench, f"/{row.identity}L", basic(row.identity, PASSWORD))

    assert answer.status == 404


def test_h02_an_unknown_station_gets_404_and_waits_for_people(bench: Bench) -> None:
    _, answer = shake(
        bench, "/ocpp/STRANGER-1", basic("STRANGER-1", "some-password-123"), "ocpp2.0.1,ocpp1.6"
    )

    assert answer.status == 404
    waiting = WaitingStation.objects.get(identity="STRANGER-1")
    assert got(waiting, "subprotocols attempts") == (["ocpp2.0.1", "ocpp1.6"], 1)
    assert waiting.handshake["has_password"] is True
    assert "some-password-123" not in json.dumps(waiting.handshake)
    assert "authorization" not in waiting.handshake["headers"]


@pytest.mark.parametrize("offered", ["ocpp1.5, soap", "mqtt"])
def test_h03_no_common_version_opens_and_closes_at_once(bench: Bench, offered: str) -> None:
    row = bench.make_station()

    client, answer = shake(bench, f"/{row.identity}", basic(row.identity, PASSWORD), offered)

    assert answer.status == 101
    assert "sec-websocket-protocol" not in answer.headers
    assert client.raw.read_frame()[0] == 0x80 | CLOSE
    assert not StationConnection.objects.filter(station_id=row.pk).exists()


def test_h04_no_offered_version_is_as_none_in_common(bench: Bench) -> None:
    row = bench.make_station()

    client, answer = shake(bench, f"/{row.identity}", basic(row.identity, PASSWORD), None)

    assert answer.status == 101
    assert client.raw.read_frame()[0] == 0x80 | CLOSE


def test_h05_exactly_one_of_several_versions_is_echoed(bench: Bench) -> None:
    row = bench.make_station()

    _, answer = shake(bench, f"/{row.identity}", basic(row.identity, PASSWORD), "ocpp2.1, ocpp2.0.1, ocpp1.6")

    assert answer.headers["sec-websocket-protocol"] == "ocpp2.1"
    assert StationConnection.objects.get(station_id=row.pk).version == "ocpp2.1"


def test_h05_a_version_in_capitals_is_echoed_as_it_was_written(bench: Bench) -> None:
    row = bench.make_station()

    client, answer = shake(bench, f"/{row.identity}", basic(row.identity, PASSWORD), "OCPP1.6")

    assert answer.headers["sec-websocket-protocol"] == "OCPP1.6"
    assert client.is_alive()


def test_h06_a_version_in_the_path_decides_nothing(bench: Bench) -> None:
    row = bench.make_station()

    client, answer = shake(bench, f"/ocpp2.0.1/{row.identity}", basic(row.identity, PASSWORD))

    assert answer.headers["sec-websocket-protocol"] == "ocpp1.6"
    assert client.is_alive()


def test_h07_another_user_name_than_the_path_is_refused(bench: Bench) -> None:
    row, other = bench.make_station(), bench.make_station()

    _, answer = shake(bench, f"/{row.identity}", basic(other.identity, PASSWORD))

    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_h08_a_password_of_raw_bytes_with_a_colon_is_right(bench: Bench) -> None:
    secret = bytes.fromhex("003aff80c3280d0a" + "9f" * 12)
    row = bench.make_station(password_hash=entry.hash_password(secret))

    client, answer = shake(bench, f"/{row.identity}", basic(row.identity, secret))

    assert answer.status == 101
    assert client.is_alive()


@pytest.mark.parametrize("is_upper", [True, False])
def test_h09_the_hex_text_of_raw_bytes_is_the_same_password(bench: Bench, *, is_upper: bool) -> None:
    secret = bytes.fromhex("c3280d0a" * 5)
    row = bench.make_station(password_hash=entry.hash_password(secret))
    written = secret.hex().upper() if is_upper else secret.hex()

    _, answer = shake(bench, f"/{row.identity}", basic(row.identity, written))

    assert answer.status == 101


def test_h10_who_fails_again_and_again_has_to_wait(bench: Bench) -> None:
    row = bench.make_station()
    statuses = [shake(bench, f"/{row.identity}", basic(row.identity, "wrong"))[1].status for _ in range(5)]

    _, answer = shake(bench, f"/{row.identity}", basic(row.identity, PASSWORD))

    assert statuses == [401] * 5
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("profile", [2, 3])
def test_h11_a_lower_security_profile_than_agreed_is_refused(bench: Bench, profile: int) -> None:
    row = bench.make_station(security_profile=profile)

    _, answer = shake(bench, f"/{row.identity}", basic(row.identity, PASSWORD))

    assert answer.status == 403
    assert not StationConnection.objects.filter(station_id=row.pk).exists()


def test_h12_the_end_of_the_old_connection_does_not_end_the_new_one(bench: Bench) -> None:
    old = bench.connect()
    request = bench.ask(old, Reset())
    old.receive_call("Reset")
    new = bench.connect(row=old.row)
    assert bench.answered(request).state == "failed"
    assert old.raw.read_frame()[0] == 0x80 | CLOSE
    old.close()
    bench.csms.write_down()

    assert new.is_alive()
    link = StationConnection.objects.get(station_id=new.id)
    assert got(link, "is_connected epoch") == (True, 2)
    assert new.facts("stations.StationDisconnected") == []


@contextmanager
def another_gateway(limits: Limits) -> Iterator[RunningGateway]:
    """A second gateway on the same database, with bounds of its own."""
    gateway = RunningGateway(GatewaySettings(port=0, settle_s=0.05, limits=limits))
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


def come_to(bench: Bench, gateway: RunningGateway) -> Station:
    station = Station(gateway.process.port, bench.make_station(), "1.6")
    bench.watch(station)
    answer = station.shake_hands(f"/{station.identity}", "ocpp1.6", [basic(station.identity, PASSWORD)])
    assert answer.status == 101
    return station


def test_h13_a_connection_that_answers_no_ping_is_given_up(bench: Bench) -> None:
    with another_gateway(Limits(ping_interval=0.2, pong_timeout=0.2)) as gateway:
        station = come_to(bench, gateway)

        assert station.raw.read_frame()[0] == 0x80 | PING
        assert station.raw.read_end() == b""
        process = gateway.process
        assert process.gateway is not None
        assert process._loop is not None
        process._loop.call_soon_threadsafe(process.gateway.write_down)

        wait_for(lambda: not StationConnection.objects.get(station_id=station.id).is_connected)
    (_, gone) = ConnectionEvent.objects.filter(station_id=station.id).order_by("id")
    assert got(gone, "kind reason") == ("disconnected", "1006 no sign of life")


def test_h13_a_connection_that_answers_pings_goes_on(bench: Bench) -> None:
    with another_gateway(Limits(ping_interval=0.1, pong_timeout=60)) as gateway:
        station = come_to(bench, gateway)

        first, payload = station.raw.read_frame()
        assert first == 0x80 | PING
        station.raw.send_frame(PONG, payload)

        assert station.is_alive()
        assert StationConnection.objects.get(station_id=station.id).is_connected
    assert station.facts("stations.StationDisconnected") != []


def test_h14_a_ping_is_no_heartbeat(bench: Bench) -> None:
    station = bench.connect()

    station.raw.send_frame(PING, b"x")
    assert station.raw.read_frame() == (0x80 | PONG, b"x")

    assert station.frames("Heartbeat") == []
    assert station.call("Heartbeat", {})["currentTime"].endswith("Z")


def test_h15_messages_without_a_boot_are_taken_at_once(bench: Bench) -> None:
    first = bench.connect()
    again = bench.connect(row=first.row, boots=False)

    again.report("Available")

    assert again.connector().status == "Available"


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
def test_h16_compression_is_agreed_on_and_used(bench: Bench, version: str) -> None:
    row = bench.make_station()
    client = bench.knock()
    headers = [basic(row.identity, PASSWORD), "Sec-WebSocket-Extensions: permessage-deflate"]
    answer = client.shake_hands(f"/{row.identity}", version, headers)
    assert "permessage-deflate" in answer.headers["sec-websocket-extensions"]
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(b'[2,"z","Heartbeat",{}]') + packer.flush(zlib.Z_SYNC_FLUSH)

    client.raw.send_frame(TEXT, packed[:-4], rsv=RSV1)

    first, payload = client.raw.read_frame()
    assert first & 0x0F == TEXT
    if first & RSV1:
        payload = zlib.decompressobj(wbits=-15).decompress(payload + b"\x00\x00\xff\xff")
    assert json.loads(payload)[:2] == [3, "z"]


def test_h17_a_frame_beyond_the_limit_ends_the_connection_with_1009(bench: Bench) -> None:
    station = bench.connect()

    station.raw.send(make_frame(TEXT, b"", announced=(1 << 20) + 1)[:14])

    assert station.raw.read_close() == 1009


def test_h17_a_frame_of_64_kib_is_taken(bench: Bench) -> None:
    station = bench.connect()

    answer = station.call("DataTransfer", {"vendorId": "acme", "data": "x" * 65536})

    assert answer == {"status": "UnknownVendorId"}
    assert len(station.events[0].detail["data"]) == 65536


@pytest.mark.parametrize(("opcode", "payload", "code"), [(BINARY, b"[]", 1003), (TEXT, b"\xff\xfe", 1007)])
def test_h18_binary_and_broken_text_end_the_connection(
    bench: Bench, opcode: int, payload: bytes, code: int
) -> None:
    station = bench.connect()

    station.raw.send_frame(opcode, payload)

    assert station.raw.read_close() == code


def test_h19_a_message_in_pieces_is_put_together(bench: Bench) -> None:
    station = bench.connect()
    whole = b'[2,"p","Heartbeat",{}]'

    station.raw.send_frame(TEXT, whole[:5], fin=False)
    station.raw.send_frame(CONTINUATION, whole[5:9], fin=False)
    station.raw.send_frame(CONTINUATION, whole[9:])

    assert "currentTime" in station.receive_answer("p")[2]
    assert wait_for(lambda: station.frames("Heartbeat"))[0].frame == whole.decode()


def test_h20_stations_that_all_return_at_once_are_all_let_in_and_answered(bench: Bench) -> None:
    rows = [bench.make_station() for _ in range(40)]
    clients = [Station(bench.csms.port, row, "1.6") for row in rows]
    for station in clients:
        bench.watch(station)
        station.raw.send(make_request(f"/{station.identity}", headers=[basic(station.identity, PASSWORD)]))
    for station in clients:
        assert station.raw.read_response().status == 101
        station.send(2, "b", "BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "One"})
        station.send(
            2, "s", "StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"}
        )

    for station in clients:
        assert station.receive_answer("b")[2]["status"] == "Accepted"
        assert station.receive_answer("s")[2] == {}
    there = StationConnection.objects.filter(station_id__in=[row.pk for row in rows], is_connected=True)
    assert there.count() == 40
    assert {station.connector().status for station in clients} == {"Available"}
    assert {station.row.vendor for station in clients} == {"Acme"}


def test_h20_a_gateway_that_is_full_says_when_to_come_again(bench: Bench) -> None:
    with another_gateway(Limits(max_connections=1)) as gateway:
        first = come_to(bench, gateway)
        row = bench.make_station()
        late = Client(gateway.process.port)
        bench.watch(late)

        response = late.raw.read_response()

        assert response.status == 503
        assert int(response.headers["retry-after"]) > 0
        assert first.is_alive()
        assert not StationConnection.objects.filter(station_id=row.pk).exists()
