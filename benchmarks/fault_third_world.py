"""The surroundings of the third fleet: weather, voltage, cars, and how stations of many makes talk."""

from dataclasses import dataclass, field
from math import pi, sin
from random import Random

DAY = 86_400.0
HOUR = 3_600.0

#: Measurands as stations are set up: E register, P power, U, I, T plug, B body, S SoC, R fan, O offer, C cos φ.
SETS_AC = (
    *("E", "EP", "EPI", "EUI", "EPUI", "EPUIT", "EPUITO", "EPUIC", "PUIT"),
    *("EPUITBC", "EIT", "EPTB", "EPUIB"),
)
SETS_DC = ("EPUIS", "EPS", "EP", "EPUISTB", "EPUISTBR", "EPUIT", "EPSTBRO", "PUISB", "EPUISO", "EPUITS")
SAMPLING_S = (60, 60, 120, 300, 300, 300, 600, 900)
SAMPLING_DC_S = (10, 30, 60, 60, 120, 300)


@dataclass
class Make:
    """A make: what its stations are, which words they use, how finely they measure."""

    is_dc: bool
    phases: int
    max_w: float
    max_a: float
    vendor: str
    model: str
    is_v2: bool
    letters: str
    sample_s: int
    clock_aligned: bool
    by_phase: bool
    to_neutral: bool
    in_kilo: bool
    step_wh: float
    beat_s: int
    tells_signal: bool
    tells_states: bool
    has_codes: bool
    power_noise: float
    volt_noise: float
    amp_noise: float
    heat_noise: float
    latency_s: float
    latency_spread: float
    firmware: str = "1.4.2"


def make_make(rng: Random, letters: str = "", *, is_dc: bool | None = None) -> Make:
    """Draw a make; `letters` are measurands that it must tell."""
    is_dc = rng.random() < 0.4 if is_dc is None else is_dc
    sets = [each for each in (SETS_DC if is_dc else SETS_AC) if set(letters) <= set(each)]
    max_w = rng.choice((50e3, 150e3, 300e3)) if is_dc else rng.choice((7_400.0, 11_040.0, 22_080.0, 22_080.0))
    phases = 1 if max_w == 7_400.0 else 3
    max_a = {50e3: 125.0, 150e3: 350.0, 300e3: 500.0, 11_040.0: 16.0}.get(max_w, 32.0)
    is_v2 = rng.random() < 0.4
    return Make(
        is_dc=is_dc, phases=1 if is_dc else phases, max_w=max_w, max_a=max_a,
        vendor=rng.choice(("Nordlade", "Voltix", "ACME", "Ökostrom GmbH")),
        model=f"{'DC' if is_dc else 'AC'}-{max_w / 1000:.0f}-{rng.randint(1, 4)}",
        is_v2=is_v2, letters=rng.choice(sets) if sets else "E" + letters,
        sample_s=rng.choice(SAMPLING_DC_S if is_dc else SAMPLING_S), clock_aligned=rng.random() < 0.35,
        by_phase=rng.random() < 0.6, to_neutral=rng.random() < 0.4, in_kilo=rng.random() < 0.35,
        step_wh=rng.choice((1.0, 1.0, 1.0, 10.0, 100.0)), beat_s=rng.choice((240, 300, 600, 900, 900, 3600)),
        tells_signal=rng.random() < 0.5, tells_states=not is_v2 or rng.random() < 0.5,
        has_codes=rng.random() < 0.6, power_noise=rng.uniform(0.0005, 0.008),
        volt_noise=rng.uniform(0.2, 1.5), amp_noise=rng.uniform(0.01, 0.2),
        heat_noise=rng.choice((0.2, 0.5, 1.0, 1.5)), latency_s=rng.uniform(2, 9),
        latency_spread=rng.choice((0.05, 0.1, 0.2)),
    )  # fmt: skip


@dataclass
class Spot:
    """A site: its weather, its grid, how busy it is, when its router is down."""

    name: str
    warm_c: float
    phase: float
    grid_v: float
    sag_v: float
    visits: float
    router_down: list[tuple[float, float]] = field(default_factory=list)
    daily: list[float] = field(default_factory=list)

    def celsius(self, at: float, begin: float) -> float:
        """Return the temperature outside, by season, weather and hour."""
        day = (at - begin) / DAY
        weather = self.daily[min(len(self.daily) - 1, int(day))]
        return (
            self.warm_c + 8 * sin(2 * pi * day / 365 + self.phase) + weather + 5 * sin(2 * pi * (day - 0.38))
        )

    def volts(self, at: float) -> float:
        """Return the voltage without load."""
        return self.grid_v + 2.5 * sin(2 * pi * (at / DAY - 0.1)) + 1.2 * sin(at / 1_700.0)


def make_spot(rng: Random, name: str, days: int, visits: float) -> Spot:
    """Draw a site."""
    weather, daily = 0.0, []
    for _ in range(days + 1):
        weather = 0.8 * weather + rng.gauss(0, 1.8)
        daily.append(weather)
    return Spot(
        name, rng.uniform(6, 18), rng.uniform(0, 6), rng.uniform(226, 238), rng.uniform(0.02, 0.08),
        visits * rng.uniform(0.5, 1.8), daily=daily,
    )  # fmt: skip


#: How busy each hour of a day is.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 9, 7, 6, 6, 7, 7, 6, 7, 9, 10, 9, 7, 5, 4, 2, 1)
BUSIEST = max(_HOURS)


def is_wanted(rng: Random, at: float, weekend: float) -> bool:
    """Tell whether a visit drawn at the busiest rate happens at this hour."""
    share = _HOURS[int(at % DAY // HOUR)] / BUSIEST
    return rng.random() < share * (weekend if int(at // DAY + 3) % 7 >= 5 else 1.0)


@dataclass
class Car:
    """A car: its token, what it can take (A a phase and phases, or W), what it wants (Wh), how full it is."""

    token: str
    kind: str
    amps: float
    phases: int
    watts: float
    wants_wh: float
    soc: float
    size_wh: float
    stays_s: float


def make_car(rng: Random, *, is_dc: bool, adhoc: float) -> Car:
    """Draw a car and its driver."""
    is_regular = rng.random() < 0.5
    token = f"R{rng.randint(1, 40)}" if is_regular else f"T{rng.getrandbits(30):08x}"
    kind = (
        "rfid"
        if is_regular
        else ("adhoc" if rng.random() < adhoc else rng.choice(("rfid", "app", "contract")))
    )
    size = rng.choice((40e3, 58e3, 77e3, 95e3))
    soc = rng.uniform(0.05, 0.75)
    return Car(
        token, kind, rng.choice((16, 16, 16, 32, 10, 13)), rng.choice((3, 3, 3, 1, 2)),
        rng.choice((50e3, 75e3, 100e3, 135e3, 170e3, 250e3)), (rng.uniform(0.6, 1.0) - min(soc, 0.55)) * size,
        soc, size, rng.uniform(0.25, 1.2) * HOUR if is_dc else rng.uniform(0.7, 6) * HOUR,
    )  # fmt: skip


@dataclass
class Fault:
    """A fault: kind, plug (0: the station), from when to when (s), figures by name; `shown` counts its lines."""

    kind: str
    evse: int
    on: float
    off: float
    service: float | None = None
    p: dict[str, float] = field(default_factory=dict)
    shown: int = 0


@dataclass
class Stand:
    """What a station is, where and when it stands, and what is wrong with it."""

    name: str
    make: Make
    spot: Spot
    rng: Random
    begin: float
    end: float
    plugs: int = 1
    fault: Fault | None = None

    def days(self, kind: str, at: float, evse: int = 0) -> float | None:
        """Return for how many days the station's fault of this kind has been there, None if it is not."""
        fault = self.fault
        if fault is None or fault.kind != kind or not fault.on <= at < fault.off:
            return None
        return None if evse and fault.evse and fault.evse != evse else (at - fault.on) / DAY

    def figure(self, name: str) -> float:
        assert self.fault is not None
        return self.fault.p[name]
