"""The electrical side of one connector: what flows, what it heats and what the meter makes of it."""

from math import exp
from random import Random
from typing import Literal

import msgspec

from chargehand.simulator.car import AC_EFFICIENCY, DC_EFFICIENCY, MINIMUM_AC_CURRENT_A, Car
from chargehand.simulator.meter import Meter
from chargehand.simulator.surroundings import NOMINAL_PHASE_V, Grid, Weather

_PLUG_TAU_S = 600.0
_CABINET_TAU_S = 2_400.0
_PLUG_RISE_K = 16.0
_CABINET_RISE_K = 12.0
_SENSOR_NOISE_K = 0.3


class Rating(msgspec.Struct, frozen=True):
    """The plate of a connector: W, A a phase, V to neutral for AC."""

    kind: Literal["AC", "DC"]
    max_power_w: int
    max_current_a: float
    phases: int = 3


AC_22 = Rating("AC", 22_000, 32.0)
DC_150 = Rating("DC", 150_000, 400.0)


class Conditions(msgspec.Struct):
    """The state of the hardware as factors of the healthy value; faults change them, physics obeys."""

    contact_resistance: float = 1.0
    cabinet_resistance: float = 1.0
    fan_speed: float = 1.0
    available_power: float = 1.0
    phase_voltage: tuple[float, float, float] = (1.0, 1.0, 1.0)
    phase_resistance_ohm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    air_k: float = 0.0
    """How much hotter than the weather's the air at the station is."""


class Reading(msgspec.Struct, frozen=True):
    """What meter and sensors show at a moment: seconds since 1970, Wh, W, V, A, Hz, °C, SoC in per cent."""

    at: float
    energy_wh: int
    power_w: float
    voltage_v: tuple[float, ...]
    current_a: tuple[float, ...]
    power_factor: float
    offered_a: float
    offered_w: float
    frequency_hz: float
    plug_c: float
    cabinet_c: float
    fan_rpm: float
    soc_percent: float | None


class Outlet:
    """Advance car, meter and temperatures together.

    At any moment P = Σ U·I·pf, and the register is the integral of P. `limit_a` and `limit_w` are what the
    station offers (a current a phase, a power); `max_step_s` is the longest step over which power counts as
    constant.
    """

    def __init__(
        self,
        rating: Rating,
        grid: Grid,
        weather: Weather,
        *,
        meter: Meter,
        rng: Random,
        at: float,
        max_step_s: float = 10.0,
    ) -> None:
        self.rating = rating
        self.meter = meter
        self.conditions = Conditions()
        self.max_step_s = max_step_s
        self.limit_a = rating.max_current_a
        self.limit_w = float(rating.max_power_w)
        self.car: Car | None = None
        self.is_energised = False
        self.at = at
        self.power_w = 0.0
        self.power_factor = 1.0
        self._grid = grid
        self._weather = weather
        self._rng = rng
        self.plug_c = self.cabinet_c = weather.temperature(at)
        self.current_a: tuple[float, ...] = ()
        self.voltage_v: tuple[float, ...] = ()
        self._flow()

    def attach(self, car: Car) -> None:
        """Put a car at the plug; power flows only after `energise`."""
        self.car = car

    def detach(self) -> None:
        """Take the car away; the contactor opens first."""
        self.is_energised = False
        self.car = None
        self._flow()

    def energise(self, *, on: bool) -> None:
        """Close or open the contactor."""
        self.is_energised = on
        self._flow()

    @property
    def offered_w(self) -> float:
        """Return the power in W that the connector offers now; 0 when the contactor is open."""
        if not self.is_energised:
            return 0.0
        power = min(self.limit_w, self.rating.max_power_w * self.conditions.available_power)
        if self.rating.kind == "AC":
            return min(power, self.limit_a * self.rating.phases * NOMINAL_PHASE_V)
        return power

    @property
    def offered_a(self) -> float:
        """Return the current in A (a phase) that the connector offers now."""
        if not self.is_energised:
            return 0.0
        if self.rating.kind == "AC":
            share = self.offered_w / (self.rating.phases * NOMINAL_PHASE_V)
            return min(self.limit_a, self.rating.max_current_a, share)
        return min(self.limit_a, self.rating.max_current_a)

    def advance(self, until: float) -> None:
        """Let the time pass up to `until` (seconds since 1970)."""
        if self.at >= until:
            return
        while self.at < until:
            left = until - self.at
            step = min(left, self.max_step_s) if self.is_energised else left
            self._step(step)
        self._flow()

    def read(self) -> Reading:
        """Return what the meter and the sensors show now."""
        noise = self._rng.gauss
        hot = min(1.0, max(0.0, (self.cabinet_c - 25.0) / 25.0))
        return Reading(
            at=self.at,
            energy_wh=self.meter.register_wh,
            power_w=self.power_w,
            voltage_v=self.voltage_v,
            current_a=self.current_a,
            power_factor=self.power_factor,
            offered_a=self.offered_a,
            offered_w=self.offered_w,
            frequency_hz=self._grid.frequency(self.at),
            plug_c=self.plug_c + noise(0, _SENSOR_NOISE_K),
            cabinet_c=self.cabinet_c + noise(0, _SENSOR_NOISE_K),
            fan_rpm=(900 + 2_100 * hot) * self.conditions.fan_speed if self.rating.kind == "DC" else 0.0,
            soc_percent=None if self.car is None else self.car.soc * 100,
        )

    def _step(self, step_s: float) -> None:
        self._flow()
        car = self.car
        if car is not None and self.power_w > 0:
            efficiency = AC_EFFICIENCY if self.rating.kind == "AC" else DC_EFFICIENCY
            step_s = min(step_s, max(0.05, car.room_wh() * 3600 / (self.power_w * efficiency)))
            energy = self.power_w * step_s / 3600
            self.meter.count(energy)
            car.absorb(energy * efficiency)
        if car is not None and self.is_energised:
            car.offered_for_s += step_s
        self._warm(step_s)
        self.at += step_s

    def _flow(self) -> None:
        """Work out voltage, current and power of this moment."""
        if self.rating.kind == "AC":
            self._flow_ac()
        else:
            self._flow_dc()

    def _flow_ac(self) -> None:
        conditions, phases = self.conditions, self.rating.phases
        unloaded = [self._grid.voltage(self.at, n) * conditions.phase_voltage[n] for n in range(phases)]
        current = 0.0
        used = 0
        car = self.car
        if car is not None and self.is_energised and car.wants_power:
            used = min(car.model.ac_phases, phases)
            current = min(car.ac_demand_a(), self.offered_a, self.offered_w / sum(unloaded[:used]))
            current = 0.0 if current < MINIMUM_AC_CURRENT_A * 0.99 else current * self._fluctuation()
        drop = [self._grid.impedance_ohm + conditions.phase_resistance_ohm[n] for n in range(phases)]
        self.current_a = tuple(
            current if n < used and conditions.phase_voltage[n] > 0.5 else 0.0 for n in range(phases)
        )
        self.voltage_v = tuple(u - i * r for u, i, r in zip(unloaded, self.current_a, drop, strict=True))
        self.power_factor = 0.99 - 0.05 * max(0.0, 1 - current / 16.0) if current else 1.0
        self.power_w = self.power_factor * sum(
            u * i for u, i in zip(self.voltage_v, self.current_a, strict=True)
        )

    def _flow_dc(self) -> None:
        car = self.car
        self.power_factor = 1.0
        if car is None or not self.is_energised or not car.wants_power:
            self.voltage_v, self.current_a, self.power_w = (0.0,), (0.0,), 0.0
            return
        voltage = car.model.pack_voltage(car.soc)
        power = min(car.dc_demand_w(), self.offered_w) * self._fluctuation()
        current = min(power / voltage, self.offered_a)
        self.voltage_v, self.current_a, self.power_w = (voltage,), (current,), voltage * current

    def _fluctuation(self) -> float:
        return 1.0 - min(0.02, abs(self._rng.gauss(0, 0.004)))

    def _warm(self, step_s: float) -> None:
        """Move both temperatures to where they settle, first order: the plug by I²R, the cabinet by P."""
        air = self._weather.temperature(self.at + step_s) + self.conditions.air_k
        load = max(self.current_a) / self.rating.max_current_a
        goal = air + _PLUG_RISE_K * load * load * self.conditions.contact_resistance
        self.plug_c += (goal - self.plug_c) * (1 - exp(-step_s / _PLUG_TAU_S))
        rise = 3.0 + _CABINET_RISE_K * self.power_w / self.rating.max_power_w
        goal = air + rise * self.conditions.cabinet_resistance
        self.cabinet_c += (goal - self.cabinet_c) * (1 - exp(-step_s / _CABINET_TAU_S))
