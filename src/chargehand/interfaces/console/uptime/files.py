"""Reports of uptime to take along: CSV, PDF, and the quarterly data of NEVI."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import uptime_files, uptime_report
from chargehand.interfaces.console import door
from chargehand.interfaces.console.uptime import choice, report
from chargehand.interfaces.console.uptime.choice import Choice
from chargehand.kernel import clock

_KINDS: Final = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
NAMES: Final = frozenset(
    {"ports.csv", "outages.csv", "report.pdf", "quarter-sessions.csv", "quarter-ports.csv"}
)


@require_GET
@door.needs(Permission.REPORTS_VIEW)
def download(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """A file of what the report shows; `name` is its name with a dash for the dot."""
    full = ".".join(name.rsplit("-", 1))
    if full not in NAMES:
        raise Http404
    wanted = choice.read(request, clock.now())
    written = _write(principal, wanted, full)
    form = full.rpartition(".")[2]
    answer = HttpResponse(written, content_type=_KINDS[form])
    file_name = f"uptime-{wanted.scheme}-{wanted.text}-{full}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _write(principal: Principal, wanted: Choice, name: str) -> str | bytes:
    now = clock.now()
    if name.startswith("quarter"):
        period = uptime_report.period_of(principal.operator_id, "nevi", wanted.year, wanted.month, now)
        months = [(since, min(until, now)) for since, until in period.months[-3:] if since < now]
        writes = (
            uptime_files.quarter_sessions_csv
            if name == "quarter-sessions.csv"
            else uptime_files.quarter_ports_csv
        )
        return writes(principal.operator_id, months, principal.location_ids)
    found = wanted.report(principal, now)
    if name == "ports.csv":
        return uptime_files.report_csv(found)
    if name == "outages.csv":
        return uptime_files.outages_csv(found)
    facts = [
        (
            str(each["label"]),
            f"{'–' if each['value'] is None else each['value']} {each['unit']} {each['note']}".replace(
                "  ", " "
            ),
        )
        for each in report.figures(found)
    ]
    return uptime_files.report_pdf(found, author=principal.operator_name, facts=facts)
