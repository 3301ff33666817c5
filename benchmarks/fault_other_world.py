"""The surroundings of the second fleet: sites with weather, grid and calendar, cars, and stations' habits."""

from bisect import bisect_right
from dataclasses import dataclass, field
from math import cos, pi
from random import Random

DAY = 86_400.0
HOUR = 3_600.0

#: Visits by hour of the day, for four sorts of places.
PROFILES = {
    "town": (1, 0, 0, 0, 0, 1, 2, 4, 6, 6, 6, 7, 7, 6, 6, 7, 8, 8, 7, 5, 4, 3, 2, 1),
    "office": (0, 0, 0, 0, 0, 1, 5, 12, 10, 5, 3, 3, 4, 3, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0),
    "home": (1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 7, 10, 10, 8, 6, 4, 3, 2),
    "road": (2, 1, 1, 1, 1, 2, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 5, 4, 4, 3, 2),
}
WEEKEND = {"town": 1.1, "office": 0.08, "home": 1.0, "road": 1.3}


@dataclass
class Car:
    """A car: phases and A it takes at AC, W at DC (0: none), and the size of its battery (Wh)."""

    token: str
    phases: int
    amps: float
    dc_w: float
    battery_wh: float
    is_adhoc: bool


def make_car(rng: Random, name: str) -> Car:
    """Draw a car from a mixed stock."""
    phases, amps = rng.choices(
        ((1, 16.0), (1, 32.0), (3, 16.0), (3, 32.0), (3, 24.0), (2, 16.0)), (12, 16, 46, 12, 6, 8)
    )[0]
    dc_w = rng.choice((0, 50e3, 75e3, 100e3, 120e3, 170e3, 220e3))
    return Car(name, phases, amps, dc_w, rng.uniform(28e3, 95e3), rng.random() < 0.35)


@dataclass
class Place:
    """A site: its air (°C) and voltage (V) at any time, who comes, and what happens to all of its stations."""

    name: str
    seed: str
    begins: float
    days: int
    profile: str = "town"
    visits: float = 3.0
    level_v: float = 230.0
    dip_v: float = 4.0
    noise_v: float = 0.9
    mean_c: float = 12.0
    swing_c: float = 4.0
    fronts: list[float] = field(default_factory=list)
    holidays: set[int] = field(default_factory=set)
    outages: list[tuple[float, float]] = field(default_factory=list)
    limits: list[tuple[float, float]] = field(default_factory=list)
    cars: list[Car] = field(default_factory=list)
    stations: list[str] = field(default_factory=list)

    def air(self, at: float) -> float:
        """Return the temperature outside."""
        days = (at - self.begins) / DAY
        index = min(len(self.fronts) - 2, max(0, int(days)))
        part = days - index
        front = self.fronts[index] * (1 - part) + self.fronts[index + 1] * part
        season = 8.0 * cos(2 * pi * (at / (365.25 * DAY) - 0.54))
        return self.mean_c + season - self.swing_c * cos(2 * pi * (days - 0.13)) + front

    def volts(self, at: float, rng: Random, bias: float) -> float:
        """Return the voltage to neutral of a phase without load; evenings are lower."""
        evening = max(0.0, cos(2 * pi * ((at % DAY) / DAY - 0.79)))
        return self.level_v + bias - self.dip_v * evening + rng.gauss(0, self.noise_v)

    def rate(self, at: float) -> float:
        """Return visits a day and connector at this time."""
        day = int((at - self.begins) // DAY)
        weekday = int(at // DAY + 3) % 7
        profile = PROFILES[self.profile]
        share = profile[int(at % DAY // HOUR)] * 24 / sum(profile)
        if weekday >= 5 or day in self.holidays:
            share *= WEEKEND[self.profile] * (0.3 if day in self.holidays else 1.0)
        return self.visits * share


def make_place(seed: int, number: int, begins: float, days: int, visits: float) -> Place:
    """Draw a site."""
    name = f"{seed}/place/{number}"
    rng = Random(name)
    place = Place(f"Lot {number:03d}", name, begins, days, rng.choice(list(PROFILES)))
    place.visits = visits * rng.uniform(0.25, 1.6)
    place.level_v, place.dip_v = rng.uniform(224, 238), rng.uniform(1, 7)
    place.noise_v, place.mean_c = rng.uniform(0.4, 1.6), rng.uniform(7, 17)
    place.swing_c = rng.uniform(2, 7)
    front = 0.0
    wave = rng.randrange(days) if rng.random() < 0.25 else -9
    for day in range(days + 3):
        front = 0.75 * front + rng.gauss(0, 2.6)
        place.fronts.append(front + (15.0 if wave <= day < wave + 4 else 0.0))
    place.holidays = {day for day in range(days) if rng.random() < 0.02}
    if rng.random() < 0.3:
        at = begins + rng.uniform(5, days - 1) * DAY
        place.limits = [(at + n * DAY, at + n * DAY + 4 * HOUR) for n in range(rng.randint(1, 10))]
    place.cars = [make_car(rng, f"{number}-{n}") for n in range(rng.randint(25, 90))]
    return place


SUBSETS = {
    "energy": "E", "power": "EP", "electric": "EPIU", "no power": "EIU", "plug": "EPIUT", "full": "EPIUTBRO",
    "offered": "EPIUO", "battery": "EPS", "body": "EPIB", "totals": "EPT",
}  # fmt: skip
_INTERVALS = ((15, 3), (30, 5), (60, 22), (300, 40), (900, 30))


@dataclass
class Habits:
    """How a station tells things: sampling (s), names, units, register, noise."""

    interval_s: int
    letters: str
    suffix: str
    in_kilo: bool
    as_text: bool
    step_wh: int
    resets: bool
    idle_s: float
    is_new: bool
    beat_s: float
    offset_s: float
    noise_k: float
    has_kinds: bool
    zone: str
    has_codes: bool


def make_habits(rng: Random, *, is_dc: bool) -> Habits:
    """Draw what a firmware does its own way."""
    interval = rng.choices([each for each, _ in _INTERVALS], [weight for _, weight in _INTERVALS])[0]
    names = ["energy", "power", "electric", "no power", "plug", "full", "offered", "totals"]
    weights = [5, 8, 22, 6, 18, 26, 9, 6]
    if is_dc:
        names, weights = ["energy", "power", "electric", "full", "battery", "body"], [3, 7, 20, 45, 12, 13]
    return Habits(
        interval_s=interval,
        letters=SUBSETS[rng.choices(names, weights)[0]],
        suffix="" if is_dc else rng.choice(("", "-N")),
        in_kilo=rng.random() < 0.3,
        as_text=rng.random() < 0.3,
        step_wh=rng.choice((1, 1, 1, 10, 100)),
        resets=rng.random() < 0.12,
        idle_s=rng.choice((0, 0, 0, 900, 3600)),
        is_new=rng.random() < 0.25,
        beat_s=rng.choice((60.0, 300.0, 300.0, 900.0, 1800.0)),
        offset_s=rng.uniform(-2, 2),
        noise_k=rng.choice((0.2, 0.5, 1.0, 1.5)),
        has_kinds=rng.random() < 0.8,
        zone=rng.choice(("Z", "Z", "+01:00", "+05:30")),
        has_codes=rng.random() < 0.75,
    )


def in_any(spans: list[tuple[float, float]], at: float) -> float | None:
    """Return the end of the span that holds a time, or None."""
    index = bisect_right(spans, (at, float("inf"))) - 1
    return spans[index][1] if index >= 0 and spans[index][0] <= at < spans[index][1] else None
