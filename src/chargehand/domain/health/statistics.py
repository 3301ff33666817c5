"""Small streaming statistics with constant memory: a robust baseline, a drift test, a chance of a run."""

from math import exp, lgamma, log, sqrt

import msgspec

_MOST_SAID = 3.0
_LONGEST_START = 60
_SHORTEST_START_S = 3 * 86_400.0


def median(values: list[float]) -> float:
    """Return the middle of a list that is not empty."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def poisson_tail(count: int, mean: float) -> float:
    """Return the chance of `count` or more events where `mean` are expected."""
    if count <= 0:
        return 1.0
    term = exp(-mean + count * log(max(mean, 1e-12)) - lgamma(count + 1))
    total, step = term, count
    while term > total * 1e-9 and step < count + 200:
        step += 1
        term *= mean / step
        total += term
    return min(1.0, total)


def binomial_tail(hits: int, trials: int, chance: float) -> float:
    """Return the chance of `hits` or more in `trials` of that chance each."""
    total = 0.0
    for count in range(hits, trials + 1):
        total += exp(
            lgamma(trials + 1)
            - lgamma(count + 1)
            - lgamma(trials - count + 1)
            + count * log(max(chance, 1e-12))
            + (trials - count) * log(max(1 - chance, 1e-12))
        )
    return min(1.0, total)


def run_chance(hits: float, misses: float, run: int) -> float:
    """Return the chance of `run` misses in a row after so many hits and misses (Beta-binomial, Jeffreys)."""
    a, b = hits + 0.5, misses + 0.5
    return exp(lgamma(b + run) + lgamma(a + b) - lgamma(b) - lgamma(a + b + run))


class Resolution(msgspec.Struct, gc=False):
    """The steps (a power of ten) in which a register counts: the largest that divides all values so far."""

    step: float = 1_000.0
    count: int = 0

    def learn(self, value: float) -> None:
        """Take a value of the register in Wh."""
        self.count += 1
        while self.step > 1.0 and abs(value - round(value / self.step) * self.step) > 0.01:
            self.step /= 10


class Drift(msgspec.Struct, gc=False):
    """A change test: a baseline from the first values (median, spread), then a two-sided CUSUM beside an EWMA.

    Values are winsorised at three deviations, so that no single one raises an alarm. `floor` is the smallest
    deviation that is believed; `slack` and `bound` are CUSUM's k and h in deviations. The spread is the larger of
    MAD and the range of the middle four fifths: two sorts of cars make two humps, of which MAD sees one. While
    nothing moves, as many values again refine the centre: what it is off by would look like a shift for ever.
    """

    floor: float
    warm_up: int = 15
    slack: float = 0.7
    bound: float = 9.0
    weight: float = 0.25
    first: list[float] = []
    count: int = 0
    centre: float = 0.0
    deviation: float = 1.0
    up: float = 0.0
    down: float = 0.0
    recent: float = 0.0
    up_since: float = 0.0
    down_since: float = 0.0

    @property
    def is_ready(self) -> bool:
        return self.count >= self.warm_up

    def learn(self, value: float, at: float) -> None:
        """Take one value of the time `at` (s)."""
        self.count += 1
        if self.count <= self.warm_up:
            self.first.append(value)
            if self.count == self.warm_up:
                self._settle()
                self.up_since = self.down_since = at
            return
        deviation = self.deviation
        z = (value - self.centre) / deviation
        z = -3.0 if z < -3.0 else min(z, 3.0)
        if self.count <= 2 * self.warm_up and max(self.up, self.down) < 0.4 * self.bound:
            self.centre += max(-1.5, min(z, 1.5)) * deviation / self.count
        self.up, self.down = max(0.0, self.up + z - self.slack), max(0.0, self.down - z - self.slack)
        if self.up == 0.0:
            self.up_since = at
        if self.down == 0.0:
            self.down_since = at
        reach = 6 * deviation + abs(self.recent - self.centre)
        clipped = min(max(value, self.centre - reach), self.centre + reach)
        self.recent += self.weight * (clipped - self.recent)

    def _settle(self) -> None:
        ordered = sorted(self.first)
        self.centre = self.recent = median(ordered)
        spread = 1.4826 * median([abs(value - self.centre) for value in ordered])
        cut = len(ordered) // 10
        spread = max(spread, (ordered[-1 - cut] - ordered[cut]) / 2.56)
        self.deviation = max(self.floor, spread * (1 + 2 / sqrt(self.warm_up)))
        for _ in range(3):
            self.centre = self._middle(ordered)
        self.recent = self.centre
        self.first = []

    def _middle(self, values: list[float]) -> float:
        """Return the mean of winsorised values: about it the sums of skewed or coarse values do not run off."""
        least, most = self.centre - 3 * self.deviation, self.centre + 3 * self.deviation
        return sum(min(max(value, least), most) for value in values) / len(values)

    @property
    def shift(self) -> float:
        """Return by how much the recent values (EWMA) differ from the baseline."""
        return self.recent - self.centre if self.count > self.warm_up else 0.0

    @property
    def doubt(self) -> float:
        """Return the standard error of the shift, of the EWMA and of the centre."""
        count = max(1, min(self.count, 2 * self.warm_up))
        return self.deviation * sqrt(self.weight / (2 - self.weight) + 1.57 / count)

    def rose(self, least: float) -> bool:
        """Tell whether values have risen for certain, and by `least` at least."""
        return self.up >= self.bound and self.shift >= max(least, 2 * self.doubt)

    def fell(self, least: float) -> bool:
        """Tell whether values have fallen for certain, and by `least` at least."""
        return self.down >= self.bound and -self.shift >= max(least, 2 * self.doubt)


class WeightedDrift(msgspec.Struct, gc=False):
    """A test for a rise of values that are known more or less well, each with its variance.

    The baseline is their weighted mean once it is known to `known` of itself, after three days: values of one charge
    err alike. Then a CUSUM of log likelihood ratios
    holds a rise by `target` (a share) against none. How far the values really scatter, beyond their variances, is
    learnt from the baseline; no single value may say more than `_MOST_SAID`.
    """

    target: float
    bound: float = 12.0
    known: float = 0.06
    scatter: float = 0.08
    first: list[tuple[float, float]] = []
    began: float = 0.0
    count: int = 0
    centre: float = 0.0
    weight: float = 0.0
    scale: float = 1.0
    up: float = 0.0
    up_since: float = 0.0
    up_count: int = 0
    recent: float = 0.0
    recent_weight: float = 0.0

    @property
    def is_ready(self) -> bool:
        return self.weight > 0

    def learn(self, value: float, variance: float, at: float) -> None:
        """Take a value with its variance, of the time `at` (s)."""
        self.count += 1
        if not self.is_ready:
            self.began = self.began or at
            self.first.append((value, variance))
            if len(self.first) >= 10 and at - self.began >= _SHORTEST_START_S:
                self._settle(at)
            del self.first[:-_LONGEST_START]
            return
        centre = self.centre
        variance = self.scale * variance + (self.scatter * centre) ** 2
        wanted = self.target * centre
        said = wanted / (variance + 1 / self.weight) * (value - centre - wanted / 2)
        self.up = max(0.0, self.up + max(-_MOST_SAID, min(said, _MOST_SAID)))
        self.up_count += 1
        if self.up == 0.0:
            self.up_since, self.up_count = at, 0
        if self.up < 0.3 * self.bound and self.weight < 2 / (self.known * centre) ** 2:
            self.weight += 1 / variance
            self.centre += max(-0.5, min((value - centre) / centre, 0.5)) * centre / variance / self.weight
        self.recent_weight = min(self.recent_weight, 1 / (self.known * centre) ** 2)
        self.recent_weight += 1 / variance
        reach = 3 * sqrt(variance) + abs(self.recent - centre)
        clipped = min(max(value, centre - reach), centre + reach)
        self.recent += (clipped - self.recent) / variance / self.recent_weight

    def _settle(self, at: float) -> None:
        weights = [1 / variance for _, variance in self.first]
        centre = sum(v * w for (v, _), w in zip(self.first, weights, strict=True)) / sum(weights)
        if centre <= 0 or (
            sum(weights) < 1 / (self.known * centre) ** 2 and len(self.first) < _LONGEST_START
        ):
            if len(self.first) >= _LONGEST_START:
                del self.first[0]
            return
        centre = median(
            [value for value, variance in self.first if variance <= 4 * min(1 / w for w in weights)]
        )
        own = (self.scatter * centre) ** 2
        off = [max(0.0, (value - centre) ** 2 - own) / variance for value, variance in self.first]
        # The median of a squared deviation is 0.455 of the variance.
        self.scale = min(9.0, max(1.0, median(off) / 0.455))
        self.weight = sum(1 / (self.scale * variance + own) for _, variance in self.first) / 1.57
        self.centre = self.recent = centre
        self.recent_weight, self.up_since, self.first = self.weight, at, []

    def rose(self, least: float) -> bool:
        """Tell whether the values have risen for certain, and by the share `least` at least."""
        return self.up >= self.bound and self.up_count >= 3 and self.recent >= (1 + least) * self.centre
