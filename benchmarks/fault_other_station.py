"""One station of the second fleet: what its plugs, modem and clock tell, in the order in which it happens."""

import heapq
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta, timezone
from math import exp
from random import Random
from typing import Any, TypeAlias

from benchmarks.fault_other_kinds import SOUND, Effects, Flaw
from benchmarks.fault_other_samples import Plate, Shown, take_samples
from benchmarks.fault_other_world import DAY, HOUR, Car, Habits, Place, in_any

Told: TypeAlias = tuple[float, dict[str, Any]]
_ZONES = {
    "Z": UTC,
    "+01:00": timezone(timedelta(hours=1)),
    "+05:30": timezone(timedelta(hours=5, minutes=30)),
}


class Unit:
    """A station: its plugs share site, habits and fault."""

    def __init__(self, plate: Plate, place: Place, habits: Habits, flaw: Flaw | None, seed: str) -> None:
        self.plate, self.place, self.habits, self.flaw = plate, place, habits, flaw
        self.rng = Random(seed)
        self.end = place.begins + place.days * DAY
        self.failing = self.rng.choice((0.005, 0.01, 0.02, 0.04, 0.08))
        self.spared: list[tuple[float, float]] = []

    def effects(self, at: float) -> Effects:
        return SOUND if self.flaw is None else self.flaw.effects(at)

    def stamp(self, at: float) -> str:
        """Return the station's own time in its own zone."""
        told = at + self.habits.offset_s + self.effects(at).clock_s
        return datetime.fromtimestamp(told, _ZONES[self.habits.zone]).isoformat(timespec="milliseconds")

    def tell(self, at: float, event: str, evse: int = 0, **fields: Any) -> Told:
        return at, {"t": self.stamp(at), "station": self.plate.name, "evse": evse, "event": event, **fields}

    def describe(self) -> Told:
        plate = self.plate
        return self.tell(
            self.place.begins, "station", site=self.place.name, vendor="Other", model=plate.model,
            firmware=plate.firmware, kind="DC" if plate.is_dc else "AC", phases=plate.phases,
            max_power_w=plate.max_w, max_current_a=plate.max_a, connectors=plate.plugs,
            nominal_voltage_v=400 if plate.is_dc else 230,
        )  # fmt: skip

    def lines(self) -> Iterator[Told]:
        """Yield everything the station tells, by time."""
        plugs = [Plug(self, number).live() for number in range(1, self.plate.plugs + 1)]
        yield self.describe()
        yield self.tell(self.place.begins, "connect")
        yield self.tell(self.place.begins, "boot", reason="PowerUp", firmware=self.plate.firmware)
        yield from heapq.merge(
            *plugs, self._beats(), self._signals(), self._mishaps(), key=lambda told: told[0]
        )

    def _beats(self) -> Iterator[Told]:
        at = self.place.begins + self.rng.uniform(0, self.habits.beat_s)
        while at < self.end:
            yield self.tell(at, "heartbeat")
            at += self.habits.beat_s + self.rng.uniform(-1, 1)

    def _signals(self) -> Iterator[Told]:
        rng = Random(f"signal/{self.plate.name}")
        usual, at = rng.uniform(-90, -70), self.place.begins + 60
        while at < self.end and rng.random() < 2:
            dbm = usual - self.effects(at).signal * (usual + 112) + rng.gauss(0, 3)
            yield self.tell(
                at, "signal", rssi_dbm=round(dbm), latency_ms=round(90 * rng.lognormvariate(0, 0.3))
            )
            at += 2 * HOUR

    def _mishaps(self) -> Iterator[Told]:
        """What befalls sound stations too, and faults of the connection."""
        rng, told = Random(f"mishaps/{self.plate.name}"), []
        for start, ends in self.place.limits:
            told += [
                self.tell(start, "limit", limit_a=0.5 * self.plate.max_a, limit_w=0.5 * self.plate.max_w)
            ]
            told += [self.tell(ends, "limit")]
        for start, ends in self.spared:
            told += [
                self.tell(start, "maintenance", state="begin"),
                self.tell(ends, "maintenance", state="end"),
            ]
        for _ in range(int(self.place.days * rng.uniform(0.1, 0.4))):
            at = self.place.begins + rng.uniform(0, self.place.days) * DAY
            told += [self.tell(at, "disconnect"), self.tell(at + rng.uniform(3, 60), "connect")]
        for _ in range(rng.randrange(1 + self.place.days // 25)):
            at = self.place.begins + rng.uniform(0, self.place.days) * DAY
            told += self._boot(at, "PowerUp")
        told += self._troubles(rng)
        yield from sorted(told, key=lambda each: each[0])

    def _boot(self, at: float, reason: str) -> list[Told]:
        return [
            self.tell(at, "disconnect"), self.tell(at + 45, "connect"),
            self.tell(at + 45.3, "boot", reason=reason, firmware=self.plate.firmware),
        ]  # fmt: skip

    def _troubles(self, rng: Random) -> list[Told]:
        flaw, told = self.flaw, list[Told]()
        if flaw is None:
            return told
        at = flaw.begins
        if flaw.kind == "flapping-connectivity":
            while at < flaw.ends:
                told += [self.tell(at, "disconnect"), self.tell(at + rng.uniform(2, 20), "connect")]
                at += 25 + rng.expovariate(1 / (40 + 560 * (1 - flaw.strength)))
        elif flaw.kind == "reboot-loop":
            every = 600 + (1 - flaw.strength) * 5.5 * HOUR
            while at < flaw.ends:
                told += self._boot(at, rng.choice(("Watchdog", "Unknown", "PowerUp")))
                at += every * rng.uniform(0.6, 1.2)
        elif flaw.kind == "firmware-regression":
            told += [self.tell(at - 900, "command", action="UpdateFirmware", outcome="Accepted")]
            self.plate.firmware = "4.0"
            told += self._boot(at - 300, "FirmwareUpdate")
            self.plate.firmware = "3.1"
        return told


class Plug:
    """One plug: visits, readings, temperatures and a register."""

    def __init__(self, unit: Unit, number: int) -> None:
        self.unit, self.number = unit, number
        self.rng = Random(f"plug/{unit.plate.name}/{number}/{unit.place.seed}")
        rng = self.rng
        self.wh = rng.uniform(1e4, 9e6)
        self.told_wh = self.wh
        self.base_wh = 0.0
        self.tau_s, self.rise_k = rng.uniform(480, 900), rng.uniform(10, 20)
        self.shed_tau_s, self.shed_k = rng.uniform(1200, 3600), rng.uniform(9, 20)
        self.plug_c = self.body_c = unit.place.air(unit.place.begins)
        self.at = unit.place.begins
        self.biases = tuple(rng.gauss(0, 1.2) for _ in range(3))
        self.count = 0
        self.latency_s = rng.uniform(2, 9)
        self.is_rolled = False

    def _effects(self, at: float) -> Effects:
        flaw = self.unit.flaw
        if flaw is None or (flaw.evse not in {0, self.number}):
            return SOUND
        return flaw.effects(at)

    def live(self) -> Iterator[Told]:
        unit, rng, at = self.unit, self.rng, self.unit.place.begins + 30
        yield self._status(at, "Available")
        while True:
            rate = 3.2 * unit.place.visits / DAY
            begun = at
            at += rng.expovariate(rate)
            while rng.random() > unit.place.rate(at) / DAY / rate:
                at += rng.expovariate(rate)
            yield from self._idle(begun, min(at, unit.end))
            if at >= unit.end:
                return
            if in_any(unit.spared, at) is not None:
                continue
            flags = self._effects(at).flags
            if "stuck" in flags and unit.flaw is not None:
                yield self._status(at, "Occupied" if unit.habits.is_new else "Preparing")
                at = unit.flaw.ends
                yield self._status(at, "Available")
            elif "cut" in flags and unit.habits.has_codes and unit.flaw is not None:
                yield self._status(at, "Faulted", "OtherError", "CX026")
                at = unit.flaw.ends
                yield self._status(at, "Available")
            else:
                at = yield from self._visit(at)
            at += rng.uniform(60, 400)

    def _status(self, at: float, status: str, error: str = "NoError", vendor: str | None = None) -> Told:
        fields = {"vendor_error_code": vendor} if vendor else {}
        return self.unit.tell(at, "status", self.number, status=status, error_code=error, **fields)

    def _idle(self, begun: float, until: float) -> Iterator[Told]:
        every = self.unit.habits.idle_s
        at = begun + every
        while every and at < until:
            self._pass(at, 0.0, 0.0)
            yield self._meter(at, None, 0.0, (0.0, 0.0, 0.0), None, 50.0)
            at += every
        self._pass(until, 0.0, 0.0)

    def _visit(self, at: float) -> Generator[Told, None, float]:
        """Yield a visit's lines and return when the plug is free again."""
        unit, rng = self.unit, self.rng
        car = rng.choice(unit.place.cars)
        while unit.plate.is_dc and not car.dc_w:
            car = rng.choice(unit.place.cars)
        is_new = unit.habits.is_new
        yield self._status(at, "Occupied" if is_new else "Preparing")
        kind = {"kind": "adhoc" if car.is_adhoc else "rfid"} if unit.habits.has_kinds else {}
        if (car.is_adhoc and "no adhoc" in self._effects(at).flags) or rng.random() < 0.02:
            yield self._status(at + 120, "Available")
            return at + 120
        at += rng.uniform(6, 60)
        yield unit.tell(at, "authorize", self.number, token=car.token, result="Accepted", **kind)
        at += rng.uniform(1, 3)
        self.count += 1
        name = f"{self.number}-{self.count}" if is_new else 1000 * self.count + self.number
        if unit.habits.resets:
            self.base_wh = self.told_wh
        yield unit.tell(
            at, "start", self.number, transaction=name, token=car.token, meter_wh=self._register(), **kind
        )
        effects = self._effects(at)
        if rng.random() < effects.fails or rng.random() < unit.failing:
            at = yield from self._fail(at, name, effects)
            return at
        at = yield from self._charge(at, name, car)
        return at

    def _fail(self, at: float, name: object, effects: Effects) -> Generator[Told, None, float]:
        end = at + self.rng.uniform(15, 90)
        code = effects.code if self.unit.habits.has_codes and self.rng.random() < 0.95 else None
        if code is not None:
            vendor = code[1] if code[0] == "OtherError" or self.rng.random() < 0.5 else None
            yield self._status(end - 5, "Faulted", code[0], vendor)
        yield self.unit.tell(
            end, "stop", self.number, transaction=name, reason="Other", meter_wh=self._register()
        )
        end += self.rng.uniform(60, 180)
        yield self._status(end, "Available")
        return end

    def _charge(self, at: float, name: object, car: Car) -> Generator[Told, None, float]:
        unit, rng, plate = self.unit, self.rng, self.unit.plate
        took = self.latency_s * self._effects(at).delay * rng.lognormvariate(0, 0.15)
        at = self.at = at + took
        if not unit.habits.is_new:
            yield self._status(at, "Charging")
        soc = rng.uniform(0.08, 0.75)
        stay = rng.uniform(0.25, 1.0) * HOUR if plate.is_dc else rng.lognormvariate(0.9, 0.6) * HOUR
        leaves, is_full, factor = at + min(stay, 14 * HOUR), False, rng.uniform(0.965, 0.995)
        at += rng.uniform(0.2, 1.0) * unit.habits.interval_s
        while at < leaves:
            amps, watts, volts = self._flow(at, car, soc, factor)
            if soc >= 0.995 and not is_full:
                is_full = True
                if not unit.habits.is_new:
                    yield self._status(at, "SuspendedEV")
            soc = min(1.0, soc + watts * (at - self.at) / HOUR * 0.92 / car.battery_wh)
            self._pass(at, watts, max(amps))
            yield self._meter(at, name, watts, amps, volts, soc * 100)
            at += unit.habits.interval_s
        at = leaves
        amps, watts, _ = self._flow(at, car, soc, factor)
        self._pass(at, watts, max(amps))
        reason = rng.choice(("Local", "EVDisconnected", "Remote"))
        yield unit.tell(at, "stop", self.number, transaction=name, reason=reason, meter_wh=self._register())
        yield self._status(at + 1, "Occupied" if unit.habits.is_new else "Finishing")
        until = at + rng.uniform(20, 240)
        if "welded" in self._effects(at).flags:
            until = at + rng.uniform(0.4, 2) * HOUR
            yield from self._welded(at, until, amps, watts)
        yield self._status(until, "Available")
        return until

    def _welded(self, at: float, until: float, amps: tuple[float, ...], watts: float) -> Iterator[Told]:
        every = self.unit.habits.idle_s and self.unit.habits.interval_s
        at += every or HOUR
        while at < until and every:
            self._pass(at, watts, max(amps))
            yield self._meter(at, None, watts, amps, None, 60.0)
            at += every
        self._pass(until, watts, max(amps))

    def _flow(
        self, at: float, car: Car, soc: float, factor: float
    ) -> tuple[tuple[float, ...], float, tuple[float, ...]]:
        """Return A and W that flow, and the voltages."""
        unit, rng, effects = self.unit, self.rng, self._effects(at)
        taper = 1.0 if soc < 0.8 else max(0.0, (1.0 - soc) / 0.2) if soc < 0.995 else 0.0
        limit = 0.5 if in_any(unit.place.limits, at) is not None else 1.0
        if unit.plate.is_dc:
            volts = 340 + 60 * soc
            watts = (
                min(car.dc_w * min(1.0, 1.25 - soc), unit.plate.max_w * min(limit, effects.share))
                * taper**0.3
            )
            watts *= rng.uniform(0.99, 1.0)
            return (watts / volts, 0.0, 0.0), watts, (volts,)
        sound = self._volts(at, effects)
        phases = min(car.phases, unit.plate.phases)
        amps = min(car.amps, unit.plate.max_a * limit, effects.most_a)
        amps = max(6.0 if taper else 0.0, amps * min(1.0, 2 * taper)) * rng.uniform(0.985, 1.0)
        each = tuple(amps if n < phases and sound[n] > 100 else 0.0 for n in range(3))
        volts_told = tuple(u - i * (0.05 + r) for u, i, r in zip(sound, each, effects.loose, strict=True))
        return each, factor * sum(u * i for u, i in zip(volts_told, each, strict=True)), volts_told

    def _volts(self, at: float, effects: Effects) -> tuple[float, ...]:
        spans = self.unit.flaw.spans if self.unit.flaw is not None else []
        shares = effects.volts if not spans or in_any(spans, at) is not None else (1.0, 1.0, 1.0)
        return tuple(
            share * self.unit.place.volts(at, self.rng, bias)
            for share, bias in zip(shares, self.biases, strict=True)
        )

    def _pass(self, at: float, watts: float, amps: float) -> None:
        """Let time pass at a power: the register counts, plug and cabinet warm."""
        passed, effects, plate = at - self.at, self._effects(at), self.unit.plate
        if passed <= 0:
            return
        grown = watts * passed / HOUR
        self.wh += grown
        if "rolled" in effects.flags and not self.is_rolled:
            self.is_rolled, self.told_wh = True, self.told_wh * self.rng.choice((0.0, 0.4, 0.98))
        self.told_wh += 0.0 if "frozen" in effects.flags else grown * effects.gain
        air = self.unit.place.air(at)
        goal = air + self.rise_k * (amps / plate.max_a) ** 2 * effects.contact
        self.plug_c += (goal - self.plug_c) * (1 - exp(-passed / self.tau_s))
        goal = air + (3 + self.shed_k * watts / plate.max_w) * effects.shed
        self.body_c += (goal - self.body_c) * (1 - exp(-passed / self.shed_tau_s))
        self.at = at

    def _register(self) -> int:
        return int((self.told_wh - self.base_wh) // self.unit.habits.step_wh) * self.unit.habits.step_wh

    def _meter(
        self, at: float, name: object, watts: float, amps: tuple[float, ...],
        volts: tuple[float, ...] | None, soc: float,
    ) -> Told:  # fmt: skip
        unit, effects = self.unit, self._effects(at)
        if volts is None:
            volts = (0.0,) if unit.plate.is_dc else self._volts(at, effects)
        shown = Shown(
            unit.plate, unit.habits, effects, self.rng, self._register(), watts, amps, volts, soc, self.plug_c,
            self.body_c,
        )  # fmt: skip
        fields = {} if name is None else {"transaction": name}
        return unit.tell(at, "meter", self.number, samples=take_samples(shown), **fields)
