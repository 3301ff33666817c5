"""Tariffs are written in the editor or imported, seen in words before, and saved as versions."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.domain.tariffs.making import component, element, tariff
from tests.interfaces.console.conftest import SignIn
from tests.interfaces.console.tariffs.making import filled, make, page, put, row

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.stations.models import Location
from chargehand.domain.tariffs import queries
from chargehand.domain.tariffs.models import Tariff, TariffVersion

pytestmark = pytest.mark.django_db


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


def test_who_is_bound_to_sites_changes_no_tariff(sign_in: SignIn, operator: Operator, site: Location) -> None:
    number = make(operator)
    put(operator, number)
    bound = sign_in(Role.SITE_HOST, location_ids=[site.pk])
    answer = bound.post(f"/console/tariffs/{number}/edit/", filled(row(0, energy="0")))
    assert answer.status_code == 403
    assert TariffVersion.objects.count() == 1
