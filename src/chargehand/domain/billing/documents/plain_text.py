"""Text from outside, made safe to print: no control, direction or private characters, blanks made plain."""

import unicodedata
from typing import Final

#: Unicode general categories that no page and no XML document should carry.
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean(text: str) -> str:
    """Return the text in one line: every run of blanks is one, what cannot be printed is gone."""
    kept = (char if char.isspace() or not _is_unprintable(char) else "" for char in text)
    return " ".join("".join(kept).split())


def _is_unprintable(char: str) -> bool:
    return unicodedata.category(char) in _UNPRINTABLE


def is_blank(text: str) -> bool:
    """Tell whether nothing of the text can be printed."""
    return not clean(text)
