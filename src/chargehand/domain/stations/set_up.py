"""What is typed into the fields of a station so that it comes here: by brand, as data (quirks E17, E18, E1)."""

from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

_DEVICES: Final = "https://github.com/lbbrhzn/ocpp/blob/main/docs/supported-devices.md"


class Field(msgspec.Struct, frozen=True):
    """A field of the station's own set-up; `value` is a pattern of the parts of `Address`."""

    label: str | Promise
    value: str


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How a brand wants to be told: patterns of vendor and model in small letters, and where that was told.

    `path` is what the station then asks for, as a pattern.
    """

    vendor: str
    model: str = "*"
    fields: tuple[Field, ...]
    path: str
    note: str | Promise = ""
    link: str = ""


_WHOLE: Final = Field(lazy("Address of the central system"), "{url}/{identity}")
_BASE: Final = Field(lazy("Address, where the station adds its identity by itself"), "{url}/")
_IDENTITY: Final = Field(lazy("Identity"), "{identity}")

USUAL: Final = Recipe(vendor="*", fields=(_WHOLE, _BASE, _IDENTITY), path="/{identity}")

RECIPES: Final[tuple[Recipe, ...]] = (
    Recipe(
        vendor="*teison*",
        fields=(
            Field(lazy("Server"), "{host}:{port}"),
            Field(lazy("Port"), "ocpp1.6"),
            Field(lazy("Charge point id"), "{identity}"),
        ),
        path="/ocpp1.6/{identity}",
        note=lazy(
            "The field called port is the path. It may have to be switched off and on to connect again."
        ),
        link=_DEVICES,
    ),
    Recipe(
        vendor="*autel*",
        fields=(_BASE, _IDENTITY),
        path="/{identity}",
        note=lazy(
            "It speaks wss only once a file with the certificate authority was uploaded; else it drops to ws."
        ),
        link=_DEVICES,
    ),
    Recipe(
        vendor="*wall*box*",
        fields=(_BASE, _IDENTITY),
        path="/{identity}",
        note=lazy(
            "Leave its password empty, and set security profile 0 for it here, within a closed network only."
        ),
        link=_DEVICES,
    ),
    Recipe(
        vendor="*united chargers*",
        fields=(_WHOLE, _IDENTITY),
        path="/{identity}",
        note=lazy("It names no version of OCPP: set here that it is taken for 1.6."),
        link="https://github.com/steve-community/steve/issues/1109",
    ),
)


class Line(msgspec.Struct, frozen=True):
    """A field and what is typed into it."""

    label: str
    value: str


class SetUp(msgspec.Struct, frozen=True, kw_only=True):
    """What is typed in, field by field, and what to know of the brand ("" for nothing)."""

    lines: tuple[Line, ...]
    path: str
    note: str
    link: str


def recipe_of(vendor: str, model: str) -> Recipe:
    """Return the recipe of a brand; the usual one where nothing else is known."""
    said = vendor.casefold(), model.casefold()
    known = (each for each in RECIPES if all(map(fnmatchcase, said, (each.vendor, each.model))))
    return next(known, USUAL)


def write_set_up(*, url: str, identity: str, vendor: str = "", model: str = "") -> SetUp:
    """Return what to type into a station; `url` is where stations connect, without a path to their identity."""
    recipe, parts = recipe_of(vendor, model), urlsplit(url.rstrip("/"))
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    said = {
        "url": url.rstrip("/"),
        "host": parts.hostname or "",
        "port": port,
        "identity": quote(identity, safe=""),
    }
    return SetUp(
        lines=tuple(
            Line(str(field.label), identity if field.value == "{identity}" else field.value.format(**said))
            for field in recipe.fields
        ),
        path=recipe.path.format(**said),
        note=str(recipe.note),
        link=recipe.link,
    )
