"""A station of the third fleet: visits, charges and readings as lines, with at most one fault."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import exp, log
from typing import Any

from benchmarks.fault_third_meter import Plug, Shown, tell_samples
from benchmarks.fault_third_world import DAY, HOUR, Car, Fault, Stand, is_wanted, make_car

Told = tuple[float, dict[str, Any]]


@dataclass
class Post(Stand):
    """A station with its plugs; `lines` yields what it says by its own true time, unsorted."""

    adhoc: float = 0.0
    failing: float = 0.03
    visits: float = 3.0
    weekend: float = 1.0
    limits: list[tuple[float, float, float]] = field(default_factory=list)
    closed: list[tuple[float, float]] = field(default_factory=list)
    regressed: float = 0.0
    transactions: int = 0

    def lines(self) -> Iterator[Told]:
        """Yield all that happens, plug by plug."""
        yield self.begin + 1, self._plate()
        yield self.begin + 2, {"event": "connect"}
        yield self.begin + 3, {"event": "boot", "reason": "PowerUp", "firmware": self.make.firmware}
        for evse in range(1, self.plugs + 1):
            yield from self._plug(Plug(evse, self.rng.randint(0, 900_000)))
        yield from self._link()

    def _plate(self) -> dict[str, Any]:
        make = self.make
        return {
            "event": "station", "site": self.spot.name, "vendor": make.vendor, "model": make.model,
            "firmware": make.firmware, "kind": "DC" if make.is_dc else "AC",
            "phases": 3 if make.is_dc else make.phases, "max_power_w": make.max_w, "max_current_a": make.max_a,
            "connectors": self.plugs, "nominal_voltage_v": 400 if make.is_dc else 230,
        }  # fmt: skip

    def _plug(self, plug: Plug) -> Iterator[Told]:
        rng, at, read = self.rng, self.begin + 5, self.begin + 900
        yield at, self._status(plug, "Available")
        while at < self.end:
            at += rng.expovariate(self.visits * 2.2 / DAY) + 60
            every = 900 if self.make.sample_s < 120 else 3600
            while self.make.clock_aligned and read < min(at, self.end):
                if read > plug.free_at:
                    yield read, self._meter(plug, self._idle(plug, read), None)
                read += every
            if (
                at >= self.end
                or at < plug.free_at
                or not is_wanted(rng, at, self.weekend)
                or self._is_closed(at)
            ):
                continue
            if self._is_blocked(plug, at):
                yield from self._stick(plug, at)
                continue
            yield from self._visit(plug, at)
            at = max(at, plug.free_at)
            read = max(read, (at // every + 1) * every)

    def _is_closed(self, at: float) -> bool:
        return any(a <= at < b for a, b in self.closed) or self.days("silent-station", at) is not None

    def _is_blocked(self, plug: Plug, at: float) -> bool:
        unused = self.days("unused-though-expected", at, plug.evse)
        stuck = self.days("stuck-state", at, plug.evse)
        cut = self.days("cable-cut", at, plug.evse)
        return unused is not None or stuck is not None or (cut is not None and self.rng.random() < 0.3)

    def _stick(self, plug: Plug, at: float) -> Iterator[Told]:
        if self.days("stuck-state", at, plug.evse) is not None and not plug.is_stuck:
            plug.is_stuck = True
            assert self.fault is not None
            yield (
                at,
                self._status(plug, ("Preparing", "Finishing", "SuspendedEVSE")[int(self.figure("state"))]),
            )
            yield self.fault.off, self._status(plug, "Available")
            plug.free_at = self.fault.off

    def _status(self, plug: Plug, status: str, code: tuple[str, str] | None = None) -> dict[str, Any]:
        if not self.make.tells_states and status in {"Preparing", "Charging", "SuspendedEV", "Finishing"}:
            status = "Occupied"
        line: dict[str, Any] = {"event": "status", "evse": plug.evse, "connector": 1, "status": status}
        if not self.make.is_v2:
            line["error_code"] = code[0] if code else "NoError"
            del line["connector"]
        if code and code[1] and (self.make.has_codes or self.make.is_v2):
            line["vendor_error_code"] = code[1]
        return line

    def _visit(self, plug: Plug, at: float) -> Iterator[Told]:
        rng = self.rng
        car = make_car(rng, is_dc=self.make.is_dc, adhoc=self.adhoc)
        if car.kind == "adhoc" and self.days("payment-terminal-fault", at) is not None:
            plug.free_at = at + 120
            if self.figure("refuses") > 0.5:
                yield at, {"event": "authorize", "evse": plug.evse, "token": car.token, "kind": "adhoc",
                           "result": "Invalid"}  # fmt: skip
            return
        for _ in range(1 + (rng.random() < 0.5) + (rng.random() < 0.2)):
            yield at, self._status(plug, "Preparing")
            at += rng.lognormvariate(log(9), 0.6)
            yield at, {"event": "authorize", "evse": plug.evse, "token": car.token, "kind": car.kind,
                       "result": "Accepted"}  # fmt: skip
            why = self._failure(plug, at)
            if why is None:
                yield from self._charge(plug, car, at + rng.uniform(0.5, 1.5))
                return
            yield from self._fail(plug, car, at, why)
            at = plug.free_at + rng.uniform(15, 120)

    def _failure(self, plug: Plug, at: float) -> tuple[str, str] | str | None:
        """Return how this attempt fails, None if it goes well."""
        rng = self.rng
        chances: list[tuple[float | None, str, tuple[str, str] | str]] = [
            (self.days("connector-lock-failure", at, plug.evse), "chance", ("ConnectorLockFailure", "CX001")),
            (self.days("ground-fault", at, plug.evse), "chance", ("GroundFailure", "CX002")),
            (self.days("isolation-decline", at, plug.evse), "chance", ("OtherError", "CX011")),
            (self.days("cable-cut", at, plug.evse), "chance", ("OtherError", "CX026")),
            (self.days("failed-starts", at, plug.evse), "chance", "start"),
        ]
        for days, name, how in chances:
            if days is not None:
                ramp = min(1.0, (days + 0.5) / self.figure("ramp")) if self.figure("ramp") else 1.0
                if rng.random() < ramp * self.figure(name):
                    return how
        chance = self.regressed if self.days("firmware-regression", at) is not None else self.failing
        return "start" if rng.random() < chance else None

    def _fail(self, plug: Plug, car: Car, at: float, why: tuple[str, str] | str) -> Iterator[Told]:
        rng, lasts = self.rng, self.rng.uniform(15, 90)
        if isinstance(why, tuple):
            quiet = self.fault is not None and self.fault.p.get("quiet", 0) > 0.5
            yield at + 3, self._status(plug, "Preparing" if quiet else "Faulted", None if quiet else why)
            if why[0] == "ConnectorLockFailure":
                yield at + lasts, self._status(plug, "Finishing")
        elif rng.random() < 0.6:
            self.transactions += 1
            name = f"{self.name}-{self.transactions}"
            yield at + 1, self._start(plug, car, name)
            yield at + lasts, {"event": "stop", "evse": plug.evse, "transaction": name,
                               "reason": rng.choice(("EVDisconnected", "Local", "Other")),
                               "meter_wh": plug.told_wh(self.make)}  # fmt: skip
            yield at + lasts + 1, self._status(plug, "Finishing")
        plug.free_at = at + lasts + rng.uniform(5, 30)
        yield plug.free_at, self._status(plug, "Available")

    def _start(self, plug: Plug, car: Car, name: str) -> dict[str, Any]:
        return {"event": "start", "evse": plug.evse, "transaction": name, "token": car.token, "kind": car.kind,
                "meter_wh": plug.told_wh(self.make)}  # fmt: skip

    def _charge(self, plug: Plug, car: Car, at: float) -> Iterator[Told]:
        rng, make = self.rng, self.make
        self.transactions += 1
        name = f"{self.name}-{self.transactions}"
        self._jump(plug, at)
        yield at, self._start(plug, car, name)
        latency = make.latency_s * rng.lognormvariate(0, make.latency_spread)
        days = self.days("contactor-wear", at, plug.evse)
        if days is not None:
            latency *= 1 + self.figure("slower") * min(1.0, days / 14)
        yield at + latency, self._status(plug, "Charging")
        begun, shown, is_full = at + latency, Shown(), False
        plug.cool(begun, self)
        last, given = begun, 0.0
        until = begun + car.stays_s
        while last < until and last < self.end:
            now = min(last + make.sample_s * rng.uniform(0.995, 1.005), until)
            before = shown.watts
            self._draw(plug, car, now, given, shown)
            hours = (now - last) / HOUR
            grown = 0.5 * (before + shown.watts) * hours
            given += grown
            car.soc = min(1.0, car.soc + grown / car.size_wh)
            plug.count(grown * self._gain(plug, now), self.days("meter-frozen", now, plug.evse) is not None)
            plug.warm(now, last, shown, self)
            if shown.watts < 100 and not is_full:
                is_full = True
                yield now, self._status(plug, "SuspendedEV")
            yield now, self._meter(plug, self._samples(plug, now, shown, car), name)
            yield from self._overheat(plug, now)
            last = now
            if given >= car.wants_wh and make.is_dc:
                break
        yield from self._end(plug, name, last, shown)

    def _end(self, plug: Plug, name: str, last: float, shown: Shown) -> Iterator[Told]:
        rng = self.rng
        yield last + 2, {"event": "stop", "evse": plug.evse, "transaction": name, "meter_wh": plug.told_wh(self.make),
                         "reason": rng.choice(("EVDisconnected", "Local", "Remote"))}  # fmt: skip
        yield last + 3, self._status(plug, "Finishing")
        leaves = last + rng.uniform(20, 900)
        if self.days("contactor-welded", last, plug.evse) is not None:
            yield from self._weld(plug, last, leaves, shown)
        yield leaves, self._status(plug, "Available")
        plug.free_at = plug.at = leaves

    def _weld(self, plug: Plug, last: float, leaves: float, shown: Shown) -> Iterator[Told]:
        """After the stop the car goes on drawing, and there is voltage at the plug."""
        left = Shown(
            watts=self.figure("left_w"), amps=[self.figure("left_w") / 230, 0.0, 0.0], volts=shown.volts
        )
        if self.make.is_dc:
            left = Shown(watts=0.0, amps=[0.0], volts=[380.0])
        if self.figure("tells") > 0.5:
            yield last + 4, self._status(plug, "Faulted", ("PowerSwitchFailure", "CX017"))
        at = last + self.make.sample_s
        while at < leaves:
            plug.count(left.watts * self.make.sample_s / HOUR, frozen=False)
            yield at, self._meter(plug, self._samples(plug, at, left, None), None)
            at += self.make.sample_s

    def _overheat(self, plug: Plug, at: float) -> Iterator[Told]:
        if plug.heat_c > 90 and not plug.is_hot:
            yield at + 1, self._status(plug, "Charging", ("HighTemperature", "CX018"))
        plug.is_hot = plug.heat_c > 80

    def _jump(self, plug: Plug, at: float) -> None:
        if self.days("meter-rollback", at, plug.evse) is not None and not plug.has_jumped:
            plug.has_jumped = True
            plug.wh *= self.figure("left")

    def _gain(self, plug: Plug, at: float) -> float:
        days = self.days("meter-drift", at, plug.evse)
        return 1.0 if days is None else 1 + self.figure("weekly") * days / 7

    def _draw(self, plug: Plug, car: Car, at: float, given: float, shown: Shown) -> None:
        """Fill in what is drawn at a moment: V and A by phase, W."""
        make, rng = self.make, self.rng
        limit = min([share for a, b, share in self.limits if a <= at < b], default=1.0)
        rest = max(0.0, (car.wants_wh - given) / car.wants_wh)
        taper = min(1.0, rest / 0.12) if rest > 0.004 else 0.0
        derated = self.days("power-derating", at, plug.evse)
        share = self.figure("share") if derated is not None else 1.0
        shown.offered = min(limit, share) * make.max_w
        if plug.is_hot:
            share *= 0.6
        if make.is_dc:
            most = make.max_w * min(limit, share)
            curve = 1.0 if car.soc < 0.5 else max(0.12, 1 - 1.8 * (car.soc - 0.5))
            shown.volts = [(380 if car.watts < 130e3 else 720) * (0.9 + 0.15 * car.soc)]
            shown.amps = [
                min(most, car.watts * curve, shown.volts[0] * make.max_a) * min(1, taper * 2) / shown.volts[0]
            ]
            shown.watts = shown.volts[0] * shown.amps[0]
            return
        phases = min(car.phases, make.phases)
        amps = min(car.amps, make.max_a * limit, self.figure("amps") if derated is not None else 99.0)
        amps = 0.0 if amps < 6 else max(6.0, amps * taper) if taper else 0.0
        plug.supply(self, at, amps, phases, shown, rng)

    def _idle(self, plug: Plug, at: float) -> list[dict[str, Any]]:
        shown = Shown()
        if self.make.is_dc:
            shown.volts, shown.amps = [0.0], [0.0]
        else:
            plug.supply(self, at, 0.0, 0, shown, self.rng)
        plug.cool(at, self)
        return self._samples(plug, at, shown, None)

    def _samples(self, plug: Plug, at: float, shown: Shown, car: Car | None) -> list[dict[str, Any]]:
        return tell_samples(self, plug, at, shown, None if car is None else car.soc)

    def _meter(self, plug: Plug, samples: list[dict[str, Any]], name: str | None) -> dict[str, Any]:
        line: dict[str, Any] = {"event": "meter", "evse": plug.evse, "samples": samples}
        if name is not None:
            line["transaction"] = name
        return line

    def _link(self) -> Iterator[Told]:
        """Yield what the station says by itself: heartbeats, signal, its link's troubles, restarts."""
        rng, make, at = self.rng, self.make, self.begin + 10
        usual = rng.uniform(-92, -65)
        while at < self.end:
            yield at, {"event": "heartbeat"}
            weak = self.days("weak-signal", at)
            if make.tells_signal and rng.random() < make.beat_s / 1800:
                lost = 0.0 if weak is None else min(1.0, weak / 2) * (usual + self.figure("to"))
                slow = 1.0 if weak is None else 1 + 3 * min(1.0, weak / 2)
                yield at + 0.5, {"event": "signal", "rssi_dbm": round(usual - lost + rng.gauss(0, 2.5)),
                                 "latency_ms": round(120 * slow * rng.lognormvariate(0, 0.3))}  # fmt: skip
            at += make.beat_s
        fault = self.fault
        if fault is None:
            return
        at = fault.on
        while fault.kind == "flapping-connectivity" and at < fault.off:
            yield at, {"event": "disconnect"}
            at += rng.uniform(5, 60)
            yield at, {"event": "connect"}
            at += rng.expovariate(1 / fault.p["up_s"])
        wait = fault.p.get("first_s", 0.0)
        while fault.kind == "reboot-loop" and at < fault.off:
            yield at, {"event": "connect"}
            yield at + 1, {"event": "boot", "reason": rng.choice(("Watchdog", "PowerUp", "Unknown")),
                           "firmware": make.firmware}  # fmt: skip
            at += wait * rng.uniform(0.8, 1.2)
            wait = max(fault.p["least_s"], wait * 0.8)
        if fault.kind == "cable-cut" and make.is_v2 and fault.p["quiet"] > 0.5:
            yield fault.on, {"event": "monitor", "evse": fault.evse, "component": "CableBreakawaySensor",
                             "variable": "Tripped", "value": "true", "trigger": "Delta", "severity": 3}  # fmt: skip
        yield from self._impedance(fault)

    def _impedance(self, fault: Fault) -> Iterator[Told]:
        if fault.kind == "isolation-decline" and self.make.is_v2:
            at = self.begin + HOUR
            while at < fault.off:
                days = self.days("isolation-decline", at) or 0.0
                ohm = 1e6 * exp(-days / 6) * self.rng.lognormvariate(0, 0.1)
                yield at, {"event": "monitor", "evse": fault.evse, "component": "GroundIsolationProtection",
                           "variable": "Impedance", "value": round(max(8e4, ohm)), "trigger": "Periodic",
                           "severity": 8}  # fmt: skip
                at += 4 * HOUR
