"""What is peculiar about a session, in sentences; the codes are those the charging room writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_FLAGS: Final[Mapping[str, Promise]] = {
    "offline": gettext_lazy("The station stored the start while it was offline and sent it later."),
    "no-station-time": gettext_lazy("The station gave no time for the start; the time of receipt stands."),
    "no-zone": gettext_lazy(
        "The station named no time zone; its times count in the zone set for it, else in UTC."
    ),
    "repeated": gettext_lazy("The station sent the start more than once; it counts once."),
    "clock-not-credible": gettext_lazy(
        "The station's clock was wrong at the start; the time of receipt stands."
    ),
    "end-clock-not-credible": gettext_lazy(
        "The station's clock was wrong at the end; the time of receipt stands."
    ),
    "ends-before-start": gettext_lazy("By the station's clock it ended before it began."),
    "start-missing": gettext_lazy("The start was never received; it was concluded from a later message."),
    "stop-inferred": gettext_lazy("The stop named no session; it was matched by its evidence."),
    "stopped-by-other-token": gettext_lazy("Another token than the one that started it stopped it."),
    "meter-start-late": gettext_lazy("The first meter value came after the start."),
    "meter-stop-from-samples": gettext_lazy("The stop had no meter value; the last sample stands for it."),
    "meter-backwards": gettext_lazy("The meter ran backwards."),
    "meter-clamped": gettext_lazy("The meter ended slightly below its start; that counts as no energy."),
    "meter-incomplete": gettext_lazy(
        "A meter value is missing, so the energy is not known from start and stop."
    ),
    "system-closed": gettext_lazy("The station never told of the end; it was closed by evidence."),
    "stop-attached": gettext_lazy("A person matched the stop to this session."),
    "closed-by-person": gettext_lazy("A person closed it."),
    "energy-by-hand": gettext_lazy("A person entered the energy."),
    "meter-start-from-samples": gettext_lazy("The start had no meter value; the first sample stands for it."),
    "meter-reset": gettext_lazy("The meter was reset during the session."),
    "energy-from-samples": gettext_lazy("The energy is added up from samples."),
    "energy-unknown": gettext_lazy("No meter value tells how much energy was taken."),
    "energy-impossible": gettext_lazy("The meter tells more energy than the plug can give in the time."),
    "events-missing": gettext_lazy("Messages of this session never came."),
    "plug-free": gettext_lazy("The plug was free again, so the session had ended."),
    "new-start": gettext_lazy("Another session began at the plug, so this one had ended."),
    "amended": gettext_lazy("The station told of the end after the session had been closed by evidence."),
}

_SHORT: Final[Mapping[str, Promise]] = {
    "offline": gettext_lazy("told later"),
    "no-station-time": gettext_lazy("no clock"),
    "no-zone": gettext_lazy("no time zone"),
    "repeated": gettext_lazy("sent twice"),
    "clock-not-credible": gettext_lazy("clock wrong"),
    "end-clock-not-credible": gettext_lazy("clock wrong"),
    "start-missing": gettext_lazy("start missing"),
    "stop-inferred": gettext_lazy("stop matched"),
    "stop-attached": gettext_lazy("stop matched"),
    "stopped-by-other-token": gettext_lazy("other token"),
    "meter-backwards": gettext_lazy("meter backwards"),
    "meter-incomplete": gettext_lazy("meter incomplete"),
    "meter-reset": gettext_lazy("meter reset"),
    "system-closed": gettext_lazy("closed by evidence"),
    "closed-by-person": gettext_lazy("closed by a person"),
    "energy-by-hand": gettext_lazy("energy by hand"),
    "energy-from-samples": gettext_lazy("energy from samples"),
    "energy-unknown": gettext_lazy("energy unknown"),
    "energy-impossible": gettext_lazy("energy impossible"),
    "events-missing": gettext_lazy("messages missing"),
}

_REASONS: Final[Mapping[str, Promise]] = {
    "Local": gettext_lazy("Stopped at the station."),
    "Remote": gettext_lazy("Stopped remotely."),
    "EVDisconnected": gettext_lazy("The car was unplugged."),
    "DeAuthorized": gettext_lazy("The token was refused."),
    "EmergencyStop": gettext_lazy("The emergency stop was pressed."),
    "EnergyLimitReached": gettext_lazy("The agreed energy was reached."),
    "GroundFault": gettext_lazy("A ground fault stopped it."),
    "HardReset": gettext_lazy("The station was restarted at once."),
    "ImmediateReset": gettext_lazy("The station was restarted at once."),
    "SoftReset": gettext_lazy("The station was restarted."),
    "LocalOutOfCredit": gettext_lazy("The credit was used up."),
    "MasterPass": gettext_lazy("A master card stopped it."),
    "Other": gettext_lazy("Stopped for another reason."),
    "OvercurrentFault": gettext_lazy("Too much current stopped it."),
    "PowerLoss": gettext_lazy("The station lost power."),
    "PowerQuality": gettext_lazy("Bad power quality stopped it."),
    "Reboot": gettext_lazy("The station restarted."),
    "SOCLimitReached": gettext_lazy("The battery reached its limit."),
    "StoppedByEV": gettext_lazy("The car stopped it."),
    "TimeLimitReached": gettext_lazy("The agreed time was up."),
    "Timeout": gettext_lazy("No car was plugged in in time."),
    "UnlockCommand": gettext_lazy("The plug was unlocked remotely."),
}

_CHARGING: Final[Mapping[str, Promise]] = {
    "Charging": gettext_lazy("Charging"),
    "SuspendedEV": gettext_lazy("Paused by the car"),
    "SuspendedEVSE": gettext_lazy("Paused by the station"),
    "EVConnected": gettext_lazy("Plugged in"),
    "Idle": gettext_lazy("No car plugged in"),
}

_TRIGGERS: Final[Mapping[str, Promise]] = {
    "Authorized": gettext_lazy("token accepted"),
    "CablePluggedIn": gettext_lazy("cable plugged in"),
    "ChargingStateChanged": gettext_lazy("charging state changed"),
    "Deauthorized": gettext_lazy("token refused"),
    "EVDeparted": gettext_lazy("car left"),
    "EVDetected": gettext_lazy("car seen"),
    "MeterValueClock": gettext_lazy("meter value"),
    "MeterValuePeriodic": gettext_lazy("meter value"),
    "RemoteStart": gettext_lazy("started remotely"),
    "RemoteStop": gettext_lazy("stopped remotely"),
    "StopAuthorized": gettext_lazy("stopped by token"),
}

_EVENTS: Final[Mapping[str, Promise]] = {
    "started": gettext_lazy("Began"),
    "updated": gettext_lazy("Went on"),
    "ended": gettext_lazy("Ended"),
}


def flag_sentence(flag: str) -> str:
    """What a flag means; one that has no sentence yet is said as it is."""
    return str(_FLAGS.get(flag, flag))


def flag_word(flag: str) -> str:
    """What a flag means, in a word or two for a table."""
    return str(_SHORT.get(flag, flag))


def charging_word(charging_state: str) -> str:
    """What flows between car and station (OCPP 2.0.1 ChargingStateEnumType)."""
    return str(_CHARGING.get(charging_state, charging_state))


def trigger_word(trigger: str) -> str:
    """Why the station sent a message (OCPP 2.0.1 TriggerReasonEnumType)."""
    return str(_TRIGGERS.get(trigger, trigger))


def reason_sentence(reason: str) -> str:
    """Why a session ended (OCPP 1.6 Reason, OCPP 2.0.1 ReasonEnumType)."""
    return str(_REASONS.get(reason, reason))


def session_word(state: str, charging_state: str) -> str:
    """The state of a session in a word or two."""
    if state == "open":
        return str(_CHARGING.get(charging_state, _("Open")))
    return _("Closed by evidence") if state == "system-closed" else _("Ended")


def event_word(kind: str) -> str:
    """What a message about a session said."""
    return str(_EVENTS.get(kind, kind))
