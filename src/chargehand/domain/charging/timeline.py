"""Everything that happened at a station as one stream, newest first."""

from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.stations.command_cards import NAMES

MOST_PER_PAGE: Final = 500

EntryKind: TypeAlias = Literal[
    "boot",
    "connected",
    "disconnected",
    "status",
    "session-start",
    "session-end",
    "command",
    "notice",
    "repair",
]

#: Every source gives kind, time, EVSE, a word, more words, and a number of its own; each is cut to the page
#: before they are merged.
_STREAM: Final = """
SELECT kind, at, evse, word, more, number FROM (
    (SELECT kind, at, NULL::int AS evse, reason AS word, '' AS more, NULL::text AS number
     FROM stations_connection_event
     WHERE station_id = %(station)s AND at < %(before)s ORDER BY at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT 'status', reported_at, evse, status, error_code || ' ' || vendor_error_code || ' ' || info, NULL
     FROM stations_status_report
     WHERE station_id = %(station)s AND reported_at < %(before)s ORDER BY reported_at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT 'session-start', started_at, evse, token_uid, "authorization", id::text FROM charging_transaction
     WHERE station_id = %(station)s AND started_at < %(before)s ORDER BY started_at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT 'session-end', ended_at, evse, stop_reason, energy_wh::text, id::text FROM charging_transaction
     WHERE station_id = %(station)s AND ended_at < %(before)s ORDER BY ended_at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT 'command', queued_at, evse, command, asked_by, id::text FROM stations_request
     WHERE station_id = %(station)s AND queued_at < %(before)s ORDER BY queued_at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT CASE kind WHEN 'boot' THEN 'boot' ELSE 'notice' END, at, evse, CASE kind WHEN 'boot' THEN name
        ELSE kind END, CASE kind WHEN 'boot' THEN detail ->> 'firmwareVersion' ELSE name END, id::text
     FROM stations_event
     WHERE station_id = %(station)s AND at < %(before)s
        AND NOT (kind = 'monitor' AND detail ->> 'trigger' = 'Periodic') AND kind <> 'authorization'
     ORDER BY at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT 'repair', opened_at, NULL, kind, sentence, id::text FROM charging_repair_case
     WHERE operator_id = %(operator)s AND station_id = %(station)s AND opened_at < %(before)s
     ORDER BY opened_at DESC LIMIT %(limit)s)
) AS stream
WHERE EXISTS (SELECT 1 FROM stations_station WHERE id = %(station)s AND operator_id = %(operator)s)
ORDER BY at DESC, kind, number LIMIT %(limit)s
"""

_TITLES: Final[dict[str, Promise]] = {
    "boot": gettext_lazy("Restarted"),
    "connected": gettext_lazy("Connected"),
    "disconnected": gettext_lazy("Disconnected"),
    "status": gettext_lazy("Status"),
    "session-start": gettext_lazy("Charge began"),
    "session-end": gettext_lazy("Charge ended"),
    "command": gettext_lazy("Command"),
    "notice": gettext_lazy("Notice"),
    "repair": gettext_lazy("Needs repair"),
}


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. `ref` is the id of the charge, command, notice or case it speaks of."""

    kind: EntryKind
    at: datetime
    evse: int | None
    title: str
    sentence: str
    ref: str | None


def station_timeline(
    operator_id: int, station_id: int, *, before: datetime, limit: int = 100
) -> list[TimelineEntry]:
    """Return what happened at a station before a moment, newest first; `at` of the last asks for more."""
    values: dict[str, Any] = {
        "operator": operator_id,
        "station": station_id,
        "before": before,
        "limit": max(1, min(limit, MOST_PER_PAGE)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STREAM, values)
        return [_entry(*row) for row in cursor.fetchall()]


def _entry(
    kind: EntryKind, at: datetime, evse: int | None, word: str, more: str | None, number: str | None
) -> TimelineEntry:
    title = str(_TITLES[kind])
    if kind == "command":
        title = str(NAMES.get(word, word))
    return TimelineEntry(
        kind=kind, at=at, evse=evse, title=title, sentence=_sentence(kind, word, more or ""), ref=number
    )


def _sentence(kind: EntryKind, word: str, more: str) -> str:
    match kind:
        case "boot":
            firmware = _("Firmware %s.") % more if more else ""
            return " ".join(part for part in (firmware, word) if part)
        case "session-start":
            return _("Token %(token)s: %(answer)s.") % {"token": word or "–", "answer": more or "–"}
        case "session-end":
            return _("%(energy)s Wh, %(reason)s.") % {"energy": more or "?", "reason": word or "–"}
        case "command":
            return _("Asked by %s.") % more if more else ""
        case "repair":
            return more
        case _:
            return " ".join(part for part in (word, more.strip()) if part)
