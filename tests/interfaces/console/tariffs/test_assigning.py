"""Tariffs are assigned to places and token groups, tried out before, refused where they contradict."""

from __future__ import annotations

import pytest
from tests.interfaces.console.conftest import AddStation, SignIn
from tests.interfaces.console.tariffs.making import DAY, NIGHT, make, page, put

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.stations.models import ChargingStation, Location
from chargehand.domain.tariffs.models import TariffAssignment
from chargehand.domain.tariffs.views import Place
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def test_an_assignment_is_tried_in_words_and_then_made(
    sign_in: SignIn, operator: Operator, station: ChargingStation, site: Location
) -> None:
    city, fast = make(operator), make(operator, DAY, name="Fast")
    put(operator, city, Place(location_id=site.pk))
    client = sign_in(Role.FINANCE)
    said = {"scope": "station", "station": "4107", "plug": "b"}
    text = client.post(f"/console/tariffs/{fast}/assign/", said | {"do": "check"}).content.decode()
    assert "Fast, version 1, because it is set for charger Tor 3, plug B." in text
    assert "City (the site Hafengarage) does not: it covers more than this place." in text
    assert "EVSE" not in text
    assert TariffAssignment.objects.count() == 1
    client.post(f"/console/tariffs/{fast}/assign/", said | {"do": "save"})
    made = TariffAssignment.objects.get(tariff_id=fast)
    assert (made.station_id, made.evse, made.connector) == (station.pk, 2, 1)
    looked = page(client, "where/?scope=station&station=4107&plug=B")
    assert "Fast, version 1, because" in looked
    assert "City, version 1, because" in page(client, "where/?scope=station&station=4107&plug=A")


def test_contradicting_assignments_are_refused_with_the_reason(
    sign_in: SignIn, operator: Operator, site: Location
) -> None:
    city, fast = make(operator), make(operator, DAY, name="Fast")
    put(operator, city, Place(location_id=site.pk))
    client = sign_in()
    same = {"scope": f"site:{site.pk}", "do": "save"}
    text = client.post(f"/console/tariffs/{city}/assign/", same).content.decode()
    assert "This tariff counts the site Hafengarage already" in text
    start = {"valid_from": "2100-01-01T00:00"}
    client.post(f"/console/tariffs/{fast}/assign/", same | start)
    third = make(operator, NIGHT, name="Third")
    text = client.post(f"/console/tariffs/{third}/assign/", same | start).content.decode()
    assert "Fast counts the site Hafengarage from the same moment (2100-01-01 00:00)" in text
    assert TariffAssignment.objects.count() == 2


def test_an_unknown_charger_or_plug_is_said_under_its_field(
    sign_in: SignIn, operator: Operator, station: ChargingStation
) -> None:
    number = make(operator)
    client = sign_in()
    path = f"/console/tariffs/{number}/assign/"
    nobody = {"scope": "station", "station": "9999", "do": "save"}
    assert "There is no charger 9999." in client.post(path, nobody).content.decode()
    no_plug = {"scope": "station", "station": "4107", "plug": "Z", "do": "save"}
    assert "This charger has no plug Z. It has: A, B." in client.post(path, no_plug).content.decode()
    late = {"scope": "everywhere", "valid_from": "2100-01-02T00:00", "valid_until": "2100-01-01T00:00"}
    assert "ends after it starts" in client.post(path, late | {"do": "save"}).content.decode()


def test_an_assignment_is_ended(sign_in: SignIn, operator: Operator) -> None:
    number = make(operator)
    assignment = put(operator, number)
    client = sign_in()
    client.post(f"/console/tariffs/{number}/assignments/{assignment}/end/")
    row = TariffAssignment.objects.get()
    assert row.valid_until is not None
    assert row.valid_until <= clock.now()
    assert "Where it counted before" in page(client, f"{number}/")
    other = make(operator, DAY, name="Fast")
    assert client.post(f"/console/tariffs/{other}/assignments/{assignment}/end/").status_code == 404


def test_the_price_in_force_stands_at_the_charger_and_the_site(
    sign_in: SignIn, operator: Operator, add_station: AddStation, station: ChargingStation, site: Location
) -> None:
    client = sign_in()
    settings = f"/console/stations/{station.pk}/settings/"
    assert "No price counts there, so charging is free." in client.get(settings).content.decode()
    put(operator, make(operator), Place(location_id=site.pk))
    put(operator, make(operator, DAY, name="Fast"), Place(station_id=station.pk, evse=2, connector=1))
    text = client.get(settings).content.decode()
    assert text.index("City</a>") < text.index("<dt>Plug B</dt>") < text.index("Fast</a>")
    assert "City</a>" in client.get(f"/console/sites/{site.pk}/").content.decode()
