"""Tariffs in the console: read, written, imported, assigned; by whom, and within which sites."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.domain.tariffs.making import component, element, tariff
from tests.interfaces.console.conftest import AddStation, SignIn

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Permission, Role, may
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.stations.models import ChargingStation, Location
from chargehand.domain.tariffs import actions, queries
from chargehand.domain.tariffs.models import Tariff, TariffAssignment, TariffVersion
from chargehand.domain.tariffs.views import Place
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

NIGHT = element(component("ENERGY", "0.54", vat=19), start_time="22:00", end_time="06:00")
DAY = element(component("ENERGY", "0.64", vat=19), component("FLAT", "0.35", vat=19))


def make(operator: Operator, *elements: dict[str, Any], name: str = "City", **more: Any) -> int:
    said = tariff(*(elements or (NIGHT, DAY)), **{"id": "", "tax_included": "YES", **more})
    saved = actions.create_tariff(
        operator_id=operator.pk, name=name, ocpi_json=json.dumps(said, default=str), actor=SYSTEM
    )
    return saved.tariff_id


def put(operator: Operator, tariff_id: int, place: Place | None = None, group: str = "") -> int:
    return actions.assign_tariff(
        operator_id=operator.pk,
        tariff_id=tariff_id,
        actor=SYSTEM,
        place=place,
        token_group=group,
        valid_from=clock.now() - timedelta(days=1),
    )


def row(number: int, **texts: str | list[str]) -> dict[str, str | list[str]]:
    given = {"vat": "19", "energy_step": "1", "time_step": "1", "parking_step": "1", **texts}
    return {f"row-{number}-{name}": text for name, text in given.items()}


def filled(*rows: dict[str, str | list[str]], do: str = "save", **texts: str) -> dict[str, Any]:
    example = {"ex-energy": "20", "ex-minutes": "40", "ex-day": "5", "ex-at": "18:00"}
    said: dict[str, Any] = {"name": "City", "currency": "EUR", "tax": "YES", "rows": str(len(rows))}
    said |= example | {"ex-zone": "Europe/Berlin", "do": do} | texts
    for each in rows:
        said |= each
    return said


def page(client: Client, path: str) -> str:
    answer = client.get(f"/console/tariffs/{path}")
    assert answer.status_code == 200, path
    return answer.content.decode()


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


def test_a_new_tariff_is_saved_as_it_was_typed(sign_in: SignIn, operator: Operator) -> None:
    client = sign_in(Role.FINANCE)
    said = filled(
        row(0, energy="0,54", start_time="22:00", end_time="06:00", days=["SATURDAY", "SUNDAY"]),
        row(1, energy="0.64", flat="0.35"),
        row(2, parking="6", min_minutes="240"),
        max_after="40",
    )
    answer = client.post("/console/tariffs/add/", said)
    made = queries.tariffs(operator.pk)[0]
    assert answer.headers["Location"] == f"/console/tariffs/{made.id}/"
    assert made.current is not None
    wire = json.loads(made.current.text)
    assert [each["price_components"][0]["price"] for each in wire["elements"]] == [0.54, 0.64, 6]
    assert wire["elements"][0]["restrictions"] == {
        "start_time": "22:00",
        "end_time": "06:00",
        "day_of_week": ["SATURDAY", "SUNDAY"],
    }
    assert wire["elements"][2]["restrictions"] == {"min_duration": 14400}
    assert wire["max_price"] == {"after_taxes": 40}
    assert wire["tax_included"] == "YES"


def test_what_is_wrong_keeps_what_was_typed_and_stands_under_its_field(
    sign_in: SignIn, operator: Operator
) -> None:
    client = sign_in(Role.ADMIN)
    said = filled(row(0, energy="cheap"), row(1, flat="1"), row(2), name="")
    text = client.post("/console/tariffs/add/", said).content.decode()
    assert 'value="cheap"' in text
    assert 'id="id_row-0-energy_error"' in text
    assert "Price 1, Per kWh: Enter a number." in text
    assert "Price 3, Per kWh: Give this price an amount, or remove it." in text
    assert "Name: This field is required." in text
    assert not Tariff.objects.exists()


def test_a_version_cannot_count_from_the_past(sign_in: SignIn, operator: Operator) -> None:
    said = filled(row(0, energy="0.5"), valid_from="2020-01-01T00:00")
    text = sign_in().post("/console/tariffs/add/", said).content.decode()
    assert "This time is over: drivers were shown other prices." in text
    assert 'value="2020-01-01T00:00"' in text
    assert not Tariff.objects.exists()


def test_rows_are_added_moved_copied_and_removed_without_losing_a_word(
    sign_in: SignIn, operator: Operator
) -> None:
    client = sign_in()
    two = (row(0, energy="cheap"), row(1, energy="0.2", days=["MONDAY"]))

    def prices(do: str) -> list[str]:
        text = client.post("/console/tariffs/add/", filled(*two, do=do)).content.decode()
        assert "errorlist" not in text
        fields = re.findall(r'<input type="text" name="row-[0-9]+-energy"([^>]*)>', text)
        return [found[1] if (found := re.search('value="([^"]*)"', each)) else "" for each in fields]

    assert prices("up-1") == ["0.2", "cheap"]
    assert prices("down-0") == ["0.2", "cheap"]
    assert prices("copy-0") == ["cheap", "cheap", "0.2"]
    assert prices("remove-0") == ["0.2"]
    assert prices("add") == ["cheap", "0.2", ""]
    assert prices("remove-9") == ["cheap", "0.2"]


def test_the_preview_says_words_example_and_warnings(sign_in: SignIn, operator: Operator) -> None:
    client = sign_in()
    said = filled(
        row(0, energy="0.30", energy_step="1000"),
        row(1, parking="6", start_time="22:00", end_time="06:00", days=["FRIDAY"]),
    )
    text = client.post("/console/tariffs/preview/", said).content.decode()
    assert "20 kWh in 40 minutes on Saturday at 18:00 costs 6.00 EUR." in text
    assert "0.30 EUR per kWh, including 19 % VAT." in text
    assert "Price 1: Energy is billed in blocks of 1000 Wh" in text
    assert "Price 2: The window 22:00-06:00 passes midnight" in text
    assert "Parking after charging has a price at some times but none" in text
    assert "<html" not in text


def test_a_changed_tariff_is_compared_for_usual_charges_and_gets_a_version(
    sign_in: SignIn, operator: Operator
) -> None:
    number = make(operator)
    client = sign_in()
    text = page(client, f"{number}/edit/")
    assert 'value="0.64"' in text
    assert "Nothing changed yet." in text
    said = filled(row(0, energy="0.70"), name="City new")
    shown = client.post(f"/console/tariffs/{number}/preview/", said).content.decode()
    assert "Against version 1" in shown
    assert "+0.85 EUR" in shown
    client.post(f"/console/tariffs/{number}/edit/", said)
    found = queries.tariff(operator.pk, number)
    assert found is not None
    assert (found.version_count, found.name) == (2, "City new")
    newest = queries.versions(operator.pk, number)[0]
    changed = page(client, f"{number}/versions/{newest.id}/")
    assert "<del>0.64 EUR per kWh, including 19 % VAT.</del>" in changed
    assert "<ins>0.70 EUR per kWh, including 19 % VAT.</ins>" in changed


def test_saving_without_a_change_makes_no_version(sign_in: SignIn, operator: Operator) -> None:
    number = make(operator, element(component("ENERGY", "0.5", vat=19)))
    said = filled(row(0, energy="0.5"))
    answer = sign_in().post(f"/console/tariffs/{number}/edit/", said, follow=True)
    assert "there is no new version" in answer.content.decode()
    assert TariffVersion.objects.count() == 1


@pytest.mark.parametrize("ocpi", ["2.2.1", "2.3.0"])
def test_a_tariff_of_either_version_survives_import_editor_and_download(
    sign_in: SignIn, operator: Operator, ocpi: str
) -> None:
    said: dict[str, Any] = {
        "country_code": "DE",
        "party_id": "HAF",
        "id": "T-9",
        "currency": "EUR",
        "type": "REGULAR",
        "tariff_alt_text": [{"language": "en", "text": "Night & day"}],
        "min_price": {"before_taxes" if ocpi == "2.3.0" else "excl_vat": 0.5},
        "elements": [
            {
                "price_components": [
                    {"type": "ENERGY", "price": 0.25, "vat": 19, "step_size": 100},
                    {"type": "PARKING_TIME", "price": 2, "vat": 7, "step_size": 60},
                ],
                "restrictions": {"max_duration": 100, "min_power": 11.5, "day_of_week": ["MONDAY"]},
            },
            {"price_components": [{"type": "TIME", "price": 1.5, "step_size": 1}]},
        ],
    }
    if ocpi == "2.3.0":
        said |= {"tax_included": "NO", "preauthorize_amount": 40}
    client = sign_in()
    pasted = {"name": "Partner", "ocpi": json.dumps(said), "do": "edit"}
    editor = client.post("/console/tariffs/import/", pasted)
    context = editor.context["draft"]
    fields = {
        f"{form.prefix}-{name}" if form.prefix else name: value
        for form in (context.head, context.saving, context.example, *context.rows)
        for name in form.fields
        if (value := form[name].value())
    }
    sent = fields | {"rows": str(len(context.rows)), "rest": context.typed.rest, "do": "save"}
    client.post("/console/tariffs/add/", sent)
    version = TariffVersion.objects.select_related("tariff").get()
    wire = client.get(f"/console/tariffs/{version.tariff_id}/versions/{version.pk}/ocpi-{ocpi}.json")
    assert f"ocpi-{ocpi}.json" in wire.headers["Content-Disposition"]
    got = json.loads(wire.content)
    assert got.pop("last_updated")
    first = said["elements"][0]
    parts = [
        {"price_components": [each], "restrictions": first["restrictions"]}
        for each in first["price_components"]
    ]
    assert got == said | {"elements": [*parts, said["elements"][1]]}


def test_an_import_says_where_it_is_wrong_and_keeps_the_text(sign_in: SignIn, operator: Operator) -> None:
    broken = tariff(element(component("ENERGY", "dear")))
    pasted = {"name": "Partner", "ocpi": json.dumps(broken), "do": "save"}
    text = sign_in().post("/console/tariffs/import/", pasted).content.decode()
    assert "$.elements[0].price_components[0].price" in text.replace("&#x27;", "'")
    assert "&quot;dear&quot;" in text
    assert not Tariff.objects.exists()


def test_a_tariff_too_long_for_the_editor_is_imported_as_it_is(sign_in: SignIn, operator: Operator) -> None:
    hours = [element(component("ENERGY", f"0.{hour + 10}"), max_kwh=hour + 1) for hour in range(40)]
    client = sign_in()
    pasted = {"name": "Long", "ocpi": json.dumps(tariff(*hours)), "do": "edit"}
    assert "at most 30 prices" in client.post("/console/tariffs/import/", pasted).content.decode()
    client.post("/console/tariffs/import/", pasted | {"do": "save"})
    [made] = queries.tariffs(operator.pk)
    assert made.current is not None
    assert len(made.current.tariff.elements) == 40
    again = client.get(f"/console/tariffs/{made.id}/edit/")
    assert again.headers["Location"] == f"/console/tariffs/{made.id}/import/"


def test_what_ocpi_cannot_say_is_refused_with_the_reason(sign_in: SignIn, operator: Operator) -> None:
    number = make(operator)
    version = TariffVersion.objects.get()
    answer = sign_in().get(f"/console/tariffs/{number}/versions/{version.pk}/ocpi-2.2.1.json")
    assert answer.status_code == 409
    assert "OCPI 2.2.1 has no prices that include taxes." in answer.content.decode()


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


def test_who_is_bound_to_sites_changes_no_tariff(sign_in: SignIn, operator: Operator, site: Location) -> None:
    number = make(operator)
    put(operator, number)
    bound = sign_in(Role.SITE_HOST, location_ids=[site.pk])
    answer = bound.post(f"/console/tariffs/{number}/edit/", filled(row(0, energy="0")))
    assert answer.status_code == 403
    assert TariffVersion.objects.count() == 1


def test_another_operators_tariff_does_not_exist(
    sign_in: SignIn, operator: Operator, other_operator: Operator
) -> None:
    number = make(other_operator)
    client = sign_in()
    for path in (f"{number}/", f"{number}/edit/", f"{number}/assign/", f"{number}/import/"):
        assert client.get(f"/console/tariffs/{path}").status_code == 404


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
