"""How each kind of fault is treated: what it belongs with, what shows it stands, what may be tried against it."""

from typing import Final, Literal, TypeAlias

import msgspec

from chargehand.domain.health.findings import SEVERITIES

Family: TypeAlias = Literal[
    "connectivity",
    "supply",
    "heat",
    "meter",
    "contactor",
    "insulation",
    "lock",
    "starts",
    "payment",
    "software",
    "power",
    "cable",
    "reported",
]
#: What shows that a fault stands: the connection, the plug's status, failed attempts; or only hands can tell.
Sign: TypeAlias = Literal["link", "status", "attempts", "hands"]
Step: TypeAlias = Literal["probe", "trigger", "soft-reset", "hard-reset", "block"]
Act: TypeAlias = Literal[
    "ask-status",
    "restart-when-idle",
    "restart-at-once",
    "unlock",
    "block",
    "send-technician",
    "call-network",
    "call-grid",
    "call-payment",
    "halt-firmware",
    "call-maker",
]

STEPS: Final[tuple[Step, ...]] = ("probe", "trigger", "soft-reset", "hard-reset", "block")
RESTARTS: Final[frozenset[str]] = frozenset({"soft-reset", "hard-reset"})

#: A fault of this severity endangers people: the plug is blocked at once and only people free it again.
DANGER: Final = 0


class Treatment(msgspec.Struct, frozen=True):
    """What belongs to a kind; `ladder` is tried by the system, in order, `acts` are what people may do."""

    family: Family
    sign: Sign
    ladder: tuple[Step, ...]
    acts: tuple[Act, ...]


_FULL: Final[tuple[Step, ...]] = STEPS
_NEVER: Final[tuple[Step, ...]] = ()
_BLOCK: Final[tuple[Step, ...]] = ("block",)
_HANDS: Final[tuple[Act, ...]] = ("send-technician", "block")
_RESTART: Final[tuple[Act, ...]] = ("restart-when-idle", "restart-at-once", "block", "send-technician")

TREATMENTS: Final[dict[str, Treatment]] = {
    "contact-resistance-rise": Treatment("heat", "hands", _NEVER, _HANDS),
    "fan-failure": Treatment("heat", "hands", _NEVER, _HANDS),
    "filter-clogging": Treatment("heat", "hands", _NEVER, ("send-technician",)),
    "voltage-sag": Treatment("supply", "attempts", _NEVER, ("call-grid", "ask-status")),
    "voltage-swell": Treatment("supply", "hands", _BLOCK, ("block", "call-grid", "send-technician")),
    "phase-loss": Treatment("supply", "hands", _NEVER, ("send-technician", "call-grid", "block")),
    "phase-imbalance": Treatment("supply", "hands", _NEVER, ("send-technician", "call-grid")),
    "contactor-welded": Treatment("contactor", "hands", _BLOCK, ("block", "send-technician")),
    "contactor-wear": Treatment("contactor", "hands", _NEVER, ("send-technician",)),
    "meter-drift": Treatment("meter", "hands", _NEVER, _HANDS),
    "meter-frozen": Treatment("meter", "hands", ("soft-reset",), _RESTART),
    "meter-rollback": Treatment("meter", "hands", _NEVER, _HANDS),
    "ct-reversed": Treatment("meter", "hands", _NEVER, _HANDS),
    "measurand-fault": Treatment("meter", "hands", _NEVER, ("call-maker", "restart-when-idle")),
    "connector-lock-failure": Treatment(
        "lock",
        "attempts",
        ("trigger", "soft-reset", "hard-reset", "block"),
        ("unlock", *_RESTART),
    ),
    "ground-fault": Treatment("insulation", "status", _BLOCK, ("block", "send-technician")),
    "isolation-decline": Treatment("insulation", "hands", _BLOCK, ("block", "send-technician")),
    "flapping-connectivity": Treatment(
        "connectivity", "link", _NEVER, ("call-network", "restart-when-idle", "send-technician")
    ),
    "weak-signal": Treatment("connectivity", "hands", _NEVER, ("call-network", "send-technician")),
    "silent-station": Treatment(
        "connectivity",
        "link",
        ("probe", "trigger"),
        ("ask-status", "call-network", "send-technician"),
    ),
    "clock-drift": Treatment("software", "hands", ("trigger",), ("ask-status", "restart-when-idle")),
    "stuck-state": Treatment(
        "starts",
        "status",
        ("trigger", "soft-reset", "hard-reset", "block"),
        ("unlock", "ask-status", *_RESTART),
    ),
    "failed-starts": Treatment("starts", "attempts", _FULL, _RESTART),
    "reboot-loop": Treatment("software", "attempts", _NEVER, ("call-maker", "send-technician", "block")),
    "power-derating": Treatment("power", "hands", ("trigger", "soft-reset"), _RESTART),
    "cable-cut": Treatment("cable", "hands", _BLOCK, ("block", "send-technician")),
    "payment-terminal-fault": Treatment(
        "payment",
        "hands",
        ("probe", "soft-reset"),
        ("call-payment", "restart-when-idle", "send-technician"),
    ),
    "firmware-regression": Treatment("software", "attempts", _NEVER, ("halt-firmware", "call-maker")),
    "unused-though-expected": Treatment(
        "starts",
        "attempts",
        ("probe", "trigger", "soft-reset"),
        ("ask-status", "restart-when-idle", "send-technician"),
    ),
    "reported-fault": Treatment("reported", "status", _FULL, ("ask-status", *_RESTART)),
}

#: Where several stations of a site have the same at the same time, the site has it.
OF_THE_SITE: Final[frozenset[str]] = frozenset({"connectivity", "supply"})

#: Where danger is near no restart helps: these are blocked and nothing else, whatever people set.
BLOCK_ONLY: Final[frozenset[str]] = frozenset(
    kind for kind, treatment in TREATMENTS.items() if treatment.ladder == _BLOCK
)


def treatment_of(kind: str) -> Treatment:
    """Return the treatment of a kind; one that is not in the table is treated as reported by the station."""
    return TREATMENTS.get(kind, TREATMENTS["reported-fault"])


def severity_of(kind: str) -> int:
    """Return the usual severity of a kind, 0 (danger) to 9."""
    return SEVERITIES.get(kind, 5)
