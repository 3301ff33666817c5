"""A ceiling on power that was not there before, over many different cars."""

from math import log
from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Session
from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import median, run_chance

_KEPT = 160
_LONGEST = 60
_CHANCE = 1e-6


class PowerDerating(msgspec.Struct, gc=False):
    """The highest power (DC) or current (AC) of each charge: a new ceiling that chance does not explain.

    A driver who comes again is no further witness. Charges under a limit of our own do not count, nor do crumbs.
    What the station itself offers counts sooner: three charges in a row offered 15 % less than usual.
    """

    kind: ClassVar[str] = "power-derating"
    peaks: list[float] = []
    times: list[float] = []
    tokens: list[str] = []
    offers: list[float] = []
    ceiling: float = 0.0
    usual: float = 0.0
    length: int = 0
    offered: bool = False
    unit: str = "kW"
    since: float = 0.0
    score: float = 0.0

    def learn_one(self, x: Session) -> None:
        if x.was_limited or x.readings < 2 or (x.energy_wh is not None and x.energy_wh < 300):
            return
        is_dc = x.plate.is_dc
        self.unit = "A" if not is_dc and x.peak_a > 0 else "kW"
        peak = x.peak_a if self.unit == "A" else x.peak_w / 1_000
        offer = x.offered_w / 1_000 if x.offered_w > 0 else x.offered_a
        if peak <= 0:
            return
        self.peaks.append(peak)
        self.times.append(x.began)
        self.tokens.append(x.token or "")
        if offer > 0 and not x.had_company:
            self.offers.append(offer)
        for each in (self.peaks, self.times, self.offers):
            del each[:-_KEPT]
        del self.tokens[:-_KEPT]
        self.score = 0.0
        self._judge_offers(x.began)
        if self.score < 1:
            self._judge_peaks()

    def _judge_offers(self, at: float) -> None:
        offers = self.offers
        if len(offers) < 11:
            return
        usual, ceiling = median(offers[:-3]), max(offers[-3:])
        if ceiling < 0.85 * usual:
            self.usual, self.ceiling, self.length, self.offered = usual, ceiling, 3, True
            self.since, self.score = self.since if self.score >= 1 else at, 1.0

    def _judge_peaks(self) -> None:
        peaks = self.peaks
        total = len(peaks)
        if total < 18:
            return
        ceiling = best = 0.0
        cars: set[str] = set()
        for length in range(1, min(_LONGEST, total - 12) + 1):
            ceiling = max(ceiling, peaks[total - length])
            cars.add(self.tokens[total - length] or str(length))
            if length < 3:
                continue
            before = peaks[: total - length]
            above = sum(peak > 1.12 * ceiling for peak in before)
            if above < 4:
                break
            surprise = log(run_chance(above, len(before) - above, len(cars))) / log(_CHANCE)
            pinned = sum(peak > 0.93 * ceiling for peak in peaks[total - length :])
            if surprise > best and pinned >= max(3, 0.25 * length):
                best = surprise
                self.ceiling, self.length, self.offered = ceiling, length, False
                self.usual = sorted(before)[int(0.9 * len(before))]
                self.since = self.times[total - length]
        self.score = best if self.ceiling < 0.85 * self.usual else 0.0

    def score_one(self) -> float:
        return self.score

    def explain(self) -> Evidence:
        what = "was offered" if self.offered else "drew"
        return Evidence(
            ("power-derating", "phase-loss", "measurand-fault"),
            f"None of the last {self.length} cars {what} more than {self.ceiling:.0f} {self.unit}, where "
            f"{self.usual:.0f} {self.unit} used to be reached, and no limit of ours is in force: a power module or "
            "phase is missing.",
            {"ceiling": self.ceiling, "usual": self.usual, "unit": self.unit, "charges": self.length},
            self.since,
        )
