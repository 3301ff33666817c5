"""Which findings stand, so that one event is told once and not again by what follows from it."""

from collections.abc import Collection
from typing import Final

import msgspec

_DAY = 86_400.0
#: How the words of detectors begin, which stand beside the kinds that they told.
BY: Final = "by "

#: How long (s) a finding's cause must be gone before the same is told again; seven days where not listed.
_REARM_S = {
    "voltage-sag": _DAY,
    "voltage-swell": _DAY,
    "phase-loss": _DAY,
    "silent-station": _DAY,
    "meter-rollback": 2 * _DAY,
}
_USUAL_REARM_S = 7 * _DAY
_EXPLAINS_S = 2 * _DAY
#: The usual warmth of a cabinet is learnt over weeks, so that one that was mended looks warm for as long.
_REMEMBERED_S = dict.fromkeys(("fan-failure", "filter-clogging"), 14 * _DAY)

_HEAT = ("contact-resistance-rise", "fan-failure", "filter-clogging")
_METER = ("meter-drift", "meter-frozen", "meter-rollback", "ct-reversed", "measurand-fault")

#: What a standing finding explains: these are not told beside it.
EXPLAINS: dict[str, tuple[str, ...]] = {
    "silent-station": ("unused-though-expected", "flapping-connectivity", "stuck-state", "weak-signal"),
    "flapping-connectivity": ("silent-station", "weak-signal", "unused-though-expected"),
    "weak-signal": ("flapping-connectivity", "silent-station"),
    "reboot-loop": ("flapping-connectivity", "silent-station", "failed-starts", "clock-drift", "stuck-state"),
    "firmware-regression": (
        *("failed-starts", "reboot-loop", "reported-fault", "flapping-connectivity", "stuck-state"),
        "contactor-wear",
    ),
    "contact-resistance-rise": (*_HEAT, "power-derating", "reported-fault", "failed-starts"),
    "fan-failure": (*_HEAT, "power-derating", "reported-fault"),
    "filter-clogging": (*_HEAT, "power-derating", "reported-fault"),
    "power-derating": (*_HEAT, "reported-fault", "meter-drift"),
    "connector-lock-failure": ("failed-starts", "stuck-state", "unused-though-expected", "reported-fault"),
    "failed-starts": (
        *("connector-lock-failure", "unused-though-expected", "reported-fault", "stuck-state"),
        "contactor-wear",
    ),
    "cable-cut": ("failed-starts", "unused-though-expected", "reported-fault", "stuck-state"),
    "ground-fault": ("failed-starts", "reported-fault", "isolation-decline", "connector-lock-failure"),
    "isolation-decline": ("failed-starts", "reported-fault", "ground-fault"),
    "contactor-welded": (*_METER, "reported-fault", "contactor-wear", "stuck-state", "failed-starts"),
    "contactor-wear": ("failed-starts",),
    "meter-frozen": (*_METER, "contactor-welded", "failed-starts", "reported-fault", "power-derating"),
    "meter-rollback": (*_METER, "contactor-welded", "failed-starts"),
    "meter-drift": ("meter-rollback", "ct-reversed"),
    "ct-reversed": (*_METER, "power-derating", "phase-imbalance", "contactor-welded"),
    "measurand-fault": (*_METER, "power-derating", "contactor-welded", *_HEAT),
    "phase-loss": ("voltage-sag", "phase-imbalance", "power-derating", "meter-drift", "reported-fault"),
    "voltage-swell": ("voltage-sag", "phase-imbalance", "phase-loss", "reported-fault", "meter-drift"),
    "voltage-sag": ("phase-imbalance", "reported-fault", "silent-station"),
    "stuck-state": ("unused-though-expected", "failed-starts"),
    "unused-though-expected": ("stuck-state",),
    "payment-terminal-fault": ("unused-though-expected", "failed-starts"),
    "reported-fault": ("failed-starts", "stuck-state", "unused-though-expected", "power-derating"),
}
_EXPLAINED_BY: dict[str, list[str]] = {}
for _cause, _effects in EXPLAINS.items():
    for _effect in _effects:
        _EXPLAINED_BY.setdefault(_effect, []).append(_cause)


class Latch(msgspec.Struct, gc=False):
    """When (s) a finding was made and when its cause was last seen."""

    found: float
    seen: float


class Ledger(msgspec.Struct, gc=False):
    """The findings that stand, by place and kind; places are
    `station#evse`, `station`, `@site`, `&model firmware`.
    """

    standing: dict[str, dict[str, Latch]] = {}

    def holds(self, place: str, kind: str, now: float) -> bool:
        """Tell whether a finding of that kind stands at a place; its cause has been seen again now."""
        latch = self.standing.get(place, {}).get(kind)
        if latch is None or now - latch.seen > _REARM_S.get(kind, _USUAL_REARM_S):
            return False
        latch.seen = max(latch.seen, now)
        return True

    def is_explained(self, places: tuple[str, ...], kind: str, now: float) -> bool:
        """Tell whether a standing finding at one of the places explains this kind."""
        lasts = _REMEMBERED_S.get(kind, _EXPLAINS_S)
        for place in places:
            standing = self.standing.get(place)
            if standing:
                for cause in _EXPLAINED_BY.get(kind, ()):
                    latch = standing.get(cause)
                    if latch is not None and cause != kind and now - latch.seen < lasts:
                        return True
        return False

    def stood(self, place: str, kind: str, since: float) -> bool:
        """Tell whether a finding of that kind was seen at a place since a time, without touching it."""
        latch = self.standing.get(place, {}).get(kind)
        return latch is not None and latch.seen >= since

    def latch(self, place: str, kind: str, now: float) -> None:
        """Write down a finding."""
        self.standing.setdefault(place, {})[kind] = Latch(now, now)

    def rearm(self, place: str, kinds: Collection[str]) -> None:
        """Let findings of these kinds be made again at a place; what else stands there goes on standing."""
        standing = self.standing.get(place, {})
        for name in [each for each in standing if each in kinds or each.startswith(BY)]:
            del standing[name]

    def forget(self, station: str) -> None:
        """Forget what stands at a station, after maintenance."""
        for place in [each for each in self.standing if each == station or each.startswith(f"{station}#")]:
            del self.standing[place]
