"""Read the JSON schemas of an OCPP version in the PyPI package `ocpp` into named types."""

import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from tools.ocpp_layout import (
    BLOCKS,
    BOTH_WAYS,
    COMMON_TYPES,
    FREE_TEXTS,
    INLINE_NAMES,
    LOOSE_LISTS,
    READINGS,
    SAID_BY_STATIONS,
    SENDS,
    SHARED_TYPES,
)

CONSTRAINTS = ("type", "format", "maxLength", "minimum", "maximum", "multipleOf", "minItems", "maxItems")


@dataclass
class Definition:
    """A named type of one version: an enumeration with its values, or a structure with its properties."""

    name: str
    values: list[str] = field(default_factory=list)
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)

    def uses(self) -> set[str]:
        """Name the types this one is made of."""
        return {name for schema in self.properties.values() if (name := find_reference(schema))}


def find_reference(schema: dict[str, Any]) -> str | None:
    """Name the type that a property is, or is a list of."""
    while "items" in schema:
        schema = schema["items"]
    return schema.get("type_name")


def name_type(name: str) -> str:
    """Turn a schema's name of a type into ours: IdTokenEnumType → IdTokenEnum, EVSEType → Evse."""
    return re.sub("^EVSE", "Evse", name.removesuffix("Type"))


class Version:
    """All messages and types of one OCPP version, read from its schemas."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.definitions: dict[str, Definition] = {}
        self.stations = SAID_BY_STATIONS[package]
        folder = resources.files("ocpp") / package / "schemas"
        for block in BLOCKS[package].values():
            for action in block:
                request = action if package == "v16" or action in SENDS else f"{action}Request"
                self.read_message(folder, request, f"{action}Request")
                if action not in SENDS:
                    self.read_message(folder, f"{action}Response", f"{action}Response")
        messages = {name for name in self.definitions if name.endswith(("Request", "Response"))}
        self.sent = self.find_parts({name for name in messages if self.is_sent(name)})

    def read_message(self, folder: Any, file: str, name: str) -> None:
        schema = json.loads((folder / f"{file}.json").read_text("utf-8-sig"))
        self.read_structure(name, schema, schema.get("definitions", {}))

    def read_structure(self, name: str, schema: dict[str, Any], shared: dict[str, Any]) -> None:
        properties = {
            key: self.read_property(name, key, value, shared)
            for key, value in schema.get("properties", {}).items()
        }
        self.add(Definition(name, properties=properties, required=schema.get("required", [])))

    def add(self, found: Definition) -> None:
        known = self.definitions.setdefault(found.name, found)
        if known != found:
            sys.exit(f"{self.package}: {found.name} has two shapes; give one another name")

    def read_property(
        self, owner: str, key: str, schema: dict[str, Any], shared: dict[str, Any]
    ) -> dict[str, Any]:
        """Reduce a property's schema to its constraints, with named types read and referred to."""
        if key in FREE_TEXTS.get(owner, ()):
            return {"type": "string"}
        if (owner, key) == ("SampledValue", "value"):
            return {"type": READINGS[self.package]}
        name = INLINE_NAMES.get((owner, key)) or INLINE_NAMES.get(("", key), "")
        if "$ref" in schema:
            reference = schema["$ref"].rpartition("/")[2]
            if reference == "CustomDataType":
                return {"type": "custom"}
            schema, name = shared[reference], name_type(reference)
        if "enum" in schema:
            self.add(Definition(name or sys.exit(f"no name for {owner}.{key}"), values=schema["enum"]))
        elif "properties" in schema:
            self.read_structure(name or sys.exit(f"no name for {owner}.{key}"), schema, shared)
        else:
            reduced = {word: schema[word] for word in CONSTRAINTS if word in schema}
            if key in LOOSE_LISTS.get(owner, ()):
                reduced.pop("minItems", None)
            if "items" in schema:
                reduced["items"] = self.read_property(owner, key, schema["items"], shared)
            return reduced
        return {"type_name": name}

    def is_sent(self, message: str) -> bool:
        """Whether we send this message: our requests, and our answers to theirs."""
        action = re.sub("(Request|Response)$", "", message)
        return action in BOTH_WAYS or (action in self.stations) == message.endswith("Response")

    def find_parts(self, names: set[str]) -> set[str]:
        """Name these types and everything they are made of."""
        todo = sorted(names.intersection(self.definitions))
        reached: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo.extend(self.definitions[name].uses())
        return reached

    def place_types(self) -> dict[str, list[str]]:
        """Give each type a module: its block's when one block alone uses it, else a shared one."""
        users: dict[str, set[str]] = defaultdict(set)
        for block, actions in BLOCKS[self.package].items():
            todo = [f"{action}{suffix}" for action in actions for suffix in ("Request", "Response")]
            while todo:
                name = todo.pop()
                if name in self.definitions and block not in users[name]:
                    users[name].add(block)
                    todo.extend(sorted(self.definitions[name].uses()))
        modules: dict[str, list[str]] = defaultdict(list)
        overrides = {
            name: module
            for module, roots in SHARED_TYPES.items()
            for name in self.find_parts(roots) - COMMON_TYPES
        }
        for name in self.definitions:
            home = next(iter(users[name])) if len(users[name]) == 1 else "types"
            modules[overrides.get(name, home)].append(name)
        return modules
