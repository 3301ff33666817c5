"""Monitors of OCPP 2.x: what a station made of those it was asked to set (N04), and what they tell (N07)."""

from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Q

from chargehand.domain.stations.models import StationEvent


class MonitorResult(msgspec.Struct, frozen=True, kw_only=True):
    """The station's answer for one monitor; `status` is its word, `Accepted` if it watches.

    EVSE and connector are those of the component, 0 where it has none.
    """

    component: str
    name: str
    evse: int
    connector: int
    type: str
    status: str


def monitor_results(detail: dict[str, Any] | None) -> list[MonitorResult]:
    """Return the answers for each monitor in the detail of a `set-monitors` command's answer."""
    items = (detail or {}).get("setMonitoringResult")
    if not isinstance(items, list):
        return []
    return [
        MonitorResult(
            component=_name(item.get("component")),
            name=_name(item.get("variable")),
            evse=_number(item.get("component"), "id"),
            connector=_number(item.get("component"), "connectorId"),
            type=str(item.get("type", "")),
            status=str(item.get("status", "")),
        )
        for item in items
        if isinstance(item, dict)
    ]


def _name(part: Any) -> str:
    return str(part.get("name", "")) if isinstance(part, dict) else ""


def _number(component: Any, field: str) -> int:
    evse = component.get("evse") if isinstance(component, dict) else None
    number = evse.get(field) if isinstance(evse, dict) else None
    return number if isinstance(number, int) else 0


def alerted_codes(station_id: int, evse: int, *, since: datetime) -> tuple[str, str]:
    """Return techCode and techInfo of the last NotifyEvent that gave a cause at an EVSE, "" where none did.

    A fault of OCPP 2.x comes in two messages: the status says that, an event why (G05).
    """
    rows = StationEvent.objects.filter(
        Q(evse=evse) | Q(evse=None), station_id=station_id, kind="monitor", received_at__gte=since
    )
    for detail in rows.order_by("-received_at", "-id").values_list("detail", flat=True)[:20]:
        if detail.get("techCode") and not detail.get("cleared"):
            return str(detail["techCode"]), str(detail.get("techInfo") or "")
    return "", ""
