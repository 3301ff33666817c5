"""The page of one incident: what is wrong, whom it hits, why we think so, what was tried, what to do now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission, may
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import handing_back, incident_detail
from chargehand.domain.health.incident_detail import IncidentDetail, StepView
from chargehand.domain.health.suggestions import Suggestion
from chargehand.domain.maintenance import orders
from chargehand.domain.notices import queries as notices
from chargehand.domain.stations import command_cards
from chargehand.domain.stations.command_cards import CommandCard
from chargehand.interfaces.console import door, frame, incident_rows, station
from chargehand.interfaces.console import incident_words as words
from chargehand.interfaces.console.alerts import words as alert_words
from chargehand.interfaces.console.incidents import charts, timeline
from chargehand.kernel import clock

#: An incident that is over has a page that stands still.
ALIVE: Final = frozenset({"open", "watching"})
MOST_MESSAGES: Final = 20


@require_GET
@door.needs(Permission.INCIDENTS_VIEW)
def show(request: HttpRequest, principal: Principal, incident_id: int) -> HttpResponse:
    """The page, or its live part for a page that asks again."""
    detail = find(principal, incident_id)
    if detail.merged_into is not None and not request.headers.get("HX-Request"):
        return HttpResponseRedirect(reverse("console:incidents-page", args=[detail.merged_into]))
    context = live_context(principal, detail)
    if request.headers.get("HX-Request"):
        return frame.show_part(request, principal, "console/incidents/live.html", context | {"is_part": True})
    context |= {
        "charts": charts.charts_of(detail.evidence),
        "evidence_title": detail.evidence.title,
        "similar": incident_rows.lines(principal, detail.similar),
        "same_firmware": _same_firmware(detail),
        "people": _people(principal),
        "causes": words.CAUSES.items(),
        "fixes": words.FIXES.items(),
        "snoozes": words.SNOOZES,
        "page_keys": words.KEYS,
        "frees_plugs": any(step.step == "block" and step.state != "withheld" for step in detail.steps),
        "crumbs": [(_("Incidents"), reverse("console:incidents"))],
    }
    return frame.show(request, principal, "console/incidents/page.html", context)


def find(principal: Principal, incident_id: int) -> IncidentDetail:
    """The incident, within what the person may see; Http404 where it is not."""
    found = incident_detail.incident(principal.operator_id, incident_id, location_ids=principal.location_ids)
    if found is None:
        raise Http404
    return found


def live_context(principal: Principal, detail: IncidentDetail) -> dict[str, Any]:
    """What the live part of the page shows."""
    row = detail.row
    severity, severity_word = words.severity_chip(row.severity)
    state, state_word = words.state_chip(row)
    is_alive = row.state in ALIVE
    return {
        "detail": detail,
        "it": row,
        "severity": severity,
        "severity_word": severity_word,
        "state": state,
        "state_word": state_word,
        "is_alive": is_alive,
        "is_snoozed": row.snoozed_until is not None and row.snoozed_until > clock.now(),
        "is_own": row.assignee_id is not None and row.assignee_id == principal.user_id,
        "owner": row.assignee_name or row.acknowledged_by,
        "acts": [_act(principal, number, each) for number, each in enumerate(detail.suggestions, 1)],
        "service": words.service_words(row),
        "may_tell": is_alive and row.scope != "cohort" and principal.may(Permission.INCIDENTS_EDIT),
        "may_hand_back": is_alive and handing_back.may_try(row.kind, row.scope),
        "stations": detail.stations,
        "steps": _steps(principal, detail.steps),
        "lines": timeline.lines(principal, detail),
        "findings": detail.findings,
        "orders": _orders(principal, row.id),
        "alert": _alert(principal, row.id),
        "now": clock.now(),
    }


def _act(principal: Principal, number: int, suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion, and how it is done: by a command, by a work order, or by people alone."""
    way, needed = "hands", Permission.INCIDENTS_EDIT
    if suggestion.is_command:
        way, needed = "command", Permission.STATIONS_COMMAND
    elif suggestion.code == "send-technician":
        way, needed = "order", Permission.WORK_EDIT
    is_allowed = principal.may(Permission.INCIDENTS_EDIT) and principal.may(needed)
    return {"it": suggestion, "number": number, "way": way, "is_allowed": is_allowed}


def _same_firmware(detail: IncidentDetail) -> int:
    """How many of the similar incidents still stand."""
    return sum(row.state in ALIVE for row in detail.similar)


def _people(principal: Principal) -> list[tuple[int, str]]:
    """Those who may work on incidents, by name."""
    found = [
        (person.user_id, person.name or person.email)
        for person in accounts.people(principal.operator_id)
        if person.is_active and may(person.role, Permission.INCIDENTS_EDIT)
    ]
    return sorted(found, key=lambda each: each[1].casefold())


def _steps(principal: Principal, steps: Iterable[StepView]) -> list[dict[str, Any]]:
    """The ladder as it was climbed, newest first, each step with the three times of its command."""
    taken = list(steps)
    ids = [step.request_id for step in taken if step.request_id is not None]
    cards = command_cards.requests_named(principal.operator_id, ids)
    return [_step(step, cards) for step in reversed(taken)]


def _step(step: StepView, cards: Mapping[UUID, CommandCard]) -> dict[str, Any]:
    card = cards.get(step.request_id) if step.request_id is not None else None
    look, word = words.STEPS.get(step.state, ("offline", step.state))
    return {
        "it": step,
        "title": step.title.partition(": ")[2].capitalize() or step.title,
        "look": look,
        "word": word,
        "card": station.card_context(card, {}) if card is not None else None,
        "elsewhere": _elsewhere(step),
    }


def _elsewhere(step: StepView) -> str:
    """Where drivers were pointed to when a plug was blocked."""
    place = step.neighbour
    if not place:
        return ""
    return _("Drivers are pointed to charger %(charger)s, plug %(letter)s.") % {
        "charger": place.get("station", ""),
        "letter": place.get("letter", ""),
    }


def _orders(principal: Principal, incident_id: int) -> list[dict[str, Any]]:
    if not principal.may(Permission.WORK_VIEW):
        return []
    found = orders.work_orders(
        principal.operator_id, incident_id=incident_id, location_ids=principal.location_ids
    )
    looks = {card.id: words.ORDERS.get(card.state, ("offline", card.state)) for card in found}
    return [{"it": card, "look": looks[card.id][0], "word": looks[card.id][1]} for card in found]


def _alert(principal: Principal, incident_id: int) -> dict[str, Any] | None:
    """Who was told, and who said that they take care; None where nobody had to be."""
    alert = notices.alert_of_incident(principal.operator_id, incident_id)
    if alert is None:
        return None
    # Whom an alert went to concerns the network's people, not the host of one site.
    is_host = principal.location_ids is not None
    told = (
        ()
        if is_host
        else notices.deliveries(principal.operator_id, alert_id=alert.id, limit=MOST_MESSAGES).deliveries
    )
    messages = []
    for each in told:
        look, word = alert_words.DELIVERIES.get(each.state, ("offline", each.state))
        messages.append(
            {
                "name": each.user_name,
                "channel": each.channel_label or alert_words.KINDS[each.kind],
                "purpose": alert_words.PURPOSES.get(each.purpose, each.purpose),
                "look": look,
                "word": word,
                "at": each.finished_at or each.queued_at,
                "error": each.error,
            }
        )
    return {"it": alert, "messages": messages, "next_at": _soon(alert.next_at)}


def _soon(at: datetime | None) -> datetime | None:
    return timezone.localtime(at) if at is not None and at > clock.now() else None
