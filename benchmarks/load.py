"""The load of the gateway benchmark: many stations on one loop, each waiting for its answer before the next.

Run as a process of its own. Says `ready` when all are connected. With each line on standard input it sends for some
seconds and, once all is answered, prints one line of JSON: how many were answered, and how long that took. Ends with
its input.
"""

import argparse
import asyncio
import base64
import json
import ssl
import sys
from collections.abc import Callable
from time import perf_counter

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

START = 1_760_000_000


def _time(number: int) -> str:
    seconds = START + number
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    return f"2026-{(days // 28) % 12 + 1:02}-{days % 28 + 1:02}T{hours:02}:{rest // 60:02}:{rest % 60:02}Z"


def meter_values(station: int, number: int) -> bytes:
    """Write MeterValues of 1.6 with an energy register, power and current."""
    return (
        f'[2,"{station}-{number}","MeterValues",{{"connectorId":1,"meterValue":[{{"timestamp":"{_time(number)}",'
        f'"sampledValue":[{{"value":"{1000 + number}","measurand":"Energy.Active.Import.Register","unit":"Wh"}},'
        f'{{"value":"{7000 + number % 400}.5","measurand":"Power.Active.Import","unit":"W"}},'
        f'{{"value":"{30 + number % 2}.2","measurand":"Current.Import","unit":"A","phase":"L1"}}]}}]}}]'
    ).encode()


def three_phases(station: int, number: int) -> bytes:
    """Write MeterValues of 1.6 as a three-phase AC station does: register, power, currents and voltages."""
    phases = "".join(
        f',{{"value":"{31 + number % 2}.{phase}","measurand":"Current.Import","unit":"A","phase":"L{phase}",'
        f'"context":"Sample.Periodic"}},{{"value":"{229 + phase}.4","measurand":"Voltage","unit":"V",'
        f'"phase":"L{phase}-N","context":"Sample.Periodic"}}'
        for phase in (1, 2, 3)
    )
    return (
        f'[2,"{station}-{number}","MeterValues",{{"connectorId":1,"meterValue":[{{"timestamp":"{_time(number)}",'
        f'"sampledValue":[{{"value":"{1000 + number}","measurand":"Energy.Active.Import.Register","unit":"Wh",'
        f'"context":"Sample.Periodic"}},{{"value":"{21000 + number % 400}","measurand":"Power.Active.Import",'
        f'"unit":"W","context":"Sample.Periodic"}}{phases}]}}]}}]'
    ).encode()


def transaction_event(station: int, number: int) -> bytes:
    """Write TransactionEvent(Updated) of 2.0.1 with the same samples."""
    return (
        f'[2,"{station}-{number}","TransactionEvent",{{"eventType":"Updated","timestamp":"{_time(number)}",'
        f'"triggerReason":"MeterValuePeriodic","seqNo":{number + 1},'
        f'"transactionInfo":{{"transactionId":"tx-{station}","chargingState":"Charging"}},"meterValue":[{{"timestamp":"{_time(number)}","sampledValue":['
        f'{{"value":{1000 + number},"measurand":"Energy.Active.Import.Register","unitOfMeasure":{{"unit":"Wh"}}}},'
        f'{{"value":{7000 + number % 400}.5,"measurand":"Power.Active.Import","unitOfMeasure":{{"unit":"W"}}}},'
        f'{{"value":{30 + number % 2}.2,"measurand":"Current.Import","phase":"L1",'
        f'"unitOfMeasure":{{"unit":"A"}}}}]}}]}}]'
    ).encode()


def heartbeat(station: int, number: int) -> bytes:
    """Write a Heartbeat."""
    return f'[2,"{station}-{number}","Heartbeat",{{}}]'.encode()


MESSAGES: dict[str, tuple[str, Callable[[int, int], bytes]]] = {
    "meter-values": ("ocpp1.6", meter_values),
    "three-phases": ("ocpp1.6", three_phases),
    "transaction-event": ("ocpp2.0.1", transaction_event),
    "idle": ("ocpp1.6", heartbeat),
}


def _tls() -> ssl.SSLContext:
    """Return how every station shakes hands; the gateway's certificate is made for the run."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Station(WSListener):  # type: ignore[misc]
    """One station: sends, waits for the answer, sends again after `pause` seconds."""

    def __init__(self, number: int, load: "Load") -> None:
        self.number = number
        self.load = load
        self.count = 0
        self.sent_at = 0.0
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def send(self) -> None:
        if self.load.is_over or self.transport is None:
            return
        text = self.load.write(self.number, self.load.offset + self.count)
        self.count += 1
        self.sent_at = perf_counter()
        self.load.under_way += 1
        self.transport.send(WSMsgType.TEXT, text)

    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        self.load.answered(self, frame.get_payload_as_bytes())


class Load:
    """All stations together."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.is_over = False
        self.is_warming = True
        self.is_warm = asyncio.Event()
        self.is_at_rest = asyncio.Event()
        self.times: list[float] = []
        self.errors = 0
        self.under_way = 0
        self.offset = options.offset
        self.protocol, self.write = MESSAGES[options.message]
        self.stations: list[Station] = []
        self.loop = asyncio.get_running_loop()
        self.tls = _tls() if options.url.startswith("wss") else None

    def answered(self, station: Station, text: bytes) -> None:
        self.under_way -= 1
        if self.is_over and not self.under_way:
            self.is_at_rest.set()
        self.times.append(perf_counter() - station.sent_at)
        if text.startswith(b"[4"):
            self.errors += 1
        if self.is_warming:
            if len(self.times) == len(self.stations):
                self.is_warm.set()
        elif self.options.pause:
            self.loop.call_later(self.options.pause, station.send)
        else:
            station.send()

    async def connect(self) -> None:
        gate = asyncio.Semaphore(50)
        await asyncio.gather(*(self._connect(number, gate) for number in range(self.options.stations)))

    async def _connect(self, number: int, gate: asyncio.Semaphore) -> None:
        identity = f"bench-{number}"
        basic = base64.b64encode(f"{identity}:{self.options.password}".encode()).decode()
        headers = {"Sec-WebSocket-Protocol": self.protocol, "Authorization": f"Basic {basic}"}
        async with gate:
            _, listener = await ws_connect(
                lambda: Station(number, self),
                f"{self.options.url}/{identity}",
                extra_headers=headers,
                ssl_context=self.tls,
            )
        self.stations.append(listener)  # type: ignore[arg-type]

    async def warm_up(self) -> None:
        """Let each station send one message, as one that has been connected for a while has."""
        for station in self.stations:
            station.send()
        await self.is_warm.wait()
        await asyncio.sleep(0.5)
        self.times.clear()
        self.is_warming = False

    async def run(self) -> None:
        self.times.clear()
        self.errors = 0
        self.is_over = False
        for index, station in enumerate(self.stations):
            delay = self.options.pause * index / len(self.stations)
            self.loop.call_later(delay, station.send)
        await asyncio.sleep(self.options.seconds)
        self.is_over = True

    async def come_to_rest(self) -> None:
        await asyncio.sleep(self.options.pause)  # so that no station waits to send
        if self.under_way:
            self.is_at_rest.clear()
            await self.is_at_rest.wait()

    def result(self) -> dict[str, float]:
        times = sorted(self.times) or [0.0]
        return {
            "messages": len(times),
            "errors": self.errors,
            "p50_ms": times[len(times) // 2] * 1000,
            "p99_ms": times[int(len(times) * 0.99)] * 1000,
        }


async def _main(options: argparse.Namespace) -> None:
    load = Load(options)
    await load.connect()
    if options.message != "idle":
        await load.warm_up()
    print("ready", flush=True)
    while await load.loop.run_in_executor(None, sys.stdin.readline):
        await load.run()
        await load.come_to_rest()
        print(json.dumps(load.result()), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--stations", type=int, required=True)
    parser.add_argument("--message", choices=sorted(MESSAGES), required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--pause", type=float, default=0)
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--password", default="")
    uvloop.run(_main(parser.parse_args()))
