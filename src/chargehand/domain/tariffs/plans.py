"""A tariff made ready for pricing: which elements price what, and where a session must be split."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from chargehand.domain.tariffs.conditions import Condition, Moment
from chargehand.domain.tariffs.elements import (
    PriceComponent,
    ReservationRestrictionType,
    Tariff,
    TariffDimensionType,
    TariffElement,
)


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A price component with the element it stands in; ``element`` counts from zero as in OCPI's list.

    ``price`` is the exact price in major units and ``reserves`` says that it prices a reservation.
    """

    element: int
    component: PriceComponent
    condition: Condition
    price: Fraction
    reserves: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Offers by dimension in the order in which they are tried, and the bounds to split at.

    ``charging`` prices the session, ``reserved`` a reservation that was used and ``expired`` one that
    was not.
    """

    charging: dict[TariffDimensionType, list[Offer]]
    reserved: dict[TariffDimensionType, list[Offer]]
    expired: dict[TariffDimensionType, list[Offer]]
    conditions: tuple[Condition, ...]
    energy_bounds: tuple[Fraction, ...]
    duration_bounds: tuple[int, ...]
    clock_times: tuple[dt.time, ...]
    looks_at_clock: bool
    looks_at_load: bool


_EMPTY: Final[dict[TariffDimensionType, list[Offer]]] = {}


def make_plan(tariff: Tariff) -> Plan:
    """Sort a tariff's elements by what they price.

    RESERVATION_EXPIRES elements are tried before RESERVATION ones wherever they stand (OCPI 2.3.0
    mod_tariffs, ReservationRestrictionType).
    """
    conditions = tuple(Condition(element.restrictions) for element in tariff.elements)
    groups: dict[ReservationRestrictionType | None, dict[TariffDimensionType, list[Offer]]] = {}
    for index, (element, condition) in enumerate(zip(tariff.elements, conditions, strict=True)):
        group = groups.setdefault(element.restrictions.reservation, {})
        for offer in _offers(index, element, condition):
            group.setdefault(offer.component.type, []).append(offer)
    reserved = groups.get(ReservationRestrictionType.RESERVATION, _EMPTY)
    expiring = groups.get(ReservationRestrictionType.RESERVATION_EXPIRES, _EMPTY)
    return Plan(
        charging=groups.get(None, _EMPTY),
        reserved=reserved,
        expired={
            dimension: expiring.get(dimension, []) + reserved.get(dimension, [])
            for dimension in (*expiring, *reserved)
        },
        conditions=conditions,
        energy_bounds=tuple(sorted({bound for c in conditions for bound in c.energy_bounds})),
        duration_bounds=tuple(sorted({bound for c in conditions for bound in c.duration_bounds})),
        clock_times=tuple(sorted({time for c in conditions for time in c.clock_times})),
        looks_at_clock=any(condition.looks_at_clock for condition in conditions),
        looks_at_load=any(condition.looks_at_load for condition in conditions),
    )


def _offers(index: int, element: TariffElement, condition: Condition) -> list[Offer]:
    """Return one offer per dimension; of two components of a dimension the first counts."""
    reserves = element.restrictions.reservation is not None
    offers: dict[TariffDimensionType, Offer] = {}
    for component in element.price_components:
        offer = Offer(index, component, condition, Fraction(component.price), reserves)
        offers.setdefault(component.type, offer)
    return list(offers.values())


def choose(offers: list[Offer], moment: Moment) -> Offer | None:
    """Return the first offer whose restrictions hold; ``None`` means free of charge.

    OCPI 2.3.0 mod_tariffs, Tariff object: the first element with a component of the dimension.
    """
    for offer in offers:
        if offer.condition.holds(moment):
            return offer
    return None
