"""Name the OCPP versions the way their WebSocket subprotocols do."""

from typing import Final, Literal

Version = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]

VERSIONS: Final[tuple[Version, ...]] = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
