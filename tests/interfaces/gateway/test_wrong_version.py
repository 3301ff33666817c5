"""Telling the version that a refused message belongs to."""

import json
from typing import Any

import pytest

from chargehand.interfaces.gateway.wrong_version import spoken_instead
from chargehand.protocols.ocpp.versions import Version

OLD_BOOT = {"chargePointVendor": "a", "chargePointModel": "b"}
NEW_BOOT = {"reason": "PowerUp", "chargingStation": {"vendorName": "a", "model": "b"}}


@pytest.mark.parametrize(
    ("agreed", "action", "payload", "spoken"),
    [
        ("ocpp2.0.1", "BootNotification", OLD_BOOT, "ocpp1.6"),
        ("ocpp2.1", "BootNotification", OLD_BOOT, "ocpp1.6"),
        ("ocpp1.6", "BootNotification", NEW_BOOT, "ocpp2.0.1"),
        ("ocpp2.0.1", "DiagnosticsStatusNotification", {"status": "Idle"}, "ocpp1.6"),
        ("ocpp2.0.1", "BootNotification", {"vendor": "a"}, None),
        ("ocpp2.0.1", "BatterySwap", {}, None),
        ("ocpp1.6", "Reset", {"type": "Immediate"}, None),
        ("ocpp1.6", "NoSuchThing", {}, None),
    ],
)
def test_a_refused_message_tells_its_version_where_one_knows_it(
    agreed: Version, action: str, payload: dict[str, Any], spoken: Version | None
) -> None:
    assert spoken_instead(agreed, action, json.dumps(payload).encode()) == spoken
