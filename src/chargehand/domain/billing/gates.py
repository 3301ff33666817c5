"""Gates before money: what must be true of a charge before anybody is billed for it."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

import msgspec

#: A person entered the energy: what the meter says was weighed then.
BY_HAND: Final = "energy-by-hand"

_METER: Final = {
    "meter-backwards": "The meter ran backwards, so the energy is not known.",
    "energy-impossible": "The meter shows more energy than this plug can give in the time.",
    "energy-unknown": "No meter value tells how much energy was taken.",
}
_RECORD: Final = {
    "events-missing": ("incomplete", "Messages of this charge are missing."),
    "start-missing": ("incomplete", "The start of this charge was never told."),
    "ends-before-start": ("clock", "This charge ends before it starts."),
    "clock-not-credible": ("clock", "The charger's clock was wrong when this charge began."),
    "end-clock-not-credible": ("clock", "The charger's clock was wrong when this charge ended."),
}

#: Reasons of a stop that are the charger's own, or its grid's, and not the driver's (OCPP 1.6 Reason, 2.1
#: ReasonEnumType).
FAULT_REASONS: Final = frozenset(
    {
        "EmergencyStop",
        "GroundFault",
        "HardReset",
        "ImmediateReset",
        "OvercurrentFault",
        "PowerLoss",
        "PowerQuality",
        "Reboot",
        "SoftReset",
    }
)


class Problem(msgspec.Struct, frozen=True):
    """Why a charge is not billed before a person has looked: `suggestion` is what would settle it.

    `kind` is meter, incomplete, clock, authorization, signed, tariff or price; `suggestion` settle-repair,
    price, waive or choose-tariff.
    """

    kind: str
    sentence: str
    suggestion: str


class Policy(msgspec.Struct, frozen=True):
    """What is not billed: less than `least_wh` where the charge lasted less than `short_s` seconds, or where
    the charger broke it off. 0 bills everything.
    """

    least_wh: int = 100
    short_s: int = 300


def find_problem(*, energy_wh: Decimal | None, flags: Sequence[str], authorization: str) -> Problem | None:
    """Return the first reason why a record must not be priced, None where there is none.

    `flags` are the record's, `authorization` is what the token's check said ("" where it was not asked).
    """
    if energy_wh is None:
        sentence = next((_METER[flag] for flag in flags if flag in _METER), _METER["energy-unknown"])
        return Problem("meter", sentence, "settle-repair")
    if energy_wh < 0:
        return Problem("meter", "The energy of this charge is below zero.", "settle-repair")
    for flag in () if BY_HAND in flags else flags:
        if flag in _RECORD:
            kind, sentence = _RECORD[flag]
            return Problem(kind, sentence, "price")
    if authorization not in {"", "Accepted"}:
        return Problem("authorization", f"The token was {authorization} when this charge began.", "waive")
    return None


def is_waived(policy: Policy, *, energy_wh: Decimal, duration: timedelta, stop_reason: str) -> bool:
    """Tell whether so little was charged, and in such a way, that it is not billed."""
    if energy_wh >= policy.least_wh:
        return False
    return duration < timedelta(seconds=policy.short_s) or stop_reason in FAULT_REASONS
