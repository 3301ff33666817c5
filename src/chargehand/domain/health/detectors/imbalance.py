"""A loose terminal: one phase's voltage drops more with current than it did, or than the others' do."""

from math import sqrt
from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Reading
from chargehand.domain.health.findings import Evidence

_LEAST_OHM = 0.014
_FADE = 0.5 ** (1 / 13)
_BAND_A = 3.0
_READINGS = 15.0
_SOUND_OHM = 0.012


class Slope(msgspec.Struct, gc=False):
    """A straight line fitted to (A, V) points that fade with time, and the first one that was certain."""

    points: float = 0.0
    weight: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0
    count: int = 0
    first: float | None = None
    first_error: float = 0.0
    noise: float = 0.0

    def begin(self, ohm: float, error: float) -> None:
        """Take the first value, drawn towards none: phases of sound terminals differ by little."""
        share = _SOUND_OHM**2 / (_SOUND_OHM**2 + error**2)
        self.first, self.first_error = share * ohm, error * sqrt(share)

    def add(self, x: float, y: float, readings: float) -> None:
        """Take the mean of some readings; what disturbs a whole charge stays, however many there are."""
        by = readings / (readings + _READINGS)
        self.points += 1
        self.weight += by
        self.x += by * x
        self.y += by * y
        self.xx += by * x * x
        self.xy += by * x * y
        self.yy += by * y * y

    def fade(self, by: float) -> None:
        self.points *= by
        self.weight *= by
        self.count += 1
        self.x *= by
        self.y *= by
        self.xx *= by
        self.xy *= by
        self.yy *= by

    def fit(self) -> tuple[float, float] | None:
        """Return slope and its standard error, or None while there is too little to go by."""
        if self.points < 12:
            return None
        sxx = self.xx - self.x * self.x / self.weight
        if sxx < 60 * self.weight / self.points:
            return None
        sxy = self.xy - self.x * self.y / self.weight
        syy = self.yy - self.y * self.y / self.weight
        rest = max(1e-5, (syy - sxy * sxy / sxx) / (self.points - 2))
        # While a terminal loosens, old and new points do not fit one line: that is no noise.
        if self.first is None:
            self.noise = rest
        elif rest < 2 * self.noise:
            self.noise += 0.05 * (rest - self.noise)
        rest = min(rest, 2 * self.noise)
        return sxy / sxx, sqrt(rest / sxx)


class PhaseImbalance(msgspec.Struct, gc=False):
    """Resistance of each phase against the mean of the others, from readings of balanced charging.

    What disturbs one reading disturbs the next: a charge counts once for each of its levels of current.
    """

    kind: ClassVar[str] = "phase-imbalance"
    slopes: list[Slope] = msgspec.field(default_factory=lambda: [Slope(), Slope(), Slope()])
    at: float = 0.0
    began: float = -1.0
    band: int = -1
    sums: list[float] = msgspec.field(default_factory=lambda: [0.0] * 5)
    worst: int = 0
    ohm: float = 0.0
    error: float = 0.0
    before: float = 0.0
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
        mean = (i1 + i2 + i3) / 3
        if max(abs(i1 - mean), abs(i2 - mean), abs(i3 - mean)) > 0.06 * mean + 0.3:
            return
        level = (u1 + u2 + u3) / 3
        band = int(mean / _BAND_A)
        if x.began != self.began or band != self.band:
            self._close()
            if x.began != self.began:
                for slope in self.slopes:
                    slope.fade(_FADE)
            self.began, self.band = x.began, band
        sums = self.sums
        sums[0] += 1
        sums[1] += mean
        sums[2] += 1.5 * (u1 - level)
        sums[3] += 1.5 * (u2 - level)
        sums[4] += 1.5 * (u3 - level)
        self.at = x.at

    def _close(self) -> None:
        count, amps, *gaps = self.sums
        self.sums = [0.0] * 5
        if count:
            for slope, gap in zip(self.slopes, gaps, strict=True):
                slope.add(amps / count, gap / count, count)
            self._judge(self.at, amps / count)

    def _judge(self, at: float, amps: float) -> None:
        worst = 0.0
        for index, slope in enumerate(self.slopes):
            fitted = slope.fit()
            if fitted is None:
                continue
            ohm, error = -fitted[0], fitted[1]
            if slope.first is None:
                if slope.count >= 12 and error < 0.04:
                    slope.begin(ohm, error)
                continue
            excess = (ohm - slope.first) / (_LEAST_OHM + 3.6 * sqrt(error**2 + slope.first_error**2))
            if excess > worst:
                worst = excess
                self.worst, self.ohm, self.error, self.before = index, ohm, error, slope.first
        if worst >= 1 > self.score:
            self.since = at
        self.score, self.amps = worst, amps
        self.gap_v = self.ohm * amps

    def score_one(self) -> float:
        return self.score

    def explain(self) -> Evidence:
        return Evidence(
            ("phase-imbalance", "phase-loss", "contact-resistance-rise"),
            f"L{self.worst + 1} loses {1000 * self.ohm:.0f} mΩ more than the other phases (± "
            f"{1000 * self.error:.0f} mΩ, before: {1000 * self.before:.0f} mΩ), {self.gap_v:.1f} V at "
            f"{self.amps:.0f} A: tighten the terminals of L{self.worst + 1}.",
            {
                "phase": f"L{self.worst + 1}",
                "resistance_ohm": self.ohm,
                "standard_error_ohm": self.error,
                "baseline_ohm": self.before,
            },
            self.since,
        )
