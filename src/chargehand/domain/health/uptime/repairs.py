"""Failures and their repair: MTBF, MTTR, repaired at the first visit, repaired from afar, told within 30 minutes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chargehand.domain.health.uptime.intervals import NOTHING

#: A fault reaches its owner within this time in 95 % of cases a month (ChargePlace Scotland's agreement).
TOLD_WITHIN: Final = timedelta(minutes=30)
TOLD_TARGET: Final = 95

#: The same kind at the same place again within this time: the first repair did not last.
RELAPSE: Final = timedelta(days=14)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An incident; `key` says what failed where. `alerted_at` is when the first message to a person left."""

    key: str
    began_at: datetime
    alerted_at: datetime | None = None
    resolved_at: datetime | None = None
    is_onsite: bool = False


class Repairs(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of repair. `mtbf` and `mttr` are None where nothing failed, or nothing was repaired.

    The others are (good, all): `first_time` of the repairs on site, `remote` of all repairs, `told` of all
    failures.
    """

    failures: int
    repaired: int
    mtbf: timedelta | None
    mttr: timedelta | None
    first_time: tuple[int, int]
    remote: tuple[int, int]
    told: tuple[int, int]


def measure(failures: Sequence[Failure], operating: timedelta, now: datetime) -> Repairs:
    """Return the figures of failures in a stretch of time in which ports operated so long together.

    MTBF is operating time by failures, MTTR the mean time from the beginning of a fault to its end.
    """
    ended = [each for each in failures if each.resolved_at is not None]
    lasted = sum((each.resolved_at - each.began_at for each in ended if each.resolved_at), NOTHING)
    onsite = [each for each in ended if each.is_onsite]
    due = [each for each in failures if each.alerted_at is not None or now - each.began_at > TOLD_WITHIN]
    return Repairs(
        failures=len(failures),
        repaired=len(ended),
        mtbf=operating / len(failures) if failures and operating else None,
        mttr=lasted / len(ended) if ended else None,
        first_time=(sum(not _relapsed(each, failures) for each in onsite), len(onsite)),
        remote=(len(ended) - len(onsite), len(ended)),
        told=(sum(_was_told(each) for each in due), len(due)),
    )


def _was_told(failure: Failure) -> bool:
    return failure.alerted_at is not None and failure.alerted_at - failure.began_at <= TOLD_WITHIN


def _relapsed(failure: Failure, failures: Sequence[Failure]) -> bool:
    end = failure.resolved_at
    return end is not None and any(
        each.key == failure.key and end <= each.began_at <= end + RELAPSE
        for each in failures
        if each is not failure
    )
