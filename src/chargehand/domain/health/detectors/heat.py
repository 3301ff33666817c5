"""Heat that current or power no longer explains: a worn contact, a cabinet that sheds its heat badly."""

from math import exp, log
from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Reading
from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import Drift, WeightedDrift

_PLUG_TAU_S = 660.0
_CABINET_TAU_S = 2_000.0
_GAP_S = 2_400.0
_LONGEST_WINDOW_S = 3_600.0
_AMBIENT_VARIANCE = 25.0
_RISE = 0.35
#: Cars of 400 V and of 800 V draw the same power with different currents.
_RISE_BY_POWER = 0.8
_SCATTER_BY_POWER = 0.3
_CABINET_RISE = 0.19
_TOO_HOT_C = 90.0
_STEEPEST_K = 250.0
_ALL_PHASES = 0.4
_FAN_BAND = 3.0
_SLOWEST_RPM = 200.0
_FAN_FALL = 0.15
_LEAST_K = 2.5
_LEAST_SPREAD = 0.002
_INDEPENDENT = 6.0


class ThermalSlope(msgspec.Struct, gc=False):
    """The rise in K over the surroundings at full load, by regression of temperature on load smoothed by τ.

    Within a window (a charge, an hour at most) the surroundings count as constant: their level is fitted, held
    loosely by the level last fitted. Each window gives a slope and how well it is known.
    """

    tau_s: float
    drift: WeightedDrift
    at: float = 0.0
    load: float = 0.0
    warmed: float = 0.0
    began: float = 0.0
    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0
    ambient_c: float | None = None
    noise: float = 1.0
    celsius: float = 0.0

    def learn(self, at: float, load: float, celsius: float, began: float) -> None:
        """Take a temperature (°C) at a load (0 to about 1); the charge began at `began` (s), before it was none."""
        passed = at - self.at
        if passed <= 0:
            return
        if passed > _GAP_S or at - self.began > max(_LONGEST_WINDOW_S, 9 * passed):
            self._close(at)
            self.began = at
        if began > self.at:
            self.warmed *= exp((self.at - began) / self.tau_s)
            mean, passed = load, at - began
        else:
            mean = 0.5 * (load + self.load) if passed <= _GAP_S else 0.0
        self.warmed = mean + (self.warmed - mean) * exp(-max(0.0, passed) / self.tau_s)
        self.at, self.load, self.celsius = at, load, celsius
        warmed = self.warmed
        self.n += 1
        self.x += warmed
        self.y += celsius
        self.xx += warmed * warmed
        self.xy += warmed * celsius
        self.yy += celsius * celsius

    def _close(self, at: float) -> None:
        if self.n >= (3 if self.ambient_c is None else 2):
            self._fit(at)
        self.n = 0
        self.x = self.y = self.xx = self.xy = self.yy = 0.0

    def _fit(self, at: float) -> None:
        n, x, y = float(self.n), self.x, self.y
        xx, xy, yy = self.xx, self.xy, self.yy
        ambient = self.ambient_c
        if ambient is not None:
            hold = self.noise / _AMBIENT_VARIANCE
            n, y, yy = n + hold, y + hold * ambient, yy + hold * ambient * ambient
        sxx, sxy, syy = xx - x * x / n, xy - x * y / n, yy - y * y / n
        usual = self.rise_k
        slope = sxy / sxx if sxx > _LEAST_SPREAD else usual
        if slope or usual:
            level = y / n - (usual or slope) * x / n
            self.ambient_c = level if ambient is None else ambient + 0.5 * (level - ambient)
        if sxx <= _LEAST_SPREAD:
            return
        free = self.n - (2 if ambient is None else 1)
        if free >= 1:
            rest = min(max(0.0, syy - slope * sxy) / free, 9 * self.noise)
            self.noise = max(0.1, self.noise + min(0.2, 0.02 * free) * (rest - self.noise))
        # Readings of one window share their disturbance: a few count as independent.
        variance = self.noise * min(8.0, max(1.0, self.n / _INDEPENDENT)) / sxx
        if -_STEEPEST_K < slope < _STEEPEST_K:
            self.drift.learn(slope, variance, at)

    def rose(self, least: float) -> bool:
        """Tell whether the rise has grown by the share `least`, and by K that can be felt."""
        drift = self.drift
        return drift.rose(least) and drift.recent - drift.centre >= _LEAST_K

    @property
    def rise_k(self) -> float:
        """Return the rise as it is now."""
        return self.drift.recent

    @property
    def factor(self) -> float:
        """Return how many times warmer than at first the load makes it."""
        return self.drift.recent / max(0.1, self.drift.centre)

    @property
    def usual_k(self) -> float:
        return self.drift.centre


def _load(x: Reading) -> float | None:
    """Return the square of the current's share; None where a power may be one phase's or three phases'."""
    plate = x.plate
    if x.i1 is not None or x.i2 is not None or x.i3 is not None:
        share = x.amps / max(1.0, plate.max_current_a)
    elif x.power_w is None:
        return None if x.in_session else 0.0
    else:
        share = x.watts / max(1.0, plate.max_power_w)
        if not plate.is_dc and plate.phases > 1 and 0.02 < share < _ALL_PHASES:
            return None
    return share * share


class ContactResistance(msgspec.Struct, gc=False):
    """ΔT/I² of the plug, which is proportional to the resistance of its contacts."""

    kind: ClassVar[str] = "contact-resistance-rise"
    slope: ThermalSlope = msgspec.field(
        default_factory=lambda: ThermalSlope(_PLUG_TAU_S, WeightedDrift(target=0.35))
    )
    is_by_power: bool = False
    hot: int = 0
    hot_since: float = 0.0

    def learn_one(self, x: Reading) -> None:
        celsius = x.plug_c
        if celsius is None or not -60 < celsius < 250:
            return
        load = _load(x)
        if load is not None:
            if x.plate.is_dc and load and x.i1 is None and not self.is_by_power:
                self.is_by_power = True
                self.slope.drift.target, self.slope.drift.scatter = _RISE_BY_POWER, _SCATTER_BY_POWER
            self.slope.learn(x.at, load, celsius, x.began)
        if celsius > _TOO_HOT_C:
            self.hot_since = x.at if self.hot == 0 else self.hot_since
            self.hot += 1
        elif celsius < _TOO_HOT_C - 10:
            self.hot = 0

    def score_one(self) -> float:
        return 1.0 if self.hot >= 2 or self.slope.rose(self._least) else 0.0

    @property
    def _least(self) -> float:
        """Return the rise (a share) that counts."""
        return _RISE_BY_POWER if self.is_by_power else _RISE

    def explain(self) -> Evidence:
        slope = self.slope
        kinds = ("contact-resistance-rise", "fan-failure", "filter-clogging")
        if not slope.rose(self._least):
            return Evidence(
                kinds,
                f"The plug is at {slope.celsius:.0f} °C (allowed: {_TOO_HOT_C:.0f} °C): inspect its contacts.",
                {"temperature_c": slope.celsius, "limit_c": _TOO_HOT_C},
                self.hot_since,
            )
        return Evidence(
            kinds,
            f"At full current the plug now warms by {slope.rise_k:.0f} K, it used to be {slope.usual_k:.0f} K: the "
            f"contact's resistance is {slope.factor:.1f} times what it was; clean or replace it.",
            {"rise_k": slope.rise_k, "usual_rise_k": slope.usual_k, "factor": slope.factor},
            slope.drift.up_since,
        )


class CabinetHeat(msgspec.Struct, gc=False):
    """The cabinet's rise over its surroundings by power: a fan that fails, or slower, a filter that clogs."""

    kind: ClassVar[str] = "fan-failure"
    slope: ThermalSlope = msgspec.field(
        default_factory=lambda: ThermalSlope(_CABINET_TAU_S, WeightedDrift(target=0.2, bound=13.0))
    )
    at: float = 0.0

    def learn_one(self, x: Reading) -> None:
        celsius = x.body_c
        if celsius is None or not -60 < celsius < 250:
            return
        share = x.watts / max(1.0, x.plate.max_power_w)
        if x.power_w is None and x.apparent is None:
            share = x.amps / max(1.0, x.plate.max_current_a)
        self.slope.learn(x.at, share, celsius, x.began)
        self.at = x.at

    def score_one(self) -> float:
        return 1.0 if self.slope.rose(_CABINET_RISE) else 0.0

    def explain(self) -> Evidence:
        slope = self.slope
        days = max(0.5, (self.at - slope.drift.up_since) / 86_400)
        is_slow = log(slope.factor) / days < 0.018
        kinds = ("filter-clogging", "fan-failure") if is_slow else ("fan-failure", "filter-clogging")
        part = "filter" if is_slow else "fan"
        return Evidence(
            (*kinds, "contact-resistance-rise"),
            f"At full power the cabinet now warms by {slope.rise_k:.0f} K, it used to be {slope.usual_k:.0f} K, "
            f"{slope.factor:.1f} times in {days:.0f} days: check the {part}.",
            {"rise_k": slope.rise_k, "usual_rise_k": slope.usual_k, "factor": slope.factor, "days": days},
            slope.drift.up_since,
        )


class FanPoint(msgspec.Struct, gc=False):
    """How fast the fan usually turns in one band of temperature: readings, charges, their means."""

    count: int = 0
    charges: int = 0
    charge: float = -1.0
    x: float = 0.0
    rpm: float = 0.0


class FanSpeed(msgspec.Struct, gc=False):
    """The fan turns more slowly than it did at the same temperature or load; a charge counts once."""

    kind: ClassVar[str] = "fan-failure"
    points: dict[int, FanPoint] = {}
    drift: Drift = msgspec.field(
        default_factory=lambda: Drift(floor=0.05, warm_up=8, slack=0.8, bound=7.0, weight=0.4)
    )
    began: float = -1.0
    sum: float = 0.0
    count: int = 0
    rpm: float = 0.0
    usual_rpm: float = 0.0

    def learn_one(self, x: Reading) -> None:
        rpm = x.rpm
        if rpm is None or rpm < 0 or not x.in_session:
            return
        if x.began != self.began:
            if self.count:
                self.drift.learn(self.sum / self.count, x.at)
            self.began, self.sum, self.count = x.began, 0.0, 0
        where = x.body_c if x.body_c is not None else 40 * x.watts / max(1.0, x.plate.max_power_w)
        usual = self._usual(where, x.began, rpm)
        if usual is None:
            return
        self.count += 1
        self.sum += log(max(0.1, min(2.0, rpm / usual)))
        self.rpm, self.usual_rpm = rpm, usual

    def _usual(self, where: float, began: float, rpm: float) -> float | None:
        """Return the usual speed at a temperature, between the two nearest bands; learn while they are young."""
        key = int(where // _FAN_BAND)
        point = self.points.get(key)
        if point is None:
            point = self.points[key] = FanPoint()
        if point.charges < 6:
            point.charges += point.charge != began
            point.charge = began
            point.count += 1
            point.x += (where - point.x) / point.count
            point.rpm += (rpm - point.rpm) / point.count
        if point.charges < 4 or point.rpm < _SLOWEST_RPM:
            return None
        other = self.points.get(key + (1 if where > point.x else -1))
        if other is None or other.charges < 4 or abs(other.x - point.x) < 0.3 * _FAN_BAND:
            return point.rpm
        slope = (other.rpm - point.rpm) / (other.x - point.x)
        return max(_SLOWEST_RPM, point.rpm + slope * (where - point.x))

    def score_one(self) -> float:
        return 1.0 if self.drift.fell(_FAN_FALL) else 0.0

    def explain(self) -> Evidence:
        share = 1 - exp(self.drift.shift)
        return Evidence(
            ("fan-failure", "filter-clogging", "contact-resistance-rise"),
            f"The fan turns at {self.rpm:.0f} rpm where {self.usual_rpm:.0f} rpm used to be usual, "
            f"{100 * share:.0f} % slower over several charges: clean or replace it.",
            {"rpm": self.rpm, "usual_rpm": self.usual_rpm, "slower_share": share},
            self.drift.down_since,
        )
