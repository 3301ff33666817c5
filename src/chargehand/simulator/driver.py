"""Drivers: when they come to a station, what they do there and when they leave."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from chargehand.simulator.car import CAR_MODELS, Car, Pause
from chargehand.simulator.connector import Connector
from chargehand.simulator.fleet import DriverPlan, SitePlan
from chargehand.simulator.places import SiteKind
from chargehand.simulator.station import Station
from chargehand.simulator.timeline import Timer

Behaviour = Literal["usual", "token first", "no token", "leaves early", "forgets the car"]
_BEHAVIOURS: tuple[tuple[Behaviour, float], ...] = (
    ("usual", 0.80),
    ("token first", 0.08),
    ("leaves early", 0.06),
    ("no token", 0.03),
    ("forgets the car", 0.03),
)
_HOURS: dict[SiteKind, tuple[float, ...]] = {
    "street": (1, 1, 0, 0, 0, 0, 1, 2, 3, 3, 3, 4, 4, 4, 4, 5, 7, 9, 10, 9, 7, 5, 3, 2),
    "work": (0, 0, 0, 0, 0, 1, 4, 9, 10, 7, 4, 3, 4, 4, 3, 2, 2, 1, 1, 0, 0, 0, 0, 0),
    "retail": (0, 0, 0, 0, 0, 0, 0, 1, 3, 6, 8, 9, 9, 8, 8, 9, 10, 9, 7, 4, 2, 1, 0, 0),
    "motorway": (1, 1, 1, 1, 1, 2, 4, 6, 7, 8, 9, 10, 10, 9, 9, 10, 10, 9, 8, 6, 4, 3, 2, 1),
}
_WEEKDAYS: dict[SiteKind, tuple[float, ...]] = {
    "street": (1.0, 1.0, 1.0, 1.0, 1.05, 1.0, 0.9),
    "work": (1.2, 1.25, 1.2, 1.2, 1.0, 0.1, 0.05),
    "retail": (0.9, 0.9, 0.9, 1.0, 1.2, 1.6, 0.4),
    "motorway": (0.9, 0.85, 0.85, 0.95, 1.3, 1.1, 1.2),
}
_STAY_H: dict[SiteKind, tuple[float, float]] = {
    "street": (1.5, 11.0),
    "work": (3.0, 9.0),
    "retail": (0.4, 2.2),
    "motorway": (0.3, 1.1),
}
_LONGEST_FAST_STAY_S = 75 * 60.0


def busyness(kind: SiteKind, local: datetime) -> float:
    """Return how many times busier than its average a kind of site is at a local time."""
    hours = _HOURS[kind]
    return hours[local.hour] * 24 / sum(hours) * _WEEKDAYS[kind][local.weekday()]


class Visit(msgspec.Struct):
    """One driver with one car at one connector; `leaves_at` in seconds since 1970."""

    connector: Connector
    driver: DriverPlan
    behaviour: Behaviour
    car: Car
    leaves_at: float


class Drivers:
    """Send drivers to the connectors of one station, for as long as its timeline runs."""

    def __init__(
        self, station: Station, site: SitePlan, drivers: tuple[DriverPlan, ...], rng: Random
    ) -> None:
        self.look_interval_s = 60.0
        self.visits = 0
        self._station = station
        self._site = site
        self._drivers = drivers
        self._rng = rng
        self._zone = ZoneInfo(site.time_zone)
        self._arrivals: dict[int, Timer] = {}
        self._peak = max(_HOURS[site.kind]) * 24 / sum(_HOURS[site.kind]) * max(_WEEKDAYS[site.kind])

    def start(self) -> None:
        """Let the first drivers set out."""
        for connector in self._station.connectors.values():
            self._expect(connector)

    def stop(self) -> None:
        """Let no more drivers come; those who are there leave as they had planned."""
        for timer in self._arrivals.values():
            timer.cancel()
        self._arrivals.clear()

    def _after(self, delay_s: float, act: Callable[[], None]) -> None:
        self._station.timeline.after(delay_s, act)

    def _expect(self, connector: Connector) -> None:
        """Draw the next arrival: a Poisson process whose rate follows hour and weekday (by thinning)."""
        rate = self._site.visits_per_connector_day * self._peak / 86_400
        at = self._station.timeline.clock.now()
        while True:
            at += self._rng.expovariate(rate)
            local = datetime.fromtimestamp(at, self._zone)
            if self._rng.random() * self._peak < busyness(self._site.kind, local):
                break
        self._arrivals[connector.number] = self._station.timeline.at(at, lambda: self._arrive(connector))

    def _arrive(self, connector: Connector) -> None:
        self._expect(connector)
        if connector.car is not None or not connector.is_free or self._station.is_avoided:
            return
        self.visits += 1
        visit = self._plan(connector)
        if visit.behaviour == "token first":
            self._station.present_token(connector.number, visit.driver.token)
            self._after(self._rng.uniform(5, 40), lambda: self._plug_in(visit))
            return
        self._plug_in(visit)
        if visit.behaviour == "no token":
            self._after(self._rng.uniform(150, 900), lambda: self._leave(visit))
        else:
            self._after(self._rng.uniform(6, 45), lambda: self._show_token(visit))

    def _plan(self, connector: Connector) -> Visit:
        rng = self._rng
        kinds, weights = zip(*_BEHAVIOURS, strict=True)
        behaviour: Behaviour = rng.choices(kinds, weights)[0]
        fast = connector.outlet.rating.kind == "DC"
        shortest, longest = _STAY_H[self._site.kind]
        stay = _LONGEST_FAST_STAY_S if fast else rng.triangular(shortest, longest) * 3600
        if behaviour == "leaves early":
            stay = rng.uniform(180, 1_200)
        elif behaviour == "forgets the car":
            stay += rng.uniform(1, 5) * 3600
        leaves_at = self._station.timeline.clock.now() + stay
        return Visit(connector, rng.choice(self._drivers), behaviour, self._bring_car(fast=fast), leaves_at)

    def _bring_car(self, *, fast: bool) -> Car:
        """Return a car as it arrives: emptier at fast stations, where drivers also leave before it is full."""
        rng = self._rng
        model = rng.choice([each for each in CAR_MODELS if each.dc_max_power_w > 0 or not fast])
        soc = rng.betavariate(2.2, 4.0) if fast else rng.betavariate(3.0, 3.5)
        soc = min(0.9, max(0.04, soc))
        wish = rng.choice((0.8, 0.8, 0.85, 0.9, 1.0)) if fast else rng.choice((0.8, 0.9, 1.0))
        pauses: tuple[Pause, ...] = ()
        if not fast and rng.random() < 0.04:
            pauses = (Pause(rng.uniform(600, 7_200), rng.uniform(300, 3_600)),)
        return Car(model, soc, min(1.0, max(soc + 0.08, wish)), pauses)

    def _plug_in(self, visit: Visit) -> None:
        connector = visit.connector
        if connector.car is not None or not connector.is_in_order:
            return
        self._station.plug_in(connector.number, visit.car)
        if visit.behaviour == "token first":
            self._after(60, lambda: self._stay(visit))

    def _show_token(self, visit: Visit) -> None:
        if self._is_here(visit) and visit.connector.authorisation is None:
            self._station.present_token(visit.connector.number, visit.driver.token)
        self._after(60, lambda: self._stay(visit))

    def _is_here(self, visit: Visit) -> bool:
        return visit.connector.car is visit.car

    def _stay(self, visit: Visit) -> None:
        """Look at the car from time to time: leave when it does not charge, is full enough or time is up."""
        if not self._is_here(visit):
            return
        now = self._station.timeline.clock.now()
        transaction = visit.connector.transaction
        if transaction is None or transaction.token == "":
            self._leave(visit)
            return
        fast = visit.connector.outlet.rating.kind == "DC"
        has_enough = fast and visit.car.is_full and visit.behaviour != "forgets the car"
        if has_enough or now >= visit.leaves_at:
            self._end(visit)
        else:
            wait = max(1.0, min(self.look_interval_s if fast else 1_800.0, visit.leaves_at - now))
            self._after(wait, lambda: self._stay(visit))

    def _end(self, visit: Visit) -> None:
        """Show the card again, as most do, and take the plug; or just take the plug."""
        if self._rng.random() < 0.7:
            self._station.present_token(visit.connector.number, visit.driver.token)
            self._after(self._rng.uniform(8, 60), lambda: self._leave(visit))
        else:
            self._leave(visit)

    def _leave(self, visit: Visit) -> None:
        if self._is_here(visit):
            self._station.unplug(visit.connector.number)
