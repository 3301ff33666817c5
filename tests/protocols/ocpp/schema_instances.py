"""Build payloads from the official JSON schemas, right ones and ones that break a single rule."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.messages import Message
from chargehand.protocols.ocpp.versions import Version

FOLDERS: dict[Version, str] = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}
MOMENT = "2026-01-01T12:30:00Z"

Breach = Literal[
    "missing", "type", "enum", "long", "low", "high", "empty", "many", "unknown", "date", "steps"
]


@dataclass(frozen=True)
class Payload:
    """One direction of one message with its schema."""

    message: Message
    is_request: bool
    schema: dict[str, Any]

    @property
    def is_from_csms(self) -> bool:
        return self.message.is_from_csms if self.is_request else self.message.is_from_station

    @property
    def is_from_station(self) -> bool:
        return self.message.is_from_station if self.is_request else self.message.is_from_csms

    def decode(self, value: Any) -> Any:
        text = json.dumps(value).encode()
        return self.message.decode_request(text) if self.is_request else self.message.decode_response(text)

    def check(self, value: Any) -> Any:
        return self.message.check_request(value) if self.is_request else self.message.check_response(value)

    def __str__(self) -> str:
        return f"{self.message.version}-{self.message.action}{'Request' if self.is_request else 'Response'}"


@dataclass(frozen=True)
class Broken:
    """A payload that breaks one rule at one place."""

    breach: Breach
    kind: str | None
    path: str
    value: Any


@cache
def load_schemas(version: Version) -> dict[str, dict[str, Any]]:
    """Give the schemas of a version by their file's name without .json."""
    folder = resources.files("ocpp") / FOLDERS[version] / "schemas"
    return {
        file.name.removesuffix(".json"): json.loads(file.read_text("utf-8-sig"))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }


def name_files(message: Message) -> tuple[str, str | None]:
    """Name the schema files of a message's request and response."""
    plain = message.version == "ocpp1.6" or message.is_send
    request = message.action if plain else f"{message.action}Request"
    return request, None if message.is_send else f"{message.action}Response"


def list_payloads() -> list[Payload]:
    """Give every request and response of every version."""
    found = []
    for version, messages in CATALOGUE.items():
        schemas = load_schemas(version)
        for message in messages.values():
            request, response = name_files(message)
            found.append(Payload(message, True, schemas[request]))
            if response is not None:
                found.append(Payload(message, False, schemas[response]))
    return found


def resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        shared: dict[str, Any] = root["definitions"][schema["$ref"].rpartition("/")[2]]
        return shared
    return schema


def build(schema: dict[str, Any], root: dict[str, Any], *, full: bool) -> Any:
    """Build the largest payload (lists cut at two) or the smallest."""
    schema = resolve(schema, root)
    if "enum" in schema:
        return schema["enum"][-1 if full else 0]
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("properties", {}) if full else schema.get("required", [])
        return {key: build(schema["properties"][key], root, full=full) for key in wanted}
    if kind == "array":
        count = min(schema.get("maxItems", 2), 2) if full else schema.get("minItems", 0)
        return [build(schema["items"], root, full=full) for _ in range(count)]
    return build_scalar(schema, full=full)


def build_scalar(schema: dict[str, Any], *, full: bool) -> Any:
    bounded = max(schema.get("minimum", 0), min(schema.get("maximum", 16), 16))
    text = "x" * (schema.get("maxLength", 60) if full else 1)
    formats = {"date-time": MOMENT, "uri": "https://example.org/file", None: text}
    values = {
        "string": formats[schema.get("format")],
        "integer": int(bounded),
        "number": float(bounded),
        "boolean": full,
        None: {"any": [1, None, "text"]},
    }
    return values[schema.get("type")]


def list_places(
    schema: dict[str, Any], root: dict[str, Any], value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any], Any]]:
    """Give every place of a payload with its schema and value; vendors' own objects are not entered."""
    if schema.get("$ref", "").endswith("CustomDataType"):
        return
    schema = resolve(schema, root)
    yield path, schema, value
    if isinstance(value, dict):
        for key, item in value.items():
            if key in schema.get("properties", {}):
                yield from list_places(schema["properties"][key], root, item, (*path, key))
    if isinstance(value, list) and value:
        yield from list_places(schema["items"], root, value[0], (*path, 0))


def put(instance: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Copy a payload with another value at a place."""
    if not path:
        return value
    changed = copy.deepcopy(instance)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def list_breaches(schema: dict[str, Any], value: Any) -> Iterator[tuple[Breach, str, Any]]:
    """Give the ways to break one place's rules, and what then stands there."""
    kind = schema.get("type")
    if kind == "object":
        for key in schema.get("required", []):
            yield "missing", f".{key}", {name: item for name, item in value.items() if name != key}
        yield "unknown", "", {**value, "vendorsOwn": 1}
    if kind is not None:
        yield (
            "type",
            "",
            {"array": 5, "object": 5, "string": 5, "integer": "1", "number": {}, "boolean": 1}[kind],
        )
    if "enum" in schema:
        yield "enum", "", "NoSuchValue"
    if "maxLength" in schema:
        yield "long", "", "x" * (schema["maxLength"] + 1)
    if "minimum" in schema:
        yield "low", "", int(schema["minimum"]) - 1
    if "maximum" in schema:
        yield "high", "", int(schema["maximum"]) + 1
    if schema.get("minItems"):
        yield "empty", "", []
    if "maxItems" in schema:
        yield "many", "", [value[0]] * (schema["maxItems"] + 1)
    if schema.get("format") == "date-time":
        yield "date", "", "01.02.2026 12:00"
    if "multipleOf" in schema:
        yield "steps", "", 16.05


def break_rules(payload: Payload) -> Iterator[Broken]:
    """Give every payload that breaks a single rule of the schema."""
    instance = build(payload.schema, payload.schema, full=True)
    for path, schema, value in list_places(payload.schema, payload.schema, instance):
        for breach, where, broken in list_breaches(schema, value):
            shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
            yield Broken(breach, schema.get("type"), f"${shown}{where}", put(instance, path, broken))
