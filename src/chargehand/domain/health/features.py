"""What detectors see: readings, sessions, attempts and dwells, and the plate of the station they come from."""

import msgspec


class Plate(msgspec.Struct, gc=False):
    """What is known of a station's make; `nominal_v` is phase to neutral for AC."""

    station: str
    site: str = ""
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    kind: str = "AC"
    phases: int = 3
    max_power_w: float = 22_000.0
    max_current_a: float = 32.0
    connectors: int = 1
    nominal_v: float = 230.0
    is_told: bool = False

    @property
    def is_dc(self) -> bool:
        return self.kind == "DC"

    @property
    def cohort(self) -> str:
        """Return the name of all stations of the same model."""
        return f"{self.vendor} {self.model}"


class Reading(msgspec.Struct, gc=False):
    """The samples of one moment in base units (V, A, W, Wh, °C, per cent), None where not measured.

    `at` is the station's credible time, `received` ours, both in s; `names` the measurands present;
    `in_session` whether a transaction runs, `began` since when, `is_limited` whether a limit of our own is in force.
    """

    plate: Plate
    at: float
    received: float
    names: frozenset[str]
    u1: float | None = None
    u2: float | None = None
    u3: float | None = None
    i1: float | None = None
    i2: float | None = None
    i3: float | None = None
    supply_v: float | None = None
    power_w: float | None = None
    least_phase_w: float | None = None
    energy_wh: float | None = None
    plug_c: float | None = None
    body_c: float | None = None
    soc: float | None = None
    rpm: float | None = None
    offered_a: float | None = None
    offered_w: float | None = None
    power_factor: float | None = None
    in_session: bool = False
    is_limited: bool = False
    idle_since: float = 0.0
    began: float = 0.0
    amps: float = 0.0
    """The highest current of a phase."""
    apparent: float | None = None
    """The sum of voltage times current (VA), None unless both are measured."""
    watts: float = 0.0
    """The power, or what voltage and current make of it, or for AC the current at nominal voltage."""


class Session(msgspec.Struct, gc=False):
    """One finished transaction: times in s, energy in Wh, the highest power (W) and current (A) seen."""

    plate: Plate
    began: float
    ended: float
    energy_wh: float | None
    token: str | None
    kind: str | None
    peak_w: float
    peak_a: float
    offered_w: float
    offered_a: float
    readings: int
    phases_used: int
    had_full_car: bool
    was_limited: bool
    had_company: bool
    reason: str


class Attempt(msgspec.Struct, gc=False):
    """Somebody tried to charge: it went well or not; `why` says how it ended, `token` who it was if known."""

    at: float
    went_well: bool
    token: str | None
    why: str
    had_lock_fault: bool = False
    lasted_s: float = 0.0


class Latency(msgspec.Struct, gc=False):
    """How long (s) the station took from one step of a start to the next."""

    at: float
    step: str
    took_s: float
