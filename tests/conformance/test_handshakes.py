"""Edge cases of connecting (rows H01 to H20), each through the running gateway."""

import json
import zlib
from typing import Any

import pytest
from tests.conformance.bench import Bench, got, wait_for
from tests.conformance.client import Client, basic
from tests.conformance.reasons import ids, uncovered
from tests.interfaces.gateway.websocket.raw_client import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    RSV1,
    TEXT,
    make_frame,
)
from tests.plugins.gateway import PASSWORD

from chargehand.domain.stations import entry
from chargehand.domain.stations.models import StationConnection, WaitingStation

REASONS = {
    "H13": "A half-open connection is pinged and given up after a minute and a half; the WebSocket layer's own"
    " tests show it with shorter times. That a new connection takes over at once is H12.",
    "H20": "Two thousand stations that return at once are the subject of the robustness tests.",
}


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
    new = bench.connect(row=old.row)
    assert old.raw.read_frame()[0] == 0x80 | CLOSE
    old.close()
    bench.csms.write_down()

    assert new.is_alive()
    link = StationConnection.objects.get(station_id=new.id)
    assert got(link, "is_connected epoch") == (True, 2)
    assert new.facts("stations.StationDisconnected") == []


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


def test_every_row_of_handshakes_has_a_scenario_or_a_reason() -> None:
    assert uncovered(globals(), ids("H", 20, width=2), REASONS) == []
