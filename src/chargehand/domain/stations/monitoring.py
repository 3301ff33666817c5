"""What a station made of the monitors it was asked to set (OCPP 2.x N04)."""

from typing import Any

import msgspec


class MonitorResult(msgspec.Struct, frozen=True, kw_only=True):
    """The station's answer for one monitor; `status` is its word, `Accepted` if it watches."""

    component: str
    name: str
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
            type=str(item.get("type", "")),
            status=str(item.get("status", "")),
        )
        for item in items
        if isinstance(item, dict)
    ]


def _name(part: Any) -> str:
    return str(part.get("name", "")) if isinstance(part, dict) else ""
