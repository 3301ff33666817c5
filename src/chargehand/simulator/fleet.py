"""A fleet to simulate, described from a seed: sites, stations, drivers; the same seed gives the same fleet."""

import hashlib
from collections import Counter
from random import Random
from typing import Literal

import msgspec

from chargehand.simulator.outlet import Rating
from chargehand.simulator.places import CITIES, City, SiteKind, name_place
from chargehand.simulator.plate import Hardware

_FIRST_NUMBER = 4_101
#: Every ninth site is new and has only few days behind it.
_NEW_EVERY = 9
_NEW_DAYS = 6.0
_EPOCH_S = 1_735_689_600.0
_KINDS: tuple[SiteKind, ...] = ("street", "work", "retail", "motorway")
_FIRST_NAMES = (
    *("Anna", "Bram", "Clara", "Daan", "Elif", "Finn", "Greta", "Hugo", "Ida", "Jonas", "Karim", "Lotte"),
    *("Mats", "Nora", "Oskar", "Petra", "Ruben", "Sanne", "Tarek", "Ute", "Vera", "Willem"),
)
_LAST_NAMES = (
    *("Albrecht", "Bakker", "Claes", "Ehlers", "Fischer", "Girard", "Hansen", "Ivanov", "Jansen", "Kaya"),
    *("Lindner", "Moreau", "Nowak", "Okafor", "Peeters", "Quast", "Richter", "Smit"),
)


class Model(msgspec.Struct, frozen=True):
    """A type of station and the firmware versions that are in the field."""

    vendor: str
    name: str
    kind: Literal["AC", "DC"]
    firmwares: tuple[str, ...]


MODELS: tuple[Model, ...] = (
    Model("Voltaro", "Street 22", "AC", ("3.1.4", "3.2.0")),
    Model("Nordlade", "Pole 2x22", "AC", ("1.18.2", "1.19.0")),
    Model("Kerbside", "Twin AC", "AC", ("2024.6.1",)),
    Model("Voltaro", "Hyper 150", "DC", ("5.0.9", "5.1.2")),
    Model("Brightway", "DC 150 Duo", "DC", ("7.4.0",)),
)
_AC = Rating("AC", 22_000, 32.0)
_DC = Rating("DC", 150_000, 400.0)


class StationPlan(msgspec.Struct, frozen=True):
    """One station of the fleet: `id` is the number on its sign and its OCPP identity."""

    id: str
    version: str
    vendor: str
    model: str
    firmware: str
    serial: str
    rating: Rating
    connectors: int
    cabinet_power_w: int
    password: str

    def hardware(self) -> Hardware:
        """Return the plate of the station as the simulator wants it."""
        return Hardware(
            vendor=self.vendor,
            model=self.model,
            firmware=self.firmware,
            serial=self.serial,
            rating=self.rating,
            connectors=self.connectors,
            cabinet_power_w=self.cabinet_power_w,
        )

    def registers_wh(self, at: float) -> tuple[int, ...]:
        """Return what the meters show at `at` (seconds since 1970).

        They grow with time, faster than simulated drivers charge, so that a later run of the same fleet does not
        begin below where an earlier one ended.
        """
        rng = Random(f"registers/{self.serial}")  # noqa: S311 - repeatable chance
        growth_w = 2_500 if self.rating.kind == "AC" else 12_000
        hours = max(0.0, at - _EPOCH_S) / 3600
        return tuple(int(rng.uniform(2e5, 4e6) + growth_w * hours) for _ in range(self.connectors))


class SitePlan(msgspec.Struct, frozen=True):
    """One site: address, position in degrees (WGS 84), and how often cars come to each connector in a day.

    `days_open` is how long it has been there, None for longer than anybody asks.
    """

    id: str
    name: str
    kind: SiteKind
    street: str
    postal_code: str
    city: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    visits_per_connector_day: float
    days_open: float | None
    stations: tuple[StationPlan, ...]


class DriverPlan(msgspec.Struct, frozen=True):
    """One driver: a made-up name and the RFID token (hexadecimal UID of 7 bytes) they carry."""

    name: str
    email: str
    token: str


class Fleet(msgspec.Struct, frozen=True):
    """All that is simulated; the demo registers the same in the CSMS."""

    seed: int
    sites: tuple[SitePlan, ...]
    drivers: tuple[DriverPlan, ...]

    @property
    def stations(self) -> tuple[StationPlan, ...]:
        return tuple(station for site in self.sites for station in site.stations)


def password_for(seed: int, station_id: str) -> str:
    """Return the Basic auth password of a simulated station: 32 hexadecimal characters."""
    return hashlib.sha256(f"chargehand simulator {seed} {station_id}".encode()).hexdigest()[:32]


def describe(seed: int, stations: int, *, versions: tuple[str, ...] = ("1.6", "2.0.1")) -> Fleet:
    """Return a fleet of `stations` stations; raise ValueError for none."""
    if stations < 1 or not versions:
        raise ValueError("A fleet has at least one station and one OCPP version.")
    rng = Random(f"fleet/{seed}")  # noqa: S311 - repeatable chance
    sites: list[SitePlan] = []
    turns: Counter[tuple[str, str]] = Counter()
    made = 0
    while made < stations:
        city = CITIES[len(sites) % len(CITIES)]
        kind = rng.choices(_KINDS, (5, 2, 2, 2))[0]
        count = min(stations - made, rng.randint(2, 4) if kind == "motorway" else rng.randint(1, 3))
        numbers = range(_FIRST_NUMBER + made, _FIRST_NUMBER + made + count)
        plans = _plan_stations(rng, seed, kind, numbers, versions)
        sites.append(_plan_site(rng, city, kind, turns[city.name, kind], len(sites) + 1, plans))
        turns[city.name, kind] += 1
        made += count
    return Fleet(seed, tuple(sites), _plan_drivers(rng, max(12, stations * 4)))


def _plan_stations(
    rng: Random, seed: int, kind: SiteKind, numbers: range, versions: tuple[str, ...]
) -> tuple[StationPlan, ...]:
    """Return the stations of one site: all of one model, as they were bought together."""
    current = "DC" if kind == "motorway" or (kind == "retail" and rng.random() < 0.5) else "AC"
    model = rng.choice([each for each in MODELS if each.kind == current])
    rating = _AC if current == "AC" else _DC
    return tuple(
        StationPlan(
            id=str(number),
            version=versions[number % len(versions)],
            vendor=model.vendor,
            model=model.name,
            firmware=rng.choice(model.firmwares),
            serial=f"{model.vendor[:2].upper()}{seed % 1000:03d}-{number}",
            rating=rating,
            connectors=2,
            cabinet_power_w=44_000 if current == "AC" else 150_000,
            password=password_for(seed, str(number)),
        )
        for number in numbers
    )


def _plan_site(
    rng: Random, city: City, kind: SiteKind, turn: int, number: int, stations: tuple[StationPlan, ...]
) -> SitePlan:
    place = name_place(city, kind, turn)
    spread = 0.12 if kind == "motorway" else 0.03
    fast = stations[0].rating.kind == "DC"
    return SitePlan(
        id=f"{city.country}-{number:03d}",
        name=f"{city.name} {place}",
        kind=kind,
        street=f"{place} {rng.randint(1, 120)}",
        postal_code=city.postal_code,
        city=city.name,
        country=city.country,
        latitude=round(city.latitude + rng.uniform(-spread, spread), 5),
        longitude=round(city.longitude + rng.uniform(-spread, spread) * 1.5, 5),
        time_zone=city.time_zone,
        visits_per_connector_day=round(rng.uniform(1.6, 3.2) if fast else rng.uniform(0.6, 1.4), 2),
        days_open=_NEW_DAYS if number % _NEW_EVERY == _NEW_EVERY - 1 else None,
        stations=stations,
    )


def _plan_drivers(rng: Random, count: int) -> tuple[DriverPlan, ...]:
    drivers = []
    for number in range(1, count + 1):
        first, last = rng.choice(_FIRST_NAMES), rng.choice(_LAST_NAMES)
        email = f"{first}.{last}.{number}@drivers.example".lower().replace(" ", "")
        drivers.append(DriverPlan(f"{first} {last}", email, f"04{rng.getrandbits(48):012X}"))
    return tuple(drivers)
