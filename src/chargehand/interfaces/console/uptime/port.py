"""A port's intervals: what its figure rests on, what is excluded and why; people exclude and count again here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import exclusions, uptime_report
from chargehand.domain.health.availability import Port
from chargehand.domain.health.exclusions import SuggestedExclusion
from chargehand.domain.health.uptime_report import Interval, Period
from chargehand.domain.health.uptime_words import (
    SCHEME_WORDS,
    UNKNOWN_WORDS,
    name_port,
    why_excluded,
    why_lost,
    write_minutes,
)
from chargehand.domain.notices import queries as notices
from chargehand.domain.notices.queries import WindowView
from chargehand.interfaces.console import deeds, door, finding, frame
from chargehand.interfaces.console.uptime import choice
from chargehand.interfaces.console.uptime.forms import MOMENT, ExclusionForm
from chargehand.interfaces.console.uptime.report import port_line
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

MOST_INTERVALS = 500


@require_http_methods(["GET", "POST"])
@door.needs(Permission.REPORTS_VIEW)
def show(request: HttpRequest, principal: Principal, station_id: int, evse: int) -> HttpResponse:
    """The intervals of a port; a POST excludes a stretch of time."""
    finding.station(principal, station_id)
    now = clock.now()
    wanted = choice.read(request, now)
    period = wanted.period(principal, now)
    port = _find(principal, period, station_id, evse)
    here = f"{reverse('console:uptime-port', args=[station_id, evse])}?{wanted.query}"
    found = uptime_report.intervals(port, wanted.scheme)
    suggested = exclusions.suggest(
        principal.operator_id, {each.incident_id for each in found if each.incident_id is not None}
    )
    form: ExclusionForm | None = None
    if request.method == "POST":
        if not principal.may(Permission.WORK_PLAN):
            return door.refuse(request, principal, Permission.WORK_PLAN)
        form = ExclusionForm(principal, port, request.POST)
        answer = _exclude(request, principal, port, form, here)
        if answer is not None:
            return answer
    elif principal.may(Permission.WORK_PLAN):
        form = ExclusionForm(principal, port, initial=_initial(request, found, suggested))
    figure = uptime_report.figure_of(port, wanted.scheme)
    planned = notices.windows_over(
        principal.operator_id, station_id, port.location_id, since=period.since, until=period.until
    )
    context = {
        "wanted": wanted,
        "scheme": SCHEME_WORDS[wanted.scheme],
        "unknown": UNKNOWN_WORDS[wanted.scheme],
        "period": period,
        "port": port,
        "line": port_line(figure),
        "title": name_port(figure),
        "intervals": [_line(each, suggested, planned) for each in found[:MOST_INTERVALS]],
        "hidden": max(0, len(found) - MOST_INTERVALS),
        "form": form,
        "crumbs": [(_("Uptime"), f"{reverse('console:uptime')}?{wanted.query}")],
    }
    return frame.show(request, principal, "console/uptime/port.html", context)


@require_POST
@door.needs(Permission.WORK_PLAN)
def withdraw(
    request: HttpRequest, principal: Principal, station_id: int, evse: int, exclusion_id: int
) -> HttpResponse:
    """Let excluded time count again."""
    view = finding.station(principal, station_id)
    row = exclusions.exclusion(principal.operator_id, exclusion_id)
    if row is not None and not row.holds_at(station_id, view.location_id, evse):
        raise Http404
    if row is not None and row.station_id is None and not _may_decide(principal, row.location_id):
        return door.refuse(request, principal, Permission.WORK_PLAN)
    target = deeds.way_back(request, reverse("console:uptime-port", args=[station_id, evse]))
    return deeds.act(
        request,
        principal,
        lambda: exclusions.withdraw(
            operator_id=principal.operator_id, exclusion_id=exclusion_id, actor=principal.actor
        ),
        target=target,
        done=_("This time counts again."),
    )


def _may_decide(principal: Principal, location_id: int | None) -> bool:
    """Whether what holds at a site (None: everywhere) is within what the person may see."""
    return principal.location_ids is None or (
        location_id is not None and principal.may_see_location(location_id)
    )


def _find(principal: Principal, period: Period, station_id: int, evse: int) -> Port:
    port = uptime_report.port_of(principal.operator_id, period, station_id, evse)
    if port is None:
        raise Http404
    return port


def _exclude(
    request: HttpRequest, principal: Principal, port: Port, form: ExclusionForm, here: str
) -> HttpResponse | None:
    """Exclude what the form says; None where it must be shown again."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    place: dict[str, Any] = {"station_id": port.station_id, "evse": port.evse}
    if said["place"] != "plug":
        place["evse"] = 0
    if said["place"] == "site":
        place = {"location_id": port.location_id}
    try:
        deeds.perform(
            request,
            principal,
            lambda: exclusions.exclude(
                operator_id=principal.operator_id,
                since=said["since"],
                until=said["until"],
                reason=said["reason"],
                note=said["note"],
                incident_id=said["incident"],
                actor=principal.actor,
                **place,
            ),
            target=here,
        )
    except deeds.SentBefore as before:
        return HttpResponseRedirect(before.target)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return None
    return HttpResponseRedirect(here)


def _initial(
    request: HttpRequest, found: list[Interval], suggested: dict[int, SuggestedExclusion]
) -> dict[str, Any]:
    """What the form begins with: the interval that the address names, and what its incident suggests."""
    since, until = _moment(request, "from"), _moment(request, "until")
    interval = next((each for each in found if each.since == since and each.until == until), None)
    if interval is None:
        return {"place": "plug"}
    initial: dict[str, Any] = {
        "place": "plug",
        "since": timezone.localtime(interval.since),
        # The field has whole seconds: the last of them is excluded as well.
        "until": timezone.localtime(interval.until + timedelta(microseconds=999_999)),
        "incident": interval.incident_id,
    }
    idea = suggested.get(interval.incident_id or 0)
    return initial | ({"reason": idea.reason, "note": idea.note} if idea else {})


def _moment(request: HttpRequest, name: str) -> datetime | None:
    try:
        found = parse_datetime(request.GET.get(name, ""))
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _line(
    interval: Interval, suggested: dict[int, SuggestedExclusion], planned: list[WindowView]
) -> dict[str, Any]:
    idea = suggested.get(interval.incident_id or 0)
    return {
        "it": interval,
        "look": {"down": "broken", "offline": "offline", "unknown": "unknown"}[interval.state],
        "why": why_lost(interval),
        "minutes": write_minutes(interval.until - interval.since),
        "excluded": why_excluded(interval),
        "idea": exclusions.REASON_WORDS[idea.reason] if idea and interval.exclusion is None else "",
        "window": _window_form(interval, planned) if interval.exclusion is None else None,
        "query": {"from": interval.since.isoformat(), "until": interval.until.isoformat()},
    }


def _window_form(interval: Interval, planned: list[WindowView]) -> dict[str, str] | None:
    """The form, filled in, that excludes what of an interval lies in a maintenance window; None: nothing does."""
    for window in planned:
        since, until = max(interval.since, window.starts_at), min(interval.until, window.ends_at)
        if since < until:
            note = _("Maintenance window by %(name)s: %(reason)s") % {
                "name": window.made_by,
                "reason": window.reason,
            }
            # The field has whole seconds: the last of them is excluded as well.
            end = until + timedelta(microseconds=999_999)
            return {
                "place": "plug",
                "reason": "scheduled-maintenance",
                "since": timezone.localtime(since).strftime(MOMENT),
                "until": timezone.localtime(end).strftime(MOMENT),
                "note": note,
            }
    return None
