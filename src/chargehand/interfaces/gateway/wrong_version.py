"""Naming stations that speak another version of OCPP than they agreed on (quirk E4)."""

from msgspec import Raw

from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.faults import Violation
from chargehand.protocols.ocpp.versions import VERSIONS, Version


def spoken_instead(agreed: Version, action: str, payload: bytes | Raw) -> Version | None:
    """Return the version in which a refused message makes sense, None where there is none.

    2.0.1 and 2.1 are too alike to tell from one message: between those two nothing is said.
    """
    others = [version for version in VERSIONS if (version == "ocpp1.6") != (agreed == "ocpp1.6")]
    for version in others:
        message = CATALOGUE[version].get(action)
        if message is None or not message.is_from_station or message.is_send:
            continue
        try:
            message.decode_request(payload)
        except Violation:
            continue
        return version
    return None
