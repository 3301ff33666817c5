"""The demonstration's money: who sells, what charging costs where and for whom, and who gets a bill a month."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.billing import customers, entities, sharing
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.shares import ShareTerms
from chargehand.domain.tariffs import actions as tariffs
from chargehand.domain.tariffs.views import Place
from chargehand.kernel import clock

MEMBERS: Final = "MEMBERS"
FLEET: Final = "FLEET-NORDWIND"
#: Prices stand before the first charge that the fleet tells of.
_BEFORE: Final = timedelta(days=400)
_VAT: Final = 19
_IDLE_AFTER_S: Final = 4 * 3600


def price_everything(operator_id: int, *, fast_stations: Iterable[int]) -> None:
    """Assign prices: one for everybody, another at the fast stations, a lower one for members."""
    since = clock.now() - _BEFORE
    everywhere = _make(operator_id, "City", [_energy("0.49"), _idle("6.00")], since)
    fast = _make(
        operator_id,
        "Fast",
        [_energy("0.54", start_time="22:00", end_time="06:00"), _energy("0.64"), _idle("12.00")],
        since,
    )
    members = _make(operator_id, "Members", [_energy("0.44")], since)
    tariffs.assign_tariff(operator_id=operator_id, tariff_id=everywhere, actor=SYSTEM, valid_from=since)
    tariffs.assign_tariff(
        operator_id=operator_id, tariff_id=members, actor=SYSTEM, token_group=MEMBERS, valid_from=since
    )
    for station_id in fast_stations:
        tariffs.assign_tariff(
            operator_id=operator_id,
            tariff_id=fast,
            actor=SYSTEM,
            place=Place(station_id=station_id),
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


def _make(operator_id: int, name: str, elements: list[Mapping[str, Any]], since: datetime) -> int:
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


def _energy(price: str, **restrictions: str) -> dict[str, Any]:
    component = {"type": "ENERGY", "price": price, "vat": _VAT, "step_size": 1}
    element: dict[str, Any] = {"price_components": [component]}
    return {**element, "restrictions": restrictions} if restrictions else element


def _idle(per_hour: str) -> dict[str, Any]:
    """Cost for standing at the plug without charging, from the fifth hour on."""
    return {
        "price_components": [{"type": "PARKING_TIME", "price": per_hour, "vat": _VAT, "step_size": 1}],
        "restrictions": {"min_duration": _IDLE_AFTER_S},
    }
