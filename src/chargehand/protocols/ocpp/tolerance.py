"""Read a station's payload that its message's type refused, forgiving what does no harm."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw, inspect

from chargehand.protocols.ocpp.faults import Violation

Payload = TypeVar("Payload", bound=msgspec.Struct)

_MOST_DIGITS = 40

_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)


def read_tolerantly(payload: bytes | Raw, kind: type[Payload]) -> Payload:
    """Read a payload as `kind`, or raise `Violation` for what cannot be forgiven.

    Forgiven are: null for an optional field and for the whole payload, an empty list for an optional one, one
    object where a list is due, whole numbers written 1.0, a number for a text reading, text for a number
    reading, texts, lists and numbers beyond their limits, and unknown properties. Not forgiven are a missing
    field, another JSON type, a value outside an enumeration, and a negative number for an id or a count.
    """
    try:
        value = _decoder.decode(payload)
        read: Payload = _read_structure({} if value is None else value, _describe(kind), "$")
    except Violation:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Violation("FormatViolation", str(error)) from error
    return read


@cache
def _describe(kind: type[msgspec.Struct]) -> inspect.StructType:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    return described


def _refuse_type(value: Any, expected: str, path: str) -> Violation:
    names = {dict: "object", list: "array", str: "str", bool: "bool", int: "int", Decimal: "float"}
    got = names.get(type(value), "null")
    return Violation("TypeConstraintViolation", f"Expected `{expected}`, got `{got}` - at `{path}`")


def _read(value: Any, kind: inspect.Type, path: str) -> Any:
    reader = _READERS.get(type(kind))
    return _simplify(value) if reader is None else reader(value, kind, path)


def _read_structure(value: Any, kind: inspect.StructType, path: str) -> Any:
    if not isinstance(value, dict):
        raise _refuse_type(value, "object", path)
    attributes: dict[str, Any] = {}
    for field in kind.fields:
        given = value.get(field.encode_name)
        if given is None or (given == [] and not field.required):
            if field.required:
                text = f"Object missing required field `{field.encode_name}` - at `{path}`"
                raise Violation("OccurrenceConstraintViolation", text)
            continue
        attributes[field.name] = _read(given, field.type, f"{path}.{field.encode_name}")
    try:
        return kind.cls(**attributes)
    except ValueError as error:
        raise Violation("PropertyConstraintViolation", f"{error} - at `{path}`") from error


def _read_list(value: Any, kind: inspect.VarTupleType, path: str) -> tuple[Any, ...]:
    items = [value] if isinstance(value, dict) else value
    if not isinstance(items, list):
        raise _refuse_type(value, "array", path)
    if not items and kind.min_length:
        text = f"Expected `array` of length >= {kind.min_length} - at `{path}`"
        raise Violation("OccurrenceConstraintViolation", text)
    return tuple(_read(item, kind.item_type, f"{path}[{index}]") for index, item in enumerate(items))


def _read_union(value: Any, kind: inspect.UnionType, path: str) -> Any:
    """Read an optional value; it is not null here, and no field has more than one other type."""
    return _read(value, next(one for one in kind.types if not isinstance(one, inspect.NoneType)), path)


def _read_whole_number(value: Any, kind: inspect.IntType, path: str) -> int:
    if isinstance(value, Decimal) and value.adjusted() < _MOST_DIGITS and value == value.to_integral_value():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refuse_type(value, "int", path)
    if kind.ge is not None and value < kind.ge:
        raise Violation("PropertyConstraintViolation", f"Expected `int` >= {kind.ge} - at `{path}`")
    return value


def _read_number(value: Any, _: inspect.FloatType, path: str) -> float:
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
        raise _refuse_type(value, "float", path)
    if Decimal(value).adjusted() > 300:
        raise Violation("PropertyConstraintViolation", f"Number out of range - at `{path}`")
    return float(value)


def _read_reading(value: Any, _: inspect.DecimalType, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise _refuse_type(value, "decimal", path)
    try:
        return Decimal(value)
    except InvalidOperation:
        return Decimal("NaN")


def _read_text(value: Any, _: inspect.StrType, path: str) -> str:
    if not isinstance(value, str):
        raise _refuse_type(value, "str", path)
    return value


def _read_marked(value: Any, kind: inspect.Metadata, path: str) -> Any:
    """Read a text reading: its number keeps every digit."""
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return str(value) if is_number else _read(value, kind.type, path)


def _read_truth(value: Any, _: inspect.BoolType, path: str) -> bool:
    if not isinstance(value, bool):
        raise _refuse_type(value, "bool", path)
    return value


def _read_choice(value: Any, kind: inspect.LiteralType, path: str) -> str:
    if not isinstance(value, str):
        raise _refuse_type(value, "str", path)
    if value not in kind.values:
        raise Violation("PropertyConstraintViolation", f"Invalid enum value {value[:50]!r} - at `{path}`")
    return value


def _read_object(value: Any, _: inspect.DictType, path: str) -> Any:
    if not isinstance(value, dict):
        raise _refuse_type(value, "object", path)
    return _simplify(value)


def _simplify(value: Any) -> Any:
    """Give free JSON the plain numbers that it has when it is read the ordinary way."""
    if isinstance(value, dict):
        return {key: _simplify(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_simplify(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


_READERS: Final[dict[type[inspect.Type], Callable[[Any, Any, str], Any]]] = {
    inspect.BoolType: _read_truth,
    inspect.DecimalType: _read_reading,
    inspect.DictType: _read_object,
    inspect.FloatType: _read_number,
    inspect.IntType: _read_whole_number,
    inspect.LiteralType: _read_choice,
    inspect.Metadata: _read_marked,
    inspect.StrType: _read_text,
    inspect.StructType: _read_structure,
    inspect.UnionType: _read_union,
    inspect.VarTupleType: _read_list,
}
