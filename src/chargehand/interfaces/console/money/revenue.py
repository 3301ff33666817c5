"""Revenue by day and site beside the same weekdays before, and whether every kWh of the meters is accounted for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import reconciliation, revenue
from chargehand.domain.billing.exports import text_cell
from chargehand.domain.billing.reconciliation import EnergyRow
from chargehand.domain.billing.revenue import RevenueRow
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import cursors, frame
from chargehand.interfaces.console.money import days, parts
from chargehand.interfaces.console.money.days import Days
from chargehand.interfaces.ui import formats
from chargehand.kernel.money import Money

COLUMNS = (
    *("day", "location", "currency", "charges", "energy_kwh", "before_taxes", "tax", "after_taxes"),
    *("host_share", "host_fee"),
)

#: So many sites have a colour of their own in the chart; all others share one.
MOST_SITES: Final = 5
OTHERS: Final = -1


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """Charges, Wh and money before and after taxes; `share` is what hosts have of it."""

    charges: int
    energy_wh: Decimal
    before: Money
    after: Money
    share: Money

    @property
    def average(self) -> str:
        """What a kWh cost before taxes on average, with four decimals; "" without energy."""
        if self.energy_wh <= 0:
            return ""
        each = self.before.amount / (self.energy_wh / 1000)
        return f"{formats.write_number(each, 4)}{formats.NO_BREAK}{self.before.currency}"


@require_GET
@parts.earnings()
def show(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The page: a chart and its table, sites, and the reconciliation."""
    span, site, places = _read(request, principal)
    rows = revenue.revenue_by_day(
        principal.operator_id, since=span.since, until=span.until, location_ids=places
    )
    earlier = span.before(weeks_before(span.count))
    past = revenue.revenue_by_day(
        principal.operator_id, since=earlier.since, until=earlier.until, location_ids=places
    )
    energy = reconciliation.energy_by_day(
        principal.operator_id, since=span.since, until=span.until, location_ids=places
    )
    query = {"since": span.since.isoformat(), "until": span.until.isoformat(), "site": site or ""}
    context = {
        "days": span,
        "choices": days.choices(span),
        "sites": stations.locations(principal.operator_id, location_ids=principal.location_ids),
        "site": site,
        "query": urlencode({name: value for name, value in query.items() if value}),
        "currencies": [
            _currency(each, rows, past, energy, span, earlier) for each in _currencies(principal, rows)
        ],
        "energy": _energy(energy, span),
        "earlier": earlier,
        "is_whole": principal.location_ids is None,
    }
    return frame.show(request, principal, "console/money/revenue.html", context)


@require_GET
@parts.earnings()
def table(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The same rows as a CSV file."""
    span, _site, places = _read(request, principal)
    rows = revenue.revenue_by_day(
        principal.operator_id, since=span.since, until=span.until, location_ids=places
    )
    return parts.send_table(
        request, _table(rows), f"revenue-{span.since.isoformat()}-{span.until.isoformat()}"
    )


def add(rows: Collection[RevenueRow], currency: str) -> Sum:
    """What rows of a currency add up to."""
    return Sum(
        charges=sum(row.charges for row in rows),
        energy_wh=sum((row.energy_wh for row in rows), Decimal(0)),
        before=Money(sum(row.before_minor for row in rows), currency),
        after=Money(sum(row.after_minor for row in rows), currency),
        share=Money(sum(row.share_minor for row in rows), currency),
    )


def weeks_before(count: int) -> int:
    """How many days earlier the same weekdays are that lie wholly before so many days."""
    return -(-count // 7) * 7


def _read(request: HttpRequest, principal: Principal) -> tuple[Days, int | None, Collection[int] | None]:
    site = cursors.read_number(request.GET.get("site", ""))
    places: Collection[int] | None = principal.location_ids
    if site is not None:
        places = [site] if places is None or site in places else []
    return days.read_days(request), site, places


def _currencies(principal: Principal, rows: Sequence[RevenueRow]) -> list[str]:
    """The currencies of the rows; the operator's own where there are none."""
    found = sorted({row.currency for row in rows})
    home = accounts.operator(principal.operator_id)
    return found or [home.currency if home else "EUR"]


def _currency(
    currency: str,
    rows: Sequence[RevenueRow],
    past: Sequence[RevenueRow],
    energy: Sequence[EnergyRow],
    span: Days,
    earlier: Days,
) -> dict[str, Any]:
    """All that the page shows of a currency."""
    now, before = (_by_day([row for row in each if row.currency == currency]) for each in (rows, past))
    unbilled: dict[date, int] = defaultdict(int)
    for row in energy:
        unbilled[row.day] += row.unbilled
    step = span.since - earlier.since
    lines = [
        {
            "day": day,
            "sum": add(now.get(day, ()), currency),
            "past": add(before.get(day - step, ()), currency),
            "unbilled": unbilled.get(day, 0),
        }
        for day in _days(span)
    ]
    sites = sites_of(rows, currency)
    total = add([row for row in rows if row.currency == currency], currency)
    former = add([row for row in past if row.currency == currency], currency)
    return {
        "code": currency,
        "total": total,
        "change": _change(total.before.minor, former.before.minor),
        "lines": lines,
        "sites": sites,
        "chart": chart_of(rows, sites, span, currency),
        "finding": _("%(days)d days, %(total)s before taxes, %(charges)d charges.")
        % {
            "days": span.count,
            "total": formats.write_money(total.before),
            "charges": total.charges,
        },
    }


def chart_of(
    rows: Sequence[RevenueRow], sites: Sequence[dict[str, Any]], span: Days, currency: str
) -> dict[str, Any]:
    """Bars by day, those of the sites on each other: the five that earn most, and all others together."""
    first = [site["id"] for site in sites[:MOST_SITES]] if len(sites) > 1 else []
    earned: dict[tuple[int | None, date], int] = defaultdict(int)
    for row in rows:
        if row.currency == currency:
            earned[row.location_id if row.location_id in first else OTHERS, row.day] += row.before_minor
    names = [(site["id"], site["name"]) for site in sites if site["id"] in first]
    if not first:
        names = [(OTHERS, _("Revenue before taxes"))]
    elif len(sites) > len(first):
        names.append((OTHERS, _("Other sites")))
    each_day = list(_days(span))
    return {
        "unit": currency,
        "style": "bars",
        "x": [int(timezone.make_aware(datetime.combine(day, time(12))).timestamp()) for day in each_day],
        "series": [
            {
                "label": label,
                "y": [float(Money(earned.get((number, day), 0), currency).amount) for day in each_day],
            }
            for number, label in names
        ],
        "limits": [],
        "marks": [],
    }


def sites_of(rows: Sequence[RevenueRow], currency: str) -> list[dict[str, Any]]:
    """Sites with their sums, the one that earns most first."""
    found: dict[tuple[int | None, str], list[RevenueRow]] = defaultdict(list)
    for row in rows:
        if row.currency == currency:
            found[row.location_id, row.location].append(row)
    lines = [
        {"id": number, "name": name or _("no site"), "sum": add(members, currency)}
        for (number, name), members in found.items()
    ]
    return sorted(lines, key=lambda line: line["sum"].before.minor, reverse=True)


def _energy(rows: Sequence[EnergyRow], span: Days) -> EnergyRow:
    return reconciliation.add_energy(rows, span.until)


def _by_day(rows: Sequence[RevenueRow]) -> dict[date, list[RevenueRow]]:
    found: dict[date, list[RevenueRow]] = defaultdict(list)
    for row in rows:
        found[row.day].append(row)
    return found


def _days(span: Days) -> Iterator[date]:
    for place in range(span.count):
        yield span.since + timedelta(days=place)


def _change(now: int, before: int) -> str:
    """By how much it changed; "" where there was nothing before."""
    if before <= 0:
        return ""
    share = Decimal(now - before) / before * 100
    sign = "+" if share > 0 else ""
    return f"{sign}{formats.write_number(share, 1)}{formats.NO_BREAK}%"


def _table(rows: Sequence[RevenueRow]) -> Iterator[Sequence[str]]:
    yield COLUMNS
    for row in rows:
        minors = (row.before_minor, row.tax_minor, row.after_minor, row.share_minor, row.fee_minor)
        yield (
            *(row.day.isoformat(), text_cell(row.location), row.currency, str(row.charges)),
            f"{row.energy_wh / 1000:f}",
            *(f"{Money(minor, row.currency).amount:f}" for minor in minors),
        )
