"""The stream of a station in plain words: plugs by their letters, sessions with their energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import queries
from chargehand.domain.charging.queries import TransactionView
from chargehand.domain.charging.timeline import EntryKind, TimelineEntry
from chargehand.domain.stations.queries import StationView
from chargehand.interfaces.console import session_words, station
from chargehand.interfaces.ui import formats

#: Statuses of OCPP 1.6 and 2.x as people say them.
STATUSES: Final[Mapping[str, Promise]] = {
    "Available": gettext_lazy("free"),
    "Preparing": gettext_lazy("a car is plugged in"),
    "Occupied": gettext_lazy("occupied"),
    "Charging": gettext_lazy("charging"),
    "SuspendedEV": gettext_lazy("paused by the car"),
    "SuspendedEVSE": gettext_lazy("paused by the station"),
    "Finishing": gettext_lazy("finished, still plugged in"),
    "Reserved": gettext_lazy("reserved"),
    "Unavailable": gettext_lazy("out of service"),
    "Faulted": gettext_lazy("reports a fault"),
}

_LOOKS: Final[Mapping[EntryKind, str]] = {
    "session-start": "charging",
    "session-end": "ready",
    "repair": "attention",
    "disconnected": "offline",
}


def lines(principal: Principal, view: StationView, entries: Sequence[TimelineEntry]) -> list[dict[str, Any]]:
    """The entries as the timeline shows them, in the operator's time."""
    letters: dict[int, str] = {}
    for letter, plug in station.lettered(view):
        letters.setdefault(plug.evse, letter)
    sessions = _sessions(principal, view, entries)
    return [_line(principal, entry, letters, sessions) for entry in entries]


def _sessions(
    principal: Principal, view: StationView, entries: Sequence[TimelineEntry]
) -> dict[str, TransactionView]:
    """The sessions the entries speak of; one page holds all that began before its newest entry."""
    if not any(entry.kind in {"session-start", "session-end"} for entry in entries):
        return {}
    page = queries.list_transactions(principal.operator_id, station_id=view.id, limit=len(entries) + 50)
    return {str(one.id): one for one in page.transactions}


def _line(
    principal: Principal,
    entry: TimelineEntry,
    letters: Mapping[int, str],
    sessions: Mapping[str, TransactionView],
) -> dict[str, Any]:
    text, detail = _words(entry, letters.get(entry.evse or 0, ""), sessions.get(entry.ref or ""))
    is_fault = entry.kind == "status" and entry.sentence.startswith("Faulted")
    return {
        "time": timezone.localtime(entry.at),
        "text": text,
        "detail": detail,
        "state": "broken" if is_fault else _LOOKS.get(entry.kind, ""),
        "url": _link(principal, entry),
    }


def _words(entry: TimelineEntry, letter: str, session: TransactionView | None) -> tuple[str, str]:
    if entry.kind == "status":
        status, _blank, more = entry.sentence.partition(" ")
        word = str(STATUSES.get(status, status))
        about = _("Plug %s") % letter if letter else _("Station")
        return f"{about}: {word}", "" if more == "NoError" else more
    title = f"{entry.title} · {_('plug %s') % letter}" if letter else entry.title
    if entry.kind == "session-end" and session is not None:
        energy = formats.write_energy(session.energy_wh)
        reason = session_words.reason_sentence(session.stop_reason)
        return title, f"{energy}. {reason}" if session.energy_wh is not None else reason
    if entry.kind == "connected":
        return title, entry.sentence.upper().replace("OCPP", "OCPP ")
    return title, entry.sentence


def _link(principal: Principal, entry: TimelineEntry) -> str:
    if entry.ref is None:
        return ""
    if entry.kind in {"session-start", "session-end"}:
        return reverse("console:sessions-page", args=[int(entry.ref)])
    if entry.kind == "repair" and principal.may(Permission.SESSIONS_REPAIR):
        return reverse("console:repairs-page", args=[int(entry.ref)])
    return ""
