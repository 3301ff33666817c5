"""The engine: lines in the order of receipt go in, findings come out; its memory can be saved and restored."""

from collections.abc import Callable
from typing import Any

import msgspec

from chargehand.domain.health.detectors.clocks import Skew
from chargehand.domain.health.features import Plate
from chargehand.domain.health.findings import Finding
from chargehand.domain.health.handlers import Handlers
from chargehand.domain.health.judge import Judge
from chargehand.domain.health.rounds import ROUND_S, Rounds
from chargehand.domain.health.telemetry import (
    AnyLine,
    Authorized,
    Booted,
    Commanded,
    Connected,
    Described,
    Disconnected,
    Heartbeat,
    Limited,
    Maintained,
    Metered,
    Monitored,
    Settled,
    Signalled,
    Started,
    Status,
    Stopped,
    credible,
)
from chargehand.domain.health.watch import FleetWatch, StationWatch

#: What does not come from the station itself.
_UNHEARD = frozenset({Disconnected, Limited, Maintained, Settled})
#: A station's clock may be far ahead (s); so many lines in a row show that the recording has a gap.
_FAR_AHEAD_S = 60 * 86_400.0
_BELIEVED_AHEAD = 5
_DECODER = msgspec.msgpack.Decoder(FleetWatch)


class Engine:
    """Judge a fleet's telemetry line by line; what has been judged never depends on what comes later."""

    def __init__(self, saved: bytes | None = None) -> None:
        """Begin with nothing known, or where `save` was called; raise msgspec.DecodeError for other bytes."""
        self.fleet = FleetWatch() if saved is None else _DECODER.decode(saved)
        self._judge = Judge(self.fleet)
        self._rounds = Rounds(self.fleet, self._judge)
        self._handlers = Handlers(self._judge, self._rounds)
        self._acts = self._table()

    def save(self) -> bytes:
        """Return all that is remembered; an engine made of it goes on as if nothing had happened."""
        return msgspec.msgpack.encode(self.fleet)

    def feed(self, line: AnyLine) -> list[Finding]:
        """Take the next line; return what it made certain, mostly nothing."""
        told, received = line.stamps()
        fleet = self.fleet
        if line.received is None and received - fleet.now > _FAR_AHEAD_S:
            received = self._doubt(received)
        elif fleet.ahead:
            fleet.ahead = 0
        if received > fleet.now:
            fleet.now = received
            if fleet.began == 0.0:
                fleet.began = fleet.swept_at = received
            if received - fleet.swept_at >= ROUND_S:
                self._rounds.go(received)
        station = fleet.stations.get(line.station)
        if station is None:
            station = fleet.stations[line.station] = StationWatch(Plate(line.station))
        if type(line) is Metered:
            self._handlers.meter(station, line, told, received)
        else:
            act = self._acts.get(type(line))
            if act is not None:
                act(station, line, told, received)
        if type(line) not in _UNHEARD:
            station.silence.hear(fleet.now, is_beat=type(line) is Heartbeat)
        if line.received is not None:
            clock = station.clock
            clock.learn_one(Skew(told, received))
            if clock.score_one() >= 1:
                self._judge.hear(station, 0, clock)
        return self._judge.take() if self._judge.found else []

    def _doubt(self, told: float) -> float:
        """Return when a line came that names no receipt and is far ahead: now, until several in a row are so."""
        fleet = self.fleet
        fleet.ahead = fleet.ahead + 1 if abs(told - fleet.ahead_at) < _FAR_AHEAD_S else 1
        fleet.ahead_at = told
        return told if fleet.began == 0.0 or fleet.ahead >= _BELIEVED_AHEAD else fleet.now

    def pass_time(self, now: float) -> list[Finding]:
        """Let time pass without a line, up to `now` (s); for a service that hears nothing."""
        if now - self.fleet.swept_at >= ROUND_S and now > self.fleet.now:
            self.fleet.now = now
            self._rounds.go(now)
        return self._judge.take()

    def _table(self) -> dict[type, Callable[[StationWatch, Any, float, float], None]]:
        """Return what each kind of line does; a heartbeat does nothing but to be heard."""
        do = self._handlers
        return {
            Described: lambda station, line, _told, _received: do.describe(station, line),
            Connected: lambda station, _line, told, received: self._connect(station, told, received),
            Disconnected: lambda station, _line, told, received: self._disconnect(station, told, received),
            Booted: self._boot,
            Status: lambda station, line, told, received: do.status(
                station, line, credible(told, received), received
            ),
            Authorized: lambda station, line, _told, received: do.authorize(station, line, received),
            Started: lambda station, line, told, received: do.start(
                station, line, credible(told, received), received
            ),
            Stopped: lambda station, line, told, received: do.stop(station, line, credible(told, received)),
            Monitored: lambda station, line, _told, received: do.monitor(station, line, received),
            Commanded: lambda station, line, _told, received: do.command(station, line, received),
            Signalled: lambda station, line, _told, _received: do.signal(station, line),
            Limited: lambda station, line, _told, _received: do.limit(station, line),
            Maintained: lambda station, line, _told, received: do.maintain(station, line, received),
            Settled: lambda station, line, _told, _received: do.settle(station, line),
        }

    def _boot(self, station: StationWatch, line: Booted, told: float, received: float) -> None:
        if not station.is_repeated("boot", told):
            self._handlers.boot(station, line, received)

    def _connect(self, station: StationWatch, told: float, received: float) -> None:
        if station.is_repeated("connect", told):
            return
        if received >= station.quiet_until and not station.is_maintained:
            station.flapping.learn_one(received)
            self._judge.hear(station, 0, station.flapping)

    def _disconnect(self, station: StationWatch, told: float, received: float) -> None:
        if station.is_repeated("disconnect", told):
            return
        if received >= station.quiet_until and not station.is_maintained:
            station.losses.learn_one(received)
            self._judge.hear(station, 0, station.losses)
