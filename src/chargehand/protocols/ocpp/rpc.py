"""Read and write the OCPP-J envelope: CALL, CALLRESULT, CALLERROR, and 2.1's CALLRESULTERROR and SEND."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Raw, Struct

from chargehand.protocols.ocpp.faults import spell_code
from chargehand.protocols.ocpp.versions import Version

MAX_FRAME: Final = 1 << 20
"""Bytes of the longest frame that is looked into."""
MAX_DEPTH: Final = 64
"""Levels of arrays and objects, the envelope counted; no message of any version has more than about ten."""
MAX_ID: Final = 36
"""Characters of the longest message id (OCPP-J 1.6 4.1.4 with its errata, 2.x 4.1.4)."""
MAX_DESCRIPTION: Final = 255
"""Characters of the longest error description (OCPP-J 4.2.3)."""
UNREADABLE_ID: Final = "-1"
"""The id in a CALLERROR for a message whose id could not be read (OCPP-J 2.x 4.2.3)."""

# Longer ids than this are not worth echoing: the peer is not speaking OCPP.
_LONGEST_ECHO = 255

MessageId = str | int
"""Stations owe us a text; a number is echoed as the number it was."""


class Call(Struct, array_like=True, tag=2, frozen=True, gc=False, forbid_unknown_fields=True):
    """A station asks; `payload` is a JSON value that is still to be decoded, and a view of the frame."""

    message_id: Annotated[str, Meta(max_length=MAX_ID)] | int
    action: str
    payload: Raw


class CallResult(Struct, array_like=True, tag=3, frozen=True, gc=False, forbid_unknown_fields=True):
    """A station answered our CALL; `payload` is still to be decoded, and a view of the frame."""

    message_id: Annotated[str, Meta(max_length=MAX_ID)]
    payload: Raw


class CallError(Struct, frozen=True, gc=False):
    """A station could not do our CALL; the id is `UNREADABLE_ID` when it could not even read it.

    `code` is the station's own text (see `faults.normalise_code`), `details` whatever JSON it sent.
    """

    message_id: str
    code: str = ""
    description: str = ""
    details: Any = msgspec.field(default_factory=dict)


class CallResultError(Struct, frozen=True, gc=False):
    """A 2.1 station could not read our CALLRESULT (OCPP-J 2.1 4.2.3); it is never answered."""

    message_id: MessageId
    code: str = ""
    description: str = ""
    details: Any = msgspec.field(default_factory=dict)


class Send(Struct, array_like=True, tag=6, frozen=True, gc=False, forbid_unknown_fields=True):
    """A 2.1 station tells without expecting any answer (OCPP-J 2.1 4.2.4)."""

    message_id: Annotated[str, Meta(max_length=MAX_ID)] | int
    action: str
    payload: Raw


class Ignored(Struct, frozen=True, gc=False):
    """A message of a type this version does not know: it gets no answer (OCPP-J 4.1.3)."""

    reason: str


class Malformed(Struct, frozen=True, gc=False):
    """A frame that is no message. `answer` is the finished CALLERROR, or None when none is due."""

    reason: str
    answer: bytes | None = None
    message_id: MessageId | None = None


Envelope = Call | CallResult | CallError | CallResultError | Send | Ignored | Malformed

_EMPTY: Final = Raw(b"{}")
_NULL: Final = Raw(b"null")
_NOT_OPENERS: Final = bytes(byte for byte in range(256) if byte not in b"[{")
_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_JSON_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
# An escape, or (group 1) half of a pair of them: RFC 8259 8.2 lets such texts pass, UTF-8 has no bytes for them.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)

_fast_decoder: msgspec.json.Decoder[Call | CallResult | Send] = msgspec.json.Decoder(Call | CallResult)
_fast_decoder_with_send: Final = msgspec.json.Decoder(Call | CallResult | Send)
_elements_decoder: Final = msgspec.json.Decoder(list[Raw])
_value_decoder: Final = msgspec.json.Decoder()
_encoder: Final = msgspec.json.Encoder(decimal_format="number")

_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode(frame: bytes, version: Version) -> Envelope:
    """Read one text frame from a station; never raises, whatever the bytes.

    Payloads stay undecoded and share the frame's memory. A payload of null is an empty object
    (OCPP-J 1.6 4.2.1, 2.x 4.1.5). A CALL whose id is a whole number is accepted.
    """
    if len(frame) > MAX_DEPTH:
        if len(frame) > MAX_FRAME:
            return _refuse_unreadable(version, "frame too long")
        if len(frame.translate(None, _NOT_OPENERS)) > MAX_DEPTH and _is_too_deep(frame):
            return _refuse_too_deep(frame, version)
    try:
        message = (_fast_decoder_with_send if version == "ocpp2.1" else _fast_decoder).decode(frame)
    except _NOT_JSON:
        return _decode_slowly(_without_lone_surrogates(frame), version)
    if message.payload == _NULL:
        return msgspec.structs.replace(message, payload=_EMPTY)
    return message


def encode_call(message_id: str, action: str, payload: Struct | dict[str, Any]) -> bytes:
    """Write a CALL as compact JSON (OCPP-J 4.2.1)."""
    return _encoder.encode((2, message_id, action, payload))


def encode_result(message_id: MessageId, payload: Struct | dict[str, Any]) -> bytes:
    """Write the CALLRESULT that answers a CALL (OCPP-J 4.2.2)."""
    return _encoder.encode((3, message_id, payload))


def encode_empty_result(message_id: str) -> bytes:
    """Write the CALLRESULT `{}`, as `encode_result` does, for an id that holds nothing JSON has to escape."""
    return f'[3,"{message_id}",{{}}]'.encode()


def encode_error(
    message_id: MessageId, code: str, description: str = "", details: dict[str, Any] | None = None
) -> bytes:
    """Write the CALLERROR that answers a CALL (OCPP-J 4.2.3); `code` as `faults.spell_code` gives it."""
    return _encoder.encode((4, message_id, code, description[:MAX_DESCRIPTION], details or {}))


def encode_result_error(
    message_id: MessageId, code: str, description: str = "", details: dict[str, Any] | None = None
) -> bytes:
    """Write the CALLRESULTERROR that rejects a CALLRESULT, in 2.1 only (OCPP-J 2.1 4.2.3)."""
    return _encoder.encode((5, message_id, code, description[:MAX_DESCRIPTION], details or {}))


def encode_send(message_id: str, action: str, payload: Struct | dict[str, Any]) -> bytes:
    """Write a SEND, in 2.1 only (OCPP-J 2.1 4.2.4)."""
    return _encoder.encode((6, message_id, action, payload))


def _without_lone_surrogates(frame: bytes) -> bytes:
    """Return the frame with U+FFFD for each half of a surrogate pair that stands alone."""
    if b"\\ud" not in frame and b"\\uD" not in frame:
        return frame
    return _ESCAPE.sub(lambda escape: b"\\ufffd" if escape[1] else escape[0], frame)


def _is_too_deep(frame: bytes) -> bool:
    depth = 0
    for byte in _JSON_STRING.sub(b"", frame).translate(None, _NOT_BRACKETS):
        if byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        else:
            depth -= 1
    return False


def _refuse_too_deep(frame: bytes, version: Version) -> Malformed:
    """Answer a CALL that is nested too deep, if its id can be read in front of the nesting."""
    head = re.match(rb'\s*\[\s*2\s*,\s*("[^"\\\x00-\x1f]{0,36}"|\d{1,18})\s*,', frame)
    reason = "nested too deep"
    if head is None:
        return _refuse_unreadable(version, reason)
    try:
        message_id = _value_decoder.decode(head[1])
    except _NOT_JSON:
        return _refuse_unreadable(version, reason)
    answer = encode_error(message_id, spell_code("FormatViolation", version), reason)
    return Malformed(reason, answer, message_id)


def _refuse_unreadable(version: Version, reason: str) -> Malformed:
    """Without a readable id 1.6 has no answer; 2.x answers to the id -1 (OCPP-J 2.x 4.2.3)."""
    if version == "ocpp1.6":
        return Malformed(reason)
    return Malformed(reason, encode_error(UNREADABLE_ID, "RpcFrameworkError", reason))


def _refuse_call(message_id: Any, version: Version, reason: str) -> Malformed:
    """Answer a broken CALL by the id it carried, as the same JSON value."""
    if isinstance(message_id, (list, dict)) or (
        isinstance(message_id, str) and len(message_id) > _LONGEST_ECHO
    ):
        return _refuse_unreadable(version, reason)
    answer = encode_error(message_id, spell_code("RpcFrameworkError", version), reason)
    return Malformed(reason, answer, message_id if isinstance(message_id, (str, int)) else None)


def _decode_slowly(frame: bytes, version: Version) -> Envelope:
    """Name what is wrong with a frame that the fast path refused, or read it all the same."""
    try:
        elements = _elements_decoder.decode(frame)
        kind = _value_decoder.decode(elements[0]) if elements else None
        message_id = _value_decoder.decode(elements[1]) if len(elements) > 1 else None
    except msgspec.ValidationError:
        return _refuse_unreadable(version, "not an array")
    except _NOT_JSON:
        return _refuse_unreadable(version, "not JSON")
    if isinstance(kind, bool) or not isinstance(kind, (int, float)):
        return _refuse_unreadable(version, "message type is no number" if elements else "empty array")
    if kind == 2:
        return _decode_call(elements, message_id, version)
    reader = _READERS.get(kind)
    if reader is None or (kind > 4 and version != "ocpp2.1"):
        return Ignored(f"message type {kind} is unknown to {version}")
    return reader(elements, message_id)


def _read_id(message_id: Any) -> MessageId | None:
    """Give a usable id, or None."""
    if isinstance(message_id, str):
        return message_id if len(message_id) <= MAX_ID else None
    return message_id if isinstance(message_id, int) and not isinstance(message_id, bool) else None


def _read_text(element: Raw) -> Any:
    """Give an element's JSON value, or None when it cannot be read."""
    try:
        return _value_decoder.decode(element)
    except _NOT_JSON:
        return None


def _read_payload(element: Raw) -> Raw:
    return _EMPTY if element == _NULL else element


def _decode_call(elements: list[Raw], message_id: Any, version: Version) -> Call | Malformed:
    if len(elements) < 2:
        return _refuse_unreadable(version, "a CALL without an id")
    identifier = _read_id(message_id)
    if identifier is None:
        reason = "message id is longer than 36" if isinstance(message_id, str) else "message id is no text"
        return _refuse_call(message_id, version, reason)
    if len(elements) != 4:
        return _refuse_call(message_id, version, f"a CALL has 4 elements, not {len(elements)}")
    action = _read_text(elements[2])
    if not isinstance(action, str):
        return _refuse_call(message_id, version, "action is no text")
    return Call(identifier, action, _read_payload(elements[3]))


def _decode_send(elements: list[Raw], message_id: Any) -> Send | Malformed:
    """A SEND is never answered, not even a broken one (OCPP-J 2.1 4.2.4)."""
    identifier = _read_id(message_id)
    action = _read_text(elements[2]) if len(elements) == 4 else None
    if identifier is None or not isinstance(action, str):
        return Malformed("a broken SEND", None, identifier)
    return Send(identifier, action, _read_payload(elements[3]))


def _decode_result(elements: list[Raw], message_id: Any) -> CallResult | Malformed:
    """An answer is never answered; our ids are texts, so a number is the digits of one."""
    identifier = _read_id(message_id)
    if identifier is None or len(elements) != 3:
        return Malformed("a broken CALLRESULT", None, identifier if identifier is None else str(identifier))
    return CallResult(str(identifier), _read_payload(elements[2]))


def _read_error_parts(elements: list[Raw]) -> tuple[str, str, Any]:
    """Give code, description and details; stations leave some out or send other types."""
    parts = [_read_text(element) for element in elements[2:5]]
    code, description, details = parts + [None] * (3 - len(parts))
    code = code if isinstance(code, str) else ""
    description = description if isinstance(description, str) else ""
    return code[:MAX_DESCRIPTION], description[:MAX_DESCRIPTION], {} if details is None else details


def _decode_error(elements: list[Raw], message_id: Any) -> CallError | Malformed:
    identifier = _read_id(message_id)
    if identifier is None:
        return Malformed("a CALLERROR without a usable id")
    return CallError(str(identifier), *_read_error_parts(elements))


def _decode_result_error(elements: list[Raw], message_id: Any) -> CallResultError | Malformed:
    identifier = _read_id(message_id)
    if identifier is None:
        return Malformed("a CALLRESULTERROR without a usable id")
    return CallResultError(identifier, *_read_error_parts(elements))


_READERS: Final[dict[float, Callable[[list[Raw], Any], Envelope]]] = {
    3: _decode_result,
    4: _decode_error,
    5: _decode_result_error,
    6: _decode_send,
}
