"""Starts that fail more often than they used to, and payments nobody makes any more."""

from math import log
from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Attempt
from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import run_chance

_BOUND = 7.5
_LEAST_USUAL = 0.05
_RUN = 5
_TRIES = 7
_SAME_VISIT_S = 900.0
_CHANCE = 1e-4
_LONG_S = 1_800.0


class FailedStarts(msgspec.Struct, gc=False):
    """A CUSUM of log likelihood ratios: this connector's usual share of failures against three times as many.

    Tries of the same token within a quarter of an hour are one visit. Five failures of two visits in a row are enough
    in any case: on sound hardware they are rare. Five good ones in a row end what was found.
    """

    kind: ClassVar[str] = "failed-starts"
    usual: float = _LEAST_USUAL
    total: float = 0.0
    run: int = 0
    tries: int = 0
    failures: int = 0
    attempts: int = 0
    locks: int = 0
    since: float = 0.0
    run_since: float = 0.0
    last_token: str | None = None
    last_at: float = 0.0
    why: str = ""
    long: int = 0
    good: int = 0
    was_over: bool = False

    def learn_one(self, x: Attempt) -> None:
        self.tries = 0 if x.went_well else self.tries + 1
        if x.went_well:
            self._go_well()
        elif not (x.token is not None and x.token == self.last_token and x.at - self.last_at < _SAME_VISIT_S):
            self._fail(x)
        self.last_token, self.last_at = x.token, x.at

    def _worse(self) -> float:
        return min(0.8, max(0.40, 3 * self.usual))

    def _go_well(self) -> None:
        self.run = 0
        self.good += 1
        if self.was_over and self.good >= _RUN:
            self.total, self.was_over = 0.0, False
        self.total = max(0.0, self.total + log((1 - self._worse()) / (1 - self.usual)))
        if self.total == 0.0:
            self.failures = self.attempts = self.locks = self.long = 0
        else:
            self.attempts += 1
        self.usual = max(_LEAST_USUAL, self.usual * 0.985)

    def _fail(self, x: Attempt) -> None:
        if self.total == 0.0:
            self.since = x.at
        if self.run == 0:
            self.run_since = x.at
        self.total = min(20.0, self.total + log(self._worse() / self.usual))
        self.good = 0
        self.was_over = self.was_over or self.total >= _BOUND
        self.run += 1
        self.failures += 1
        self.attempts += 1
        self.locks += x.had_lock_fault
        self.long += x.lasted_s > _LONG_S
        self.why = x.why
        if self.run < 3:
            self.usual = min(0.30, self.usual + 0.015 * (1 - self.usual))

    def score_one(self) -> float:
        if self.tries == 0:
            return 0.0
        stubborn = 1.0 if self.tries >= _RUN and self.run >= 2 else 0.0
        return max(self.total / _BOUND, self.run / _RUN, stubborn, self.tries / _TRIES)

    def explain(self) -> Evidence:
        kinds = ("failed-starts", "connector-lock-failure", "cable-cut")
        if self.long * 2 > self.failures:
            # Drivers who stay for hours at nothing: perhaps they charge, and nobody counts.
            kinds = ("failed-starts", "meter-frozen", "connector-lock-failure")
        if self.locks * 2 > self.failures:
            kinds = ("connector-lock-failure", "failed-starts", "cable-cut")
        return Evidence(
            kinds,
            f"{self.failures} of the last {self.attempts} visits failed, {self.tries} tries in a row (usual: "
            f"{100 * self.usual:.0f} %); the last one: {self.why}. Test card reader, lock and cable.",
            {
                "failures": self.failures,
                "attempts": self.attempts,
                "in_a_row": self.tries,
                "usual_share": self.usual,
            },
            self.run_since if self.run >= _RUN else self.since,
        )


class Use(msgspec.Struct, gc=False):
    """Somebody identified himself, by card at the payment terminal or otherwise, and was accepted or not."""

    at: float
    is_adhoc: bool
    was_accepted: bool


class PaymentTerminal(msgspec.Struct, gc=False):
    """Nobody pays at the terminal any more, though others charge: the chance of that by the usual share."""

    kind: ClassVar[str] = "payment-terminal-fault"
    adhoc: float = 0.0
    all: float = 0.0
    without: int = 0
    refused: int = 0
    since: float = 0.0

    def learn_one(self, x: Use) -> None:
        if x.is_adhoc and not x.was_accepted:
            self.since = self.since if self.refused else x.at
            self.refused += 1
        elif x.is_adhoc:
            self.all += self.without + 1
            self.adhoc += 1
            self.refused = self.without = 0
            if self.all > 200:
                self.all, self.adhoc = self.all / 2, self.adhoc / 2
        elif x.was_accepted:
            self.since = self.since if self.without else x.at
            self.without += 1

    def score_one(self) -> float:
        if self.refused >= 5:
            return self.refused / 5
        if self.adhoc < 6 or self.all < 24:
            return 0.0
        return log(run_chance(self.adhoc, self.all - self.adhoc, self.without)) / log(_CHANCE)

    def explain(self) -> Evidence:
        share = self.adhoc / max(1.0, self.all)
        if self.refused >= 5:
            what = f"The payment terminal refused {self.refused} times in a row"
        else:
            what = (
                f"Nobody paid at the terminal in the last {self.without} charges, though {100 * share:.0f} % "
                "used to"
            )
        return Evidence(
            ("payment-terminal-fault", "failed-starts", "measurand-fault"),
            f"{what}: check the terminal and its connection.",
            {"charges_without": self.without, "refused": self.refused, "usual_share": share},
            self.since,
        )
