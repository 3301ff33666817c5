"""What the demonstration begins with."""

import pytest

from chargehand.domain.accounts import founding
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.billing import customers, entities, sharing
from chargehand.domain.stations import queries as stations
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.views import Place
from chargehand.kernel import clock
from chargehand.project.demo import examples, prices, seeding
from chargehand.simulator.fleet import describe

pytestmark = pytest.mark.django_db


def test_the_demonstration_is_made_once_and_has_a_price_at_every_plug() -> None:
    first, second = seeding.seed(), seeding.seed()

    assert first.is_new
    assert not second.is_new
    operator = accounts.operator_by_slug(founding.slug_of(seeding.OPERATOR))
    assert operator is not None
    named = set()
    places: dict[int | None, stations.LocationView] = {
        each.id: each for each in stations.locations(operator.id)
    }
    for plan in describe(seeding.SEED, seeding.STATIONS).stations[:-1]:
        station = stations.station_by_identity(operator.id, plan.id)
        assert station is not None
        for group in ("", prices.MEMBERS):
            place = Place(station_id=station.id, location_id=station.location_id, evse=1, connector=1)
            found = tariffs.choose_tariff(operator.id, place, token_group=group, at=clock.now())
            assert found.version is not None
            named.add(found.version.name)
            assert found.version.name.endswith(places[station.location_id].country)
    assert {name.partition(" ")[0] for name in named} == {"City", "Fast", "Members"}
    assert entities.default_entity(operator.id).details.party.vat_id
    [fleet] = customers.customers(operator.id).customers
    assert fleet.details.mode == "monthly"
    assert len(sharing.hosts(operator.id)) == 1


def test_a_demonstration_that_has_priced_nothing_has_no_receipt_to_show() -> None:
    assert examples.receipt_address() is None
    seeding.seed()
    assert examples.receipt_address() is None
