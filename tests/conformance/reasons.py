"""Holding a section of the list of field quirks against the scenarios of a module."""

import re
from collections.abc import Iterable
from types import ModuleType
from typing import Any


def ids(letter: str, last: int, *, width: int = 1) -> list[str]:
    """Return the ids of a section, from 1 to `last`."""
    return [f"{letter}{number:0{width}}" for number in range(1, last + 1)]


def uncovered(
    module: dict[str, Any] | ModuleType, section: Iterable[str], reasons: dict[str, str]
) -> list[str]:
    """Return the ids of a section that have neither a scenario nor a reason, or have both."""
    names = module if isinstance(module, dict) else vars(module)
    heads = (found[1] for name in names if (found := re.match(r"test_((?:[a-z]\d+_(?:and_)?)+)", name)))
    told = {one.upper() for head in heads for one in re.findall(r"[a-z]\d+", head)}
    return [one for one in section if (one in told) == (one in reasons)]
