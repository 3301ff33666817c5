"""The usual server made with the PyPI `ocpp` library: answers, stores nothing. Prints its port."""

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any

import websockets
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as result201
from websockets.typing import Subprotocol


class Station16(ChargePoint16):
    """A 1.6 station."""

    @on("MeterValues")
    def take_meter_values(self, **_: Any) -> result16.MeterValues:
        return result16.MeterValues()

    @on("Heartbeat")
    def take_heartbeat(self, **_: Any) -> result16.Heartbeat:
        return result16.Heartbeat(current_time=datetime.now(UTC).isoformat())


class Station201(ChargePoint201):
    """A 2.0.1 station."""

    @on("TransactionEvent")
    def take_event(self, **_: Any) -> result201.TransactionEvent:
        return result201.TransactionEvent()


async def _serve() -> None:
    async def take(socket: Any) -> None:
        kind = Station201 if socket.subprotocol == "ocpp2.0.1" else Station16
        with contextlib.suppress(websockets.ConnectionClosed):
            await kind("bench", socket).start()

    names = [Subprotocol("ocpp1.6"), Subprotocol("ocpp2.0.1")]
    async with websockets.serve(take, "127.0.0.1", 0, subprotocols=names) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(_serve())
