"""The overview: what the network can do now, who needs a person, and what it delivered in the last day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview
from chargehand.domain.charging.overview import NeedsPerson, NetworkCounts, PowerPoint
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import door, frame, incident_rows, places
from chargehand.interfaces.console.sharing import Shared
from chargehand.interfaces.console.stations import state_word
from chargehand.interfaces.console.uptime import summary
from chargehand.interfaces.console.wording import letter_of
from chargehand.interfaces.ui import formats
from chargehand.kernel import clock

STEP: Final = timedelta(minutes=15)
SHOWN_PROBLEMS: Final = 8
#: Stations that the map's list holds; beyond that the list is the page of stations.
MOST_IN_LIST: Final = 200
#: From so many stations on an answer is shared for so many seconds.
LARGE: Final = 1000
SHARED_S: Final = 2.0


class Moment(NamedTuple):
    """The network at one moment: counts, the most urgent incidents, stations in trouble besides."""

    counts: NetworkCounts
    urgent: list[dict[str, Any]]
    problems: list[NeedsPerson]


_shared: Final[Shared[Moment]] = Shared(lambda found: SHARED_S if found.counts.stations >= LARGE else 0.0)


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def show(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The page, or its live part for a page that asks again."""
    counts, urgent, problems = _moment(principal)
    room = max(0, SHOWN_PROBLEMS - len(urgent))
    context: dict[str, Any] = {
        "counts": counts,
        "urgent": urgent[:SHOWN_PROBLEMS],
        "figures": _figures(principal, counts),
        "problems": [_problem(one) for one in problems[:room]],
        "fine_count": counts.stations - (counts.offline + counts.broken + counts.attention + counts.unknown),
        "has_more": len(urgent) + len(problems) > SHOWN_PROBLEMS,
        "fine": "" if urgent else _fine(counts, problems),
        "now": clock.now(),
    }
    if request.headers.get("HX-Request"):
        return frame.show_part(request, principal, "console/overview_part.html", context)
    placed = places.placed_count(principal)
    sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
    context |= {
        "points": places.points(principal) if placed <= MOST_IN_LIST else [],
        "placed": placed,
        "unplaced": counts.stations - placed,
        "load": load_data(principal),
        "has_sites": bool(sites),
    }
    return frame.show(request, principal, "console/overview.html", context)


def _moment(principal: Principal) -> Moment:
    """What the page rests on. In a large network all who look at the same moment share one answer."""
    whose = (principal.operator_id, principal.location_ids, principal.permissions, get_language())
    return _shared.ask(whose, lambda: _look(principal))


def _look(principal: Principal) -> Moment:
    return Moment(
        overview.network_counts(principal.operator_id, location_ids=principal.location_ids),
        incident_rows.incidents(principal, SHOWN_PROBLEMS + 1),
        incident_rows.beyond_incidents(principal, SHOWN_PROBLEMS + 1),
    )


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def load(_request: HttpRequest, principal: Principal) -> HttpResponse:
    """The load of the last day as the chart reads it."""
    return JsonResponse(load_data(principal))


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def map_points(_request: HttpRequest, principal: Principal) -> HttpResponse:
    """The sites and their states as the map reads them."""
    return JsonResponse({"points": places.points(principal)})


def _problem(one: NeedsPerson) -> dict[str, Any]:
    """A station that needs a person; where a plug reports a fault, that is said, and since when."""
    row = one.station
    broken = [(letter_of(at), plug) for at, plug in enumerate(row.plugs) if plug.state == "broken"]
    causes = [f"{_('Plug %s') % letter}: {plug.sentence}" for letter, plug in broken]
    since = min((plug.since for _letter, plug in broken if plug.since is not None), default=row.since)
    return {
        "row": row,
        "word": state_word(row),
        "cause": " ".join(causes) or row.sentence,
        "since": since,
        "drivers": one.drivers_affected,
    }


def load_data(principal: Principal) -> dict[str, Any]:
    """The power delivered in the last 24 h in kW; None where no station told anything."""
    now = clock.now()
    # The stretch that is still going on has not all of its readings yet; it ends at a full quarter hour.
    until = now - timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    found = overview.delivered_power(
        principal.operator_id, until=until, step=STEP, location_ids=principal.location_ids
    )
    return {
        "unit": "kW",
        "x": [int(point.at.timestamp()) for point in found],
        "series": [{"label": _("Delivered"), "y": [_kilowatts(point) for point in found]}],
        "limits": [],
        "marks": [],
        "summary": _load_sentence(found),
    }


def _kilowatts(point: PowerPoint) -> float | None:
    return None if point.power_w is None else round(float(point.power_w) / 1000, 1)


def _load_sentence(found: Iterable[PowerPoint]) -> str:
    known = [point.power_w for point in found if point.power_w is not None]
    if not known:
        return _("No station reported its power in the last 24 hours.")
    return _("Load of the last 24 hours, at most %s.") % formats.write_power(max(known))


def _figures(principal: Principal, counts: NetworkCounts) -> list[dict[str, Any]]:
    """The key figures; what is not known stays None, which is shown as a dash."""
    listed = reverse("console:stations")
    can = counts.able * 100 / counts.plugs if counts.plugs else None
    return [
        {
            "label": _("Plugs able to charge"),
            "value": None if can is None else formats.write_number(places.as_decimal(can), 1),
            "unit": "%",
            "note": _("%(able)d of %(plugs)d") % {"able": counts.able, "plugs": counts.plugs}
            if counts.plugs
            else _("no plug reported yet"),
            "url": listed,
        },
        summary.first_try_figure(principal, clock.now()),
        {
            "label": _("Charging now"),
            "value": counts.charging if counts.plugs else None,
            "unit": "",
            "note": _("%d open sessions") % counts.open_transactions,
            "url": reverse("console:sessions") + "?state=open",
        },
        {
            "label": _("Delivering now"),
            "value": _delivered(counts)[0],
            "unit": _delivered(counts)[1],
            "note": _("told by %(told)d of %(open)d sessions")
            % {"told": counts.reporting, "open": counts.open_transactions}
            if counts.open_transactions
            else _("no session is open"),
            "url": "",
        },
        {
            "label": _("Not connected"),
            "value": counts.offline if counts.stations else None,
            "unit": "",
            "note": _("of %d stations") % counts.stations,
            "url": f"{listed}?state=offline",
        },
    ]


def _delivered(counts: NetworkCounts) -> tuple[str | None, str]:
    if counts.power_w is None:
        return (None, "") if counts.open_transactions else ("0", "kW")
    number, _blank, unit = formats.write_power(counts.power_w).partition(formats.NO_BREAK)
    return number, unit


def _fine(counts: NetworkCounts, problems: list[NeedsPerson]) -> str:
    if problems or not counts.stations:
        return ""
    return _("All %d plugs can charge.") % counts.plugs
