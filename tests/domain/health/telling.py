"""A small station for tests: it tells sessions, minute by minute, and a test may bend what it tells."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from chargehand.domain.health.engine import Engine
from chargehand.domain.health.findings import Finding
from chargehand.domain.health.telemetry import read_line

DAY = 86_400.0
HOUR = 3_600.0
BEGIN = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
Bend = Callable[[dict[str, float], float], None]


class Telling:
    """Lines of one fleet, fed to an engine as they are told; `found` holds what it found."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine()
        self.now = BEGIN
        self.register = {1: 1_000_000.0, 2: 2_000_000.0}
        self.found: list[Finding] = []
        self.texts: list[bytes] = []
        self.sessions = 0
        self.clock = self.lag = 0.0
        self.shuffle: Callable[[], bool] = lambda: False
        self.lose: Callable[[str], bool] = lambda _: False
        self.held: bytes | None = None

    @property
    def kinds(self) -> list[str]:
        return [each.kind for each in self.found]

    def tell(
        self, event: str, station: str = "A", evse: int = 0, *, clock: float = 0.0, **fields: Any
    ) -> None:
        line = {
            "t": _stamp(self.now + clock + self.clock), "received": _stamp(self.now + self.lag),
            "station": station, "evse": evse, "event": event, **fields,
        }  # fmt: skip
        if self.lose(event):
            return
        text = msgspec.json.encode(line)
        held, self.held = self.held, None
        if held is None and self.shuffle():
            self.held = text
            return
        for each in (text, text, held) if held is not None else (text,):
            self.texts.append(each)
            self.found += self.engine.feed(read_line(each))

    def plate(self, station: str = "A", **fields: Any) -> None:
        usual = {
            "site": "S", "vendor": "V", "model": "M", "firmware": "1", "kind": "AC", "phases": 3,
            "max_power_w": 22_000, "max_current_a": 32, "connectors": 2, "nominal_voltage_v": 230,
        }  # fmt: skip
        self.tell("station", station, **{**usual, **fields})

    def wait(self, seconds: float, *, beats: tuple[str, ...] = ("A",), every: float = 300.0) -> None:
        """Let time pass in which stations say nothing but that they live."""
        end = self.now + seconds
        while self.now + every < end:
            self.now += every
            for station in beats:
                self.tell("heartbeat", station)
        self.now = end

    def session(
        self,
        *,
        station: str = "A",
        evse: int = 1,
        minutes: int = 60,
        amps: float = 16.0,
        phases: int = 3,
        every: float = 60.0,
        bend: Bend | None = None,
        gain: float = 1.0,
        kind: str = "rfid",
        latency: float = 4.0,
        ambient: float = 10.0,
        rise: float = 16.0,
        reason: str = "Local",
        token: str | None = None,
        step: int = 1,
    ) -> None:
        """Tell a whole visit: plug, token, charge, stop, unplug."""
        self.sessions += 1
        name = f"{station}-{self.sessions}"
        token = token or name
        self.tell("status", station, evse, status="Preparing")
        self.now += 10
        self.tell("authorize", station, evse, token=token, result="Accepted", kind=kind)
        self.now += 1
        wh = self.register[evse]
        wh = int(wh // step) * step
        self.tell("start", station, evse, transaction=name, token=token, kind=kind, meter_wh=wh)
        self.now += latency
        self.tell("status", station, evse, status="Charging")
        warm = 0.0
        for _ in range(int(minutes * 60 / every)):
            self.now += every
            power = phases * 230.0 * amps
            self.register[evse] += gain * power * every / HOUR
            warm += (rise * (amps / 32) ** 2 - warm) * min(1.0, every / 660)
            values = {f"u{n}": 230.0 + 0.3 * ((self.sessions + n) % 3) for n in (1, 2, 3)}
            values |= {f"i{n}": amps if n <= phases else 0.0 for n in (1, 2, 3)}
            values |= {"p": power, "e": round(self.register[evse]), "t": ambient + warm}
            if bend is not None:
                bend(values, self.now)
            self.meter(values, station, evse, transaction=name)
        self.now += 5
        end = int(self.register[evse] // step) * step
        self.tell("stop", station, evse, transaction=name, meter_wh=end, reason=reason)
        self.tell("status", station, evse, status="Finishing")
        self.now += 60
        self.tell("status", station, evse, status="Available")

    def meter(self, values: dict[str, float], station: str = "A", evse: int = 1, **fields: Any) -> None:
        self.tell(
            "meter",
            station,
            evse,
            samples=[_SAMPLES[name] | {"value": v} for name, v in values.items()],
            **fields,
        )

    def days(self, days: int, *, each: int = 3, **session: Any) -> None:
        """Tell `each` visits a day for some days, with heartbeats in between."""
        for _ in range(days):
            begun = self.now
            for _ in range(each):
                self.session(**session)
                self.wait(HOUR, beats=(session.get("station", "A"),))
            self.wait(max(0.0, DAY - (self.now - begun)), beats=(session.get("station", "A"),))


_SAMPLES: dict[str, dict[str, Any]] = {
    **{f"u{n}": {"measurand": "Voltage", "unit": "V", "phase": f"L{n}-N"} for n in (1, 2, 3)},
    **{f"i{n}": {"measurand": "Current.Import", "unit": "A", "phase": f"L{n}"} for n in (1, 2, 3)},
    "p": {"measurand": "Power.Active.Import", "unit": "W"},
    "e": {"measurand": "Energy.Active.Import.Register", "unit": "Wh"},
    "t": {"measurand": "Temperature", "unit": "Celsius"},
    "body": {"measurand": "Temperature", "unit": "Celsius", "location": "Body"},
    "rpm": {"measurand": "RPM", "location": "Body"},
}


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
