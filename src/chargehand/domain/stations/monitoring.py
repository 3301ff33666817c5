"""What a station made of the monitors it was asked to set (OCPP 2.x N04)."""

from typing import Any

import msgspec


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
