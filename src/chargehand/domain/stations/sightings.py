"""Seeing that accepted commands worked: what stations told since is held against what was asked of them.

Everything is read from what is stored, so that it does not matter in which order things came, nor how often
this looks. Starts and stops are seen in the charging room.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec
from django.db import connection

from chargehand.domain.stations.secrets import PASSWORD_VARIABLES

#: What shows that a command worked: when, and in words.
Sighting: TypeAlias = tuple[datetime, str]

#: Messages that come under another name than the trigger's.
_ACTIONS: Final = {
    "SignChargingStationCertificate": "SignCertificate",
    "SignV2GCertificate": "SignCertificate",
    "SignCombinedCertificate": "SignCertificate",
    "SignChargePointCertificate": "SignCertificate",
}
_COMMANDS: Final = [
    "reset",
    "trigger",
    "unlock",
    "availability",
    "set-variables",
    "get-report",
    "get-log",
    "update-firmware",
]

_PENDING: Final = """
SELECT id, station_id, command, body::text, evse, connector, sent_at, answered_at FROM stations_request
WHERE state = 'answered' AND is_accepted AND seen_at IS NULL AND command = ANY(%(commands)s)
    AND sent_at > %(since)s AND (%(stations)s::bigint[] IS NULL OR station_id = ANY(%(stations)s))
ORDER BY queued_at FOR UPDATE SKIP LOCKED
"""
_PLUGS: Final = """
SELECT status, status_received_at FROM stations_connector
WHERE station_id = %s AND evse > 0 AND (%s::int IS NULL OR evse = %s) AND (%s::int IS NULL OR connector = %s)
"""
_MESSAGE: Final = """
SELECT min(received_at) FROM stations_message
WHERE station_id = %s AND received_at >= %s AND is_from_station AND action = %s
"""
_VARIABLE: Final = """
SELECT value, reported_at FROM stations_variable
WHERE station_id = %s AND lower(name) = lower(%s) AND (%s IN ('', 'OCPP16') OR (lower(component) = lower(%s)
    AND component_instance = %s AND evse = %s AND instance = %s AND attribute = %s))
ORDER BY reported_at DESC LIMIT 1
"""

_UPLOADED: Final = """
SELECT min(received_at) FROM stations_event
WHERE station_id = %s AND received_at >= %s AND kind IN ('log', 'diagnostics') AND name = 'Uploaded'
    AND (kind = 'diagnostics' OR detail->>'requestId' IS NULL OR (detail->>'requestId')::bigint = %s)
"""


class Pending(msgspec.Struct, frozen=True):
    """An accepted command nobody has seen to work yet."""

    id: UUID
    station_id: int
    command: str
    body: dict[str, Any]
    evse: int | None
    connector: int | None
    sent_at: datetime
    answered_at: datetime


def look(*, since: datetime, stations: Sequence[int] | None = None) -> int:
    """Look for proof of the commands sent after `since`, of some stations or all; return how many were seen."""
    values: dict[str, Any] = {
        "commands": _COMMANDS,
        "since": since,
        "stations": None if stations is None else sorted(set(stations)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, values)
        rows = cursor.fetchall()
    seen = 0
    for row in rows:
        said = dict(zip(Pending.__struct_fields__, row, strict=True))
        pending = Pending(**(said | {"body": msgspec.json.decode(said["body"])}))
        sighting = _SIGHTS[pending.command](pending)
        if sighting is not None:
            _write(pending.id, sighting)
            seen += 1
    return seen


def _write(request_id: UUID, sighting: Sighting) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE stations_request SET seen_at = %s, seen_as = %s WHERE id = %s AND seen_at IS NULL",
            [sighting[0], sighting[1][:255], request_id],
        )


def _one(statement: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _plugs(pending: Pending) -> list[tuple[str, datetime | None]]:
    evse, connector = pending.evse or None, pending.connector if pending.evse else None
    with connection.cursor() as cursor:
        cursor.execute(_PLUGS, [pending.station_id, evse, evse, connector, connector])
        return list(cursor.fetchall())


def _see_reset(pending: Pending) -> Sighting | None:
    """A boot after the command was sent; of a single EVSE, a status of it."""
    if pending.evse:
        told = [at for _, at in _plugs(pending) if at is not None and at > pending.sent_at]
        return (min(told), "the plug reported its status") if told else None
    row = _one(
        "SELECT booted_at FROM stations_station WHERE id = %s AND booted_at > %s",
        [pending.station_id, pending.sent_at],
    )
    return None if row is None else (row[0], "boot")


def _see_message(pending: Pending) -> Sighting | None:
    """The message that was asked for."""
    word = str(pending.body.get("message", ""))
    action = _ACTIONS.get(word, word)
    row = _one(_MESSAGE, [pending.station_id, pending.sent_at, action])
    return None if row is None or row[0] is None else (row[0], action)


def _see_unlock(pending: Pending) -> Sighting | None:
    """The plug was told free, or its status changed after the command."""
    for status, at in _plugs(pending):
        if status == "Available":
            return max(at or pending.answered_at, pending.answered_at), "the plug is free"
        if status in {"Finishing", "Preparing"} and at is not None and at > pending.sent_at:
            return at, f"plug {status}"
    return None


def _see_availability(pending: Pending) -> Sighting | None:
    """Every plug meant is out of service, or none is any more (quirk F6)."""
    plugs = [(status, at) for status, at in _plugs(pending) if status]
    if not plugs:
        return None
    wants = bool(pending.body.get("is_operative"))
    if any((status == "Unavailable") == wants for status, _ in plugs):
        return None
    latest = max((at for _, at in plugs if at is not None), default=pending.answered_at)
    words = ", ".join(sorted({status for status, _ in plugs}))
    return max(latest, pending.answered_at), words


def _see_variables(pending: Pending) -> Sighting | None:
    """The values were read back; of a password, the station connected anew."""
    wanted = [each for each in pending.body.get("variables", []) if isinstance(each, dict)]
    if any(each.get("name") in PASSWORD_VARIABLES for each in wanted):
        row = _one(
            "SELECT connected_at FROM stations_connection WHERE station_id = %s AND connected_at > %s",
            [pending.station_id, pending.answered_at],
        )
        return None if row is None else (row[0], "connected with the new password")
    times = []
    for each in wanted:
        found = _one(_VARIABLE, [pending.station_id, each["name"], *_component(each)])
        if found is None or found[1] < pending.sent_at or not is_same(found[0], each.get("value")):
            return None
        times.append(found[1])
    return (max(times), "read back") if times else None


def _component(wanted: dict[str, Any]) -> list[Any]:
    component = wanted.get("component") or ""
    return [
        *(component, component, wanted.get("component_instance") or "", wanted.get("evse") or 0),
        *(wanted.get("instance") or "", wanted.get("attribute") or "Actual"),
    ]


def _see_report(pending: Pending) -> Sighting | None:
    """Variables were reported after the command."""
    row = _one(
        "SELECT min(reported_at), count(*) FROM stations_variable WHERE station_id = %s AND reported_at >= %s",
        [pending.station_id, pending.sent_at],
    )
    return None if row is None or row[0] is None else (row[0], f"{row[1]} variables")


def _see_log(pending: Pending) -> Sighting | None:
    """The station told that it uploaded; diagnostics of 1.6 name no request."""
    row = _one(_UPLOADED, [pending.station_id, pending.sent_at, pending.body.get("request_id")])
    return None if row is None or row[0] is None else (row[0], "uploaded")


def _see_firmware(pending: Pending) -> Sighting | None:
    """The station restarted and reports the new version."""
    row = _one(
        "SELECT booted_at, firmware_version FROM stations_station WHERE id = %s AND booted_at >= %s",
        [pending.station_id, pending.sent_at],
    )
    if row is None or not is_same(row[1], pending.body.get("version")):
        return None
    return row[0], f"restarted with {row[1]}"


def is_same(reported: str | None, wanted: str | None) -> bool:
    """Tell whether two values mean the same: case and blanks in lists make no difference (quirk G1)."""
    if reported is None or wanted is None:
        return False
    left, right = ([part.strip().casefold() for part in text.split(",")] for text in (reported, wanted))
    return left == right


_SIGHTS: Final[dict[str, Callable[[Pending], Sighting | None]]] = {
    "reset": _see_reset,
    "trigger": _see_message,
    "unlock": _see_unlock,
    "availability": _see_availability,
    "set-variables": _see_variables,
    "get-report": _see_report,
    "get-log": _see_log,
    "update-firmware": _see_firmware,
}
