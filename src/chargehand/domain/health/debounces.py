"""How long a fault must stand until it is an incident, by kind and model (quirks E9, F7)."""

from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from chargehand.domain.health.treatments import DANGER, treatment_of


class Patience(msgspec.Struct, frozen=True):
    """A model that is known to come back by itself: patterns of vendor and model, seconds, why, and where told."""

    family: str
    vendor: str
    model: str
    seconds: int
    reason: str
    link: str


#: A Faulted that is gone within seconds is none (quirk F7); what stays reaches a person within a minute of the
#: message that tells it: 30 s here, 10 s until the next round, 5 s until it is sent. Silence has no message: four
#: to five minutes are asked for in the field.
USUAL: Final[dict[str, int]] = {
    "connectivity": 300,
    "reported": 30,
    "supply": 30,
    "lock": 30,
}

#: Protection that trips and contacts too hot are no flicker: a station that says one of these is believed at once.
HARD: Final[frozenset[str]] = frozenset(
    {
        "cable-cut",
        "contact-resistance-rise",
        "contactor-welded",
        "ground-fault",
        "isolation-decline",
        "phase-loss",
        "voltage-swell",
    }
)

#: A station that a detector found silent was so for several intervals: only a last look is taken.
FOUND: Final[dict[str, int]] = {"connectivity": 120}

MODELS: Final[tuple[Patience, ...]] = (
    Patience(
        "connectivity",
        "*fox*",
        "*",
        1_200,
        "Comes back only after 6 to 19 minutes.",
        "https://github.com/lbbrhzn/ocpp/blob/main/docs/supported-devices.md",
    ),
    Patience(
        "connectivity",
        "*go-e*",
        "*",
        600,
        "Restarts when its connection is lost.",
        "https://github.com/lbbrhzn/ocpp/issues/289",
    ),
    Patience(
        "reported",
        "abb",
        "*",
        240,
        "Reports an error while the car leaves and takes it back.",
        "https://github.com/sap-labs-france/ev-server",
    ),
)


class Custom(msgspec.Struct, frozen=True):
    """What an operator set for a model of theirs; "" for vendor or model is any."""

    family: str
    vendor: str
    model: str
    seconds: int


def find_debounce(
    *,
    kind: str,
    severity: int,
    vendor: str,
    model: str,
    is_found: bool,
    is_hard: bool = False,
    customs: tuple[Custom, ...] = (),
) -> timedelta:
    """Return how long to wait; danger waits for nothing.

    `is_found`: a detector is certain; otherwise the station or its connection says so. `is_hard`: what it says
    is one of `HARD`, though the incident may have a more cautious name. What an operator set wins over the
    table, the more exact over the general; models that take such reports back get their time all the same.
    """
    if severity <= DANGER:
        return timedelta(0)
    family = treatment_of(kind).family
    own = [
        custom
        for custom in customs
        if custom.family == family
        and custom.vendor.casefold() in {"", vendor.casefold()}
        and custom.model.casefold() in {"", model.casefold()}
    ]
    if own:
        best = max(own, key=lambda custom: (bool(custom.vendor) + bool(custom.model), custom.seconds))
        return timedelta(seconds=best.seconds)
    known = [
        each.seconds
        for each in MODELS
        if each.family == family
        and fnmatchcase(vendor.casefold(), each.vendor)
        and fnmatchcase(model.casefold(), each.model)
    ]
    usual = 0 if is_hard else (FOUND if is_found else USUAL).get(family, 0)
    return timedelta(seconds=max([usual, *known]))
