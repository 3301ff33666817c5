"""The report: whether drivers got a charge at the first try, and how the ports do by a scheme's formula."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import attempt_days, availability
from chargehand.domain.health.attempt_days import Field
from chargehand.domain.health.uptime import california, repairs
from chargehand.domain.health.uptime.attempts import Counts
from chargehand.domain.health.uptime_report import PortFigure, Report
from chargehand.domain.health.uptime_words import (
    PERIOD_WORDS,
    SCHEME_WORDS,
    UNKNOWN_WORDS,
    name_port,
    write_minutes,
    write_percent,
    write_share,
)
from chargehand.interfaces.console import door, frame
from chargehand.interfaces.console.cursors import read_number
from chargehand.interfaces.console.uptime import choice
from chargehand.interfaces.ui import formats
from chargehand.kernel import clock

PER_PAGE: Final = 100
MOST_GROUPS: Final = 50
FIELDS: Final[dict[Field, Promise]] = {
    "site": gettext_lazy("Site"),
    "station": gettext_lazy("Charger"),
    "model": gettext_lazy("Model"),
    "firmware": gettext_lazy("Firmware"),
    "day": gettext_lazy("Day"),
}


@require_GET
@door.needs(Permission.REPORTS_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The report of a scheme up to a month."""
    now = clock.now()
    wanted = choice.read(request, now)
    found = wanted.report(principal, now)
    field: Field = next((each for each in FIELDS if each == request.GET.get("by")), "site")
    context = {
        "wanted": wanted,
        "schemes": [{"value": key, "label": label} for key, label in SCHEME_WORDS.items()],
        "report": found,
        "figures": figures(found),
        "about": PERIOD_WORDS[found.scheme],
        "unknown": UNKNOWN_WORDS[found.scheme],
        "funnel": _funnel(found.attempts),
        "fields": [{"value": key, "label": label} for key, label in FIELDS.items()],
        "field": field,
        "field_label": FIELDS[field],
        "groups": _groups(principal, found, field),
        "settled": availability.settled_until(principal.operator_id),
        **_ports_page(request, found, wanted),
    }
    return frame.show(request, principal, "console/uptime/report.html", context)


def figures(found: Report) -> list[dict[str, Any]]:
    """The key figures, the one of drivers first."""
    tried, fixed = found.attempts, found.repairs
    return [
        _share(_("First-try success"), tried.first_good, tried.visits, _("of visits")),
        _scheme_figure(found),
        _share(_("Successful attempts"), tried.good, tried.attempts, _attempts_note(found)),
        _duration(_("Mean time between failures"), fixed.mtbf, _failures(fixed.failures)),
        _duration(_("Mean time to repair"), fixed.mttr, _("%d repaired") % fixed.repaired),
        _share(_("Fixed at the first visit"), *fixed.first_time, _("of visits on site")),
        _share(_("Solved from afar"), *fixed.remote, _("of repairs")),
        _share(
            _("People told within 30 minutes"),
            *fixed.told,
            _("of failures, target %d %%") % repairs.TOLD_TARGET,
        ),
    ]


def _share(label: str, good: int, whole: int, note: str) -> dict[str, Any]:
    text = write_share(good, whole)
    value, _blank, counts = text.partition(" % ")
    known = [part for part in (counts.strip("()"), note) if part]
    return {
        "label": label,
        "value": value if whole else None,
        "unit": "%" if counts else "",
        "note": " ".join(known),
    }


def _failures(count: int) -> str:
    return ngettext("%d failure", "%d failures", count) % count


def _duration(label: str, value: Any, note: str) -> dict[str, Any]:
    written = None if value is None else formats.write_duration(value)
    return {"label": label, "value": written, "unit": "", "note": note}


def _scheme_figure(found: Report) -> dict[str, Any]:
    if found.scheme == "united-kingdom":
        note = _("target %(target)s %%; nothing known for %(unknown)s of the time") % {
            "target": found.target,
            "unknown": write_percent(found.unmeasured),
        }
        value = write_percent(found.percent).removesuffix(" %")
        return {
            "label": _("Network reliability"),
            "value": None if found.percent is None else value,
            "unit": "%",
            "note": note,
        }
    sign = ">" if found.scheme == "nevi" else "≥"
    return {
        "label": _("Ports on target"),
        "value": _("%(met)d of %(all)d") % {"met": found.met, "all": found.judged} if found.judged else None,
        "unit": "",
        "note": _("target %(sign)s %(target)s %% each") % {"sign": sign, "target": found.target},
    }


def _attempts_note(found: Report) -> str:
    if found.scheme == "california":
        return _("of attempts, target %s %%") % california.ATTEMPTS_TARGET
    return _("of attempts")


def _funnel(counts: Counts) -> list[dict[str, Any]]:
    """How far attempts came, each step with its share of all."""
    steps = (
        (_("Tried: plugged in or authorised"), counts.attempts),
        (_("A charge began"), counts.started),
        (_("Energy flowed"), counts.energised),
        (_("At least 0.1 kWh and 2 minutes, no fault at the end"), counts.good),
    )
    return [{"label": label, "share": write_share(count, counts.attempts)} for label, count in steps]


def _groups(principal: Principal, found: Report, field: Field) -> list[dict[str, Any]]:
    rows = attempt_days.counts_by(
        principal.operator_id,
        field,
        location_ids=principal.location_ids,
        since=found.period.since,
        until=found.period.until,
    )
    if field == "day":
        rows = list(reversed(rows))
    return [
        {
            "name": name or _("no site"),
            "first": write_share(each.first_good, each.visits),
            "visits": write_share(each.visits_good, each.visits),
            "attempts": write_share(each.good, each.attempts),
        }
        for name, each in rows[:MOST_GROUPS]
    ]


def _ports_page(request: HttpRequest, found: Report, wanted: choice.Choice) -> dict[str, Any]:
    """A page of ports, the worst first."""
    worst = sorted(found.figures, key=lambda each: (each.percent is None, each.percent or Decimal(0)))
    skip = max(0, read_number(request.GET.get("skip", "")) or 0)
    after = skip + PER_PAGE
    address = {"scheme": wanted.scheme, "month": wanted.text}
    return {
        "ports": [port_line(each) for each in worst[skip:after]],
        "next_url": f"?{urlencode({**address, 'skip': after})}" if after < len(worst) else "",
        "first_url": f"?{wanted.query}" if skip else "",
    }


def port_line(figure: PortFigure) -> dict[str, Any]:
    """A port as a row of the table."""
    places = 3 if figure.percent is not None and figure.percent > Decimal("99.9") else 2
    return {
        "figure": figure,
        "name": name_port(figure),
        "percent": write_percent(figure.percent, places),
        "outage": write_minutes(figure.outage.outage),
        "excluded": write_minutes(figure.outage.excluded),
        "unknown": write_minutes(figure.outage.unknown),
    }
