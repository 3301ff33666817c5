"""The catalogue by name: every kind of fault with its parameters and what a CSMS sees of it."""

import inspect
from collections.abc import Mapping
from functools import partial
from random import Random
from typing import Any, Final, Literal

import msgspec

from chargehand.simulator.catalogue import connection, hardware, harmless, heat, metering, software, supply
from chargehand.simulator.catalogue.reported import REPORTS, Reported, Restarted
from chargehand.simulator.faults import (
    Fault,
    FlappingConnectivity,
    RebootLoop,
    SilentStation,
    UnansweredCommands,
)

_GIVEN: Final = frozenset({"rng", "connector"})


class Kind(msgspec.Struct, frozen=True):
    """One kind: `make` takes `rng`, `connector` if it wants them, and parameters.

    `age_days` is how long a fault that grows has grown when it is asked for, so that it shows at the next charge.
    """

    make: Any
    shows: str
    age_days: float = 0.0
    group: Literal["fault", "at once", "no fault"] = "fault"

    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name, with the values they have when none is given."""
        signature = inspect.signature(self.make).parameters.values()
        return {
            each.name: each.default
            for each in signature
            if each.name not in _GIVEN and each.default is not inspect.Parameter.empty
        }


def _report(code: str, *, is_cured_by_restart: bool = False) -> Any:
    report = next(each for each in REPORTS if each.error_code == code)
    return partial(Reported, report=report, is_cured_by_restart=is_cured_by_restart)


def _flapping(rng: Random, *, mean_up_s: float = 180.0) -> Fault:
    return FlappingConnectivity(rng, mean_up_s=mean_up_s)


KINDS: Final[Mapping[str, Kind]] = {
    "contact-resistance-rise": Kind(
        heat.ContactResistance, "the plug's temperature rises with the square of the current", 28
    ),
    "fan-failure": Kind(heat.FanFailure, "the cabinet is hotter at all currents, RPM falls (DC)", 8),
    "filter-clogging": Kind(heat.FilterClogging, "the cabinet is hotter, RPM does not fall", 120),
    "voltage-sag": Kind(supply.VoltageSag, "all voltages below 207 V; give it to every station of a site"),
    "voltage-swell": Kind(supply.LostNeutral, "L2 above 253 V, the others low"),
    "phase-loss": Kind(supply.PhaseLoss, "a phase has next to no voltage and no current"),
    "phase-imbalance": Kind(supply.LooseTerminal, "one phase's voltage falls with its current", 14),
    "contactor-welded": Kind(hardware.ContactorWelded, "MeterValues with power after the transaction's end"),
    "contactor-wear": Kind(connection.ContactorWear, "charging begins later and later after the start", 14),
    "meter-drift": Kind(metering.MeterDrift, "the register and U·I over time disagree", 28),
    "meter-frozen": Kind(metering.MeterFrozen, "power, but the register stands still"),
    "meter-rollback": Kind(metering.MeterRollback, "the next charge starts below where the last one ended"),
    "ct-reversed": Kind(metering.CtReversed, "one phase's current is negative, power is too small"),
    "wrong-unit": Kind(metering.WrongUnit, "Power.Active.Import a thousand times off"),
    "missing-measurand": Kind(metering.MissingMeasurand, "a measurand does not come any more"),
    "connector-lock-failure": Kind(hardware.LockFailure, "ConnectorLockFailure at some starts", 28),
    "rcd-trips": Kind(hardware.GroundFault, "GroundFailure at some starts, which clears itself", 4),
    "isolation-decline": Kind(hardware.IsolationDecline, "CX011 (cable check) at some starts", 14),
    "flapping-connectivity": Kind(_flapping, "the WebSocket breaks every few minutes"),
    "weak-signal": Kind(connection.WeakSignal, "WeakSignal (1.6), DataLink.SignalStrength (2.0.1)", 3),
    "silent-station": Kind(SilentStation, "no message and no answer, the socket stays open"),
    "clock-drift": Kind(connection.ClockDrift, "timestamps run away from the time of arrival", 10),
    "stuck-state": Kind(hardware.StuckState, "Preparing (1.6) or Occupied (2.0.1) for hours, and no start"),
    "failed-starts": Kind(hardware.FailedStarts, "transactions that end within seconds, without energy"),
    "reboot-loop": Kind(RebootLoop, "BootNotification (Watchdog) again and again"),
    "power-derating": Kind(hardware.PowerDerating, "all cars charge with a share of the power"),
    "cable-cut": Kind(hardware.CableCut, "Faulted, CX026"),
    "payment-terminal-fault": Kind(
        connection.PaymentTerminalDead, "no Authorize from tokens that end in 0 to 3; the others charge"
    ),
    "firmware-regression": Kind(
        software.FirmwareRegression, "another firmware at BootNotification, then InternalError at starts"
    ),
    "unanswered-commands": Kind(UnansweredCommands, "messages come, commands are not answered"),
    "lock": Kind(_report("ConnectorLockFailure"), "Faulted with ConnectorLockFailure", group="at once"),
    "ground-fault": Kind(_report("GroundFailure"), "Faulted with GroundFailure", group="at once"),
    "overheated": Kind(_report("HighTemperature"), "Faulted with HighTemperature", group="at once"),
    "overcurrent": Kind(_report("OverCurrentFailure"), "Faulted with OverCurrentFailure", group="at once"),
    "internal": Kind(
        _report("InternalError", is_cured_by_restart=True),
        "Faulted with InternalError until the station restarts",
        group="at once",
    ),
    "starts-fail": Kind(partial(hardware.FailedStarts, chance=1.0), "every start fails", group="at once"),
    "silent": Kind(SilentStation, "no message and no answer", group="at once"),
    "restart": Kind(Restarted, "one BootNotification (Watchdog)", group="at once"),
    "hot-day": Kind(harmless.HotDay, "all temperatures of a site rise together", group="no fault"),
    "slow-car": Kind(harmless.SlowCar, "a car draws less than is offered", group="no fault"),
    "smart-limit": Kind(harmless.SmartLimit, "power falls, and so does what is offered", group="no fault"),
    "planned-maintenance": Kind(harmless.Maintenance, "Unavailable", group="no fault"),
    "site-outage": Kind(harmless.SiteOutage, "every station of a site is away at once", group="no fault"),
    "repeated-messages": Kind(harmless.RepeatedMessages, "every message comes twice", group="no fault"),
    "clock-change": Kind(harmless.ClockChange, "timestamps jump by an hour", group="no fault"),
    "holiday": Kind(harmless.Holiday, "no charge, no message but Heartbeat", group="no fault"),
}
"""Names people type, in the order of the catalogue: what drifts or breaks, what is reported at once, no faults."""


def make_fault(name: str, rng: Random, connector: int, parameters: Mapping[str, str]) -> Fault:
    """Return a fault of a kind; raise ValueError with a sentence for a name or value that makes no sense."""
    kind = KINDS.get(name)
    if kind is None:
        raise ValueError(f"{name} is no fault; --list-faults shows them.")
    known = kind.parameters()
    values = {key: _read(name, key, text, known) for key, text in parameters.items()}
    wanted = inspect.signature(kind.make).parameters
    given = {key: value for key, value in (("rng", rng), ("connector", connector)) if key in wanted}
    fault = kind.make(**given, **values)
    assert isinstance(fault, Fault)
    return fault


def _read(name: str, key: str, text: str, known: Mapping[str, Any]) -> Any:
    """Return a parameter's value in the type of the value it has when none is given."""
    if key not in known:
        raise ValueError(f"{name} knows {', '.join(known) or 'no parameters'}, not {key}.")
    usual = known[key]
    if isinstance(usual, bool):
        return text.casefold() in {"true", "yes", "1"}
    if isinstance(usual, str):
        return text
    try:
        return type(usual)(text)
    except ValueError:
        raise ValueError(f"{key} of {name} is a number, not {text}.") from None


def describe_kinds() -> str:
    """Return the catalogue as lines to print: name, what it shows, parameters."""
    titles = {
        "fault": "Faults that a detector is to find",
        "at once": "Faults that the station reports at once",
        "no fault": "What is no fault and must stay silent",
    }
    lines: list[str] = []
    for group, title in titles.items():
        lines += ["", title] if lines else [title]
        for name, kind in KINDS.items():
            if kind.group == group:
                lines.append(f"  {name:<24} {kind.shows}")
                lines += _describe_parameters(kind)
    return "\n".join(lines) + "\n"


def _describe_parameters(kind: Kind) -> list[str]:
    hidden = {"report", "is_cured_by_restart", "patience_s"} if kind.group != "fault" else set()
    told = [f"{key}={value}" for key, value in kind.parameters().items() if key not in hidden]
    if kind.age_days:
        told.append(f"age_days={kind.age_days:g}")
    return [f"  {'':<24} {', '.join(told)}"] if told else []
