"""How much energy a transaction took, from its meter start, meter stop and the registers between them."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

#: A register that falls by less than this did not fall (quirk C5), Wh.
TOLERANCE_WH: Final = Decimal(10)

#: What a plug of unknown power can give at most, W: that of the strongest for cars. Megawatt chargers for trucks
#: are few, and whoever has one describes its plugs; a charge that goes beyond waits for a person.
MOST_W: Final = 400_000

#: What a plug of unknown power is taken to give when a meter began anew, W.
USUAL_W: Final = 150_000

#: How far energy may lie above rated power times duration: meters and clocks are not exact.
MARGIN: Final = Decimal("1.2")
MARGIN_WH: Final = Decimal(500)


class Register(msgspec.Struct, frozen=True):
    """The energy register at a moment, Wh."""

    at: datetime
    wh: Decimal


class Energy(msgspec.Struct, frozen=True):
    """What was found: Wh, or None where no honest number can be given; `flags` say how.

    `track` is the energy taken up to each moment, rising; `evidence_wh` the number that was not believed.
    """

    wh: Decimal | None
    flags: tuple[str, ...]
    track: tuple[Register, ...] = ()
    evidence_wh: Decimal | None = None


def find_energy(
    *,
    started_at: datetime,
    ended_at: datetime,
    meter_start_wh: Decimal | None,
    meter_stop_wh: Decimal | None,
    samples: Sequence[Register],
    most_w: int | None,
    is_duration_known: bool = True,
) -> Energy:
    """Return the energy of a transaction: stop minus start where that is sane, else the sum of the rises.

    `samples` are the registers told between start and stop, by time; `most_w` the rated power of the plug, W.
    A meter that begins anew (quirk C3) is told from a wrong sample by what follows. The last sample stands
    for a missing stop (C4), the first for a missing start (C7, C20); the stop goes before samples above it
    (C6). More energy than the plug can give in the time is not believed.
    """
    flags: list[str] = []
    first, last = meter_start_wh, meter_stop_wh
    points = without_slips(_within(samples, started_at, ended_at))
    if first is None and points:
        flags.append("meter-start-from-samples")
    if last is None and points:
        flags.append("meter-stop-from-samples")
    ends = [] if last is None else [Register(ended_at, last)]
    whole = without_slips([*([] if first is None else [Register(started_at, first)]), *points, *ends])
    if len(whole) < 2:
        return Energy(None, (*flags, "energy-unknown"))
    track, resets = rise(whole, most_w or USUAL_W)
    if resets and len(points) < 2:
        return Energy(None, (*flags, "meter-backwards"), evidence_wh=whole[-1].wh - whole[0].wh)
    if resets:
        flags += ["meter-reset", "energy-from-samples"]
    elif whole[-1].wh < whole[0].wh:
        flags.append("meter-clamped")
    total = track[-1].wh
    if is_duration_known and total > most_energy(ended_at - started_at, most_w):
        return Energy(None, (*flags, "energy-impossible"), evidence_wh=total)
    return Energy(total, tuple(flags), tuple(track))


def most_energy(duration: timedelta, most_w: int | None) -> Decimal:
    """Return what a plug can give at most in a time, Wh, with a margin."""
    seconds = Decimal(duration // timedelta(microseconds=1)) / 1_000_000
    return Decimal(most_w or MOST_W) * seconds / 3600 * MARGIN + MARGIN_WH


def without_slips(points: Sequence[Register]) -> list[Register]:
    """Return the registers without single ones that fall and are back at once: those are wrong samples."""
    kept: list[Register] = []
    for number, point in enumerate(points):
        following = points[number + 1] if number + 1 < len(points) else None
        if kept and following and point.wh < kept[-1].wh - TOLERANCE_WH and following.wh >= kept[-1].wh:
            continue
        kept.append(point)
    return kept


def rise(points: Sequence[Register], most_w: int) -> tuple[list[Register], int]:
    """Return the energy taken up to each point, Wh, and how often the meter began anew.

    It began anew where it fell below what its run began with, or to less than half, and to what can have
    been taken since the point before. What it shows then counts if that is possible; otherwise what passed
    unseen is left out, to the driver's favour.
    """
    track = [Register(points[0].at, Decimal(0))]
    before, base, resets = Decimal(0), points[0].wh, 0
    for previous, point in itertools.pairwise(points):
        most = most_energy(point.at - previous.at, most_w) - MARGIN_WH
        is_possible = 0 <= point.wh <= most
        is_fallen = point.wh < previous.wh - TOLERANCE_WH
        if is_fallen and (point.wh < base - TOLERANCE_WH or (is_possible and point.wh < previous.wh / 2)):
            resets += 1
            before = track[-1].wh + (point.wh if is_possible else Decimal(0))
            base = point.wh
        track.append(Register(point.at, before + max(point.wh - base, Decimal(0))))
    return _level(track), resets


def _level(track: list[Register]) -> list[Register]:
    """Cut what lies above the end (quirk C6) and keep the track from falling."""
    total = track[-1].wh
    highest = Decimal(0)
    level = []
    for point in track:
        highest = max(highest, min(point.wh, total))
        level.append(Register(point.at, highest))
    return level


def _within(samples: Sequence[Register], started_at: datetime, ended_at: datetime) -> list[Register]:
    """Return the samples of the transaction's time; a second of skew is allowed at both ends (quirk C17)."""
    skew = timedelta(seconds=2)
    return [
        Register(min(max(sample.at, started_at), ended_at), sample.wh)
        for sample in sorted(samples, key=lambda sample: sample.at)
        if started_at - skew <= sample.at <= ended_at + skew
    ]
