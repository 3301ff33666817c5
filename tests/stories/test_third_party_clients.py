"""Stories with unmodified OCPP clients of others: they charge here, and do what the console asks of them."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.patience import PATIENCE_S, wait_for
from tests.plugins.gateway import PASSWORD, RunningGateway
from tests.stories import third_party_clients
from tests.stories.third_party_clients import Station16, Station201

from chargehand.domain.charging.models import MeterReading, Transaction
from chargehand.domain.stations import requests
from chargehand.domain.stations.commands import (
    AnyCommand,
    Reset,
    StartCharging,
    StopCharging,
    UnlockConnector,
)
from chargehand.domain.stations.models import ChargingStation, StationRequest
from chargehand.domain.tokens.models import Token

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("third_party_client.cjs")


class Console:
    """Asks a station as the console does."""

    def __init__(self, station: ChargingStation) -> None:
        self.station = station

    def ask(self, command: AnyCommand) -> StationRequest:
        request_id = requests.queue(
            operator_id=self.station.operator_id,
            station_id=self.station.pk,
            command=command,
            asked_by="operator",
        )
        found: StationRequest = wait_for(
            lambda: StationRequest.objects.filter(pk=request_id).exclude(state__in=["queued", "sent"]).first()
        )
        return found

    def transaction(self, index: int, state: str) -> Transaction:
        rows = Transaction.objects.filter(station_id=self.station.pk).order_by("id")
        found: Transaction = wait_for(lambda: next(iter(rows.filter(state=state)[index : index + 1]), None))
        return found


def charge_by_hand_and_from_afar(station: ChargingStation, finished: Callable[[], Any]) -> None:
    """Let the client charge by itself, then start, stop, unlock and reset it."""
    console = Console(station)
    first = console.transaction(0, "ended")
    assert first.energy_wh == Decimal(7500)
    assert first.authorization == "Accepted"

    started = console.ask(StartCharging(token_uid="CAFE01", remote_start_id=4711, evse=1))
    wait_for(lambda: MeterReading.objects.exclude(transaction_id=first.pk).count() >= 3)
    second = console.transaction(0, "open")
    stopped = console.ask(StopCharging(transaction_id=second.pk, ref=second.station_ref or str(second.pk)))
    second = console.transaction(1, "ended")
    unlocked = console.ask(UnlockConnector(evse=1))
    reset = console.ask(Reset())
    finished()

    assert second.energy_wh == Decimal(7500)
    assert [
        (request.command, request.state, request.is_accepted)
        for request in (started, stopped, unlocked, reset)
    ] == [
        ("start", "answered", True),
        ("stop", "answered", True),
        ("unlock", "answered", True),
        ("reset", "answered", True),
    ]
    assert Transaction.objects.filter(station_id=station.pk).count() == 2


@pytest.mark.parametrize("kind", [Station16, Station201])
def test_a_station_made_with_the_pypi_library_charges_and_obeys(
    kind: type[Station16] | type[Station201],
    gateway: RunningGateway,
    make_station: Callable[..., ChargingStation],
    make_token: Callable[..., Token],
) -> None:
    station = make_station("PYPI-1")
    make_token("CAFE01")

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(
            asyncio.run, third_party_clients.run(kind, gateway.url, station.identity, PASSWORD)
        )
        charge_by_hand_and_from_afar(station, lambda: running.result(PATIENCE_S))

    assert running.result() == ["Accepted", "Accepted"]


@pytest.mark.skipif(
    not (ROOT / "node_modules").is_dir() or shutil.which("node") is None,
    reason="npm packages are not installed: run npm ci",
)
@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
def test_a_station_made_with_the_npm_package_charges_and_obeys(
    version: str,
    gateway: RunningGateway,
    make_station: Callable[..., ChargingStation],
    make_token: Callable[..., Token],
) -> None:
    station = make_station("NPM-1")
    make_token("CAFE01")
    command = ["node", str(SCRIPT), gateway.url, station.identity, PASSWORD, version]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        try:
            charge_by_hand_and_from_afar(station, lambda: client.wait(PATIENCE_S))
        finally:
            client.kill()
        assert client.stdout is not None
        assert client.stderr is not None
        said, complaint = client.stdout.read(), client.stderr.read()

    assert complaint == b""
    assert client.returncode == 0
    assert json.loads(said) == ["Accepted", "Accepted"]
