"""Error codes of OCPP 1.6, ChargeX MREC, EVgo MREC and CharIN in one table: what they mean, what they hint at."""

import re
from typing import Literal, TypeAlias

import msgspec

Weight: TypeAlias = Literal["at once", "repeated", "lasting", "often", "ignored"]


class Code(msgspec.Struct, frozen=True):
    """An error code: the kind it hints at, when it counts, and what it says in plain words.

    `at once`: the first report is a finding. `repeated`: two within two weeks, or one that lasts.
    `lasting`: one that lasts or comes thrice in a week; `often`: the same, but it must last for hours.
    `ignored`: a matter of the car or of housekeeping.
    """

    kind: str
    weight: Weight
    meaning: str


_O = "reported-fault"

CODES: dict[str, Code] = {
    # OCPP 1.6 edition 2, 7.6
    "ConnectorLockFailure": Code(
        "connector-lock-failure", "often", "the plug could not be locked or unlocked"
    ),
    "EVCommunicationError": Code("failed-starts", "ignored", "the car did not talk to the station"),
    "GroundFailure": Code("ground-fault", "repeated", "the residual-current protection tripped"),
    "HighTemperature": Code("contact-resistance-rise", "repeated", "it is too hot inside"),
    "InternalError": Code(_O, "lasting", "an internal error"),
    "LocalListConflict": Code(_O, "ignored", "the local list does not fit"),
    "OtherError": Code(_O, "lasting", "an error of the maker's own"),
    "OverCurrentFailure": Code(_O, "repeated", "the over-current protection tripped"),
    "OverVoltage": Code("voltage-swell", "at once", "the supply voltage is too high"),
    "PowerMeterFailure": Code("meter-frozen", "repeated", "the meter cannot be read"),
    "PowerSwitchFailure": Code("contactor-welded", "at once", "the contactor does not obey"),
    "ReaderFailure": Code("failed-starts", "repeated", "the card reader failed"),
    "ResetFailure": Code(_O, "lasting", "the station could not restart"),
    "UnderVoltage": Code("voltage-sag", "at once", "the supply voltage is too low"),
    "WeakSignal": Code("weak-signal", "lasting", "the mobile signal is weak"),
    # ChargeX MREC, revision 5
    "CX001": Code("connector-lock-failure", "often", "the plug could not be locked or unlocked at the car"),
    "CX002": Code("ground-fault", "repeated", "the ground-fault interrupter tripped"),
    "CX003": Code("fan-failure", "repeated", "it is too hot inside, power is reduced"),
    "CX004": Code(_O, "repeated", "the over-current device tripped"),
    "CX005": Code("voltage-swell", "at once", "the voltage to the car is too high"),
    "CX006": Code("voltage-sag", "at once", "the voltage to the car is too low"),
    "CX007": Code("weak-signal", "lasting", "the mobile signal is weak"),
    "CX008": Code(_O, "repeated", "the emergency stop was pressed"),
    "CX009": Code("failed-starts", "ignored", "nobody authorised in time"),
    "CX010": Code("failed-starts", "ignored", "the car is not ready to charge"),
    "CX011": Code("isolation-decline", "repeated", "the isolation test before charging failed"),
    "CX012": Code("failed-starts", "ignored", "pre-charging failed"),
    "CX013": Code("silent-station", "lasting", "there is no internet"),
    "CX014": Code(_O, "lasting", "the control pilot's voltage is out of range"),
    "CX015": Code("voltage-sag", "repeated", "the mains failed"),
    "CX016": Code(_O, "ignored", "the car's contactor failed"),
    "CX017": Code("contactor-welded", "at once", "the station's contactor does not open or close"),
    "CX018": Code("contact-resistance-rise", "repeated", "cable or connector too hot, power is reduced"),
    "CX019": Code("contact-resistance-rise", "repeated", "cable or connector too hot, charging stopped"),
    "CX020": Code("connector-lock-failure", "often", "the plug is not fully inserted"),
    "CX021": Code("isolation-decline", "repeated", "the capacitance to the chassis is wrong"),
    "CX022": Code("isolation-decline", "repeated", "the isolation monitor tripped"),
    "CX023": Code(_O, "lasting", "the proximity pilot's voltage is out of range"),
    "CX024": Code("contactor-welded", "at once", "the connector is live before or after charging"),
    "CX025": Code("connector-lock-failure", "often", "the latch is broken"),
    "CX026": Code("cable-cut", "at once", "the output cable is severed"),
    # EVgo MREC
    "A001": Code("connector-lock-failure", "often", "the plug is not fully inserted"),
    "A002": Code("connector-lock-failure", "often", "the car did not lock the plug"),
    "A003": Code("failed-starts", "ignored", "the car is not ready to charge"),
    "F000": Code(_O, "lasting", "the proximity pilot's voltage is too high"),
    "F003": Code(_O, "lasting", "the control pilot's voltage is too low"),
    "F008": Code("contactor-welded", "at once", "the connector is live before or after charging"),
    # CharIN unified error codes, EVerest and makers' plain words
    "InsulationFault": Code("isolation-decline", "repeated", "the isolation is poor"),
    "IsolationFault": Code("isolation-decline", "repeated", "the isolation is poor"),
    "PowerModuleFault": Code("power-derating", "repeated", "a power module failed"),
    "ContactorFault": Code("contactor-welded", "at once", "the contactor does not obey"),
    "ProximityPilotFault": Code(_O, "lasting", "the proximity pilot is faulty"),
    "ControlPilotFault": Code(_O, "lasting", "the control pilot is faulty"),
    "PowerLoss": Code("voltage-sag", "repeated", "the mains failed"),
    "DiodeFault": Code(_O, "lasting", "the car's pilot diode is missing"),
    "TiltDetected": Code("cable-cut", "at once", "the station was tilted"),
    "WaterIngressDetected": Code(_O, "at once", "water has come in"),
    "EnclosureOpen": Code("cable-cut", "at once", "the enclosure is open"),
}

#: Components of the OCPP 2.x device model (appendices, chapter 3) that report a problem by themselves.
COMPONENTS: dict[str, Code] = {
    "CableBreakawaySensor": Code("cable-cut", "at once", "the cable's break-away sensor tripped"),
    "TiltSensor": Code("cable-cut", "at once", "the station was tilted"),
    "ShockSensor": Code("cable-cut", "at once", "the station was struck"),
    "CaseAccessSensor": Code("cable-cut", "at once", "the case was opened"),
    "PowerContactor": Code("contactor-welded", "at once", "the contactor's mirror contact tripped"),
    "AirCoolingSystem": Code("fan-failure", "repeated", "the fan is stalled or slow"),
    "LiquidCoolingSystem": Code("fan-failure", "repeated", "the liquid cooling has a problem"),
    "ConnectorPlugRetentionLock": Code("connector-lock-failure", "often", "the plug's lock has a problem"),
    "GroundIsolationProtection": Code("isolation-decline", "repeated", "the isolation monitor tripped"),
    "RCD": Code("ground-fault", "repeated", "the residual-current device tripped"),
    "TokenReader": Code("failed-starts", "repeated", "the card reader has a problem"),
    "PaymentTerminal": Code("payment-terminal-fault", "repeated", "the payment terminal has a problem"),
    "FiscalMetering": Code("meter-frozen", "repeated", "the meter has a problem"),
    "RealTimeClock": Code("clock-drift", "repeated", "the clock's battery fails"),
    "AcDcConverter": Code("power-derating", "repeated", "a power module has a problem"),
    "DataLink": Code("weak-signal", "lasting", "the mobile connection has a problem"),
    "FloodSensor": Code(_O, "at once", "there is water"),
    "OverCurrentProtection": Code(_O, "repeated", "the over-current protection operated"),
}

#: Under this name as component a monitor's line tells a security event, whose type is the variable.
SECURITY_EVENT = "SecurityEvent"

#: Types of SecurityEventNotification that speak of the station's health (OCPP 2.x part 2, appendix 1; security
#: whitepaper for 1.6, 4.5). The others are matters of access, or of what was asked for.
SECURITY_EVENTS: dict[str, Code] = {
    "TamperDetectionActivated": Code("cable-cut", "at once", "somebody tampers with the station"),
    "SettingSystemTime": Code("clock-drift", "lasting", "the station sets its clock by much"),
    "MemoryExhaustion": Code(_O, "lasting", "the station runs out of memory"),
}

UNKNOWN = Code(_O, "lasting", "a code of the maker's that is not in the table")
FAULTED = Code(_O, "lasting", "out of order without a reason given")
_SEPARATORS = re.compile(r"[;,|\s]+")
_MREC = re.compile(r"\bCX\s?-?0?(\d{2,3})\b", re.IGNORECASE)
_FOLDED = {name.casefold(): name for name in CODES}


def translate(
    error_code: str | None, vendor_code: str | None, info: str | None = None
) -> list[tuple[str, Code]]:
    """Return the (name, code) pairs a report carries, the maker's before OCPP's, which is the more general.

    Several codes may stand in one field; a maker's code that nobody knows is named in `UNKNOWN`.
    """
    found: dict[str, Code] = {}
    for text in (vendor_code or "", info or ""):
        for name in _MREC.findall(text):
            known = f"CX{int(name):03d}"
            if known in CODES:
                found[known] = CODES[known]
    for part in _SEPARATORS.split(vendor_code or ""):
        name = _FOLDED.get(part.casefold())
        if name is not None:
            found[name] = CODES[name]
    general = _FOLDED.get((error_code or "").strip().casefold())
    if general is not None and not (found and CODES[general].kind == _O):
        name = (vendor_code or general) if CODES[general].kind == _O else general
        found[name] = CODES[general]
    if not found and error_code and error_code not in {"NoError", ""}:
        found[vendor_code or error_code] = UNKNOWN
    return list(found.items())
