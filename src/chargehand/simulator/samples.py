"""Readings as OCPP measurands: the list both versions draw from."""

from typing import Literal

import msgspec

from chargehand.simulator.outlet import Reading


class Sample(msgspec.Struct, frozen=True):
    """One value under OCPP's names; `text` is the value as a meter prints it."""

    measurand: str
    text: str
    unit: str
    phase: str | None = None
    location: str | None = None


def take_samples(reading: Reading, measurands: tuple[str, ...], kind: Literal["AC", "DC"]) -> list[Sample]:
    """Return the samples of `measurands` that a connector of this kind can measure, in that order."""
    return [sample for measurand in measurands for sample in _take(reading, measurand, kind)]


def _take(reading: Reading, measurand: str, kind: Literal["AC", "DC"]) -> list[Sample]:
    match measurand:
        case "Energy.Active.Import.Register":
            return [Sample(measurand, str(reading.energy_wh), "Wh")]
        case "Power.Active.Import":
            return [Sample(measurand, f"{reading.power_w:.1f}", "W")]
        case "Voltage":
            return _by_phase(measurand, reading.voltage_v, "V", "-N" if kind == "AC" else None)
        case "Current.Import":
            return _by_phase(measurand, reading.current_a, "A", "" if kind == "AC" else None)
        case "Temperature":
            return [
                Sample(measurand, f"{reading.plug_c:.1f}", "Celsius"),
                Sample(measurand, f"{reading.cabinet_c:.1f}", "Celsius", location="Body"),
            ]
    return _take_rarer(reading, measurand, kind)


def _take_rarer(reading: Reading, measurand: str, kind: Literal["AC", "DC"]) -> list[Sample]:
    everywhere = {
        "Current.Offered": Sample(measurand, f"{reading.offered_a:.1f}", "A"),
        "Power.Offered": Sample(measurand, f"{reading.offered_w:.0f}", "W"),
    }
    ac = {
        "Power.Factor": Sample(measurand, f"{reading.power_factor:.3f}", ""),
        "Frequency": Sample(measurand, f"{reading.frequency_hz:.2f}", ""),
    }
    dc = {"RPM": Sample(measurand, f"{reading.fan_rpm:.0f}", "", location="Body")}
    if reading.soc_percent is not None:
        dc["SoC"] = Sample(measurand, f"{reading.soc_percent:.0f}", "Percent", location="EV")
    found = (everywhere | (ac if kind == "AC" else dc)).get(measurand)
    return [] if found is None else [found]


def _by_phase(measurand: str, values: tuple[float, ...], unit: str, suffix: str | None) -> list[Sample]:
    """Return one sample a phase; a `suffix` of None is direct current, which has no phases."""
    digits = 1 if unit == "V" else 2
    if suffix is None:
        return [Sample(measurand, f"{values[0]:.{digits}f}", unit)]
    return [
        Sample(measurand, f"{value:.{digits}f}", unit, phase=f"L{number}{suffix}")
        for number, value in enumerate(values, start=1)
    ]
