"""What detectors are held against: the station's word, a timer, fixed thresholds, z-scores of every signal."""

from collections.abc import Callable

import msgspec

from chargehand.domain.health.telemetry import AnyLine, Metered, Status, seconds

_REARM_S = 86_400.0


class Alarm(msgspec.Struct, frozen=True):
    """An alarm at a time (s) about stations; kinds best first."""

    at: float
    members: tuple[str, ...]
    kinds: tuple[str, ...]


class Baseline:
    """Alarms, at most one of each sort for a place in a day."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int, str], float] = {}

    def feed(self, line: AnyLine) -> list[Alarm]:
        at = seconds(line.received or line.t)
        found = []
        for sort, station in self.look(line, at):
            key = (station, line.evse, sort)
            if at - self._last.get(key, 0.0) > _REARM_S:
                found.append(Alarm(at, (station,), (sort,)))
            self._last[key] = at
        return found

    def look(self, line: AnyLine, at: float) -> list[tuple[str, str]]:
        raise NotImplementedError


class Reported(Baseline):
    """B0: an alarm whenever a station reports Faulted or an error."""

    def look(self, line: AnyLine, at: float) -> list[tuple[str, str]]:  # noqa: ARG002 - the station's word alone
        if isinstance(line, Status) and (
            line.status == "Faulted" or line.error_code not in {None, "NoError"}
        ):
            return [("reported-fault", line.station)]
        return []


class Timer(Reported):
    """B1: B0, and an alarm when nothing has come for fifteen minutes."""

    def __init__(self) -> None:
        super().__init__()
        self._heard: dict[str, float] = {}
        self._looked = 0.0

    def look(self, line: AnyLine, at: float) -> list[tuple[str, str]]:
        found = super().look(line, at)
        self._heard[line.station] = at
        if at - self._looked > 60:
            self._looked = at
            found += [("silent-station", name) for name, heard in self._heard.items() if at - heard > 900]
        return found


class Thresholds(Timer):
    """B2: B1, and fixed limits of voltage, temperature and power."""

    def look(self, line: AnyLine, at: float) -> list[tuple[str, str]]:
        found = super().look(line, at)
        if isinstance(line, Metered):
            for sample in line.samples:
                value = float(sample.value or 0.0)
                if sample.measurand == "Voltage" and (sample.phase or "").startswith("L"):
                    if not 207 <= value <= 253:
                        found.append(("voltage-sag" if value < 207 else "voltage-swell", line.station))
                elif sample.measurand == "Temperature" and value > 70:
                    found.append(("contact-resistance-rise", line.station))
        return found


class Scores(Timer):
    """B3: B1, and an alarm when any signal is five deviations off its moving average."""

    def __init__(self) -> None:
        super().__init__()
        self._state: dict[tuple[str, int, str, str], tuple[int, float, float]] = {}

    def look(self, line: AnyLine, at: float) -> list[tuple[str, str]]:
        found = super().look(line, at)
        if isinstance(line, Metered):
            for sample in line.samples:
                if sample.measurand.startswith("Energy"):
                    continue
                key = (line.station, line.evse, sample.measurand, f"{sample.phase}{sample.location}")
                count, mean, square = self._state.get(key, (0, 0.0, 1.0))
                off = float(sample.value or 0.0) - mean
                if count > 100 and off * off > 25 * max(square, 1e-6):
                    found.append((sample.measurand, line.station))
                rate = max(0.02, 1 / (count + 1))
                self._state[key] = (count + 1, mean + rate * off, square + rate * (off * off - square))
        return found


BASELINES: dict[str, Callable[[], Baseline]] = {
    "B0 reported": Reported,
    "B1 timer": Timer,
    "B2 limits": Thresholds,
    "B3 z-score": Scores,
}
