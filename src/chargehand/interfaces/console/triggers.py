"""Messages a station can be asked to send again, in plain words, by version of OCPP."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: OCPP 1.6 part 2, 7.38 MessageTrigger, and the security whitepaper's ExtendedTriggerMessage.
_V16: Final[tuple[tuple[str, Promise], ...]] = (
    ("StatusNotification", _("Status of the plugs")),
    ("MeterValues", _("Meter values")),
    ("BootNotification", _("What the station is (boot notification)")),
    ("Heartbeat", _("A sign of life (heartbeat)")),
    ("FirmwareStatusNotification", _("How far a firmware update is")),
    ("DiagnosticsStatusNotification", _("How far a diagnostics upload is")),
)
#: OCPP 2.0.1 part 2, 3.56 MessageTriggerEnumType.
_V2: Final[tuple[tuple[str, Promise], ...]] = (
    ("StatusNotification", _("Status of the plugs")),
    ("MeterValues", _("Meter values")),
    ("TransactionEvent", _("The charge that goes on")),
    ("BootNotification", _("What the station is (boot notification)")),
    ("Heartbeat", _("A sign of life (heartbeat)")),
    ("FirmwareStatusNotification", _("How far a firmware update is")),
    ("LogStatusNotification", _("How far a log upload is")),
)


def of_version(version: str) -> tuple[tuple[str, Promise], ...]:
    """The messages that a station of this version can be asked for; those of 1.6 where it is not known."""
    return _V2 if version.startswith("ocpp2") else _V16
