"""Meter values of OCPP 1.6 and 2.x as readings: defaults filled in, signed data kept apart."""

from collections.abc import Sequence
from typing import Final

from chargehand.domain.stations.events import Reading, SeriesKey, SignedValue
from chargehand.protocols.ocpp.times import read_time
from chargehand.protocols.ocpp.v16 import transactions as v16
from chargehand.protocols.ocpp.v21 import types as v21
from chargehand.protocols.ocpp.v201 import types as v201

_ENERGY: Final = "Energy.Active.Import.Register"
_PERIODIC: Final = "Sample.Periodic"

#: The unit meant where a station writes none: by what the measurand begins with (OCPP 1.6 7.45, 2.1 UnitOfMeasure).
_UNIT_MEANT: Final = {
    "Energy": "Wh",
    "Power": "W",
    "Current": "A",
    "Voltage": "V",
    "Temperature": "Celsius",
    "SoC": "Percent",
    "Frequency": "Hz",
    "RPM": "RPM",
}


def _unit_meant(measurand: str) -> str:
    if measurand == "Power.Factor":
        return ""
    return _UNIT_MEANT.get(measurand.partition(".")[0].strip(), "")


def readings_of_16(values: Sequence[v16.MeterValue]) -> list[Reading]:
    """Translate MeterValue of 1.6 (OCPP 1.6 7.33, 7.43)."""
    readings = []
    for value in values:
        samples: list[tuple[SeriesKey, str]] = []
        signed: list[SignedValue] = []
        for sample in value.sampled_value:
            if sample.format == "SignedData":
                signed.append(SignedValue(sample.value, sample.context or ""))
                continue
            measurand = sample.measurand or _ENERGY
            key = (
                measurand,
                sample.phase or "",
                sample.location or "Outlet",
                sample.context or _PERIODIC,
                sample.unit or _unit_meant(measurand),
            )
            samples.append((key, sample.value))
        readings.append(Reading(read_time(value.timestamp).at, samples, signed))
    return readings


def readings_of_2(values: Sequence[v201.MeterValue | v21.MeterValue]) -> list[Reading]:
    """Translate MeterValueType of 2.x (OCPP 2.0.1 2.28, 2.41, 2.45): multipliers are applied."""
    readings = []
    for value in values:
        samples: list[tuple[SeriesKey, str]] = []
        signed: list[SignedValue] = []
        for sample in value.sampled_value:
            measurand = sample.measurand or _ENERGY
            context = sample.context or _PERIODIC
            measure = sample.unit_of_measure
            unit = (measure.unit if measure else None) or _unit_meant(measurand)
            number = sample.value
            if measure and measure.multiplier and number.is_finite() and abs(measure.multiplier) < 30:
                number = number.scaleb(measure.multiplier)
            key = (measurand, sample.phase or "", sample.location or "Outlet", context, unit)
            samples.append((key, str(number)))
            mark = sample.signed_meter_value
            if mark is not None:
                signed.append(
                    SignedValue(
                        mark.signed_meter_data,
                        context,
                        mark.encoding_method,
                        mark.signing_method or "",
                        mark.public_key or "",
                    )
                )
        readings.append(Reading(read_time(value.timestamp).at, samples, signed))
    return readings
