"""What is noticed because nothing happens: silence, states that last, plugs nobody uses."""

from math import exp, log

from chargehand.domain.health.detectors.use import Dwells, Moment, Stay
from chargehand.domain.health.judge import Judge
from chargehand.domain.health.watch import ConnectorWatch, FleetWatch, StationWatch

ROUND_S = 60.0
_HOUR = 3_600.0
_DAY = 86_400.0
_OUR_GAP_S = 900.0
_UNKNOWN_DWELL_S = 240 * 3_600.0
_LN2 = log(2)
#: So many other stations show whether the recording is silent; for them a silence may wait so long.
_WITNESSES = 3
_WAITS_S = 3_600.0
#: So many drivers who should have come meanwhile show that a plug is stuck where lines are seldom lost.
_MISSED = 2.5
_SELDOM_LOST = 0.0015
_FOLLOWS_S = 300.0
#: States that should pass; a car that is only plugged in is `Occupied` in OCPP 2.x.
_TRANSIENT = frozenset({"Preparing", "Occupied", "Finishing", "SuspendedEVSE"})


class Rounds:
    """Go round the stations once a minute of received time."""

    def __init__(self, fleet: FleetWatch, judge: Judge) -> None:
        self.fleet = fleet
        self.judge = judge
        self._others: list[StationWatch] | None = None

    def go(self, now: float) -> None:
        """Look at every station at the time `now`, before what was received then is taken."""
        fleet = self.fleet
        gap = now - fleet.swept_at if fleet.swept_at else 0.0
        if gap > _OUR_GAP_S and len(fleet.sites) >= 4 and len(fleet.stations) >= 5:
            self._forgive(gap)
        fleet.swept_at = now
        self._others = None
        self._forget_visits(now)
        for station in fleet.stations.values():
            self._look(station, now)

    def _forgive(self, gap: float) -> None:
        """Nothing came from anybody: the gap is in the recording, not in the stations."""
        for station in self.fleet.stations.values():
            station.silence.heard_at += gap if station.silence.heard_at else 0.0

    def _look(self, station: StationWatch, now: float) -> None:
        silence = station.silence
        if station.is_maintained or now < station.quiet_until:
            silence.heard_at = max(silence.heard_at, now - silence.interval_s) if silence.heard_at else 0.0
            return
        silence.now = now
        is_silent = silence.score_one() >= 1
        if is_silent and not self._is_ours(station, now):
            self.judge.hear_silence(station, self._join(station, now))
        pending = station.pending
        if pending is not None and now - pending.at > 300:
            self._give_up(station, now)
        hourly = now >= station.next_hour
        for watch in station.connectors.values():
            if not is_silent:
                self._look_at(station, watch, now, hourly=hourly)
        if hourly:
            station.next_hour = now + _HOUR
            if not is_silent:
                self.judge.count(station, "hours")

    def _is_ours(self, station: StationWatch, now: float) -> bool:
        """Tell whether most of the other sites' stations that should have been heard meanwhile were not either.

        Then it is the recording, or our own line, that is silent. While too few of the others are due to tell, and
        none of them was heard, there is some time to wait for more.
        """
        if self.judge.knows_silence(station):
            return False
        if self._others is None:
            known = [each for each in self.fleet.stations.values() if each.silence.is_known]
            self._others = [each for each in known[:: 1 + len(known) // 300] if not each.is_maintained]
        since = station.silence.heard_at + station.silence.interval_s
        due = heard = later = 0
        for other in self._others:
            silence = other.silence
            is_near = other is station or other.plate.site == station.plate.site != ""
            if is_near or now - since < 1.5 * silence.interval_s:
                later += not is_near
                continue
            if silence.heard_at >= since and now - silence.heard_at < 2.2 * silence.interval_s:
                heard += 1
                due += 1
            elif not self.judge.knows_silence(other):
                due += 1
        if due < _WITNESSES and due + later >= _WITNESSES and heard == 0:
            return now - station.silence.heard_at < _WAITS_S
        return due >= _WITNESSES and heard < 0.5 * due

    def _join(self, station: StationWatch, now: float) -> list[StationWatch]:
        """Return the other stations of the site that fell silent at the same time."""
        names = self.fleet.sites.get(station.plate.site, []) if station.plate.site else []
        heard = station.silence.heard_at
        joined = []
        for name in names:
            other = self.fleet.stations[name].silence
            if name == station.plate.station or not other.heard_at:
                continue
            within = 1.3 * max(other.interval_s, station.silence.interval_s)
            if now - other.heard_at > 1.8 * other.interval_s and abs(other.heard_at - heard) <= within:
                joined.append(self.fleet.stations[name])
        return joined if 2 * len(joined) >= len(names) - 1 else []

    def _give_up(self, station: StationWatch, now: float) -> None:
        pending = station.pending
        assert pending is not None
        station.pending = None
        evse = pending.evse
        if evse == 0 and len(station.connectors.keys() - {0}) == 1:
            evse = next(iter(station.connectors.keys() - {0}))
        watch = station.watch(evse)
        attempt = watch.connector.give_up(now, pending.token)
        watch.starts.learn_one(attempt)
        self.judge.count(station, "attempts")
        self.judge.count(station, "failures")
        self.judge.hear(station, evse, watch.starts)

    def _look_at(self, station: StationWatch, watch: ConnectorWatch, now: float, *, hourly: bool) -> None:
        connector = watch.connector
        if watch.reports:
            for report in watch.reports.values():
                if report.standing_since:
                    report.look(now)
                    self.judge.hear(station, connector.evse, report)
        state = connector.state
        if state in _TRANSIENT and not connector.is_limited:
            limit = self.dwells(station).limit(state)
            since = connector.state_since
            if limit is not None and now - since > limit and self._is_missed(station, watch, now - since):
                watch.stuck.learn_one(Stay(now, state, connector.state_since, limit))
                self.judge.hear(station, connector.evse, watch.stuck)
        if not hourly:
            return
        if state in {"Faulted", "Unavailable", "Reserved"} or connector.session is not None:
            watch.unused.looked = now
            return
        watch.unused.learn_one(Moment(now, self._busyness()))
        if watch.unused.expected > 1:
            self.judge.hear(station, connector.evse, watch.unused)

    def _is_missed(self, station: StationWatch, watch: ConnectorWatch, lasted_s: float) -> bool:
        """Tell whether drivers should have come meanwhile: where lines get lost, the end of a state may be lost."""
        if watch.connector.session is not None:
            return False
        if not watch.unused.is_known(self.fleet.now):
            return lasted_s > _UNKNOWN_DWELL_S
        return watch.unused.expected >= self._visits_to_miss(station, watch)

    def _visits_to_miss(self, station: StationWatch, watch: ConnectorWatch) -> float:
        """Return how many drivers must have been due.

        Every charge ends through `Finishing` (2.x: `Occupied`), so that one lost line leaves a free plug there:
        the more lines get lost, the more must be due. Hardly any visit ends without a charge after `Preparing`.
        """
        connector = watch.connector
        if connector.state_since - connector.stopped_at > _FOLLOWS_S and connector.state != "Finishing":
            return _MISSED
        return _MISSED + max(0.0, 1.6 * log(station.silence.lost_share / _SELDOM_LOST))

    def dwells(self, station: StationWatch) -> Dwells:
        """Return how long states last at this station's model."""
        found = self.fleet.dwells.get(station.plate.cohort)
        if found is None:
            found = self.fleet.dwells[station.plate.cohort] = Dwells()
        return found

    def note_visit(self, now: float) -> None:
        """Somebody came to any plug of the fleet."""
        self._forget_visits(now)
        self.fleet.visits_lately += 1
        self.fleet.visits_usually += 1

    def _forget_visits(self, now: float) -> None:
        fleet = self.fleet
        passed = now - fleet.visits_at
        if fleet.visits_at and passed > 0:
            fleet.visits_lately *= 0.5 ** (passed / (2 * _DAY))
            fleet.visits_usually *= 0.5 ** (passed / (14 * _DAY))
        fleet.visits_at = max(now, fleet.visits_at)

    def _busyness(self) -> float:
        """Return the visits of the last days as a share of what two weeks make usual (1.0)."""
        fleet = self.fleet
        age = (fleet.now - fleet.began) / _DAY
        if fleet.visits_usually < 10:
            return 1.0
        lately = 1 - exp(-age * _LN2 / 2)
        usually = 1 - exp(-age * _LN2 / 14)
        return (fleet.visits_lately / (2 * max(0.01, lately))) / (fleet.visits_usually / (14 * usually))
