"""Describe a message of OCPP: who says it, what it carries, and how its payloads are read and checked."""

from typing import Any, Final, Literal

import msgspec
from msgspec import Raw, Struct

from chargehand.protocols.ocpp.faults import Violation, classify_violation
from chargehand.protocols.ocpp.payloads import Received
from chargehand.protocols.ocpp.tolerance import read_tolerantly
from chargehand.protocols.ocpp.versions import Version

Direction = Literal["station", "csms", "both"]
"""Who makes the request."""

_encoder: Final = msgspec.json.Encoder(decimal_format="number")


class Message(Struct, frozen=True, gc=False):
    """One action of one version; `response` is None for a SEND, `block` a functional block's module."""

    version: Version
    block: str
    direction: Direction
    action: str
    request: type[Received]
    response: type[Received] | None
    request_decoder: msgspec.json.Decoder[Any]
    response_decoder: msgspec.json.Decoder[Any] | None

    @property
    def is_send(self) -> bool:
        """Whether the message is told without any answer (OCPP-J 2.1 4.2.4)."""
        return self.response is None

    @property
    def is_from_station(self) -> bool:
        """Whether a station may send the request."""
        return self.direction != "csms"

    @property
    def is_from_csms(self) -> bool:
        """Whether we may send the request."""
        return self.direction != "station"

    def decode_request(self, payload: bytes | Raw) -> Any:
        """Read a request into `request`, tolerantly; raise `faults.Violation` for what is unforgivable."""
        try:
            return self.request_decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return read_tolerantly(payload, self.request)

    def decode_response(self, payload: bytes | Raw) -> Any:
        """Read a response into `response`, tolerantly; raise `faults.Violation` for what is unforgivable."""
        response, decoder = self._require_response()
        try:
            return decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return read_tolerantly(payload, response)

    def check_request(self, payload: Received | dict[str, Any]) -> Any:
        """Give the request to send; raise `faults.Violation` when it breaks the schema."""
        return _check(payload, self.request, self.request_decoder)

    def check_response(self, payload: Received | dict[str, Any]) -> Any:
        """Give the response to send; raise `faults.Violation` when it breaks the schema."""
        return _check(payload, *self._require_response())

    def _require_response(self) -> tuple[type[Received], msgspec.json.Decoder[Any]]:
        if self.response is None or self.response_decoder is None:
            raise TypeError(f"{self.action} is a SEND and has no response")
        return self.response, self.response_decoder


def describe(
    version: Version,
    block: str,
    direction: Direction,
    request: type[Received],
    response: type[Received] | None,
) -> Message:
    """Make the message whose action its request's type is named for."""
    return Message(
        version=version,
        block=block,
        direction=direction,
        action=request.__name__.removesuffix("Request"),
        request=request,
        response=response,
        request_decoder=msgspec.json.Decoder(request),
        response_decoder=None if response is None else msgspec.json.Decoder(response),
    )


def _check(
    payload: Received | dict[str, Any], kind: type[Received], decoder: msgspec.json.Decoder[Any]
) -> Any:
    """Read back what would be sent: a structure's own attributes are not checked when it is made."""
    if not isinstance(payload, (kind, dict)):
        raise TypeError(f"expected {kind.__name__}, not {type(payload).__name__}")
    try:
        encoded = _encoder.encode(payload)
        checked = decoder.decode(encoded)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise Violation(classify_violation(error), str(error)) from error
    if b'"customData"' in encoded:
        _require_vendor(msgspec.json.decode(encoded), "$")
    return checked


def _require_vendor(value: Any, path: str) -> None:
    """A vendor's object names its vendor in at most 255 characters (OCPP 2.x CustomDataType)."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            _require_vendor(item, f"{path}[{index}]")
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "customData" and item is not None:
            vendor = item.get("vendorId") if isinstance(item, dict) else None
            if not isinstance(vendor, str):
                raise Violation("OccurrenceConstraintViolation", f"customData has no vendorId - at `{path}`")
            if len(vendor) > 255:
                raise Violation("PropertyConstraintViolation", f"vendorId is too long - at `{path}`")
        else:
            _require_vendor(item, f"{path}.{key}")
