"""The simulator against a CSMS that others wrote: the PyPI `ocpp` library."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201
from tests.patience import PATIENCE_S
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from chargehand.simulator.simulated_station import SimulatedStation


def now() -> str:
    return datetime.now(UTC).isoformat()


class Csms16(ChargePoint16):  # type: ignore[misc]
    stops: list[dict[str, Any]]

    @on("BootNotification")  # type: ignore[untyped-decorator]
    def booted(self, **_: Any) -> Any:
        return result16.BootNotification(current_time=now(), interval=60, status="Accepted")

    @on("StatusNotification")  # type: ignore[untyped-decorator]
    def changed(self, **_: Any) -> Any:
        return result16.StatusNotification()

    @on("StartTransaction")  # type: ignore[untyped-decorator]
    def started(self, **_: Any) -> Any:
        return result16.StartTransaction(transaction_id=42, id_tag_info={"status": "Accepted"})

    @on("MeterValues")  # type: ignore[untyped-decorator]
    def metered(self, **_: Any) -> Any:
        return result16.MeterValues()

    @on("StopTransaction")  # type: ignore[untyped-decorator]
    def stopped(self, **told: Any) -> Any:
        self.stops = [*getattr(self, "stops", []), told]
        return result16.StopTransaction()


class Csms201(ChargePoint201):  # type: ignore[misc]
    events: list[dict[str, Any]]

    @on("BootNotification")  # type: ignore[untyped-decorator]
    def booted(self, **_: Any) -> Any:
        return result201.BootNotification(current_time=now(), interval=60, status="Accepted")

    @on("StatusNotification")  # type: ignore[untyped-decorator]
    def changed(self, **_: Any) -> Any:
        return result201.StatusNotification()

    @on("NotifyEvent")  # type: ignore[untyped-decorator]
    def noticed(self, **_: Any) -> Any:
        return result201.NotifyEvent()

    @on("TransactionEvent")  # type: ignore[untyped-decorator]
    def happened(self, **told: Any) -> Any:
        self.events = [*getattr(self, "events", []), told]
        return result201.TransactionEvent()


def play(kind: type[Any], version: str, story: Callable[[Any, SimulatedStation], Awaitable[None]]) -> None:
    async def whole() -> None:
        made: list[Any] = []

        async def handle(connection: ServerConnection) -> None:
            peer = kind("4107", connection)
            made.append(peer)
            try:
                await peer.start()
            except ConnectionClosed:
                return

        async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol(f"ocpp{version}")]) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            station = SimulatedStation("4107", f"ws://127.0.0.1:{port}", version)
            await station.connect()
            assert await station.boot() == "Accepted"
            await story(made[0], station)
            await station.close()

    asyncio.run(asyncio.wait_for(whole(), PATIENCE_S))


def test_the_ocpp_library_can_start_meter_and_stop_a_16_station() -> None:
    async def story(csms: Csms16, station: SimulatedStation) -> None:
        await station.plug_in(1)
        answer = await csms.call(call16.RemoteStartTransaction(id_tag="APP-1", connector_id=1))
        assert answer.status == "Accepted"
        await station.settle()
        await station.advance(600)
        answer = await csms.call(call16.RemoteStopTransaction(transaction_id=42))
        assert answer.status == "Accepted"
        await station.settle()
        (stop,) = csms.stops
        assert stop["meter_stop"] > station.transactions[0].begin.energy_wh + 1_000
        configuration = await csms.call(call16.GetConfiguration(key=["HeartbeatInterval"]))
        assert configuration.configuration_key[0]["value"] == "60"

    play(Csms16, "1.6", story)


def test_the_ocpp_library_can_start_meter_and_stop_a_201_station() -> None:
    async def story(csms: Csms201, station: SimulatedStation) -> None:
        await station.plug_in(1)
        start = call201.RequestStartTransaction(
            id_token={"idToken": "APP-1", "type": "Central"}, remote_start_id=3, evse_id=1
        )
        assert (await csms.call(start)).status == "Accepted"
        await station.settle()
        await station.advance(600)
        stop = call201.RequestStopTransaction(transaction_id=station.transactions[0].id)
        assert (await csms.call(stop)).status == "Accepted"
        await station.settle()
        assert [each["seq_no"] for each in csms.events] == list(range(12))
        assert csms.events[-1]["transaction_info"]["stopped_reason"] == "Remote"

    play(Csms201, "2.0.1", story)
