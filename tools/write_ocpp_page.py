"""Write docs/reference/ocpp.md from the catalogue of messages and the gateway's routing table.

Run: python -m tools.write_ocpp_page
"""

import importlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import django

from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.messages import Message
from chargehand.protocols.ocpp.versions import Version

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference" / "ocpp.md"

#: Calls to stations that a verb of the console and the API makes, or that we make by ourselves; all others go as
#: raw calls.
VERBS: Final = {
    "ChangeAvailability": "take out of service, put back",
    "ChangeConfiguration": "write settings",
    "ClearCache": "forget known tokens",
    "ClearTariffs": "forget a tariff that counts no more (by itself)",
    "CostUpdated": "show the cost (by itself)",
    "DataTransfer": "vendor's message; 1.6: price and cost (by itself)",
    "GetBaseReport": "read the device model",
    "GetConfiguration": "read settings",
    "GetDiagnostics": "ask for a log",
    "GetLog": "ask for a log",
    "GetTransactionStatus": "ask about a transaction",
    "GetVariables": "read settings",
    "RemoteStartTransaction": "start",
    "RemoteStopTransaction": "stop",
    "RequestStartTransaction": "start",
    "RequestStopTransaction": "stop",
    "Reset": "restart",
    "SetDefaultTariff": "price by a tariff (by itself)",
    "SetVariables": "write settings",
    "SignedUpdateFirmware": "update the firmware",
    "TriggerMessage": "ask for a message",
    "UnlockConnector": "release the plug",
    "UpdateFirmware": "update the firmware",
}

HEAD: Final = """\
# OCPP messages

What stations may say and be asked, by version. Written by `python -m tools.write_ocpp_page` from the catalogue of
messages and the routing table of the gateway; a test keeps the page equal to both.

- **From stations**: every message is stored raw, whatever becomes of it. With behaviour, it is understood, stored as
  what it means, and answered once that is in the database. Without, it is answered with CALLERROR `NotSupported`
  (a SEND of 2.1 is never answered). An action that the version does not know gets `NotImplemented`, a call that
  only we may make `NotSupported`.
- **To stations**: every call of the station's version can be sent as a raw call (API and console, audited), and its
  payload is checked against the version's schema first. Some have a verb of their own.
"""


def write_page(routes: Mapping[Version, Collection[str]]) -> str:
    """Return the page; `routes` are the messages from stations that have behaviour."""
    parts = [HEAD]
    for version, messages in CATALOGUE.items():
        ordered = sorted(messages.values(), key=lambda message: (message.block, message.action))
        said = [message for message in ordered if message.is_from_station]
        asked = [message for message in ordered if message.is_from_csms]
        known = [message for message in said if message.action in routes[version]]
        parts += [
            f"## {version}",
            f"{len(said)} messages from stations, {len(known)} with behaviour; {len(asked)} calls to stations.",
            "### From stations",
            "| message | block | behaviour | without it |\n|---|---|---|---|\n"
            + "\n".join(_write_said(message, is_known=message in known) for message in said),
            "### To stations",
            "| call | block | verb |\n|---|---|---|\n"
            + "\n".join(_write_asked(message) for message in asked),
        ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _write_said(message: Message, *, is_known: bool) -> str:
    without = "" if is_known else "kept, no answer" if message.is_send else "`NotSupported`"
    return f"| {message.action} | {_words(message.block)} | {'yes' if is_known else 'no'} | {without} |"


def _write_asked(message: Message) -> str:
    return f"| {message.action} | {_words(message.block)} | {VERBS.get(message.action, 'raw call')} |"


def _words(block: str) -> str:
    return block.replace("_", " ")


def main() -> None:
    """Write the page into its place."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargehand.project.settings")
    django.setup()
    PAGE.write_text(write_page(importlib.import_module("chargehand.interfaces.gateway.routing").ROUTES))


if __name__ == "__main__":
    main()
