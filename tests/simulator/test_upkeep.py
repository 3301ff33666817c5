"""Stations send their log where they are told, and take another firmware."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.simulator.csms import Csms

from chargehand.simulator.simulated_station import SimulatedStation
from chargehand.simulator.upkeep import read_version

Tell = Callable[[Any], None]
WHEN = "2026-03-01T08:00:00Z"


class Shelf:
    """An HTTP server that keeps what is put there."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.url = ""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.partition(":")[2])
            for line in head.splitlines()
            if line.lower().startswith("content-len")
        )
        self.files[head.split(" ")[1]] = (await reader.readexactly(length)).decode()
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def shelf() -> AsyncIterator[Shelf]:
    kept = Shelf()
    server = await asyncio.start_server(kept.take, "127.0.0.1", 0)
    kept.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/uploads/secret/"
    async with server:
        yield kept


async def booted(csms: Csms, version: str) -> SimulatedStation:
    station = SimulatedStation("4107", csms.url, version)
    await station.connect()
    await station.boot()
    return station


async def finish_errands(station: SimulatedStation) -> None:
    await asyncio.gather(*station.station.errands)
    await station.settle()


def words(station: SimulatedStation, action: str) -> list[str]:
    return [each["status"] for each in station.sent_of(action)]


def log_order(version: str, url: str) -> tuple[str, dict[str, Any], str]:
    if version == "1.6":
        return "GetDiagnostics", {"location": url}, "DiagnosticsStatusNotification"
    payload = {"log": {"remoteLocation": url}, "logType": "DiagnosticsLog", "requestId": 7}
    return "GetLog", payload, "LogStatusNotification"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_log_is_uploaded_where_the_csms_wants_it(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms, version)
        async with shelf() as kept:
            action, payload, told = log_order(version, kept.url)
            answer = await csms.ask("4107", action, payload)
            await finish_errands(station)
        name = answer.get("fileName") or answer.get("filename")
        assert words(station, told) == ["Uploading", "Uploaded"]
        assert "firmware 1.0.0" in kept.files[f"/uploads/secret/{name}"]
        await station.close()

    tell(story)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/logs", "http://127.0.0.1:9/logs"])
@pytest.mark.parametrize(("version", "word"), [("1.6", "UploadFailed"), ("2.0.1", "UploadFailure")])
def test_a_log_that_cannot_be_uploaded_is_told_so(tell: Tell, url: str, version: str, word: str) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms, version)
        action, payload, told = log_order(version, url)
        await csms.ask("4107", action, payload)
        await finish_errands(station)
        assert words(station, told) == ["Uploading", word]
        await station.close()

    tell(story)


def update_order(version: str, location: str) -> dict[str, Any]:
    if version == "1.6":
        return {"location": location, "retrieveDate": WHEN}
    return {"requestId": 3, "firmware": {"location": location, "retrieveDateTime": WHEN}}


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_firmware_is_installed_with_a_restart(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms, version)
        await csms.ask("4107", "UpdateFirmware", update_order(version, "https://fw.example/box-2.3.4.bin"))
        await station.advance(120)
        told = words(station, "FirmwareStatusNotification")
        assert told == ["Downloading", "Downloaded", "Installing", "Installed"]
        boot = station.sent_of("BootNotification")[-1]
        assert boot.get("chargingStation", boot)["firmwareVersion"] == "2.3.4"
        await station.close()

    tell(story)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_an_update_waits_for_the_car_that_charges(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms, version)
        await station.plug_in(1)
        await station.present_token(1, "04AABBCCDDEEFF")
        await csms.ask("4107", "UpdateFirmware", update_order(version, "https://fw.example/box.bin"))
        await station.advance(600)
        assert words(station, "FirmwareStatusNotification") == ["Downloading", "Downloaded"]
        await station.unplug(1)
        await station.advance(120)
        assert words(station, "FirmwareStatusNotification")[-1] == "Installed"
        assert station.station.hardware.firmware == "1.0.1"
        await station.close()

    tell(story)


def test_a_signed_firmware_of_1_6_and_a_security_log_are_taken(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms, "1.6")
        firmware = {
            "location": "https://fw.example/box-2.3.4.bin",
            "retrieveDateTime": WHEN,
            "signingCertificate": "PEM",
            "signature": "c2lnbmVk",
        }
        answer = await csms.ask("4107", "SignedUpdateFirmware", {"requestId": 5, "firmware": firmware})
        assert answer == {"status": "Accepted"}
        await station.advance(120)
        assert words(station, "SignedFirmwareStatusNotification") == [
            *("Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")
        ]
        async with shelf() as kept:
            log = {"log": {"remoteLocation": kept.url}, "logType": "SecurityLog", "requestId": 6}
            assert (await csms.ask("4107", "GetLog", log))["status"] == "Accepted"
            await finish_errands(station)
        assert words(station, "LogStatusNotification") == ["Uploading", "Uploaded"]
        await station.close()

    tell(story)


@pytest.mark.parametrize(
    ("location", "version"),
    [
        ("https://fw.example/1.2/box-5.1.2.bin", "5.1.2"),
        ("https://fw.example/box.bin", "3.1.5"),
        ("ftp://fw.example/latest", "3.1.5"),
    ],
)
def test_the_version_is_that_of_the_file(location: str, version: str) -> None:
    assert read_version(location, "3.1.4") == version
