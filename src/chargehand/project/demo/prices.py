"""The demonstration's money: who sells, what charging costs where and for whom, and who gets a bill a month."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.billing import customers, entities, sharing
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.shares import ShareTerms
from chargehand.domain.billing.taxation import standard_rate
from chargehand.domain.tariffs import actions as tariffs
from chargehand.domain.tariffs.views import Place
from chargehand.kernel import clock

MEMBERS: Final = "MEMBERS"
FLEET: Final = "FLEET-NORDWIND"
#: Prices stand before the first charge that the fleet tells of.
_BEFORE: Final = timedelta(days=400)
_IDLE_AFTER_S: Final = 4 * 3600


class PricedSite(NamedTuple):
    """A site: where it stands, and which of its stations charge with direct current."""

    location_id: int
    country: str
    fast_stations: list[int]


def price_everything(operator_id: int, sites: Iterable[PricedSite]) -> None:
    """Assign prices with each country's tax: one for its sites, another at fast stations, one for members."""
    since = clock.now() - _BEFORE
    made: dict[str, tuple[int, int, int]] = {}
    for site in sites:
        if site.country not in made:
            made[site.country] = _make_for(operator_id, site.country, since)
        city, fast, members = made[site.country]
        here = Place(location_id=site.location_id)
        _assign(operator_id, city, here, since)
        _assign(operator_id, members, here, since, MEMBERS)
        for station_id in site.fast_stations:
            _assign(operator_id, fast, Place(station_id=station_id), since)


def _make_for(operator_id: int, country: str, since: datetime) -> tuple[int, int, int]:
    vat = standard_rate(country, clock.now().date())
    assert vat is not None, country
    night = {"start_time": "22:00", "end_time": "06:00"}
    city = [_part("ENERGY", "0.49", vat), _idle("6.00", vat)]
    fast = [_part("ENERGY", "0.54", vat, night), _part("ENERGY", "0.64", vat), _idle("12.00", vat)]
    members = [_part("ENERGY", "0.44", vat)]
    return (
        _make(operator_id, f"City {country}", city, since),
        _make(operator_id, f"Fast {country}", fast, since),
        _make(operator_id, f"Members {country}", members, since),
    )


def _assign(operator_id: int, tariff_id: int, place: Place, since: datetime, group: str = "") -> None:
    tariffs.assign_tariff(
        operator_id=operator_id,
        tariff_id=tariff_id,
        actor=SYSTEM,
        place=place,
        token_group=group,
        valid_from=since,
    )


def group_of(number: int) -> str:
    """Return the token group of the nth driver: each third is a member, each tenth drives for the fleet."""
    return FLEET if number % 10 == 0 else MEMBERS if number % 3 == 0 else ""


def name_seller(operator_id: int, operator_name: str) -> None:
    """Say who sells."""
    own = entities.default_entity(operator_id)
    party = Party(
        name=f"{operator_name} GmbH",
        address=("Am Kai 7",),
        postal_code="20457",
        city="Hamburg",
        country="DE",
        vat_id="DE123456788",
        email="billing@example.org",
    )
    details = msgspec.structs.replace(
        own.details,
        party=party,
        language="de",
        payment_text="Bitte überweisen Sie auf DE02 1203 0000 0000 2020 51.",
    )
    entities.change_entity(operator_id=operator_id, entity_id=own.id, details=details, actor=SYSTEM)


def bill_the_fleet(operator_id: int) -> None:
    """Let one company pay monthly for its drivers."""
    party = Party(
        name="Nordwind Pflegedienst GmbH",
        address=("Deichstraße 12",),
        postal_code="20459",
        city="Hamburg",
        country="DE",
        vat_id="DE136695976",
        email="fleet@nordwind.example",
    )
    details = customers.CustomerDetails(
        party=party, is_business=True, language="de", mode="monthly", group_uid=FLEET
    )
    customers.add_customer(operator_id=operator_id, details=details, actor=SYSTEM)


def share_with_host(operator_id: int, location_id: int) -> None:
    """Let the owner of one site have a share."""
    party = Party(
        name="Markthalle Verwaltungs GmbH",
        address=("Marktplatz 1",),
        postal_code="20095",
        city="Hamburg",
        country="DE",
        email="host@markthalle.example",
    )
    host_id = sharing.set_host(operator_id=operator_id, party=party, language="de", actor=SYSTEM)
    sharing.add_rule(
        operator_id=operator_id,
        host_id=host_id,
        location_id=location_id,
        currency="EUR",
        terms=ShareTerms(percent=Decimal(8), per_kwh=Decimal("0.01")),
        valid_from=clock.now() - _BEFORE,
        actor=SYSTEM,
    )


def _make(operator_id: int, name: str, elements: Sequence[Mapping[str, Any]], since: datetime) -> int:
    text = json.dumps(
        {
            "country_code": "DE",
            "party_id": "HAF",
            "id": "",
            "currency": "EUR",
            "tax_included": "YES",
            "elements": elements,
            "last_updated": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )
    saved = tariffs.create_tariff(
        operator_id=operator_id, name=name, ocpi_json=text, actor=SYSTEM, valid_from=since
    )
    return saved.tariff_id


def _part(
    kind: str, price: str, vat: Decimal, restrictions: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    component = {"type": kind, "price": price, "vat": str(vat), "step_size": 1}
    element: dict[str, Any] = {"price_components": [component]}
    return {**element, "restrictions": restrictions} if restrictions else element


def _idle(per_hour: str, vat: Decimal) -> dict[str, Any]:
    """Cost for standing at the plug without charging, from the fifth hour on."""
    return _part("PARKING_TIME", per_hour, vat, {"min_duration": _IDLE_AFTER_S})
