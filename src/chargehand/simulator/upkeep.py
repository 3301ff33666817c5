"""What a station does for those who maintain it: it uploads its log, and takes another firmware."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from http.client import HTTPException
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

import msgspec

from chargehand.simulator.orders import OrderedStation

Say = Callable[[str], None]
"""Tells the CSMS how far the station is, in OCPP's word."""

_UPLOAD_TIMEOUT_S = 30.0
_DOWNLOAD_S, _VERIFY_S, _INSTALL_S = 15.0, 2.0, 15.0
_BUSY_S = 30.0
_VERSION = re.compile(r"\d+(?:\.\d+)+")


def send_log(station: OrderedStation, location: str, say: Say, *, failure: str) -> str:
    """Upload a log below `location` by HTTP PUT after the answer; return the file's name.

    `failure` is the word for an upload that fails: UploadFailed in 1.6, UploadFailure in 2.0.1.
    """
    stamp = re.sub(r"[^0-9]", "", station.stamp())[:14]
    name = f"{station.door.identity}-{stamp}.log"
    url = f"{location.rstrip('/')}/{name}"
    content = write_log(station).encode()

    async def upload() -> None:
        say("Uploading")
        try:
            await asyncio.to_thread(_put, url, content)
        except (OSError, ValueError, HTTPException):
            say(failure)
        else:
            say("Uploaded")

    station.afterwards.append(lambda: station.run_errand(upload()))
    return name


def write_log(station: OrderedStation) -> str:
    """Return the station's log: its plate, its connectors, and the last messages where it remembers them."""
    plate = station.hardware
    lines = [
        f"{station.stamp()} {plate.vendor} {plate.model}, serial {plate.serial}, firmware {plate.firmware}",
        f"{station.stamp()} {station.messages_sent} messages sent, {len(station.outbox)} waiting",
        f"{station.stamp()} reception {station.rssi_dbm:.0f} dBm, clock off by {station.clock_error_s:.0f} s",
    ]
    for connector in station.connectors.values():
        outlet, fault = connector.outlet, connector.fault
        told = "no fault" if fault is None else f"{fault.error_code} {fault.vendor_error_code} {fault.info}"
        lines.append(
            f"{station.stamp()} connector {connector.number}: {station.status_of(connector)}, {told.strip()}, "
            f"register {outlet.meter.register_wh} Wh, {outlet.power_w:.0f} W, plug {outlet.plug_c:.1f} °C"
        )
    lines += [
        f"{each.action} {msgspec.json.encode(each.payload).decode()}" for each in list(station.sent)[-200:]
    ]
    return "\n".join(lines) + "\n"


def _put(url: str, content: bytes) -> None:
    """Send a file; raise ValueError for an address that is not HTTP, OSError when it does not arrive."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"{url} is not an address of HTTP.")
    request = Request(url, data=content, method="PUT", headers={"Content-Type": "text/plain"})  # noqa: S310 - looked at above
    with _opener().open(request, timeout=_UPLOAD_TIMEOUT_S):
        return


def _opener() -> OpenerDirector:
    """Return what opens HTTP addresses, past any proxy of the machine that simulates."""
    return build_opener(ProxyHandler({}), HTTPHandler, HTTPSHandler)


def update_firmware(
    station: OrderedStation, location: str, say: Say, *, retrieve_at: str, is_signed: bool = False
) -> None:
    """Go through an update after the answer: download, install when no car charges, restart with the new version.

    Nothing is fetched: the version is read from the file's name in `location`.
    """
    clock = station.link_timeline.clock
    wait = datetime.fromisoformat(retrieve_at) - datetime.fromisoformat(clock.stamp(0.0))
    firmware = read_version(location, station.hardware.firmware)
    after = station.link_timeline.after

    def install() -> None:
        if station.open_transactions or station.is_replaying or not station.is_online:
            after(_BUSY_S, install)
            return
        say("Installing")
        after(_INSTALL_S, restart)

    def restart() -> None:
        station.after_boot.append(lambda: say("Installed"))
        station.install(firmware)

    def verify() -> None:
        say("Downloaded")
        if is_signed:
            after(_VERIFY_S, lambda: say("SignatureVerified"))
        after(2 * _VERIFY_S, install)

    def download() -> None:
        say("Downloading")
        after(_DOWNLOAD_S, verify)

    def begin() -> None:
        after(clock.simulated(max(0.0, wait.total_seconds())), download)

    station.afterwards.append(begin)


def read_version(location: str, before: str) -> str:
    """Return the version in a file's name, or the one after `before` where it names none."""
    found = _VERSION.findall(urlsplit(location).path.rpartition("/")[2])
    if found:
        return str(found[-1])
    head, dot, last = before.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdigit() else f"{before}.1"
