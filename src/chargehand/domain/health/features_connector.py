"""One connector's state, from which sessions, attempts, latencies and stays are told."""

from typing import TypeAlias

import msgspec

from chargehand.domain.health.detectors.leak import Interlude
from chargehand.domain.health.detectors.meter import Register
from chargehand.domain.health.features import Attempt, Latency, Plate, Reading, Session

Outcome: TypeAlias = Attempt | Session | Latency | Register | Interlude

_LATEST_S = 172_800.0
_ZERO_WH = 50.0
_WELL_WH = 100.0
_STATES = {
    "available": "Available",
    "preparing": "Preparing",
    "occupied": "Occupied",
    "charging": "Charging",
    "suspendedev": "SuspendedEV",
    "suspendedevse": "SuspendedEVSE",
    "finishing": "Finishing",
    "reserved": "Reserved",
    "unavailable": "Unavailable",
    "faulted": "Faulted",
    "evconnected": "Preparing",
    "idle": "Available",
}
_BUSY = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE", "Preparing", "Occupied"})
_FLOWING = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})


def name_state(status: str) -> str:
    """Return the state in OCPP 1.6's words, whatever its spelling."""
    return _STATES.get(status.strip().casefold(), status)


class OpenSession(msgspec.Struct, gc=False):
    """The transaction that runs now."""

    transaction: str | None
    token: str | None
    kind: str | None
    began: float
    start_wh: float | None
    first_wh: float | None = None
    last_wh: float | None = None
    peak_w: float = 0.0
    peak_a: float = 0.0
    offered_w: float = 0.0
    offered_a: float = 0.0
    readings: int = 0
    phases: int = 0
    charged_at: float = 0.0
    had_full_car: bool = False
    was_limited: bool = False
    had_company: bool = False


class Connector(msgspec.Struct, gc=False):
    """What is known of one connector; every method takes credible times (s) and returns what came of it."""

    evse: int
    state: str = ""
    state_since: float = 0.0
    state_at: float = 0.0
    session: OpenSession | None = None
    last_transaction: str | None = None
    stopped_at: float = 0.0
    stopped_wh: float | None = None
    idle_since: float = 0.0
    read_at: float = 0.0
    is_limited: bool = False
    attempt_since: float = 0.0
    was_authorized: bool = False
    had_lock_fault: bool = False
    arrivals: int = 0
    """Since the last charge: how often somebody came, and charges of which no transaction is known."""

    def is_in_session(self, transaction: str | None) -> bool:
        """Tell whether a reading that names `transaction` (or none) belongs to a charge."""
        session = self.session
        if session is not None:
            return transaction is None or transaction != self.last_transaction
        if transaction is not None:
            return transaction != self.last_transaction
        return self.state in _BUSY and self.state_since >= self.stopped_at

    def start(
        self,
        plate: Plate,
        at: float,
        transaction: str | None,
        token: str | None,
        kind: str | None,
        wh: float | None,
    ) -> list[Outcome]:
        """A transaction began; a repeated start changes nothing (quirk A6)."""
        session = self.session
        if session is not None and (
            (transaction is not None and session.transaction == transaction)
            or (session.began == at and session.token == token)
        ):
            return []
        known = max(self.stopped_at, session.began if session is not None else 0.0)
        is_late = 0 < known - at < _LATEST_S
        if is_late or (transaction is not None and transaction == self.last_transaction):
            return []
        out: list[Outcome] = [] if session is None else self._finish(plate, at, None, "")
        wh = wh if wh is not None and wh >= 0 else None
        self.session = OpenSession(transaction, token, kind, at, wh, was_limited=self.is_limited)
        if wh is not None:
            if self.stopped_wh is not None and self.stopped_at:
                grown = wh - self.stopped_wh
                most = plate.max_power_w * (at - self.stopped_at) / 3_600
                out.append(Interlude(self.stopped_at, at, grown, self.arrivals == 1 and grown <= most))
            out.append(Register(plate, at, wh, begins=True, session=at))
        self.stopped_wh = None
        if self.state in {"Preparing", "Occupied", "Finishing", "Available"} and at >= self.state_at:
            self.state_since = at
        return out

    def assume(self, plate: Plate, at: float, transaction: str) -> list[Outcome]:
        """A reading names a transaction whose start was not heard, nor perhaps the end of the one before."""
        session = self.session
        if session is not None and session.transaction is None:
            session.transaction = transaction
        if session is not None and session.transaction == transaction:
            return []
        out = [] if session is None else self._finish(plate, at, None, "")
        self.stopped_wh = None
        self.session = OpenSession(transaction, None, None, at, None, was_limited=self.is_limited)
        return out

    def stop(
        self, plate: Plate, at: float, transaction: str | None, wh: float | None, reason: str
    ) -> list[Outcome]:
        """A transaction ended; a second stop changes nothing (quirk A7)."""
        session = self.session
        wh = wh if wh is not None and wh >= 0 else None
        if session is None or (
            transaction not in {None, "-1", "0"} and session.transaction not in {None, transaction}
        ):
            is_newer = session is None and transaction != self.last_transaction and at > self.stopped_at
            if wh is not None and is_newer:
                self.stopped_wh, self.stopped_at, self.arrivals = wh, at, 0
            return []
        if 0 < session.began - at < _LATEST_S:
            return []
        began = session.began
        out = self._finish(plate, at, wh, reason)
        if wh is not None:
            out.append(Register(plate, at, wh, session=began))
            self.stopped_wh = wh
        return out

    def _finish(self, plate: Plate, at: float, wh: float | None, reason: str) -> list[Outcome]:
        session = self.session
        assert session is not None
        begin = session.start_wh if session.start_wh is not None else session.first_wh
        end = wh if wh is not None else session.last_wh
        if session.start_wh is not None and wh is None and session.first_wh is not None:
            begin = session.first_wh
        energy = None if begin is None or end is None else end - begin
        self.session, self.last_transaction = None, session.transaction
        self.stopped_at = self.idle_since = at
        self.arrivals, self.stopped_wh = 0, None
        if self.state in _BUSY and at >= self.state_at:
            self.state, self.state_since, self.state_at = "", at, at
        self.attempt_since, self.was_authorized = 0.0, False
        told = Session(
            plate,
            session.began,
            at,
            energy,
            session.token,
            session.kind,
            session.peak_w,
            session.peak_a,
            session.offered_w,
            session.offered_a,
            session.readings,
            session.phases,
            session.had_full_car,
            session.was_limited,
            session.had_company,
            reason,
        )
        out: list[Outcome] = [told]
        judged = self._judge(told)
        if judged is not None:
            out.append(judged)
        self.had_lock_fault = False
        return out

    def _judge(self, session: Session) -> Attempt | None:
        energy, token = session.energy_wh, session.token
        if (energy is not None and energy >= _WELL_WH) or session.peak_w > 500:
            return Attempt(session.ended, True, token, "charged")
        if energy is None or not -10 <= energy < _ZERO_WH or session.had_full_car or session.was_limited:
            return None
        seconds = session.ended - session.began
        why = f"{energy:.0f} Wh in {seconds:.0f} s, ended by {session.reason or 'an unknown reason'}"
        return Attempt(session.ended, False, token, why, self.had_lock_fault, seconds)

    def change(self, plate: Plate, at: float, state: str) -> tuple[float, str, list[Outcome]] | None:
        """The state was told; return (how long the state before lasted, that state, what came of it).

        None for what is older than what is known (quirk D5) and for a repetition.
        """
        if at < self.state_at or state == self.state:
            self.state_at = max(at, self.state_at)
            return None
        before, lasted = self.state, at - self.state_since
        self.state, self.state_since, self.state_at = state, at, at
        if self.session is None:
            self.arrivals += (before == "Available" and state in _BUSY) + (state in _FLOWING)
        out: list[Outcome] = []
        if state == "Preparing" and before in {"Finishing", "Available"} and self.session is not None:
            out += self._finish(plate, at, None, "")
        if state in {"Preparing", "Occupied"} and self.session is None:
            self.attempt_since, self.had_lock_fault = at, False
        elif state == "Charging":
            self._charge(at, before, out)
        elif state == "SuspendedEV" and self.session is not None:
            self.session.had_full_car = True
        elif state in {"Finishing", "Available", "Faulted"}:
            self._end_attempt(at, state, out)
        if state == "Available" and self.session is None and not self.idle_since:
            self.idle_since = at
        return lasted, before, out

    def _charge(self, at: float, before: str, out: list[Outcome]) -> None:
        session = self.session
        if before in {"Preparing", "Occupied"} and self.attempt_since:
            out.append(Latency(at, "Preparing to Charging", at - self.attempt_since))
        if session is not None and not session.charged_at:
            session.charged_at = at
            if at > session.began:
                out.append(Latency(at, "start to Charging", at - session.began))

    def _end_attempt(self, at: float, state: str, out: list[Outcome]) -> None:
        if self.attempt_since and self.session is None:
            if state != "Available" or self.was_authorized or self.had_lock_fault:
                seconds = at - self.attempt_since
                why = f"plugged in for {seconds:.0f} s, then {state} without a charge"
                out.append(Attempt(at, False, None, why, self.had_lock_fault))
            self.attempt_since, self.was_authorized = 0.0, False

    def give_up(self, at: float, token: str | None) -> Attempt:
        """A token was accepted and no transaction followed."""
        self.attempt_since, self.was_authorized = 0.0, False
        return Attempt(at, False, token, "a token was accepted and no charge followed", self.had_lock_fault)

    def read(self, x: Reading, *, has_company: bool) -> bool:
        """Take a reading's figures into the session that runs; tell whether it is its first."""
        session = self.session
        if session is None:
            return False
        session.readings += 1
        if x.energy_wh is not None:
            if session.first_wh is None:
                session.first_wh = x.energy_wh
            session.last_wh = x.energy_wh
        session.peak_w = max(session.peak_w, x.watts)
        session.peak_a = max(session.peak_a, x.amps)
        session.offered_w = max(session.offered_w, x.offered_w or 0.0)
        session.offered_a = max(session.offered_a, x.offered_a or 0.0)
        session.was_limited = session.was_limited or self.is_limited
        session.had_company = session.had_company or has_company
        return session.readings == 1
