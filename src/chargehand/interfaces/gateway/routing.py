"""The routing table: what each version's stations may say, and what we do with it. Read it top to bottom."""

from typing import Final

from chargehand.interfaces.gateway import adapter2, adapter16
from chargehand.interfaces.gateway.route import Route
from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.versions import Version

ROUTES: Final[dict[Version, dict[str, Route]]] = {
    "ocpp1.6": adapter16.ROUTES,
    "ocpp2.0.1": adapter2.ROUTES,
    "ocpp2.1": adapter2.ROUTES,
}

#: How versions are written in the log of raw messages.
NUMBERS: Final[dict[Version, int]] = {"ocpp1.6": 16, "ocpp2.0.1": 201, "ocpp2.1": 21}


def without_behaviour(version: Version) -> list[str]:
    """Return the actions stations may call that are only stored and answered NotSupported."""
    return sorted(
        action
        for action, message in CATALOGUE[version].items()
        if message.is_from_station and action not in ROUTES[version]
    )
