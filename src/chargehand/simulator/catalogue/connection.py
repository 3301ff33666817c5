"""Faults of modem, clock, contactor and terminal."""

from chargehand.simulator.faults import Fault
from chargehand.simulator.orders import OrderedStation

_DAY_S = 86_400.0
_SOUND_DBM = -80.0


class ClockDrift(Fault):
    """The clock gains `per_day_s` seconds a day (negative: loses)."""

    kind = "clock-drift"
    interval_s = 1_800.0

    def __init__(self, *, per_day_s: float = 10.0) -> None:
        self._per_day_s = per_day_s

    def begin(self, station: OrderedStation) -> None:
        self.grow(station, 0.0)

    def grow(self, station: OrderedStation, since_s: float) -> None:
        station.clock_error_s = self._per_day_s * since_s / _DAY_S

    def end(self, station: OrderedStation) -> None:
        station.clock_error_s = 0.0


class WeakSignal(Fault):
    """Reception falls by `loss_db` within `days`."""

    kind = "weak-signal"
    interval_s = 1_800.0

    def __init__(self, *, loss_db: float = 25.0, days: float = 3.0) -> None:
        self._loss_db = loss_db
        self._ramp_s = days * _DAY_S

    def begin(self, station: OrderedStation) -> None:
        """Nothing is lost yet."""

    def grow(self, station: OrderedStation, since_s: float) -> None:
        station.rssi_dbm = _SOUND_DBM - self._loss_db * min(1.0, since_s / self._ramp_s)
        station.say_signal()

    def end(self, station: OrderedStation) -> None:
        station.rssi_dbm = _SOUND_DBM
        station.say_signal()


class ContactorWear(Fault):
    """The contactor closes ever later: up to `share` more within `days`."""

    kind = "contactor-wear"
    interval_s = 3_600.0

    def __init__(self, *, share: float = 0.3, days: float = 14.0) -> None:
        self._share = share
        self._ramp_s = days * _DAY_S

    def begin(self, station: OrderedStation) -> None:
        """Nothing is worn yet."""

    def grow(self, station: OrderedStation, since_s: float) -> None:
        station.contactor_wear = self._share * min(1.0, since_s / self._ramp_s)

    def end(self, station: OrderedStation) -> None:
        station.contactor_wear = 0.0


class PaymentTerminalDead(Fault):
    """Nobody can pay at the terminal; cards of subscribers work."""

    kind = "payment-terminal-fault"

    def begin(self, station: OrderedStation) -> None:
        station.is_terminal_dead = True

    def end(self, station: OrderedStation) -> None:
        station.is_terminal_dead = False
