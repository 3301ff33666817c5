"""Incidents as rows of lists, banners and the overview, and the stations that need a person beyond them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.urls import reverse

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview
from chargehand.domain.charging.overview import NeedsPerson
from chargehand.domain.health import incident_list
from chargehand.domain.health.incident_list import IncidentRow, Which
from chargehand.domain.maintenance import orders
from chargehand.interfaces.console import incident_words as words

_KNOWN: Final[tuple[Which, ...]] = ("open", "snoozed")
_STANDING: Final[tuple[Which, ...]] = ("open", "watching", "snoozed")


def lines(principal: Principal, rows: Iterable[IncidentRow]) -> list[dict[str, Any]]:
    """Incidents as rows of a table read them, each with its work order."""
    open_orders = _orders(principal)
    return [_line(row, open_orders.get(row.id)) for row in rows]


def incidents(principal: Principal, limit: int) -> list[dict[str, Any]]:
    """The open incidents a person may see, by drivers affected."""
    if not principal.may(Permission.INCIDENTS_VIEW):
        return []
    page = incident_list.list_incidents(
        principal.operator_id, which="open", location_ids=principal.location_ids, limit=limit
    )
    return lines(principal, page.incidents)


def beyond_incidents(principal: Principal, limit: int) -> list[NeedsPerson]:
    """The stations that need a person though no incident speaks of them, open or put off."""
    known = {
        station_id
        for which in _KNOWN
        for row in incident_list.list_incidents(
            principal.operator_id,
            which=which,
            location_ids=principal.location_ids,
            limit=incident_list.MOST_PER_PAGE,
        ).incidents
        for station_id in row.station_ids
    }
    may_know = principal.may(Permission.INCIDENTS_VIEW)
    found = overview.needs_person(
        principal.operator_id, location_ids=principal.location_ids, limit=limit + len(known)
    )
    return [one for one in found if not may_know or one.station.id not in known][:limit]


def at_station(principal: Principal, station_id: int) -> list[dict[str, Any]]:
    """The incidents that stand at a station, the open ones first."""
    if not principal.may(Permission.INCIDENTS_VIEW):
        return []
    found = [
        row
        for which in _STANDING
        for row in incident_list.list_incidents(
            principal.operator_id, which=which, station_id=station_id, location_ids=principal.location_ids
        ).incidents
    ]
    return lines(principal, found)


def _line(row: IncidentRow, order_id: int | None) -> dict[str, Any]:
    severity, word = words.severity_chip(row.severity)
    state, state_word = words.state_chip(row)
    return {
        "it": row,
        "severity": severity,
        "severity_word": word,
        "state": state,
        "state_word": state_word,
        "sentence": row.sentence or f"{row.title}.",
        "service": words.service_words(row) if row.state == "open" else None,
        "owner": row.assignee_name or row.acknowledged_by,
        "order_id": order_id,
        "url": reverse("console:incidents-page", args=[row.id]),
    }


def _orders(principal: Principal) -> dict[int, int]:
    """The open work orders of incidents, for those who may see work."""
    if not principal.may(Permission.WORK_VIEW):
        return {}
    found = orders.work_orders(
        principal.operator_id, is_open=True, location_ids=principal.location_ids, limit=orders.MOST_PER_PAGE
    )
    return {card.incident_id: card.id for card in reversed(found) if card.incident_id is not None}
