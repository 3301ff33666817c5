"""OBIS codes of energy registers as meters write them."""

import re
from typing import Final

_CODE: Final = re.compile(
    r"([0-9a-f]{1,2})-([0-9a-z]{1,2}):([0-9a-f]{1,2})\.([0-9a-f]{1,2})\.([0-9a-z]{1,2})(?:[.*]([0-9a-f]{1,3}))?"
)
# OCMF reserves B0..BF for imported and C0..CF for exported energy of compensated registers; 98 and 9E
# are manufacturers' registers for energy after losses in the cable.
_IMPORT: Final = frozenset({0x01, 0x98, 0x9E, *range(0xB0, 0xC0)})
_EXPORT: Final = frozenset({0x02, *range(0xC0, 0xC8)})


def is_energy_import(code: str) -> bool:
    """Tell whether a code names energy given to vehicles: 1-b:1.8.x or a compensated register."""
    return _group_c(code) in _IMPORT


def is_energy(code: str) -> bool:
    """Tell whether a code names energy in either direction."""
    return _group_c(code) in _IMPORT | _EXPORT


def _group_c(code: str) -> int | None:
    """Return the quantity of an electricity register that counts energy (A = 1, D = 8)."""
    found = _CODE.fullmatch(code.strip().lower())
    if found is None or int(found[1], 16) != 1 or int(found[4], 16) != 8:
        return None
    return int(found[3], 16)
