"""Tariffs are read in the console: by whom, within which sites, with hours, example and OCPI JSON."""

from __future__ import annotations

import pytest
from tests.interfaces.console.conftest import SignIn
from tests.interfaces.console.tariffs.making import make, page, put

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Permission, Role, may
from chargehand.domain.stations.models import ChargingStation, Location
from chargehand.domain.tariffs import queries
from chargehand.domain.tariffs.models import TariffVersion
from chargehand.domain.tariffs.views import Place
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", list(Role))
def test_the_pages_open_for_whom_the_table_names(
    sign_in: SignIn, operator: Operator, site: Location, role: Role
) -> None:
    number = make(operator)
    put(operator, number)
    is_bound = role is Role.SITE_HOST
    client = sign_in(role, location_ids=[site.pk] if is_bound else [])
    version = TariffVersion.objects.get()
    for path, permission in {
        "": Permission.TARIFFS_VIEW,
        "where/": Permission.TARIFFS_VIEW,
        f"{number}/": Permission.TARIFFS_VIEW,
        f"{number}/versions/{version.pk}/": Permission.TARIFFS_VIEW,
        "add/": Permission.TARIFFS_EDIT,
        "import/": Permission.TARIFFS_EDIT,
        f"{number}/edit/": Permission.TARIFFS_EDIT,
        f"{number}/assign/": Permission.TARIFFS_EDIT,
    }.items():
        answer = client.get(f"/console/tariffs/{path}")
        assert answer.status_code == (200 if may(role, permission) else 403), path


def test_the_list_says_prices_places_and_versions(
    sign_in: SignIn, operator: Operator, station: ChargingStation, site: Location
) -> None:
    number = make(operator)
    put(operator, number, Place(location_id=site.pk))
    put(operator, number, Place(station_id=station.pk), "MEMBERS")
    make(operator, name="Unused")
    text = page(sign_in(Role.FINANCE), "")
    assert "0.54 EUR per kWh, including 19 % VAT, from 22:00 to 06:00." in text
    assert "1 site, 1 charger, for 1 token group" in text
    assert "nowhere" in text


def test_a_tariff_shows_its_hours_and_works_out_an_example_with_reasons(
    sign_in: SignIn, operator: Operator
) -> None:
    number = make(operator)
    client = sign_in(Role.READ_ONLY)
    text = page(client, f"{number}/")
    assert "20 kWh in 40 minutes on Saturday at 18:00 costs 13.15 EUR." in text
    assert 'title="Mon 22:00–24:00 0.54 EUR">0.54<' in text
    assert "Mon–Sun" in text
    night = page(
        client,
        f"{number}/?ex-energy=10&ex-minutes=60&ex-parked=30&ex-day=0&ex-at=23:00&ex-zone=Europe/Berlin",
    )
    assert "then 30 minutes parked, on Monday at 23:00 costs 5.75 EUR." in night
    assert "price 1 holds (" in night


def test_an_example_that_makes_no_sense_keeps_what_was_typed_with_an_error(
    sign_in: SignIn, operator: Operator
) -> None:
    number = make(operator)
    text = page(sign_in(Role.READ_ONLY), f"{number}/?ex-energy=lots&ex-minutes=60&ex-day=0&ex-at=23:00")
    assert 'value="lots"' in text
    assert "Enter a number." in text


def test_what_ocpi_cannot_say_is_refused_with_the_reason(sign_in: SignIn, operator: Operator) -> None:
    number = make(operator)
    version = TariffVersion.objects.get()
    answer = sign_in().get(f"/console/tariffs/{number}/versions/{version.pk}/ocpi-2.2.1.json")
    assert answer.status_code == 409
    assert "OCPI 2.2.1 has no prices that include taxes." in answer.content.decode()


def test_a_site_host_sees_only_what_counts_at_their_sites(
    sign_in: SignIn, operator: Operator, station: ChargingStation, site: Location
) -> None:
    away = Location.objects.create(
        operator=operator, name="Away", time_zone="Europe/Berlin", created_at=clock.now()
    )
    here, there, mine = make(operator, name="Here"), make(operator, name="There"), make(operator, name="Mine")
    put(operator, here, Place(location_id=site.pk))
    put(operator, here, Place(location_id=away.pk))
    put(operator, there, Place(location_id=away.pk))
    put(operator, mine, Place(station_id=station.pk))
    host = sign_in(Role.SITE_HOST, location_ids=[site.pk])
    text = page(host, "")
    assert ("Here" in text, "Mine" in text, "There" in text) == (True, True, False)
    assert host.get(f"/console/tariffs/{there}/").status_code == 404
    assert "Away" not in page(host, f"{here}/")
    assert "Away" not in page(host, "where/")
    version = queries.versions(operator.pk, there)[0].id
    assert host.get(f"/console/tariffs/{there}/versions/{version}/ocpi-2.3.0.json").status_code == 404
    assert host.get(f"/console/tariffs/{here}/versions/{version}/").status_code == 404


def test_another_operators_tariff_does_not_exist(
    sign_in: SignIn, operator: Operator, other_operator: Operator
) -> None:
    number = make(other_operator)
    client = sign_in()
    for path in (f"{number}/", f"{number}/edit/", f"{number}/assign/", f"{number}/import/"):
        assert client.get(f"/console/tariffs/{path}").status_code == 404


def test_a_tariff_with_dates_of_its_own_says_them_in_the_operators_time(
    sign_in: SignIn, operator: Operator
) -> None:
    number = make(operator, start_date_time="2026-01-01T00:00:00Z", end_date_time="2099-06-30T22:00:00Z")
    text = page(sign_in(), f"{number}/")
    assert "By its own dates it holds from 2026-01-01 01:00 until 2099-07-01 00:00." in text
