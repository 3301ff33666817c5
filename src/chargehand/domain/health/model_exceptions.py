"""Models that must not be asked certain things when the system repairs by itself (quirks E9, F4, F6)."""

from fnmatch import fnmatchcase
from typing import Final

import msgspec

from chargehand.domain.health.treatments import Step


class Forbidden(msgspec.Struct, frozen=True):
    """Steps that harm a model: patterns of vendor, model and firmware in small letters, why, and where told."""

    vendor: str
    model: str
    firmware: str
    steps: tuple[Step, ...]
    reason: str
    link: str


FORBIDDEN: Final[tuple[Forbidden, ...]] = (
    Forbidden(
        "abb*",
        "*terra*",
        "1.[0-8]*",
        ("probe", "trigger"),
        "Restarts when it is asked for values (up to firmware 1.8.21).",
        "https://github.com/lbbrhzn/ocpp/issues/1275",
    ),
    Forbidden(
        "*starcharge*",
        "*",
        "*",
        ("probe",),
        "Restarts when its configuration is read.",
        "https://github.com/evcc-io/evcc/issues/30113",
    ),
    Forbidden(
        "*star charge*",
        "*",
        "*",
        ("probe",),
        "Restarts when its configuration is read.",
        "https://github.com/evcc-io/evcc/issues/30113",
    ),
    Forbidden(
        "*syncev*",
        "*",
        "*",
        ("probe", "trigger"),
        "Restarts when it is asked what it can do.",
        "https://github.com/lbbrhzn/ocpp/issues/1153",
    ),
    Forbidden(
        "*en+*",
        "*",
        "*",
        ("block",),
        "Hangs when its availability is changed.",
        "https://github.com/evcc-io/evcc/issues/30217",
    ),
    Forbidden(
        "*teison*",
        "*",
        "*",
        ("hard-reset",),
        "May not connect again by itself.",
        "https://github.com/lbbrhzn/ocpp/blob/main/docs/supported-devices.md",
    ),
)


def find_forbidden(step: str, *, vendor: str, model: str, firmware: str) -> Forbidden | None:
    """Return why a step must not be taken at this model, None where it may."""
    said = vendor.casefold(), model.casefold(), firmware.casefold()
    for each in FORBIDDEN:
        patterns = each.vendor, each.model, each.firmware
        matches = all(fnmatchcase(word, pattern) for word, pattern in zip(said, patterns, strict=True))
        if step in each.steps and matches:
            return each
    return None
