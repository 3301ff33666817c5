"""Exports for spreadsheets and bookkeeping: charges, invoices, the journal, a posting batch, as they are read."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import entities, exports
from chargehand.interfaces.console import cursors, frame
from chargehand.interfaces.console.money import days, ledger, parts
from chargehand.interfaces.console.money.days import Days
from chargehand.kernel import clock


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What can be exported, for which days."""
    context = {
        "days": days.read_days(request) if "since" in request.GET else _last_month(),
        "sellers": entities.entities(principal.operator_id)
        or [entities.default_entity(principal.operator_id)],
        "tabs": ledger.ledger_tabs("exports"),
    }
    return frame.show(request, principal, "console/money/exports.html", context)


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def send(request: HttpRequest, principal: Principal, name: str) -> HttpResponse:
    """A file of the days in the address."""
    span = days.read_days(request)
    operator_id = principal.operator_id
    title = f"{name}-{span.since.isoformat()}-{span.until.isoformat()}"
    if name == "charges":
        rows = exports.record_rows(operator_id, since=span.begins, until=span.ends)
    elif name == "invoices":
        rows = exports.invoice_rows(operator_id, since=span.since, until=span.until)
    elif name == "journal":
        rows = exports.journal_rows(operator_id, since=span.begins, until=span.ends)
    elif name == "batch":
        return _batch(request, principal, span)
    else:
        raise Http404
    return parts.send_table(request, rows, title)


def _batch(request: HttpRequest, principal: Principal, span: Days) -> HttpResponse:
    """A posting batch of one seller; its layout knows days without their year, so it stays within one."""
    number = cursors.read_number(request.GET.get("seller", ""))
    seller = entities.entity(principal.operator_id, number) if number is not None else None
    seller = seller or entities.default_entity(principal.operator_id)
    if span.since.year != span.until.year:
        context = {
            "days": span,
            "sellers": entities.entities(principal.operator_id),
            "tabs": ledger.ledger_tabs("exports"),
            "problem": _("A posting batch stays within one year. Choose days of one year."),
        }
        return frame.show(request, principal, "console/money/exports.html", context, status=400)
    lines = exports.batch_lines(seller, since=span.since, until=span.until, now=clock.now())
    name = f"EXTF_Buchungsstapel_{span.since:%Y%m%d}_{span.until:%Y%m%d}.csv"
    return parts.send_pieces(request, lines, "text/csv; charset=windows-1252", name)


def _last_month() -> Days:
    today = days.today()
    last = today.replace(day=1) - timedelta(days=1)
    return Days(date(last.year, last.month, 1), last)
