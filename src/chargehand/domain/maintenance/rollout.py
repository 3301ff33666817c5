"""How a firmware update goes through a fleet: waves, windows, and when to stop. Pure arithmetic."""

from collections.abc import Sequence
from datetime import datetime, time
from math import ceil, exp, lgamma, log
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chargehand.domain.health.statistics import binomial_tail

#: What is believed of failures before anything was seen: one in ten, as strongly as ten updates.
_PRIOR: Final = (1, 9)
#: What is believed of days with a fault: one in fifty, weakly.
_FAULT_PRIOR: Final = (0.2, 9.8)
_GRID: Final = 4000


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """When to wait and when to stop.

    `at_once` stations are updated at a time; a wave soaks for `soak_hours`. The campaign halts when it is
    `certainty` sure that more than `failure_share` of updates fail, or that days with a fault became more than
    `fault_factor` times as many. An update not seen after `give_up_hours` has failed.
    """

    at_once: int = 5
    soak_hours: float = 24.0
    failure_share: float = 0.1
    fault_factor: float = 2.0
    certainty: float = 0.9
    give_up_hours: float = 6.0


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen: updates that worked and failed; station-days, and those with a fault, before and after."""

    done: int
    failed: int
    days_before: int = 0
    bad_days_before: int = 0
    days_after: int = 0
    bad_days_after: int = 0


def problem_with(limits: Limits) -> str:
    """Return which limit makes no sense, "" where all do."""
    checks = {
        "at_once": 1 <= limits.at_once <= 1000,
        "soak_hours": 0 <= limits.soak_hours <= 24 * 60,
        "failure_share": 0 < limits.failure_share < 1,
        "fault_factor": 1 <= limits.fault_factor <= 100,
        "certainty": 0.5 <= limits.certainty < 1,
        "give_up_hours": 0 < limits.give_up_hours <= 24 * 7,
    }
    return next((name for name, is_right in checks.items() if not is_right), "")


def share_out(stations: Sequence[int], percentages: Sequence[float]) -> list[list[int]]:
    """Return the stations of each wave; percentages are of the whole, the last wave takes what is left.

    Each wave has a station at least, as long as there are some. Raises ValueError where shares are none.
    """
    if not percentages or any(share <= 0 for share in percentages) or sum(percentages) > 100.001:
        raise ValueError("Shares are percentages above 0 that sum up to 100 at most.")
    waves: list[list[int]] = []
    at = 0
    for share in percentages[:-1]:
        count = max(1, ceil(len(stations) * share / 100 - 1e-9))
        waves.append(list(stations[at : at + count]))
        at += count
    waves.append(list(stations[at:]))
    return [wave for wave in waves if wave]


def is_in_window(now: datetime, zone: str, opens: time | None, closes: time | None) -> bool:
    """Tell whether it is time at a station's place; a window may go over midnight, none is always open."""
    if opens is None or closes is None or opens == closes:
        return True
    local = now.astimezone(ZoneInfo(zone)).time()
    if opens < closes:
        return opens <= local < closes
    return local >= opens or local < closes


def chance_above(failed: int, done: int, share: float) -> float:
    """Return how sure one can be that more than `share` of updates fail (Beta-binomial)."""
    a, b = _PRIOR[0] + failed, _PRIOR[1] + done
    return 1.0 - binomial_tail(a, a + b - 1, share)


def chance_of_more_faults(tally: Tally, factor: float) -> float:
    """Return how sure one can be that bad days are more than `factor` times as frequent as before."""
    if not tally.days_after or not tally.bad_days_after:
        return 0.0
    before = _density(tally.bad_days_before, tally.days_before)
    after = _density(tally.bad_days_after, tally.days_after)
    above = [0.0] * (_GRID + 1)
    for index in range(_GRID - 1, -1, -1):
        above[index] = above[index + 1] + after[index]
    chance = 0.0
    for index, weight in enumerate(before):
        edge = min(_GRID, ceil((index + 0.5) * factor))
        chance += weight * above[edge]
    return min(1.0, chance)


def _density(bad: int, days: int) -> list[float]:
    """Return a Beta posterior as weights over equal steps from 0 to 1 that sum up to 1."""
    a, b = _FAULT_PRIOR[0] + bad, _FAULT_PRIOR[1] + days - bad
    scale = lgamma(a + b) - lgamma(a) - lgamma(b)
    weights = [
        exp(scale + (a - 1) * log(p) + (b - 1) * log(1 - p))
        for p in ((index + 0.5) / _GRID for index in range(_GRID))
    ]
    total = sum(weights)
    return [weight / total for weight in weights]


def must_halt(tally: Tally, limits: Limits) -> str:
    """Return why a campaign must stop: "failures", "faults" or "" to go on."""
    if tally.failed and chance_above(tally.failed, tally.done, limits.failure_share) >= limits.certainty:
        return "failures"
    if chance_of_more_faults(tally, limits.fault_factor) >= limits.certainty:
        return "faults"
    return ""
