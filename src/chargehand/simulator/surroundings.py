"""What surrounds a site: the grid's voltage and frequency, and the weather; functions of time alone."""

from math import exp, pi, sin
from random import Random

NOMINAL_PHASE_V = 230.0
_DAY_S = 86_400.0
_YEAR_S = 365.2425 * _DAY_S


class Ripple:
    """A smooth, seeded disturbance: a sum of sines whose periods have no common measure."""

    __slots__ = ("_waves",)

    def __init__(self, rng: Random, periods_s: tuple[float, ...], amplitude: float) -> None:
        share = amplitude / len(periods_s)
        self._waves = tuple(
            (2 * pi / (period * rng.uniform(0.85, 1.15)), rng.uniform(0, 2 * pi), share)
            for period in periods_s
        )

    def at(self, when: float) -> float:
        """Return the disturbance at `when`, within plus and minus the amplitude."""
        return sum([share * sin(rate * when + phase) for rate, phase, share in self._waves])


class Grid:
    """The low-voltage grid at a site: 230 V and 50 Hz, sagging with the neighbourhood's evening load.

    EN 50160 wants 230 V ±10 % in 95 % of ten-minute means; this grid stays well inside. Each phase drops
    `impedance_ohm` times the current that the station draws.
    """

    def __init__(self, rng: Random, *, offset_h: float = 1.0, impedance_ohm: float = 0.06) -> None:
        self.impedance_ohm = impedance_ohm
        self._level_v = NOMINAL_PHASE_V + rng.uniform(-1.0, 4.0)
        self._sag_v = rng.uniform(2.0, 6.0)
        self._offset_s = offset_h * 3600
        self._phases = tuple(Ripple(rng, (53.0, 311.0, 2_900.0), 1.6) for _ in range(3))
        self._frequency = Ripple(rng, (23.0, 190.0, 1_500.0), 0.03)

    def voltage(self, when: float, phase: int) -> float:
        """Return the phase's voltage to neutral in V, unloaded; `phase` is 0 to 2."""
        hour = ((when + self._offset_s) % _DAY_S) / 3600
        load = exp(-(((hour - 19.0) / 2.5) ** 2)) + 0.5 * exp(-(((hour - 8.0) / 1.8) ** 2))
        return self._level_v - self._sag_v * load + self._phases[phase].at(when)

    def frequency(self, when: float) -> float:
        """Return the grid's frequency in Hz."""
        return 50.0 + self._frequency.at(when)


class Weather:
    """The air around a station in a temperate climate, in degrees Celsius."""

    def __init__(self, rng: Random, *, mean_c: float = 10.5, offset_h: float = 1.0) -> None:
        self._mean_c = mean_c
        self._offset_s = offset_h * 3600
        self._fronts = Ripple(rng, (2.7 * _DAY_S, 6.1 * _DAY_S, 17.0 * _DAY_S), 7.0)

    def temperature(self, when: float) -> float:
        """Return the air's temperature in °C: coldest in late January and before dawn."""
        season = -9.5 * sin(2 * pi * (when / _YEAR_S + 0.18))
        day = -4.0 * sin(2 * pi * ((when + self._offset_s) / _DAY_S + 0.08))
        return self._mean_c + season + day + self._fronts.at(when)
