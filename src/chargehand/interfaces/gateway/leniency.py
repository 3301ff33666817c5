"""Messages about charges, and boots, that break their schema and leave no doubt: read all the same, as evidence.

A station repeats a charge's message until it is taken, and all behind it wait. So what is forgiven goes further
here than elsewhere: no time (quirk D6), a register with decimals, words of 2.1 on a connection of 2.0.1. Nor is a
boot refused for a reason that no version knows: the station would never come in.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import msgspec
from msgspec import Raw

from chargehand.domain.stations.events import Event, Unhandled, Unread
from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.faults import ErrorCode, Violation
from chargehand.protocols.ocpp.versions import Version

_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)
_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def _write_no_time(payload: dict[str, Any]) -> None:
    if payload.get("timestamp") is None:
        payload["timestamp"] = ""


def _write_no_times(name: str) -> Callable[[dict[str, Any]], None]:
    def write(payload: dict[str, Any]) -> None:
        values = payload.get(name)
        for value in [values] if isinstance(values, dict) else values if isinstance(values, list) else ():
            if isinstance(value, dict):
                _write_no_time(value)

    return write


def _know_no_reason(payload: dict[str, Any]) -> None:
    if isinstance(payload.get("reason"), str):
        payload["reason"] = "Unknown"


def _round(name: str) -> Callable[[dict[str, Any]], None]:
    def round_(payload: dict[str, Any]) -> None:
        number = payload.get(name)
        if isinstance(number, Decimal) and number.is_finite() and number.adjusted() < 20:
            payload[name] = int(number.to_integral_value(ROUND_HALF_UP))

    return round_


#: What is mended in a payload, by action.
_MENDERS: Final[dict[str, tuple[Callable[[dict[str, Any]], None], ...]]] = {
    "BootNotification": (_know_no_reason,),
    "MeterValues": (_write_no_times("meterValue"),),
    "StartTransaction": (_write_no_time, _round("meterStart")),
    "StopTransaction": (_write_no_time, _round("meterStop"), _write_no_times("transactionData")),
    "TransactionEvent": (_write_no_time, _write_no_times("meterValue")),
}

#: Messages without which a charge is lost.
_CHARGES: Final = frozenset({"StartTransaction", "StopTransaction", "TransactionEvent"})
_BEFORE_READING: Final = frozenset({"NotImplemented", "NotSupported", "SecurityError", "InternalError"})


def remains(action: str, code: ErrorCode, problem: str) -> Event:
    """Return what a refused message leaves: one about a charge that cannot be read goes to people."""
    return Unread(problem) if action in _CHARGES and code not in _BEFORE_READING else Unhandled()


def read(version: Version, action: str, payload: bytes | Raw, violation: Violation) -> Any:
    """Return the request that a payload must have meant; raises `violation` where that cannot be known."""
    menders = _MENDERS.get(action)
    value = _decode(payload) if menders is not None else None
    if menders is None or not isinstance(value, dict):
        raise violation
    for mend in menders:
        mend(value)
    mended = _encoder.encode(value)
    versions: tuple[Version, ...] = (version, "ocpp2.1") if version == "ocpp2.0.1" else (version,)
    for each in versions:
        try:
            return CATALOGUE[each][action].decode_request(mended)
        except Violation:
            continue
    raise violation


def _decode(payload: bytes | Raw) -> Any:
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
