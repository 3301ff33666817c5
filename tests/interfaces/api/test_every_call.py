"""Every call of every version, sent through the API to stations that others made, and their answers."""

import asyncio
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import ocpp.v16
import ocpp.v21
import ocpp.v201
import pytest
import websockets
from django.test import Client
from ocpp.charge_point import camel_to_snake_case
from tests.patience import PATIENCE_S, wait_for
from tests.plugins.gateway import PASSWORD, RunningGateway
from tests.protocols.ocpp.schema_instances import build, load_schemas, name_files
from websockets.typing import Subprotocol

from chargehand.domain.stations.models import ChargingStation
from chargehand.interfaces.api.rates import buckets
from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.versions import Version

ROOT: Final = Path(__file__).resolve().parents[3]
ECHO: Final = Path(__file__).with_name("third_party_echo.cjs")
KINDS: Final[dict[Version, Any]] = {"ocpp1.6": ocpp.v16, "ocpp2.0.1": ocpp.v201, "ocpp2.1": ocpp.v21}

Came = list[tuple[str, dict[str, Any]]]


class Exchange:
    """A call with its largest payload, and the answer that the station will give."""

    def __init__(self, version: Version, action: str) -> None:
        request, response = name_files(CATALOGUE[version][action])
        assert response is not None
        schemas = load_schemas(version)
        self.action = action
        self.payload = without_vendors(build(schemas[request], schemas[request], full=True))
        # The PyPI library writes names such as limit_L2 of 2.1 wrong: there the smallest answer has to do.
        is_full = version != "ocpp2.1"
        self.answer = without_vendors(build(schemas[response], schemas[response], full=is_full))


def without_vendors(value: Any) -> Any:
    """Leave out vendors' own objects, and null in free JSON, which the PyPI library cannot carry."""
    if isinstance(value, dict):
        return {key: without_vendors(item) for key, item in value.items() if key != "customData"}
    return [without_vendors(item) for item in value if item is not None] if isinstance(value, list) else value


def exchanges(version: Version) -> list[Exchange]:
    return [
        Exchange(version, action) for action, message in CATALOGUE[version].items() if message.is_from_csms
    ]


class Eavesdropper:
    """A connection that keeps the calls that come in as they came."""

    def __init__(self, connection: Any, came: Came) -> None:
        self._connection = connection
        self._came = came

    async def recv(self) -> Any:
        text = await self._connection.recv()
        message = json.loads(text)
        if message[0] == 2:
            self._came.append((message[2], message[3]))
        return text

    async def send(self, text: str) -> None:
        await self._connection.send(text)


class PypiStation:
    """A station made with the PyPI library, in a thread."""

    def __init__(self, version: Version, url: str, answers: dict[str, Any]) -> None:
        self.came: Came = []
        self._answers = answers
        self._version = version
        self._url = url.replace("ws://", f"ws://4107:{PASSWORD}@") + "/4107"
        self._booted = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def start(self) -> None:
        self._thread.start()
        assert self._booted.wait(PATIENCE_S)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def _handler(self, action: str) -> Callable[..., Any]:
        kind = getattr(KINDS[self._version].call_result, action)
        return lambda **_: kind(**camel_to_snake_case(self._answers[action]))

    async def _run(self) -> None:
        kind = KINDS[self._version]
        async with websockets.connect(
            self._url,
            subprotocols=[Subprotocol(self._version)],
            max_size=None,
            open_timeout=PATIENCE_S,
            ping_timeout=PATIENCE_S,
            close_timeout=PATIENCE_S,
        ) as connection:
            station = kind.ChargePoint("4107", Eavesdropper(connection, self.came), PATIENCE_S)
            for action in self._answers:
                station.route_map[action] = {"_on_action": self._handler(action)}
            reading = asyncio.create_task(station.start())
            call = kind.call.BootNotification
            if self._version == "ocpp1.6":
                await station.call(call(charge_point_vendor="PyPI", charge_point_model="ocpp"))
            else:
                described = {"vendor_name": "PyPI", "model": "ocpp"}
                await station.call(call(charging_station=described, reason="PowerUp"))
            self._booted.set()
            await self._ended.wait()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


@contextmanager
def npm_station(version: Version, url: str, answers: dict[str, Any]) -> Iterator[Came]:
    """A station made with the npm package; what came is there once it has ended."""
    command = ["node", str(ECHO), url, "4107", PASSWORD, version]
    came: Came = []
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(json.dumps(answers).encode())
        client.stdin.close()
        try:
            yield came
        finally:
            client.kill()
            came += [
                (action, payload) for action, payload in map(json.loads, client.stdout.read().splitlines())
            ]


@contextmanager
def pypi_station(version: Version, url: str, answers: dict[str, Any]) -> Iterator[Came]:
    """A station made with the PyPI library."""
    station = PypiStation(version, url, answers)
    station.start()
    try:
        yield station.came
    finally:
        station.stop()


def outcome(api: Client, address: str) -> Any:
    """Return what the API tells of a call once that is over."""
    buckets.forget()
    card = api.get(f"{address}?wait=30&until=answered").json()
    return None if card["state"] in {"queued", "sent"} else card


def call_all(api: Client, station: ChargingStation, asked: list[Exchange]) -> dict[str, Any]:
    """Send all calls, and return what the API tells of each."""
    addresses = {}
    for each in asked:
        body = {"action": each.action, "payload": each.payload}
        buckets.forget()
        address = f"/api/v1/stations/{station.pk}/calls?wait=0"
        made = api.post(address, body, content_type="application/json")
        assert made.status_code in {200, 202}, made.content
        addresses[each.action] = made["Location"]
    told = {}
    for action, address in addresses.items():
        told[action] = wait_for(partial(outcome, api, address))
    return told


def compare(asked: list[Exchange], told: dict[str, Any], came: Came) -> None:
    assert {action: card["state"] for action, card in told.items() if card["state"] == "failed"} == {}
    assert {action: card["answer"] for action, card in told.items()} == {
        each.action: each.answer for each in asked
    }
    assert came == [(each.action, each.payload) for each in asked]


@pytest.mark.parametrize("version", KINDS)
def test_every_call_reaches_a_station_of_the_pypi_library_and_its_answer_comes_back(
    version: Version, gateway: RunningGateway, make_station: Callable[..., ChargingStation], api: Client
) -> None:
    station = make_station("4107")
    asked = exchanges(version)

    with pypi_station(version, gateway.url, {each.action: each.answer for each in asked}) as came:
        told = call_all(api, station, asked)

    compare(asked, told, came)


@pytest.mark.skipif(
    not (ROOT / "node_modules").is_dir() or shutil.which("node") is None,
    reason="npm packages are not installed: run npm ci",
)
@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
def test_every_call_reaches_a_station_of_the_npm_package_and_its_answer_comes_back(
    version: Version, gateway: RunningGateway, make_station: Callable[..., ChargingStation], api: Client
) -> None:
    station = make_station("4107")
    asked = exchanges(version)

    with npm_station(version, gateway.url, {each.action: each.answer for each in asked}) as came:
        told = call_all(api, station, asked)

    compare(asked, told, came)
