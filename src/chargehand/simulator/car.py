"""Cars as a charging station meets them: a battery that fills, a charge curve, pauses and limits."""

from bisect import bisect_right

import msgspec

AC_EFFICIENCY = 0.90
"""Share of the AC energy at the plug that arrives in the battery: the on-board charger loses the rest."""
DC_EFFICIENCY = 0.97
"""Share of the DC energy at the plug that arrives in the battery."""
MINIMUM_AC_CURRENT_A = 6.0
"""Below this a car does not draw AC at all (IEC 61851-1: the lowest current the control pilot can signal)."""
_AC_TAPER = ((0.0, 1.0), (0.96, 1.0), (1.0, 0.30))


class CarModel(msgspec.Struct, frozen=True):
    """What cars of a type have in common: powers in W, currents in A a phase, energies in Wh, SoC 0 to 1."""

    name: str
    capacity_wh: int
    ac_phases: int
    ac_max_current_a: float
    dc_max_power_w: int
    dc_curve: tuple[tuple[float, float], ...]
    """Points (SoC, share of `dc_max_power_w`), joined by straight lines."""
    pack_empty_v: float
    pack_full_v: float

    def pack_voltage(self, soc: float) -> float:
        """Return the voltage in V at the DC plug for a SoC of 0 to 1."""
        return self.pack_empty_v + (self.pack_full_v - self.pack_empty_v) * soc


class Pause(msgspec.Struct, frozen=True):
    """A time in which the car takes nothing, counted in seconds from when power was first offered."""

    starts_after_s: float
    lasts_s: float


class Car(msgspec.Struct):
    """One car at a plug; `soc` and `target_soc` run from 0 to 1."""

    model: CarModel
    soc: float
    target_soc: float = 1.0
    pauses: tuple[Pause, ...] = ()
    offered_for_s: float = 0.0

    @property
    def is_full(self) -> bool:
        return self.soc >= self.target_soc - 1e-9

    @property
    def is_paused(self) -> bool:
        since = self.offered_for_s
        return any(
            pause.starts_after_s <= since < pause.starts_after_s + pause.lasts_s for pause in self.pauses
        )

    @property
    def wants_power(self) -> bool:
        return not self.is_full and not self.is_paused

    def room_wh(self) -> float:
        """Return how much energy (Wh, in the battery) is missing until the driver's limit."""
        return max(0.0, self.target_soc - self.soc) * self.model.capacity_wh

    def dc_demand_w(self) -> float:
        """Return the power in W that the car asks for at a DC plug."""
        return self.model.dc_max_power_w * interpolate(self.model.dc_curve, self.soc)

    def ac_demand_a(self) -> float:
        """Return the current in A that the car draws on each of its phases when nothing limits it."""
        return max(MINIMUM_AC_CURRENT_A, self.model.ac_max_current_a * interpolate(_AC_TAPER, self.soc))

    def absorb(self, battery_wh: float) -> None:
        """Put energy (Wh) into the battery; the SoC never passes the driver's limit."""
        self.soc = min(max(self.soc, self.target_soc), self.soc + battery_wh / self.model.capacity_wh)


def interpolate(points: tuple[tuple[float, float], ...], at: float) -> float:
    """Return the value at `at` of the line through `points`, which are in order; flat beyond both ends."""
    index = bisect_right(points, at, key=_abscissa)
    if index == 0:
        return points[0][1]
    if index == len(points):
        return points[-1][1]
    (left, low), (right, high) = points[index - 1], points[index]
    return low + (high - low) * (at - left) / (right - left)


def _abscissa(point: tuple[float, float]) -> float:
    return point[0]


_EARLY_TAPER = ((0.0, 0.75), (0.08, 1.0), (0.38, 1.0), (0.60, 0.62), (0.80, 0.36), (0.92, 0.14), (1.0, 0.04))
_FLAT = ((0.0, 0.85), (0.05, 1.0), (0.55, 1.0), (0.78, 0.66), (0.88, 0.30), (1.0, 0.05))
_SMALL_PACK = ((0.0, 0.90), (0.50, 1.0), (0.70, 0.80), (0.85, 0.42), (1.0, 0.06))

CAR_MODELS: tuple[CarModel, ...] = (
    CarModel("city 37 kWh", 37_000, 1, 32.0, 50_000, _SMALL_PACK, 300.0, 400.0),
    CarModel("compact 58 kWh", 58_000, 3, 16.0, 120_000, _EARLY_TAPER, 320.0, 408.0),
    CarModel("family 77 kWh", 77_000, 3, 16.0, 135_000, _EARLY_TAPER, 330.0, 410.0),
    CarModel("saloon 82 kWh", 82_000, 3, 16.0, 190_000, _EARLY_TAPER, 330.0, 402.0),
    CarModel("touring 93 kWh", 93_000, 3, 32.0, 270_000, _FLAT, 620.0, 835.0),
    CarModel("crossover 64 kWh", 64_000, 3, 16.0, 77_000, _SMALL_PACK, 310.0, 405.0),
    CarModel("van 75 kWh", 75_000, 3, 16.0, 100_000, _FLAT, 325.0, 405.0),
    CarModel("plug-in hybrid 12 kWh", 12_000, 1, 16.0, 0, ((0.0, 0.0),), 280.0, 350.0),
)
"""The cars that come by; the plug-in hybrid has no DC inlet."""
