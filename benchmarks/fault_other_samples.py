"""What a station of the second fleet shows at a moment, under the names and units it is used to."""

from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

from benchmarks.fault_other_kinds import Effects
from benchmarks.fault_other_world import Habits

Samples: TypeAlias = list[dict[str, Any]]


@dataclass
class Plate:
    """The make of a station."""

    name: str
    is_dc: bool
    phases: int
    max_w: float
    max_a: float
    model: str
    plugs: int
    firmware: str = "3.1"


@dataclass
class Shown:
    """What there is to be shown: Wh, W, A and V by phase, per cent, °C."""

    plate: Plate
    habits: Habits
    effects: Effects
    rng: Random
    register_wh: int
    watts: float
    amps: tuple[float, ...]
    volts: tuple[float, ...]
    soc: float
    plug_c: float
    body_c: float


def take_samples(shown: Shown) -> Samples:
    """Return the samples of the measurands a station sends."""
    samples: Samples = []
    for letter in shown.habits.letters:
        if letter != shown.effects.gone:
            samples += _take(letter, shown)
    if shown.habits.as_text:
        for sample in samples:
            sample["value"] = str(sample["value"])
    return samples


def _take(letter: str, shown: Shown) -> Samples:
    kilo = 1000 if shown.habits.in_kilo else 1
    if letter == "E":
        unit, value = ("kWh", shown.register_wh / 1000) if kilo > 1 else ("Wh", shown.register_wh)
        return [{"measurand": "Energy.Active.Import.Register", "value": value, "unit": unit}]
    if letter == "P":
        watts = shown.watts
        if "reversed" in shown.effects.flags:
            watts -= 2 * shown.volts[0] * shown.amps[0]
        told = round(watts * shown.effects.unit * shown.rng.gauss(1, 0.002) / kilo, 4)
        return [{"measurand": "Power.Active.Import", "value": told, "unit": "kW" if kilo > 1 else "W"}]
    return _take_by_phase(letter, shown) if letter in "UI" else _take_rarer(letter, shown)


def _take_by_phase(letter: str, shown: Shown) -> Samples:
    values = shown.volts if letter == "U" else shown.amps
    if letter == "I" and "reversed" in shown.effects.flags and shown.habits.suffix:
        values = (-shown.amps[0], *shown.amps[1:])
    name, unit = ("Voltage", "V") if letter == "U" else ("Current.Import", "A")
    if shown.plate.is_dc:
        return [{"measurand": name, "value": round(values[0], 1), "unit": unit}]
    told = [round(value * shown.rng.gauss(1, 0.001), 2) for value in values[: shown.plate.phases]]
    suffix = shown.habits.suffix
    return [
        {"measurand": name, "value": value, "unit": unit, "phase": f"L{n}{suffix}"}
        for n, value in enumerate(told, start=1)
    ]


def _take_rarer(letter: str, shown: Shown) -> Samples:
    plate, effects, noise = shown.plate, shown.effects, shown.rng.gauss
    if letter == "S":
        return [{"measurand": "SoC", "value": round(shown.soc), "unit": "Percent", "location": "EV"}]
    if letter == "O":
        offered = plate.max_a if plate.is_dc else min(plate.max_a, effects.most_a)
        return [{"measurand": "Current.Offered", "value": round(offered, 1), "unit": "A"}]
    if letter == "R":
        hot = min(1.0, max(0.0, (shown.body_c - 20) / 30))
        rpm = (800 + 1_900 * hot) * effects.fan * noise(1, 0.03)
        return [{"measurand": "RPM", "value": round(max(0.0, rpm)), "location": "Body"}]
    celsius = (shown.plug_c if letter == "T" else shown.body_c) + noise(0, shown.habits.noise_k)
    place = {"location": "Body"} if letter == "B" else {}
    return [{"measurand": "Temperature", "value": round(celsius, 1), "unit": "Celsius", **place}]
