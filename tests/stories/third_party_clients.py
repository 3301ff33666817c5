"""Stations made with the PyPI library `ocpp`: they boot, authorise, charge, and do what they are asked."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import ocpp.v16
import ocpp.v16.call
import ocpp.v16.call_result
import ocpp.v201
import ocpp.v201.call
import ocpp.v201.call_result
import websockets
from ocpp.routing import after, on
from tests.patience import PATIENCE_S
from websockets.typing import Subprotocol

TAG = "CAFE01"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Station16(ocpp.v16.ChargePoint):  # type: ignore[misc]
    """A station of OCPP 1.6."""

    def __init__(self, identity: str, connection: Any, patience_s: float) -> None:
        super().__init__(identity, connection, patience_s)
        self.finished = asyncio.Event()
        self.number = 0
        self.meter = 10_000
        self.statuses: list[str] = []

    async def work(self) -> None:
        """Boot, and charge 7.5 kWh."""
        call = ocpp.v16.call
        answer = await self.call(call.BootNotification(charge_point_vendor="PyPI", charge_point_model="ocpp"))
        self.statuses.append(answer.status)
        answer = await self.call(call.Authorize(id_tag=TAG))
        self.statuses.append(answer.id_tag_info["status"])
        await self.charge()
        await self.stop()

    async def charge(self) -> None:
        """Start, and tell the meter three times."""
        call = ocpp.v16.call
        answer = await self.call(
            call.StartTransaction(connector_id=1, id_tag=TAG, meter_start=self.meter, timestamp=now())
        )
        self.number = answer.transaction_id
        for _ in range(3):
            self.meter += 2_500
            samples = [
                {"value": str(self.meter), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
                {"value": "11000.0", "measurand": "Power.Active.Import", "unit": "W"},
            ]
            values = [{"timestamp": now(), "sampledValue": samples}]
            await self.call(call.MeterValues(connector_id=1, transaction_id=self.number, meter_value=values))

    async def stop(self) -> None:
        """Stop the transaction."""
        call = ocpp.v16.call
        await self.call(
            call.StopTransaction(
                transaction_id=self.number, meter_stop=self.meter, timestamp=now(), id_tag=TAG
            )
        )

    @on("RemoteStartTransaction")  # type: ignore[untyped-decorator]
    async def accept_start(self, **_: Any) -> Any:
        return ocpp.v16.call_result.RemoteStartTransaction(status="Accepted")

    @after("RemoteStartTransaction")  # type: ignore[untyped-decorator]
    async def start_as_asked(self, **_: Any) -> None:
        await self.charge()

    @on("RemoteStopTransaction")  # type: ignore[untyped-decorator]
    async def accept_stop(self, transaction_id: int) -> Any:
        status = "Accepted" if transaction_id == self.number else "Rejected"
        return ocpp.v16.call_result.RemoteStopTransaction(status=status)

    @after("RemoteStopTransaction")  # type: ignore[untyped-decorator]
    async def stop_as_asked(self, **_: Any) -> None:
        await self.stop()

    @on("UnlockConnector")  # type: ignore[untyped-decorator]
    async def unlock(self, **_: Any) -> Any:
        return ocpp.v16.call_result.UnlockConnector(status="Unlocked")

    @on("Reset")  # type: ignore[untyped-decorator]
    async def accept_reset(self, **_: Any) -> Any:
        return ocpp.v16.call_result.Reset(status="Accepted")

    @after("Reset")  # type: ignore[untyped-decorator]
    async def end(self, **_: Any) -> None:
        self.finished.set()


class Station201(ocpp.v201.ChargePoint):  # type: ignore[misc]
    """A station of OCPP 2.0.1."""

    def __init__(self, identity: str, connection: Any, patience_s: float) -> None:
        super().__init__(identity, connection, patience_s)
        self.finished = asyncio.Event()
        self.number = 0
        self.seq = 0
        self.meter = 10_000
        self.remote_start_id: int | None = None
        self.statuses: list[str] = []

    async def work(self) -> None:
        """Boot, and charge 7.5 kWh."""
        call = ocpp.v201.call
        described = {"vendor_name": "PyPI", "model": "ocpp"}
        answer = await self.call(call.BootNotification(charging_station=described, reason="PowerUp"))
        self.statuses.append(answer.status)
        answer = await self.call(call.Authorize(id_token={"id_token": TAG, "type": "ISO14443"}))
        self.statuses.append(answer.id_token_info["status"])
        await self.charge()
        await self.stop()

    async def charge(self) -> None:
        """Start, and tell the meter three times."""
        self.number += 1
        self.seq = 0
        await self.tell("Started", "Authorized", id_token={"id_token": TAG, "type": "ISO14443"})
        for _ in range(3):
            self.meter += 2_500
            await self.tell("Updated", "MeterValuePeriodic")

    async def stop(self) -> None:
        """Stop the transaction."""
        await self.tell("Ended", "StopAuthorized")

    async def tell(self, kind: str, trigger: str, **more: Any) -> None:
        info: dict[str, Any] = {"transaction_id": f"session-{self.number}", "charging_state": "Charging"}
        if self.remote_start_id is not None:
            info["remote_start_id"] = self.remote_start_id
        unit = {"unit": "kWh", "multiplier": 0}
        samples = [{"value": self.meter / 1000, "unit_of_measure": unit}]
        await self.call(
            ocpp.v201.call.TransactionEvent(
                event_type=kind,
                timestamp=now(),
                trigger_reason=trigger,
                seq_no=self.seq,
                transaction_info=info,
                evse={"id": 1, "connector_id": 1},
                meter_value=[{"timestamp": now(), "sampled_value": samples}],
                **more,
            )
        )
        self.seq += 1

    @on("RequestStartTransaction")  # type: ignore[untyped-decorator]
    async def accept_start(self, remote_start_id: int, **_: Any) -> Any:
        self.remote_start_id = remote_start_id
        return ocpp.v201.call_result.RequestStartTransaction(status="Accepted")

    @after("RequestStartTransaction")  # type: ignore[untyped-decorator]
    async def start_as_asked(self, **_: Any) -> None:
        await self.charge()

    @on("RequestStopTransaction")  # type: ignore[untyped-decorator]
    async def accept_stop(self, transaction_id: str, **_: Any) -> Any:
        status = "Accepted" if transaction_id == f"session-{self.number}" else "Rejected"
        return ocpp.v201.call_result.RequestStopTransaction(status=status)

    @after("RequestStopTransaction")  # type: ignore[untyped-decorator]
    async def stop_as_asked(self, **_: Any) -> None:
        await self.stop()

    @on("UnlockConnector")  # type: ignore[untyped-decorator]
    async def unlock(self, **_: Any) -> Any:
        return ocpp.v201.call_result.UnlockConnector(status="Unlocked")

    @on("Reset")  # type: ignore[untyped-decorator]
    async def accept_reset(self, **_: Any) -> Any:
        return ocpp.v201.call_result.Reset(status="Accepted")

    @after("Reset")  # type: ignore[untyped-decorator]
    async def end(self, **_: Any) -> None:
        self.finished.set()


async def run(kind: type[Station16] | type[Station201], url: str, identity: str, password: str) -> list[str]:
    """Connect, charge, and do what is asked until a reset; return what the gateway said."""
    version = "ocpp1.6" if kind is Station16 else "ocpp2.0.1"
    address = url.replace("ws://", f"ws://{identity}:{password}@")
    async with websockets.connect(
        f"{address}/{identity}",
        subprotocols=[Subprotocol(version)],
        open_timeout=PATIENCE_S,
        ping_timeout=PATIENCE_S,
        close_timeout=PATIENCE_S,
    ) as connection:
        station = kind(identity, connection, PATIENCE_S)
        reading = asyncio.create_task(station.start())
        try:
            await station.work()
            await asyncio.wait_for(station.finished.wait(), PATIENCE_S)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return station.statuses
