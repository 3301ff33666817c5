"""From samples to a reading: names, units, phases and places of OCPP made one (quirks C1, C2, C9 to C11)."""

from math import sqrt

from chargehand.domain.health.features import Plate, Reading
from chargehand.domain.health.telemetry import Sample

_SCALES = {
    "kW": 1_000.0,
    "kWh": 1_000.0,
    "kVA": 1_000.0,
    "MWh": 1_000_000.0,
    "mA": 0.001,
    "mV": 0.001,
    "kV": 1_000.0,
}
_LINES = {"L1-L2": "L1", "L2-L3": "L2", "L3-L1": "L3"}
_TOTAL, _ONE, _TWO, _THREE = 0, 1, 2, 3
_PHASES = {
    None: _TOTAL,
    "": _TOTAL,
    "L1": _ONE,
    "L1-N": _ONE,
    "L2": _TWO,
    "L2-N": _TWO,
    "L3": _THREE,
    "L3-N": _THREE,
}
_SINGLES = {
    "SoC": "soc",
    "RPM": "rpm",
    "Current.Offered": "offered_a",
    "Power.Offered": "offered_w",
    "Power.Factor": "power_factor",
}
_VOLTAGE = ("u1", "u2", "u3")
_CURRENT = ("i1", "i2", "i3")
_KNOWN = {
    "voltage": "Voltage",
    "current.import": "Current.Import",
    "power.active.import": "Power.Active.Import",
    "energy.active.import.register": "Energy.Active.Import.Register",
    "temperature": "Temperature",
    "soc": "SoC",
    "rpm": "RPM",
    "current.offered": "Current.Offered",
    "power.offered": "Power.Offered",
    "power.factor": "Power.Factor",
}
_HIGHEST = 1e12
_NEVER_AC = 1.2
_BETWEEN = (1.55, 1.9)


class _Sums:
    """Values of single phases that make a total where the meter gives none (quirk C9)."""

    __slots__ = ("energy", "least", "power")

    def __init__(self) -> None:
        self.power: float | None = None
        self.least: float | None = None
        self.energy: float | None = None


def read_samples(samples: list[Sample], reading: Reading) -> None:
    """Fill `reading` from samples; what cannot be read is left out."""
    sums = _Sums()
    names = []
    for sample in samples:
        value = sample.value
        if value.__class__ is not float:
            value = _number(value)
        if value is None or not -_HIGHEST < value < _HIGHEST:
            continue
        name = sample.measurand
        names.append(name)
        _place(reading, sums, sample, _plain(name), value)
    reading.names = frozenset(names)
    if reading.power_w is None:
        reading.power_w = sums.power
    if reading.energy_wh is None:
        reading.energy_wh = sums.energy
    reading.least_phase_w = sums.least
    _derive(reading)


def _number(value: float | str | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _plain(name: str) -> str:
    """Return OCPP's name for a spelling of it (quirk C11)."""
    if name in _SINGLES or name in _KNOWN.values():
        return name
    return _KNOWN.get(name.strip("\"' ").casefold(), name)


def _place(reading: Reading, sums: _Sums, sample: Sample, name: str, value: float) -> None:
    unit = sample.unit
    if unit in _SCALES:
        value *= _SCALES[unit]
    if name == "Voltage":
        _place_voltage(reading, sample, value)
    elif name == "Current.Import":
        phase = _PHASES.get(sample.phase)
        if phase is not None and sample.location != "Inlet":
            setattr(reading, _CURRENT[max(phase, 1) - 1], value)
    elif name == "Power.Active.Import":
        if sample.location != "Inlet":
            _place_power(reading, sums, sample.phase, value)
    elif name == "Energy.Active.Import.Register":
        if sample.location not in {"Inlet", "EV"}:
            _place_energy(reading, sums, sample.phase, value)
    elif name == "Temperature":
        _place_temperature(reading, sample, value)
    elif name in _SINGLES:
        setattr(reading, _SINGLES[name], value)


def _place_voltage(reading: Reading, sample: Sample, value: float) -> None:
    phase = sample.phase
    if phase in _LINES:
        phase, value = _LINES[phase], value / sqrt(3)
    index = _PHASES.get(phase)
    if index is None or sample.location == "EV":
        return
    if reading.plate.is_dc and (index != _TOTAL or sample.location == "Inlet"):
        least = reading.supply_v
        reading.supply_v = value if least is None else min(least, value)
        return
    if index == _TOTAL and not reading.plate.is_dc:
        value = _to_neutral(reading.plate, value)
    setattr(reading, _VOLTAGE[max(index, 1) - 1], value)


def _to_neutral(plate: Plate, volts: float) -> float:
    """Return a voltage without a phase as one to neutral: three phases may be told as one between phases.

    What no AC station measures shows that a station without a plate is one for direct current.
    """
    share = volts / plate.nominal_v
    if not plate.is_told:
        plate.kind = "DC" if share > _NEVER_AC else plate.kind
    elif plate.phases == 3 and _BETWEEN[0] < share < _BETWEEN[1]:
        return volts / sqrt(3)
    return volts


def _place_power(reading: Reading, sums: _Sums, phase: str | None, value: float) -> None:
    if not phase:
        reading.power_w = value
    elif phase in _PHASES:
        sums.power = value + (sums.power or 0.0)
        sums.least = value if sums.least is None else min(sums.least, value)


def _place_energy(reading: Reading, sums: _Sums, phase: str | None, value: float) -> None:
    if not phase:
        reading.energy_wh = value
    elif phase in _PHASES:
        sums.energy = value + (sums.energy or 0.0)


def _place_temperature(reading: Reading, sample: Sample, value: float) -> None:
    unit = sample.unit
    if unit in {"K", "Kelvin"}:
        value -= 273.15
    elif unit == "Fahrenheit":
        value = (value - 32) / 1.8
    place = sample.location
    if place == "Body":
        reading.body_c = value
    elif place != "EV":
        reading.plug_c = value if reading.plug_c is None else max(value, reading.plug_c)


def _derive(reading: Reading) -> None:
    currents = (reading.i1, reading.i2, reading.i3)
    amps, apparent = 0.0, None
    for volts, current in zip((reading.u1, reading.u2, reading.u3), currents, strict=True):
        if current is not None:
            amps = max(amps, abs(current))
            if volts is not None:
                apparent = volts * current + (apparent or 0.0)
    reading.amps = amps
    reading.apparent = apparent
    if reading.power_w is not None:
        reading.watts = reading.power_w
    elif apparent is not None:
        reading.watts = apparent
    elif amps and not reading.plate.is_dc:
        reading.watts = reading.plate.nominal_v * sum(abs(current or 0.0) for current in currents)


def guess_nominal(kind: str, told: float) -> float:
    """Return the nominal voltage to neutral in V; 400 V and the like are between phases, 0 is unknown."""
    if kind == "DC" or told <= 0:
        return 230.0
    return told / sqrt(3) if told > 300 else told


def amps_of(plate: Plate, watts: float) -> float:
    """Return the current (A a phase) that a power of three phases makes; for stations that tell no current."""
    return watts / (plate.nominal_v * max(1, plate.phases))
