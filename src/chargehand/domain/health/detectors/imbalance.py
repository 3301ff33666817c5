"""A loose terminal: a phase's voltage drops more with current than it used to, beside the others."""

from math import sqrt
from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Reading
from chargehand.domain.health.findings import Evidence

_LEAST_OHM = 0.014
_TARGET_OHM = 0.03
_SOUND_OHM = 0.012
#: By so much (V) the phases' levels may come to differ for good though all terminals are sound.
_SHIFT_V = 0.8
_BAND_A = 3.0
_READINGS = 15.0
_CHARGES = 12
_MOST_CHARGES = 40
_MOST_POINTS = 24
_FEWEST = 3
_LEAST_NOISE_V = 0.05
_MOST_SAID = 3.0
_BOUND = 10.0
#: So that what is over is soon forgotten.
_MOST_UP = 15.0
_DOUBTS = 2.6
_BETTER = 16.0
_IDLE_A = 0.3
_LEAST_A = 3.0
_ALL = 7


class Point(msgspec.Struct, gc=False):
    """The mean of a charge's readings of some loaded phases in one band of current: A, each phase's gap (V)."""

    mask: int
    amps: float
    gaps: list[float]
    weight: float


class Line(msgspec.Struct, gc=False):
    """The usual gap (V) at a current: a straight line through the points of the first charges.

    The slope is held by what sound terminals differ by, so that it needs no spread of currents.
    """

    points: float = 0.0
    weight: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0

    def add(self, x: float, y: float, weight: float) -> None:
        """Take a point; its weight is below 1 where few readings made it."""
        self.points += 1
        self.weight += weight
        self.x += weight * x
        self.y += weight * y
        self.xx += weight * x * x
        self.xy += weight * x * y
        self.yy += weight * y * y

    def fit(self) -> tuple[float, float, float]:
        """Return slope (V/A), its weight (A²) and the variance of a whole point (V²)."""
        sxx = self.xx - self.x * self.x / self.weight
        sxy = self.xy - self.x * self.y / self.weight
        syy = self.yy - self.y * self.y / self.weight
        free = max(1.0, self.points - 2)
        noise = max(_LEAST_NOISE_V**2, (syy - (sxy * sxy / sxx if sxx > 1 else 0.0)) / free)
        held = sxx + noise / _SOUND_OHM**2
        return sxy / held, held, noise

    def expect(self, x: float) -> tuple[float, float, float]:
        """Return the gap to be expected at a current, its variance and that of a point (V²)."""
        slope, held, noise = self.fit()
        off = x - self.x / self.weight
        return self.y / self.weight + slope * off, noise * (1 / self.weight + off * off / held), noise


class Excess(msgspec.Struct, gc=False):
    """A phase's drop (V) beyond the usual: CUSUM of likelihood ratios of a loose terminal against none.

    Since the sum left zero, a line is fitted: resistance, and a shift of the level that is held near none.
    """

    up: float = 0.0
    since: float = 0.0
    charges: int = 0
    w: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    def learn(self, at: float, said: float) -> None:
        """Take what a charge of the time `at` (s) says."""
        self.up = max(0.0, min(self.up + max(-_MOST_SAID, min(said, _MOST_SAID)), _MOST_UP))
        self.charges += 1
        if self.up == 0.0:
            self.since, self.charges = at, 0
            self.w = self.x = self.y = self.xx = self.xy = 0.0

    def add(self, amps: float, drop: float, weight: float) -> None:
        """Take a point; the weight is one by its variance."""
        self.w += weight
        self.x += weight * amps
        self.y += weight * drop
        self.xx += weight * amps * amps
        self.xy += weight * amps * drop

    @property
    def follows_current(self) -> bool:
        """Tell whether a resistance explains the drops better than a shift of the level would."""
        if self.xx <= 0:
            return False
        return self.xy * abs(self.xy) / self.xx >= self.y * self.y / self.w + _BETTER

    def resistance(self) -> tuple[float, float]:
        """Return Ω and the standard error."""
        held = self.w + 1 / _SHIFT_V**2
        sxx = self.xx - self.x * self.x / held
        if sxx <= 0:
            return 0.0, 1.0
        return (self.xy - self.x * self.y / held) / sxx, 1 / sqrt(sxx)


class PhaseImbalance(msgspec.Struct, gc=False):
    """Resistance of each loaded phase against the others, charge by charge, beside that of the first charges.

    What disturbs one reading disturbs the next: a charge counts once. Cars of one, two and three phases each have
    their own usual.
    """

    kind: ClassVar[str] = "phase-imbalance"
    lines: dict[int, list[Line]] = {}
    charges: dict[int, int] = {}
    excesses: list[Excess] = msgspec.field(default_factory=lambda: [Excess(), Excess(), Excess()])
    at: float = 0.0
    began: float = -1.0
    band: int = -1
    mask: int = 0
    sums: list[float] = msgspec.field(default_factory=lambda: [0.0] * 5)
    points: list[Point] = []
    worst: int = 0
    ohm: float = 0.0
    error: float = 0.0
    amps: float = 0.0
    gap_v: float = 0.0
    since: float = 0.0
    score: float = 0.0

    def learn_one(self, x: Reading) -> None:
        u1, u2, u3, i1, i2, i3 = x.u1, x.u2, x.u3, x.i1, x.i2, x.i3
        if u1 is None or u2 is None or u3 is None or i1 is None or i2 is None or i3 is None:
            return
        if x.plate.is_dc or min(u1, u2, u3) < 0.7 * x.plate.nominal_v:
            return
        if max(u1, u2, u3) > 1.15 * x.plate.nominal_v:
            return
        mask, mean = _loaded(i1, i2, i3)
        if mask == 0:
            return
        band = int(mean / _BAND_A)
        if x.began != self.began or band != self.band or mask != self.mask:
            self._close_band()
            if x.began != self.began:
                self._close_charge()
            self.began, self.band, self.mask = x.began, band, mask
        level = (u1 + u2 + u3) / 3
        sums = self.sums
        sums[0] += 1
        sums[1] += mean
        sums[2] += 1.5 * (u1 - level)
        sums[3] += 1.5 * (u2 - level)
        sums[4] += 1.5 * (u3 - level)
        self.at = x.at

    def _close_band(self) -> None:
        count, amps, *gaps = self.sums
        self.sums = [0.0] * 5
        if count:
            weight = count / (count + _READINGS)
            self.points.append(Point(self.mask, amps / count, [gap / count for gap in gaps], weight))
            del self.points[:-_MOST_POINTS]

    def _close_charge(self) -> None:
        points, self.points = self.points, []
        charged = [point for point in points if point.amps > _LEAST_A and self._is_known(point.mask)]
        idle = [point for point in points if point.amps <= _LEAST_A and self._is_known(point.mask)]
        self.score = 0.0 if charged else self.score
        for phase, excess in enumerate(self.excesses):
            mine = [point for point in charged if point.mask & 1 << phase]
            if mine:
                self._weigh(phase, excess, mine)
            if excess.up > 0:
                for point in idle:
                    excess.add(point.amps, *self._drop(phase, point, len(idle)))
        if charged:
            self._judge(charged)
        self._learn(points)

    def _is_known(self, mask: int) -> bool:
        return self.charges.get(mask, 0) >= _CHARGES

    def _drop(self, phase: int, point: Point, count: int) -> tuple[float, float]:
        """Return the drop (V) beyond the usual and its weight, as one of so many points."""
        usual, variance, noise = self.lines[point.mask][phase].expect(point.amps)
        return usual - point.gaps[phase], 1 / (noise / point.weight + variance) / count

    def _weigh(self, phase: int, excess: Excess, points: list[Point]) -> None:
        drops = [(point.amps, *self._drop(phase, point, len(points))) for point in points]
        said = 0.0
        for amps, drop, weight in drops:
            wanted = _TARGET_OHM * amps
            said += wanted * (drop - wanted / 2) * weight
        excess.learn(self.at, said)
        if excess.up > 0:
            for amps, drop, weight in drops:
                excess.add(amps, drop, weight)

    def _judge(self, points: list[Point]) -> None:
        for phase, excess in enumerate(self.excesses):
            if excess.charges < _FEWEST or not excess.follows_current:
                continue
            ohm, error = excess.resistance()
            score = min(excess.up / _BOUND, ohm / (_LEAST_OHM + _DOUBTS * error))
            if score > self.score:
                self.score, self.worst, self.ohm, self.error = score, phase, ohm, error
                self.since, self.amps = excess.since, max(point.amps for point in points)
                self.gap_v = ohm * self.amps

    def _learn(self, points: list[Point]) -> None:
        """Let a charge be part of the usual while nothing moves."""
        is_quiet = all(excess.up < 0.3 * _BOUND for excess in self.excesses)
        for mask in {point.mask for point in points}:
            count = self.charges.get(mask, 0)
            if count >= _CHARGES and not (is_quiet and count < _MOST_CHARGES):
                continue
            lines = self.lines.setdefault(mask, [Line(), Line(), Line()])
            here = [point for point in points if point.mask == mask]
            for point in here:
                for line, gap in zip(lines, point.gaps, strict=True):
                    line.add(point.amps, gap, point.weight)
            self.charges[mask] = count + any(point.amps > _LEAST_A for point in here)

    def score_one(self) -> float:
        return self.score

    def explain(self) -> Evidence:
        name = f"L{self.worst + 1}"
        return Evidence(
            ("phase-imbalance", "phase-loss", "contact-resistance-rise"),
            f"{name} loses {1000 * self.ohm:.0f} mΩ more than it used to beside the other phases (± "
            f"{1000 * self.error:.0f} mΩ), {self.gap_v:.1f} V at {self.amps:.0f} A: tighten the terminals of {name}.",
            {
                "phase": name,
                "resistance_ohm": self.ohm,
                "standard_error_ohm": self.error,
                "gap_v": self.gap_v,
            },
            self.since,
        )


def _loaded(i1: float, i2: float, i3: float) -> tuple[int, float]:
    """Return which phases carry the same current, as bits, and that current (A); no phases where they differ.

    Where none carries any, all do alike.
    """
    mean = (i1 + i2 + i3) / 3
    if max(abs(i1 - mean), abs(i2 - mean), abs(i3 - mean)) <= 0.06 * mean + _IDLE_A:
        return _ALL, mean
    loaded = [amps for amps in (i1, i2, i3) if amps > _IDLE_A]
    mean = sum(loaded) / len(loaded) if loaded else 0.0
    if not loaded or max(loaded) - min(loaded) > 0.06 * mean + _IDLE_A:
        return 0, mean
    return (i1 > _IDLE_A) + 2 * (i2 > _IDLE_A) + 4 * (i3 > _IDLE_A), mean
