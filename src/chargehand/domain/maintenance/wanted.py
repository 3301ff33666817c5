"""Wanted settings: which profile holds for a station, and how what it reported compares. Pure rules."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

import msgspec

#: Words after which asking again is useless until value or firmware change (2.0.1 3.79, 1.6 7.21).
REFUSALS: Final = frozenset(
    {"Rejected", "NotSupported", "UnknownVariable", "UnknownComponent", "NotSupportedAttributeType"}
)
NEEDS_RESTART: Final = "RebootRequired"
MOST_ATTEMPTS: Final = 3
#: Pauses after the first, second, ... attempt that did not take.
PAUSES: Final = (timedelta(hours=1), timedelta(hours=8), timedelta(days=1))

State: TypeAlias = Literal[
    "same", "differs", "unread", "unknown", "readonly", "refused", "gave-up", "restart"
]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A wanted value; without a component it is a key of 1.6, with one a variable of 2.x."""

    name: str
    value: str
    component: str = ""
    component_instance: str = ""
    evse: int = 0
    connector: int = 0
    instance: str = ""

    @property
    def key(self) -> str:
        """What names the setting, in lower case: two wanted values of one key exclude each other."""
        return key_of(
            self.component, self.component_instance, self.evse, self.connector, self.name, self.instance
        )

    def is_for(self, version: str) -> bool:
        """Tell whether stations of an OCPP version have such a setting."""
        return (self.component == "") == (version == "ocpp1.6")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Wanted settings and whose: "" and None mean any."""

    id: int
    name: str
    settings: tuple[Wanted, ...]
    vendor: str = ""
    model: str = ""
    location_id: int | None = None
    station_id: int | None = None
    is_enforced: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        """How special it is: a station's own beats its location's, that a model's, that everybody's."""
        special = (
            4 if self.station_id else 3 if self.location_id else 2 if self.model else 1 if self.vendor else 0
        )
        return special, self.id

    def is_for(self, station_id: int, location_id: int | None, vendor: str, model: str) -> bool:
        """Tell whether a station is in scope."""
        return (
            self.station_id in (None, station_id)
            and (self.location_id is None or self.location_id == location_id)
            and self.vendor.lower() in ("", vendor.lower())
            and self.model.lower() in ("", model.lower())
        )


class Reported(msgspec.Struct, frozen=True):
    """What a station said of a setting."""

    value: str | None
    is_readonly: bool | None
    at: datetime


class Attempt(msgspec.Struct, frozen=True):
    """What came of writing a value: the station's word, "" while there is none."""

    value: str
    firmware_version: str
    attempts: int
    asked_at: datetime
    word: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A wanted setting beside the reported one.

    same; differs; unread (the station never reported settings); unknown (it reported others, not this one);
    readonly; refused; gave-up (accepted, yet never kept); restart (holds after the next one).
    """

    wanted: Wanted
    profile_id: int
    profile_name: str
    is_enforced: bool
    reported: str | None
    reported_at: datetime | None
    state: State
    word: str = ""
    try_after: datetime | None = None


def key_of(
    component: str, component_instance: str, evse: int, connector: int, name: str, instance: str
) -> str:
    """Return what names a setting, whatever the letter case; keys of 1.6 have no component (or OCPP16)."""
    component = "" if component.upper() == "OCPP16" else component
    parts = (component, component_instance, str(evse), str(connector), name, instance)
    return "/".join(part.lower().replace("/", "%2f") for part in parts)


def effective(profiles: Iterable[Profile], version: str) -> list[tuple[Wanted, Profile]]:
    """Return the settings wanted of a station of which all these profiles hold: the most special ones win."""
    found: dict[str, tuple[Wanted, Profile]] = {}
    for profile in sorted(profiles, key=lambda each: each.rank):
        for wanted in profile.settings:
            if wanted.is_for(version):
                found[wanted.key] = (wanted, profile)
    return [found[key] for key in sorted(found)]


def is_same(reported: str | None, wanted: str) -> bool:
    """Tell whether two values mean the same: case, blanks and the order of a list make no difference (quirk G1)."""
    if reported is None:
        return False
    left, right = (sorted(part.strip().casefold() for part in text.split(",")) for text in (reported, wanted))
    return left == right or _number(reported) == _number(wanted) is not None


def compare(
    wanted: Wanted,
    profile: Profile,
    reported: Reported | None,
    attempt: Attempt | None,
    *,
    firmware_version: str,
    has_reported: bool,
) -> Comparison:
    """Return how a setting stands. An attempt for another value or firmware does not count."""
    if attempt is not None and (attempt.value, attempt.firmware_version) != (wanted.value, firmware_version):
        attempt = None
    word = attempt.word if attempt else ""
    return Comparison(
        wanted=wanted,
        profile_id=profile.id,
        profile_name=profile.name,
        is_enforced=profile.is_enforced,
        reported=reported.value if reported else None,
        reported_at=reported.at if reported else None,
        state=_state(wanted, reported, attempt, has_reported=has_reported),
        word=word,
        try_after=_try_after(attempt),
    )


def to_write(comparisons: Sequence[Comparison], now: datetime, *, most: int) -> list[Wanted]:
    """Return what is worth writing now: what differs, and was not tried just before."""
    due = [
        each.wanted
        for each in comparisons
        if each.state == "differs" and (each.try_after is None or each.try_after <= now)
    ]
    return due[:most]


def _state(
    wanted: Wanted, reported: Reported | None, attempt: Attempt | None, *, has_reported: bool
) -> State:
    if reported is not None and is_same(reported.value, wanted.value):
        return "same"
    if attempt is not None and attempt.word in REFUSALS:
        return "refused"
    if attempt is not None and attempt.word == NEEDS_RESTART:
        return "restart"
    if reported is None:
        return "unknown" if has_reported else "unread"
    if reported.is_readonly:
        return "readonly"
    return "gave-up" if attempt is not None and attempt.attempts >= MOST_ATTEMPTS else "differs"


def _try_after(attempt: Attempt | None) -> datetime | None:
    if attempt is None:
        return None
    return attempt.asked_at + PAUSES[min(attempt.attempts, len(PAUSES)) - 1]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
