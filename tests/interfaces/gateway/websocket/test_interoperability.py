"""Other people's client, and streams of frames in every cut."""

import asyncio
import ssl
from typing import Any

import pytest
import websockets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.interfaces.gateway.websocket.conftest import Certificates, Start, patient
from tests.interfaces.gateway.websocket.raw_client import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    make_frame,
)
from tests.patience import PATIENCE_S

TEXTS = ["", "x", "Ladesäule " * 500, "\U0001f50c" * 30_000, "[2]" * 300_000]


@pytest.mark.parametrize("compression", ["deflate", None])
def test_the_websockets_library_talks_to_us(
    start_both: Start, certificates: Certificates, compression: Any
) -> None:
    running = start_both()
    context = running.client_context and ssl.create_default_context(cafile=certificates.ca)

    async def talk() -> None:
        scheme = "wss" if context else "ws"
        uri = f"{scheme}://localhost:{running.port}/ocpp/CP1"
        async with websockets.connect(
            uri,
            ssl=context,
            subprotocols=[websockets.Subprotocol("ocpp1.6")],
            compression=compression,
            open_timeout=PATIENCE_S,
            ping_timeout=PATIENCE_S,
            close_timeout=PATIENCE_S,
        ) as client:
            assert client.subprotocol == "ocpp1.6"
            assert len(client.protocol.extensions) == (1 if compression else 0)
            for text in TEXTS:
                await client.send(text)
                assert await client.recv() == text
            await client.send(iter(["frag", "", "ments"]))
            assert await client.recv() == "fragments"
            await (await client.ping(b"there?"))
        assert client.close_code == 1000

    asyncio.run(talk())
    assert running.door.wait_closed() == (1000, "")


messages = st.lists(st.text(max_size=200), max_size=6)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), texts=messages)
def test_messages_come_through_any_fragmentation_and_any_cut(
    start: Start, data: st.DataObject, texts: list[str]
) -> None:
    running = start()
    stream = b"".join(_fragment(data, text.encode()) for text in texts)
    client, _ = running.open()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        client.send(stream[begin:end])
    for text in texts:
        assert running.door.next() == ("received", text.encode())
    client.close()
    running.stop()


def _fragment(data: st.DataObject, text: bytes) -> bytes:
    """Return the frames of one message in some fragments, with pings and pongs among them."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    parts = [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    frames = b""
    for i, part in enumerate(parts):
        frames += make_frame(CONTINUATION if i else TEXT, part, fin=i == len(parts) - 1)
        if data.draw(st.booleans()):
            frames += make_frame(data.draw(st.sampled_from([PING, PONG])), b"between")
    return frames


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(noise=st.lists(st.binary(max_size=40), max_size=5))
def test_noise_ends_in_one_close_frame_or_none(start: Start, noise: list[bytes]) -> None:
    running = start(limits=patient(close_timeout=0.2))
    client, _ = running.open()
    stream = b"".join(noise) + make_frame(CLOSE, b"\x03\xe8")
    client.send(stream)
    client.sock.shutdown(1)
    answer = client.read_end()
    assert running.door.wait_closed()[0] in {1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009} | set(
        range(3000, 5000)
    )
    assert sum(first & 0x0F == CLOSE for first in _first_bytes(answer)) <= 1
    running.stop()


def _first_bytes(stream: bytes) -> list[int]:
    """Return the first byte of each frame of a server, all shorter than 126 bytes."""
    found = []
    while stream:
        found.append(stream[0])
        stream = stream[2 + stream[1] :]
    return found
