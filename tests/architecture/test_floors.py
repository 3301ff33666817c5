"""What import-linter cannot see: foreign keys between floors, and whether its contracts are complete."""

import configparser
from pathlib import Path

from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, Model

ROOT = Path(__file__).resolve().parents[2]
HOUSE = "chargehand."


def _contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def _floors() -> dict[str, int]:
    """The floor of each room with tables, counted from the top of the house downwards."""
    parser = _contracts()
    layers = parser["importlinter:contract:domain"]["layers"].split("\n")
    floors = {
        f"chargehand.domain.{room.strip(' ()')}": floor
        for floor, layer in enumerate(line for line in layers if line.strip())
        for room in layer.split("|")
    }
    doors = parser["importlinter:contract:doors"]["layers"].replace("\n", "|").split("|")
    floors |= {f"chargehand.interfaces.{door.strip(' ()')}": -1 for door in doors if door.strip()}
    return floors | {"chargehand.journal": 1_000}


def _room(model: type[Model]) -> str:
    return str(apps.get_app_config(model._meta.app_label).name)


def _references() -> list[tuple[type[Model], str, type[Model], str | None]]:
    return [
        (model, field.name, target, field.remote_field.related_name)
        for model in apps.get_models(include_auto_created=True)
        if _room(model).startswith(HOUSE)
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | ManyToManyField)
        and isinstance(target := field.related_model, type)
        and _room(target).startswith(HOUSE)
    ]


def test_a_foreign_key_points_to_the_same_or_a_lower_floor() -> None:
    floors = _floors()
    upward = [
        f"{model.__name__}.{name} → {target.__name__}"
        for model, name, target, _ in _references()
        if floors[_room(target)] < floors[_room(model)]
    ]
    assert upward == []


def test_a_foreign_key_to_another_room_gives_that_room_nothing_back() -> None:
    leaking = [
        f"{model.__name__}.{name}"
        for model, name, target, related_name in _references()
        if _room(model) != _room(target) and related_name != "+"
    ]
    assert leaking == []


def test_the_tables_of_every_room_are_protected() -> None:
    protected = {
        section["protected_modules"].strip()
        for section in _contracts().values()
        if section.get("type") == "protected"
    }
    rooms = {f"{_room(model)}.models" for model in apps.get_models() if _room(model).startswith(HOUSE)}
    assert rooms <= protected
