"""Tariffs, assignments and filled forms in few words, for the tests of the tariffs' pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.test import Client
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.tariffs import actions
from chargehand.domain.tariffs.views import Place
from chargehand.kernel import clock

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
