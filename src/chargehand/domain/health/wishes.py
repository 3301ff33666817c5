"""What is wanted of a station so that faults show, in steps: pure rules, no database.

A station of 1.6 refuses a list of measurands whole if it knows not one of them, so smaller lists follow.
"""

from typing import Final

import msgspec

_ENERGY: Final = "Energy.Active.Import.Register"
_LEAST: Final = (_ENERGY, "Power.Active.Import")
_USUAL: Final = (*_LEAST, "Current.Import", "Voltage")
#: Lists to try, the best first; temperature and speed of fans have no name among measurands of 2.x.
LISTS_16: Final = (
    (*_USUAL, "Current.Offered", "Temperature", "SoC"),
    (*_USUAL, "Temperature", "SoC"),
    (*_USUAL, "Temperature"),
    _USUAL,
    _LEAST,
)
LISTS_2: Final = (
    (*_USUAL, "Current.Offered", "SoC"),
    (*_USUAL, "SoC"),
    _USUAL,
    _LEAST,
)


class Target(msgspec.Struct, frozen=True):
    """Where a setting stands: 1.6 keys have no component."""

    component: str
    name: str


MEASURANDS_16: Final = Target("", "MeterValuesSampledData")
INTERVAL_16: Final = Target("", "MeterValueSampleInterval")
MEASURANDS_2: Final = Target("SampledDataCtrlr", "TxUpdatedMeasurands")
INTERVAL_2: Final = Target("SampledDataCtrlr", "TxUpdatedInterval")


def targets(version: str) -> tuple[Target, Target]:
    """Return where a version keeps measurands and interval."""
    return (MEASURANDS_16, INTERVAL_16) if version == "ocpp1.6" else (MEASURANDS_2, INTERVAL_2)


def next_list(version: str, current: str | None, refused: int) -> str | None:
    """Return the list of measurands to ask for after `refused` refusals; None: nothing more to ask.

    What the station sends already stays in every list; a list that adds nothing is not asked for.
    """
    have = [part.strip() for part in (current or "").split(",") if part.strip()]
    known = {part.casefold() for part in have}
    possible: list[str] = []
    for wanted in LISTS_16 if version == "ocpp1.6" else LISTS_2:
        missing = [name for name in wanted if name.casefold() not in known]
        if not missing:
            break
        text = ",".join([*have, *missing])
        if text not in possible:
            possible.append(text)
    return possible[refused] if refused < len(possible) else None


def interval(current: str | None, wanted_s: int) -> str | None:
    """Return the interval (s) to ask for; None where the station already tells as often, or is not known to."""
    if current is None or not current.strip().isdecimal():
        return None
    told = int(current.strip())
    return None if 0 < told <= wanted_s else str(wanted_s)
