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
#: What drivers do whom a station fails: so often they show the card again, so many plugs they try in all, and
#: with these chances.
_TRIES = 3
_PLUGS = 3
_TRIES_AGAIN = 0.7
_MOVES_ON = 0.8


def busyness(kind: SiteKind, local: datetime) -> float:
    """Return how many times busier than its average a kind of site is at a local time."""
    hours = _HOURS[kind]
    return hours[local.hour] * 24 / sum(hours) * _WEEKDAYS[kind][local.weekday()]


class Visit(msgspec.Struct):
    """One driver with one car at one connector; `leaves_at` in seconds since 1970.

    `tries` counts how often the card was shown here, `plugs` those tried before this one.
    """

    connector: Connector
    driver: DriverPlan
    behaviour: Behaviour
    car: Car
    leaves_at: float
    tries: int = 0
    plugs: int = 0


class Drivers:
    """Send drivers to the connectors of one station, for as long as its timeline runs.

    Whom the station fails tries again, and then another plug: here, or at one of the `neighbours`.
    """

    def __init__(
        self, station: Station, site: SitePlan, drivers: tuple[DriverPlan, ...], rng: Random
    ) -> None:
        self.look_interval_s = 60.0
        self.visits = 0
        self.neighbours: tuple[Drivers, ...] = ()
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

    @property
    def is_fast(self) -> bool:
        """Whether the station charges with direct current."""
        return self._station.connectors[1].outlet.rating.kind == "DC"

    @property
    def has_room(self) -> bool:
        """Whether somebody who comes now finds a plug that is free, as far as one can see."""
        return self._is_open and bool(self._free())

    @property
    def _is_open(self) -> bool:
        return self._station.is_online and not self._station.is_replaying and not self._station.is_avoided

    def _free(self) -> list[Connector]:
        return [each for each in self._station.connectors.values() if each.car is None and each.is_free]

    def run_errand(self, stay_s: float) -> None:
        """Let somebody come at once who charges for so long (simulated seconds)."""
        if not self.has_room:
            return
        leaves_at = self._station.timeline.clock.now() + stay_s
        car = self._bring_car(fast=self.is_fast)
        driver = self._rng.choice(self._drivers)
        self._begin(Visit(self._rng.choice(self._free()), driver, "usual", car, leaves_at))

    def _begin(self, visit: Visit) -> None:
        """Plug in first and show the card then."""
        self.visits += 1
        self._plug_in(visit)
        self._after(self._rng.uniform(3, 10), lambda: self._show_token(visit))

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
            visit.tries += 1
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
            self._try_again(visit)
            return
        fast = visit.connector.outlet.rating.kind == "DC"
        has_enough = fast and visit.car.is_full and visit.behaviour != "forgets the car"
        if has_enough or now >= visit.leaves_at:
            self._end(visit)
        else:
            wait = max(1.0, min(self.look_interval_s if fast else 1_800.0, visit.leaves_at - now))
            self._after(wait, lambda: self._stay(visit))

    def _try_again(self, visit: Visit) -> None:
        """Show the card once more where that may help; else take the car to another plug, or away."""
        may_help = visit.connector.is_in_order and visit.behaviour != "no token"
        if may_help and visit.tries < _TRIES and self._rng.random() < _TRIES_AGAIN:
            self._after(self._rng.uniform(5, 30), lambda: self._show_token(visit))
            return
        self._leave(visit)
        if visit.plugs + 1 < _PLUGS and self._is_open and self._rng.random() < _MOVES_ON:
            self._after(self._rng.uniform(30, 180), lambda: self._move_on(visit))

    def _move_on(self, visit: Visit) -> None:
        """Take the car to another plug of the site."""
        if visit.car.is_full:
            return
        for place in (self, *self.neighbours):
            free = [each for each in place._free() if each is not visit.connector]  # noqa: SLF001 -- its own kind
            if place.has_room and free:
                left = max(visit.leaves_at - self._station.timeline.clock.now(), 900.0)
                leaves_at = self._station.timeline.clock.now() + left
                connector = self._rng.choice(free)
                place._begin(  # noqa: SLF001 -- its own kind
                    Visit(connector, visit.driver, "usual", visit.car, leaves_at, plugs=visit.plugs + 1)
                )
                return

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
