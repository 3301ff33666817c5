"""Tariffs are written, versioned for ever, and assigned."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError, connection, transaction
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import LocationDetails
from chargehand.domain.tariffs import actions, queries
from chargehand.domain.tariffs.cautions import CautionKind
from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.models import TariffVersion
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion
from chargehand.domain.tariffs.views import Place
from chargehand.journal.models import StatedFact
from chargehand.kernel.errors import Refused

ADA = Actor("user", 7, "Ada")
DAY = timedelta(days=1)
SPRING = datetime(2025, 3, 1, tzinfo=UTC)


def _text(price: str = "0.49", **more: Any) -> bytes:
    return msgspec.json.encode(tariff(element(component("ENERGY", price, vat="19")), **more))


def _create(operator: Operator, text: bytes | None = None, **more: Any) -> actions.SavedTariff:
    return actions.create_tariff(
        operator_id=operator.pk, name="Day", ocpi_json=text or _text(), actor=ADA, **more
    )


def _add(operator: Operator, tariff_id: int, text: bytes, **more: Any) -> actions.SavedTariff:
    return actions.add_version(
        operator_id=operator.pk, tariff_id=tariff_id, ocpi_json=text, actor=ADA, **more
    )


def _refusal(act: Any, **arguments: Any) -> str:
    with pytest.raises(Refused) as refusal:
        act(actor=ADA, **arguments)
    assert refusal.value.sentence.endswith(".")
    return refusal.value.code


def test_a_tariff_keeps_what_was_written_exactly(operator: Operator) -> None:
    saved = _create(operator, _text("0.4900000000000000001"))
    version = queries.version(operator.pk, saved.version_id)
    assert version is not None
    assert version.tariff.elements[0].price_components[0].price == Decimal("0.4900000000000000001")
    assert (version.number, version.ocpi_id, version.currency, version.country) == (1, "T", "EUR", "DE")


def test_a_tariff_without_an_id_gets_one(operator: Operator) -> None:
    first, second = _create(operator, _text(id="")), _create(operator, _text(id=""))
    names = {each.ocpi_id for each in queries.tariffs(operator.pk)}
    assert (first.tariff_id != second.tariff_id, len(names)) == (True, 2)
    assert all(1 <= len(name) <= 36 for name in names)


def test_an_id_is_given_once_to_an_operator(operator: Operator, other_operator: Operator) -> None:
    _create(operator)
    text = _text()
    taken = _refusal(actions.create_tariff, operator_id=operator.pk, name="Night", ocpi_json=text)
    assert taken == "tariff-id-taken"
    assert _create(other_operator).is_new


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("", _text(), "bad-name"),
        ("a\0b", _text(), "bad-name"),
        ("x", b"{}", "bad-tariff"),
        ("x", b"nonsense", "bad-tariff"),
        ("x", _text(currency="ZZZ"), "bad-tariff"),
        ("x", _text("NaN"), "bad-tariff"),
        ("x", _text(id="x" * 37), "bad-tariff-id"),
    ],
)
def test_what_is_no_tariff_is_refused_in_a_sentence(
    operator: Operator, name: str, text: bytes, code: str
) -> None:
    assert _refusal(actions.create_tariff, operator_id=operator.pk, name=name, ocpi_json=text) == code
    assert queries.tariffs(operator.pk) == []


def test_cautions_come_back_with_what_was_saved(operator: Operator) -> None:
    text = msgspec.json.encode(tariff(element(component("ENERGY", "0.5", step_size=500))))
    assert [each.kind for each in _create(operator, text).cautions] == [CautionKind.STEP_SIZE]


def test_the_same_content_makes_no_second_version(operator: Operator) -> None:
    saved = _create(operator)
    again = _add(operator, saved.tariff_id, _text())
    other = _add(operator, saved.tariff_id, _text("0.59", id=""))
    assert (again.version_id, again.is_new) == (saved.version_id, False)
    assert [each.number for each in queries.versions(operator.pk, saved.tariff_id)] == [2, 1]
    assert other.is_new


def test_a_version_keeps_the_id_and_the_currency_of_its_tariff(
    operator: Operator, other_operator: Operator
) -> None:
    saved = _create(operator)
    about = {"operator_id": operator.pk, "tariff_id": saved.tariff_id}
    assert _refusal(actions.add_version, ocpi_json=_text(id="OTHER"), **about) == "other-id"
    assert _refusal(actions.add_version, ocpi_json=_text(currency="CHF"), **about) == "other-currency"
    about["operator_id"] = other_operator.pk
    assert _refusal(actions.add_version, ocpi_json=_text(), **about) == "unknown-tariff"


@pytest.mark.parametrize(
    "statement", ["UPDATE tariffs_version SET text = '{}'", "DELETE FROM tariffs_version"]
)
def test_the_database_refuses_to_change_a_version(operator: Operator, statement: str) -> None:
    saved = _create(operator)
    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert TariffVersion.objects.filter(pk=saved.version_id).exists()


def test_both_versions_of_ocpi_come_out_of_either(operator: Operator) -> None:
    old = _create(operator)
    new = _create(operator, _text(id="N", tax_included="NO"))
    for saved in (old, new):
        wires = [
            msgspec.json.decode(queries.version_json(operator.pk, saved.version_id, each) or b"")
            for each in OcpiVersion
        ]
        assert ["tax_included" in wire for wire in wires] == [False, True]
        assert all(wire["elements"] == wires[0]["elements"] for wire in wires)


def test_prices_that_include_taxes_are_not_written_as_2_2_1(operator: Operator) -> None:
    saved = _create(operator, _text(tax_included="YES"))
    with pytest.raises(TariffError, match="include taxes"):
        queries.version_json(operator.pk, saved.version_id, OcpiVersion.V2_2_1)


def test_no_rate_is_not_given_another_meaning_in_the_other_version(operator: Operator) -> None:
    Operator.objects.filter(pk=operator.pk).update(country="US")
    bare = tariff(element(component("ENERGY", "0.5")), currency="USD")
    old = _create(operator, msgspec.json.encode(bare))
    new = _create(operator, msgspec.json.encode({**bare, "id": "N", "tax_included": "NO"}))
    with pytest.raises(TariffError, match="leave the tax"):
        queries.version_json(operator.pk, old.version_id, OcpiVersion.V2_3_0)
    with pytest.raises(TariffError, match="no tax is added"):
        queries.version_json(operator.pk, new.version_id, OcpiVersion.V2_2_1)


def test_a_place_of_another_operator_is_no_place(operator: Operator, other_operator: Operator) -> None:
    theirs = stations.create_station(operator_id=other_operator.pk, identity="THEIRS").station_id
    details = LocationDetails(name="Elsewhere", time_zone="Europe/Paris")
    place = stations.create_location(operator_id=other_operator.pk, details=details)
    about = {"operator_id": operator.pk, "tariff_id": _create(operator).tariff_id}
    for where in (Place(station_id=theirs), Place(location_id=place), Place(station_id=10**9)):
        assert _refusal(actions.assign_tariff, place=where, **about) == "unknown-place"
    assert queries.assignments(operator.pk) == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"place": Place(location_id=1, station_id=1)}, "two-places"),
        ({"place": Place(evse=1)}, "half-a-place"),
        ({"place": Place(station_id=1, connector=1)}, "half-a-place"),
        ({"place": Place(station_id=1, evse=-1)}, "half-a-place"),
        ({"priority": 1001}, "bad-priority"),
        ({"valid_from": SPRING, "valid_until": SPRING}, "ends-before-start"),
        ({"token_group": "x" * 256}, "bad-group"),
    ],
)
def test_an_assignment_that_says_nothing_clear_is_refused(
    operator: Operator, more: dict[str, Any], code: str
) -> None:
    tariff_id = _create(operator).tariff_id
    assert _refusal(actions.assign_tariff, operator_id=operator.pk, tariff_id=tariff_id, **more) == code


def test_an_assignment_is_ended_once_and_never_made_longer(operator: Operator) -> None:
    tariff_id = _create(operator).tariff_id
    made = actions.assign_tariff(operator_id=operator.pk, tariff_id=tariff_id, actor=ADA, valid_from=SPRING)
    for days in (5, 3, 9):
        actions.end_assignment(operator_id=operator.pk, assignment_id=made, actor=ADA, at=SPRING + days * DAY)
    [found] = queries.assignments(operator.pk)
    assert found.valid_until == SPRING + 3 * DAY
    about = {"operator_id": operator.pk, "assignment_id": made, "at": SPRING - DAY}
    assert _refusal(actions.end_assignment, **about) == "ends-before-start"
    about["assignment_id"] = made + 1
    assert _refusal(actions.end_assignment, **about) == "unknown-assignment"


def test_an_assignment_that_has_not_begun_can_be_called_off(operator: Operator) -> None:
    tariff_id = _create(operator).tariff_id
    later = datetime.now(UTC) + 30 * DAY
    made = actions.assign_tariff(operator_id=operator.pk, tariff_id=tariff_id, actor=ADA, valid_from=later)
    actions.end_assignment(operator_id=operator.pk, assignment_id=made, actor=ADA)
    assert queries.tariff_for(operator.pk, Place(), at=later + DAY) is None


def test_every_deed_is_stated_and_audited(operator: Operator) -> None:
    saved = _create(operator)
    _add(operator, saved.tariff_id, _text("0.59"))
    made = actions.assign_tariff(operator_id=operator.pk, tariff_id=saved.tariff_id, actor=ADA)
    actions.end_assignment(operator_id=operator.pk, assignment_id=made, actor=ADA)
    actions.rename_tariff(operator_id=operator.pk, tariff_id=saved.tariff_id, name="Night", actor=ADA)
    assert list(StatedFact.objects.order_by("pk").values_list("name", flat=True)) == [
        "tariffs.TariffVersionMade",
        "tariffs.TariffVersionMade",
        "tariffs.TariffAssigned",
        "tariffs.AssignmentEnded",
    ]
    trail = audit.list_audit(operator.pk, subject=f"tariff:{saved.tariff_id}").entries
    assert [entry.action for entry in reversed(trail)] == [
        "tariff.created",
        "tariff.version_made",
        "tariff.version_made",
        "tariff.assigned",
        "tariff.assignment_ended",
        "tariff.renamed",
    ]
    found = queries.tariff(operator.pk, saved.tariff_id)
    assert found is not None
    assert (found.name, found.version_count) == ("Night", 2)
