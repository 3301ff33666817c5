"""What each kind of line does to the watch of its station."""

from chargehand.domain.health import codes
from chargehand.domain.health.detectors.contactor import BY_NETWORK, ContactorWear
from chargehand.domain.health.detectors.firmware import FirmwareRegression
from chargehand.domain.health.detectors.leak import Interlude
from chargehand.domain.health.detectors.link import Boot
from chargehand.domain.health.detectors.meter import MeterRollback, Register
from chargehand.domain.health.detectors.reports import Measured, MonitoredValue, Report, ReportedFault
from chargehand.domain.health.detectors.starts import Use
from chargehand.domain.health.features import Attempt, Latency, Reading, Session
from chargehand.domain.health.features_connector import Outcome, name_state
from chargehand.domain.health.features_reading import guess_nominal, read_samples
from chargehand.domain.health.judge import Judge
from chargehand.domain.health.rounds import Rounds
from chargehand.domain.health.telemetry import (
    Authorized,
    Booted,
    Commanded,
    Described,
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
from chargehand.domain.health.watch import ConnectorWatch, Pending, StationWatch

_ASKED_BOOTS = frozenset(
    {"remotereset", "scheduledreset", "firmwareupdate", "triggered", "localreset", "applicationreset"}
)
_OFFLINE_COMMANDS = frozenset(
    {"Reset", "UpdateFirmware", "SignedUpdateFirmware", "SetNetworkProfile", "ChangeConfiguration"}
)
_ADHOC = frozenset(
    {"adhoc", "ad-hoc", "ad_hoc", "payment", "card", "terminal", "creditcard", "directpayment"}
)
_TRUE = frozenset({"true", "1", "yes", "on"})
_ALARMS = frozenset({"problem", "tripped", "active", "operated", "fallback"})

#: Numbers that monitors tell: the kind they hint at, and whether the bad way is down.
_NUMBERS = {
    ("GroundIsolationProtection", "Impedance"): ("isolation-decline", True),
    ("RCD", "Current"): ("ground-fault", False),
    ("RCD", "LeakageCurrent"): ("ground-fault", False),
    ("ConnectorPlugRetentionLock", "Tries"): ("connector-lock-failure", False),
    ("PowerContactor", "Tries"): ("contactor-wear", False),
    ("AirCoolingSystem", "FanSpeed"): ("fan-failure", True),
    ("AcDcConverter", "FanSpeed"): ("fan-failure", True),
}


class Handlers:
    """Take lines of each kind, at a station, with (station's credible time, time of receipt) in s."""

    def __init__(self, judge: Judge, rounds: Rounds) -> None:
        self.judge = judge
        self.rounds = rounds

    def describe(self, station: StationWatch, line: Described) -> None:
        """Take the plate of a station."""
        plate, fleet = station.plate, self.judge.fleet
        if line.site and line.station not in fleet.sites.setdefault(line.site, []):
            if plate.site and line.station in fleet.sites.get(plate.site, []):
                fleet.sites[plate.site].remove(line.station)
            fleet.sites[line.site].append(line.station)
        plate.site, plate.vendor, plate.model = line.site, line.vendor, line.model
        plate.firmware = line.firmware or plate.firmware
        plate.kind = "DC" if "DC" in line.kind.upper() else "AC"
        plate.phases, plate.connectors, plate.is_told = line.phases, line.connectors, True
        is_dc = plate.is_dc
        plate.max_power_w = line.max_power_w or (150_000.0 if is_dc else 22_000.0)
        plate.max_current_a = line.max_current_a or (plate.max_power_w / 375 if is_dc else 32.0)
        plate.nominal_v = guess_nominal(plate.kind, line.nominal_voltage_v)
        if plate.cohort not in fleet.models:
            fleet.models[plate.cohort] = FirmwareRegression(plate.cohort.strip())

    def boot(self, station: StationWatch, line: Booted, received: float) -> None:
        """Take a start of the station."""
        if line.firmware:
            station.plate.firmware = line.firmware
        is_asked = line.reason.casefold() in _ASKED_BOOTS or received < station.quiet_until
        if is_asked or station.is_maintained:
            return
        self.judge.count(station, "boots")
        station.boots.learn_one(Boot(received, line.reason))
        self.judge.hear(station, 0, station.boots)

    def command(self, station: StationWatch, line: Commanded, received: float) -> None:
        """Take what was asked of the station: a reset explains silence, a failed unlocking is a report."""
        action, outcome = line.action, (line.outcome or "").casefold()
        if action in _OFFLINE_COMMANDS and action != "ChangeConfiguration":
            wait = 3_600.0 if "Firmware" in action else 900.0
            station.quiet_until = max(station.quiet_until, received + wait)
        elif action == "UnlockConnector" and outcome in {"unlockfailed", "failed"}:
            code = codes.CODES["ConnectorLockFailure"]
            self._report(station, line.place, "UnlockFailed", code, received)
            self._clear(station, line.place)

    def maintain(self, station: StationWatch, line: Maintained, received: float) -> None:
        """Begin or end maintenance."""
        station.is_maintained = line.state.casefold() == "begin"
        if not station.is_maintained:
            station.renew()
            self.judge.fleet.ledger.forget(station.plate.station)
            station.silence.heard_at = received

    def settle(self, station: StationWatch, line: Settled) -> None:
        """Let what was found of an incident that is over be found again."""
        plate, ledger = station.plate, self.judge.fleet.ledger
        evses = [line.place] if line.place else list(station.connectors)
        for place in (plate.station, f"@{plate.site}", *(f"{plate.station}#{evse}" for evse in evses)):
            ledger.rearm(place, line.kinds)
        station.recount(line.place, line.kinds)

    def limit(self, station: StationWatch, line: Limited) -> None:
        """Take a limit of our own hand, for a connector or the whole station."""
        plate = station.plate
        watts, amps = line.limit_w, line.limit_a
        binds = (watts is not None and watts < 0.98 * plate.max_power_w) or (
            amps is not None and amps < 0.98 * plate.max_current_a
        )
        places = [line.place] if line.place else list(station.connectors)
        if not line.place:
            station.is_limited = binds
        for evse in places:
            connector = station.watch(evse).connector
            connector.is_limited = binds
            if binds and connector.session is not None:
                connector.session.was_limited = True

    def signal(self, station: StationWatch, line: Signalled) -> None:
        """Take the quality of the connection."""
        station.signal.learn_one(line)
        self.judge.hear(station, 0, station.signal)

    def authorize(self, station: StationWatch, line: Authorized, received: float) -> None:
        """Take a token that was shown: to start, or to stop what runs."""
        evse, token = line.place, line.token
        for watch in station.connectors.values():
            session = watch.connector.session
            if session is not None and (
                (token is not None and session.token == token) or evse == watch.connector.evse
            ):
                return
        is_adhoc = (line.kind or "").casefold() in _ADHOC
        was_accepted = line.result.casefold() == "accepted"
        if is_adhoc and not was_accepted:
            station.payment.learn_one(Use(received, is_adhoc, was_accepted))
            self.judge.hear(station, 0, station.payment)
        pending = station.pending
        if pending is not None and not (pending.token == token and pending.evse == evse):
            self.rounds._give_up(station, received)  # noqa: SLF001
        if was_accepted:
            station.pending = Pending(received, token, evse)
            if evse:
                station.watch(evse).connector.was_authorized = True
            else:
                for watch in station.connectors.values():
                    watch.connector.was_authorized = bool(watch.connector.attempt_since)
        elif not is_adhoc:
            why = f"the token was answered with {line.result}"
            self._take(station, station.watch(evse), [Attempt(received, False, token, why)])

    def start(self, station: StationWatch, line: Started, at: float, received: float) -> None:
        """Take the beginning of a transaction."""
        watch = station.watch(line.place or 1)
        out = watch.connector.start(
            station.plate, at, _name(line.transaction), line.token, line.kind, line.meter_wh
        )
        pending = station.pending
        if pending is not None and pending.evse in {0, watch.connector.evse}:
            out.append(Latency(at, BY_NETWORK, received - pending.at))
            station.pending = None
            if pending.evse == 0 and 0 in station.connectors:
                station.connectors[0].starts.learn_one(Attempt(at, True, line.token, "started"))
        watch.unused.visit(at)
        self.rounds.note_visit(received)
        if line.kind:
            station.payment.learn_one(Use(at, line.kind.casefold() in _ADHOC, True))
            self.judge.hear(station, 0, station.payment)
        self._take(station, watch, out)

    def stop(self, station: StationWatch, line: Stopped, at: float) -> None:
        """Take the end of a transaction."""
        watch = station.watch(line.place or self._place_of(station, _name(line.transaction)))
        out = watch.connector.stop(
            station.plate, at, _name(line.transaction), line.meter_wh, line.reason or ""
        )
        self._take(station, watch, out)

    def _place_of(self, station: StationWatch, transaction: str | None) -> int:
        """Return where a transaction runs: a stop of 1.6 does not say."""
        for evse, watch in station.connectors.items():
            session = watch.connector.session
            if session is not None and session.transaction == transaction:
                return evse
        return 1

    def _take(self, station: StationWatch, watch: ConnectorWatch, out: list[Outcome]) -> None:
        evse, judge = watch.connector.evse, self.judge
        for outcome in out:
            match outcome:
                case Attempt():
                    station.pending = None if not outcome.went_well else station.pending
                    watch.starts.learn_one(outcome)
                    judge.count(station, "attempts")
                    if not outcome.went_well:
                        judge.count(station, "failures")
                    judge.hear(station, evse, watch.starts)
                case Session():
                    watch.power.learn_one(outcome)
                    judge.hear(station, evse, watch.power)
                case Latency():
                    self._wear(station, watch.wear, evse, outcome)
                case Register():
                    self._register(station, watch.ends, evse, outcome)
                case Interlude() if outcome.began > station.silence.woke_at:
                    watch.leak.learn_one(outcome)
                    judge.hear(station, evse, watch.leak)

    def _wear(self, station: StationWatch, wear: ContactorWear, evse: int, latency: Latency) -> None:
        if 0 < latency.took_s < 900:
            wear.learn_one(latency)
            self.judge.hear(station, evse, wear)

    def _register(self, station: StationWatch, track: MeterRollback, evse: int, register: Register) -> None:
        track.learn_one(register)
        self.judge.hear(station, evse, track)

    def status(self, station: StationWatch, line: Status, at: float, received: float) -> None:
        """Take a status and what it reports as broken."""
        state, evse = name_state(line.status), line.place
        watch = station.watch(evse)
        pairs = codes.translate(line.error_code, line.vendor_error_code, line.info)
        if any(code.kind == "connector-lock-failure" for _, code in pairs):
            watch.connector.had_lock_fault = True
        was_faulted = watch.connector.state == "Faulted"
        changed = watch.connector.change(station.plate, at, state)
        if changed is not None:
            lasted, before, out = changed
            limit = self.rounds.dwells(station).limit(before)
            if limit is not None and lasted <= limit and not watch.connector.is_limited:
                self.rounds.dwells(station).learn(before, lasted)
            if state == "Preparing" and watch.connector.session is None:
                watch.unused.visit(at)
            self._take(station, watch, out)
        if state == "Faulted" and not pairs:
            pairs = [("Faulted", codes.FAULTED)]
        if state == "Faulted" and not was_faulted:
            self.judge.count(station, "faults")
        if not pairs:
            self._clear(station, evse)
        for name, code in pairs:
            self._report(station, evse, name, code, received)

    def _report(self, station: StationWatch, evse: int, name: str, code: codes.Code, received: float) -> None:
        watch = station.watch(evse)
        report = watch.reports.get(code.kind)
        if report is None:
            report = watch.reports[code.kind] = ReportedFault(is_dc=station.plate.is_dc)
        report.learn_one(Report(received, name, code))
        self.judge.hear(station, evse, report)

    def _hear_event(self, station: StationWatch, evse: int, name: str, received: float) -> None:
        """Take a report of what happened once, so that it does not stand afterwards."""
        code = codes.SECURITY_EVENTS.get(name)
        if code is None:
            return
        known = station.watch(evse).reports.get(code.kind)
        is_standing = known is not None and known.standing_since > 0
        self._report(station, evse, name, code, received)
        if not is_standing:
            station.watch(evse).reports[code.kind].clear()

    def _clear(self, station: StationWatch, evse: int) -> None:
        for report in station.watch(evse).reports.values():
            report.clear()

    def monitor(self, station: StationWatch, line: Monitored, received: float) -> None:
        """Take what a monitor of the device model told."""
        evse = line.place
        if line.cleared:
            self._clear(station, evse)
            return
        if line.component == codes.SECURITY_EVENT:
            self._hear_event(station, evse, line.variable, received)
            return
        pairs = codes.translate(None, line.tech_code, line.tech_info) if line.tech_code else []
        if not pairs and line.component in codes.COMPONENTS and line.variable.casefold() in _ALARMS:
            if str(line.value).casefold() in _TRUE:
                pairs = [(f"{line.component}.{line.variable}", codes.COMPONENTS[line.component])]
            else:
                self._clear(station, evse)
        if not pairs and line.severity is not None and line.severity <= 2:
            pairs = [(line.tech_code or f"{line.component}.{line.variable}", codes.UNKNOWN)]
        for name, code in pairs:
            self._report(station, evse, name, code, received)
        value = line.value
        if isinstance(value, str):
            value = float(value) if value.replace(".", "", 1).replace("-", "", 1).isdigit() else None
        if value is not None and not isinstance(value, bool):
            self._measure(station, line, evse, float(value), received)

    def _measure(self, station: StationWatch, line: Monitored, evse: int, value: float, at: float) -> None:
        if line.component == "DataLink" and line.variable == "SignalStrength":
            told = Signalled(t=line.t, received=line.received, station=line.station, rssi_dbm=value)
            self.signal(station, told)
            return
        meaning = _NUMBERS.get((line.component, line.variable))
        if meaning is None:
            return
        watch, name = station.watch(evse), f"{line.component}.{line.variable}"
        monitor = watch.monitors.get(name)
        if monitor is None:
            monitor = watch.monitors[name] = MonitoredValue(meaning[0], name, meaning[1])
        monitor.learn_one(Measured(at, value))
        self.judge.hear(station, evse, monitor)

    def meter(self, station: StationWatch, line: Metered, told: float, received: float) -> None:
        """Take a reading, if it is newer than what is known."""
        watch = station.watch(line.place or self._place_of(station, _name(line.transaction)))
        connector = watch.connector
        at = credible(told, received)
        if at <= connector.read_at:
            if connector.read_at - at < 172_800:
                return
            connector.read_at = at
        transaction = None if line.transaction is None else _name(line.transaction)
        if transaction in {"-1", "0", ""}:
            transaction = None
        in_session = connector.is_in_session(transaction)
        if in_session and transaction is not None:
            self._take(station, watch, connector.assume(station.plate, at, transaction))
        x = Reading(
            station.plate, at, received, _NOTHING, in_session=in_session, is_limited=connector.is_limited
        )
        x.idle_since = connector.idle_since
        x.began = connector.session.began if in_session and connector.session is not None else 0.0
        read_samples(line.samples, x)
        connector.read_at = at
        is_first = False
        if in_session:
            company = len(station.connectors) > 1 and self._has_company(station, watch)
            is_first = connector.read(x, has_company=company)
        self._score(station, watch, x, is_first=is_first)

    def _score(self, station: StationWatch, watch: ConnectorWatch, x: Reading, *, is_first: bool) -> None:
        judge, evse = self.judge, watch.connector.evse
        for detector in watch.reading_detectors():
            detector.learn_one(x)
            if detector.score_one() >= 1:
                judge.hear(station, evse, detector)
        if x.u1 is not None and watch.sag.score == 0.0 and not station.plate.is_dc:
            station.normal_at = x.received
        if x.energy_wh is not None:
            register = watch.register
            register.learn_one(Register(x.plate, x.at, x.energy_wh, begins=is_first, session=x.began))
            if register.score >= 1:
                judge.hear(station, evse, register)

    def _has_company(self, station: StationWatch, watch: ConnectorWatch) -> bool:
        return any(
            other is not watch and other.connector.session is not None
            for other in station.connectors.values()
        )


_NOTHING: frozenset[str] = frozenset()


def _name(transaction: str | int | None) -> str | None:
    return None if transaction is None else str(transaction)
