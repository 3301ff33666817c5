"""What passes between us and a station whose boot was answered Pending (OCPP 2.0.1 B02, 1.6 4.2)."""

from typing import Final

import msgspec

from chargehand.domain.stations.commands import AnyCommand, RawCall, StartCharging, StopCharging

SENTENCE: Final = "This station is not accepted yet."

#: What a station may say at any time, and what each of our calls instructs it to say besides (B02.FR.09).
ALWAYS: Final = frozenset({"BootNotification"})
_INSTRUCTED: Final = {
    "GetBaseReport": "NotifyReport",
    "GetReport": "NotifyReport",
    "GetMonitoringReport": "NotifyMonitoringReport",
    "GetLog": "LogStatusNotification",
    "GetDiagnostics": "DiagnosticsStatusNotification",
    "UpdateFirmware": "FirmwareStatusNotification",
    "SignedUpdateFirmware": "SignedFirmwareStatusNotification",
}
#: Nobody may charge at a station that is not accepted (B02.FR.05).
_NEVER_ASKED: Final = frozenset(
    {
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "RequestStartTransaction",
        "RequestStopTransaction",
    }
)


def instructed_by(action: str, payload: msgspec.Struct) -> str | None:
    """Return the message that a call of ours asks a station for."""
    asked: str | None = getattr(payload, "requested_message", None)
    return asked if action.endswith("TriggerMessage") else _INSTRUCTED.get(action)


def may_be_asked(command: AnyCommand) -> bool:
    """Tell whether a command may go to a station that is not accepted."""
    if isinstance(command, RawCall):
        return command.action not in _NEVER_ASKED
    return not isinstance(command, StartCharging | StopCharging)
