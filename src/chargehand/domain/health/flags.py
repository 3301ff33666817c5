"""Which stations have an incident that stands: the flag in lists and on the map."""

from collections.abc import Collection

import msgspec

from chargehand.domain.health import incidents
from chargehand.domain.health.causes import cause_of
from chargehand.domain.health.models import Incident, IncidentStation


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """The gravest incident that stands at a station, and how many stand; severity as in OCPP 2.x, 0 is danger."""

    incident_id: int
    kind: str
    title: str
    severity: int
    is_open: bool
    count: int


def flags(operator_id: int, *, station_ids: Collection[int] | None = None) -> dict[int, Flag]:
    """Return flags by station; stations without a standing incident are missing."""
    rows = IncidentStation.objects.filter(
        incident__operator_id=operator_id, incident__state__in=incidents.SHOWN
    )
    if station_ids is not None:
        rows = rows.filter(station_id__in=list(station_ids))
    found: dict[int, dict[int, tuple[bool, int, str]]] = {}
    names = ("station_id", "incident_id", "incident__state", "incident__severity", "incident__kind")
    for station_id, incident_id, state, severity, kind in rows.values_list(*names):
        found.setdefault(station_id, {})[incident_id] = (state != Incident.State.OPEN, severity, kind)
    return {station_id: _flag(each) for station_id, each in found.items()}


def _flag(standing: dict[int, tuple[bool, int, str]]) -> Flag:
    """Open ones come before those that show no more, then the graver, then the older."""
    incident_id, (is_over, severity, kind) = min(standing.items(), key=lambda item: (item[1][:2], item[0]))
    return Flag(
        incident_id=incident_id,
        kind=kind,
        title=str(cause_of(kind).title),
        severity=severity,
        is_open=not is_over,
        count=len(standing),
    )
