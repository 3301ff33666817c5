"""What happened about an incident, in plain words, for its page."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health.incident_detail import ConcernedStation, IncidentDetail, TimelineLine
from chargehand.domain.health.suggestions import LABELS
from chargehand.interfaces.console import incident_words as words
from chargehand.interfaces.console import session_words
from chargehand.interfaces.console.timeline_words import STATUSES
from chargehand.interfaces.ui import formats

_ENTRIES: Final = {
    "opened": "broken",
    "came-back": "broken",
    "reopened": "broken",
    "joined": "attention",
    "merged": "attention",
    "watching": "attention",
    "resolved": "ready",
}
_LOOKS: Final = {"session-start": "charging", "session-end": "ready", "disconnected": "offline"}
_ENERGY: Final = re.compile(r"([\d.]+) Wh(?:, (\w+))?")
_LABELS: Final = {str(code): label for code, label in LABELS.items()}


def lines(principal: Principal, detail: IncidentDetail) -> list[dict[str, Any]]:
    """The lines as the timeline shows them, newest first; the station is named where there are several."""
    places = {each.station_id: each for each in detail.stations}
    return [_line(principal, each, places) for each in detail.timeline]


def _line(principal: Principal, line: TimelineLine, places: dict[int, ConcernedStation]) -> dict[str, Any]:
    place = places.get(line.station_id or 0)
    where = place.identity if place is not None and len(places) > 1 and line.kind != "entry" else ""
    title, text = _words(line)
    by = line.by if line.kind == "entry" else ""
    return {
        "time": timezone.localtime(line.at),
        "text": " · ".join(part for part in (title, where, by) if part),
        "detail": text,
        "state": _look(line),
        "url": _link(principal, line),
    }


def _words(line: TimelineLine) -> tuple[str, str]:
    """Title and sentence; what repeats the title is left out."""
    text = str(_LABELS.get(line.sentence, line.sentence))
    if line.kind == "status":
        status, _blank, more = line.sentence.partition(" ")
        word = str(STATUSES.get(status, status))
        return (
            f"{_('Plug') if line.evse else _('Station')}: {word}",
            "" if more.strip() == "NoError" else more,
        )
    if line.kind == "session-end" and (told := _ENERGY.match(text)):
        reason = session_words.reason_sentence(told[2]) if told[2] else ""
        return line.title, f"{formats.write_energy(Decimal(told[1]))}. {reason}".strip()
    if line.kind == "connected":
        return line.title, text.upper().replace("OCPP", "OCPP ")
    if line.kind == "recovery":
        known = words.STEPS.get(line.ref or "")
        return f"{line.title} · {known[1]}" if known else line.title, text
    return line.title, "" if text.rstrip(".") == line.title else text


def _look(line: TimelineLine) -> str:
    if line.kind == "entry":
        return _ENTRIES.get(line.ref or "", "")
    if line.kind == "recovery":
        known = words.STEPS.get(line.ref or "")
        return known[0] if known else ""
    if line.kind == "status" and line.sentence.startswith("Faulted"):
        return "broken"
    return _LOOKS.get(line.kind, "")


def _link(principal: Principal, line: TimelineLine) -> str:
    is_session = line.kind in {"session-start", "session-end"}
    if is_session and line.ref is not None and principal.may(Permission.SESSIONS_VIEW):
        return reverse("console:sessions-page", args=[int(line.ref)])
    return ""
