"""The past, told by a station as messages it had queued offline: weeks of sessions through the real OCPP path."""

import asyncio

import msgspec

from chargehand.simulator.clock import ManualClock
from chargehand.simulator.driver import Drivers
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.timeline import Timeline

_DAY_S = 86_400.0
_BACKLOG = 60
_COARSE_STEP_S = 300.0
_COARSE_WATCH_S = 600.0


class Pace(msgspec.Struct, frozen=True):
    """How finely the past is sampled (seconds); cars that take nothing `idle_pause` times as seldom."""

    sample_interval_s: int = 900
    idle_pause: int = 4
    look_interval_s: float = 180.0


async def replay(station: OrderedStation, drivers: Drivers, *, days: float, pace: Pace = Pace()) -> None:  # noqa: B008
    """Live through the last `days` days and send what happened; go on in the present, cars still at the plugs.

    The station must be booted. Its messages carry old timestamps and, in 2.0.1, `offline`; one at a time is on its
    way, and the past waits for the answers, so that memory stays small. `drivers` must not have been started.
    """
    present = station.timeline
    end = present.clock.now()
    past = Timeline(ManualClock(end - days * _DAY_S))
    kept = _go_back(station, past, pace)
    looked, drivers.look_interval_s = drivers.look_interval_s, pace.look_interval_s
    drivers.start()
    at = past.clock.now()
    while at < end:
        at = min(at + _DAY_S / 4, end)
        past.run_until(at)
        await _drain(station, below=_BACKLOG)
    await _drain(station, below=1)
    past.run_until(present.clock.now())
    drivers.look_interval_s = looked
    _come_back(station, present, past, kept)


class _Kept(msgspec.Struct):
    """What the replay changes in a station and gives back."""

    sample_interval_s: int
    allows_unknown_offline: bool
    watch_interval_s: float
    max_step_s: float


def _go_back(station: OrderedStation, past: Timeline, pace: Pace) -> _Kept:
    kept = _Kept(
        station.settings.sample_interval_s,
        station.settings.allows_unknown_offline,
        station.watch_interval_s,
        station.connectors[1].outlet.max_step_s,
    )
    station.is_replaying = True
    station.timeline = past
    station.settings.sample_interval_s = pace.sample_interval_s
    station.settings.allows_unknown_offline = True
    station.idle_pause = pace.idle_pause
    station.watch_interval_s = _COARSE_WATCH_S
    for connector in station.connectors.values():
        connector.outlet.at = past.clock.now()
        connector.outlet.max_step_s = _COARSE_STEP_S
    return kept


def _come_back(station: OrderedStation, present: Timeline, past: Timeline, kept: _Kept) -> None:
    past.hand_over(present)
    station.timeline = present
    station.settings.sample_interval_s = kept.sample_interval_s
    station.settings.allows_unknown_offline = kept.allows_unknown_offline
    station.watch_interval_s = kept.watch_interval_s
    station.idle_pause = 1
    for connector in station.connectors.values():
        connector.outlet.max_step_s = kept.max_step_s
    station.is_replaying = False
    if station.is_online:
        station.accepted(rebooted=True)


async def _drain(station: OrderedStation, *, below: int) -> None:
    """Wait until fewer than `below` messages are queued, through reconnections and retries."""
    while len(station.outbox) >= below:
        await station.outbox.settle(below=below)
        if len(station.outbox) >= below:
            await asyncio.sleep(0.02)
