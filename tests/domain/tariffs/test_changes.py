"""When prices changed at a place."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.tariffs import actions
from chargehand.domain.tariffs.changes import TariffChange, tariff_changes

pytestmark = pytest.mark.django_db

SPRING = datetime(2025, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_assignments_and_new_versions_are_changes_where_they_count(operator: Operator) -> None:
    def text(price: str) -> bytes:
        return msgspec.json.encode(tariff(element(component("ENERGY", price)), id="t"))

    made = actions.create_tariff(
        operator_id=operator.pk, name="Day", ocpi_json=text("0.5"), actor=SYSTEM, valid_from=SPRING - 9 * DAY
    )
    actions.assign_tariff(
        operator_id=operator.pk, tariff_id=made.tariff_id, place=None, actor=SYSTEM, valid_from=SPRING
    )
    actions.add_version(
        operator_id=operator.pk,
        tariff_id=made.tariff_id,
        ocpi_json=text("0.6"),
        actor=SYSTEM,
        valid_from=SPRING + 3 * DAY,
    )
    found = tariff_changes(
        operator.pk, station_ids=[1], location_ids=[], since=SPRING - 20 * DAY, until=SPRING + 20 * DAY
    )
    assert found == [TariffChange(SPRING, "Day"), TariffChange(SPRING + 3 * DAY, "Day")]
    assert (
        tariff_changes(
            operator.pk, station_ids=[1], location_ids=[], since=SPRING + DAY, until=SPRING + 2 * DAY
        )
        == []
    )
