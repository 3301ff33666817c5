"""Choose, spell and read the error codes of a CALLERROR for each OCPP version."""

from typing import Final, Literal, get_args

import msgspec

from chargehand.protocols.ocpp.versions import Version

ErrorCode = Literal[
    "FormatViolation",
    "GenericError",
    "InternalError",
    "MessageTypeNotSupported",
    "NotImplemented",
    "NotSupported",
    "OccurrenceConstraintViolation",
    "PropertyConstraintViolation",
    "ProtocolError",
    "RpcFrameworkError",
    "SecurityError",
    "TypeConstraintViolation",
]
"""The codes in the spelling of OCPP-J 2.0.1 and 2.1, 4.3; `spell_code` gives the wire form of a version."""

ERROR_CODES: Final[frozenset[str]] = frozenset(get_args(ErrorCode))

# OCPP-J 1.6 table 7 with its errata 5.1 and 5.2: two other spellings, and two codes that did not exist yet.
_SPELT_IN_16: Final[dict[ErrorCode, str]] = {
    "FormatViolation": "FormationViolation",
    "MessageTypeNotSupported": "ProtocolError",
    "OccurrenceConstraintViolation": "OccurenceConstraintViolation",
    "RpcFrameworkError": "ProtocolError",
}

_BY_FOLDED_NAME: Final[dict[str, ErrorCode]] = {
    **{code.lower(): code for code in get_args(ErrorCode)},
    "formationviolation": "FormatViolation",
    "formatviolationerror": "FormatViolation",
    "occurenceconstraintviolation": "OccurrenceConstraintViolation",
    "occurrencesconstraintviolation": "OccurrenceConstraintViolation",
    "propertyconstraintviolationerror": "PropertyConstraintViolation",
    "typeconstraintviolationerror": "TypeConstraintViolation",
    "notimplementederror": "NotImplemented",
    "notsupportederror": "NotSupported",
    "generic": "GenericError",
    "internal": "InternalError",
    "security": "SecurityError",
    "rpcframework": "RpcFrameworkError",
}

_LONGEST_CODE = 255


class Violation(msgspec.ValidationError):
    """A payload breaks its message's schema in the way that `code` names.

    The text says what was expected and where, as a JSON path (`$.meterValue[0].timestamp`).
    """

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code: ErrorCode = code


def spell_code(code: ErrorCode, version: Version) -> str:
    """Give the text of an error code that stations of this version know."""
    return _SPELT_IN_16.get(code, code) if version == "ocpp1.6" else code


def normalise_code(text: str) -> str:
    """Read the error code of a station's CALLERROR: an `ErrorCode` whatever its version, case or misspelling.

    A text that resembles no code comes back as it is (at most 255 characters); an empty one is GenericError.
    """
    stripped = text.strip()
    if not stripped:
        return "GenericError"
    folded = "".join(letter for letter in stripped.lower() if letter.isalpha())
    return _BY_FOLDED_NAME.get(folded, stripped[:_LONGEST_CODE])


def classify_violation(error: Exception) -> ErrorCode:
    """Say which rule a payload broke, from the error its decoding raised (OCPP-J 1.6 table 7, 2.x 4.3).

    A missing field or too few or many elements is an occurrence, a wrong JSON type a type violation, a wrong
    value, length or range a property violation; anything else (not JSON, an unknown field) a format one.
    """
    if isinstance(error, Violation):
        return error.code
    if not isinstance(error, msgspec.ValidationError):
        return "FormatViolation"
    text = str(error).partition(" - at ")[0]
    if "missing required field" in text or text.startswith("Expected `array` of"):
        return "OccurrenceConstraintViolation"
    if text.startswith("Object contains unknown field"):
        return "FormatViolation"
    if ", got `" in text:
        return "TypeConstraintViolation"
    return "PropertyConstraintViolation"


def code_for(error: Exception, version: Version) -> str:
    """Give the wire spelling of the code that answers a payload whose decoding raised this error."""
    return spell_code(classify_violation(error), version)
