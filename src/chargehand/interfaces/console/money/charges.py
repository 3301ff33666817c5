"""Charges: what each one cost or why it cost nothing, with filters, totals and a CSV file of the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import charge_list
from chargehand.domain.billing.charge_list import PROBLEMS, ChargeCursor, ChargeFilter, ChargeRow
from chargehand.domain.billing.exports import text_cell
from chargehand.domain.charging import overview
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import cursors, door, frame, wording
from chargehand.interfaces.console.money import days, parts, words

PER_PAGE: Final = 50
COLUMNS: Final = (
    *("charge", "started_at", "ended_at", "location", "charger", "token", "energy_kwh", "minutes", "outcome"),
    *("reason", "currency", "before_taxes", "after_taxes", "invoice", "invoice_state", "was_credited"),
)


@require_GET
@door.needs(Permission.MONEY_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """A page of charges under the filters in the address, the one that ended last first."""
    chosen, wanted = _read(request, principal)
    before = _read_cursor(request.GET.get("before", ""))
    page = charge_list.list_charges(principal.operator_id, wanted, before=before, limit=PER_PAGE)
    given = _given(chosen, wanted, request)
    query = urlencode(given)
    following = {**given, "before": _write_cursor(page.before)} if page.before else {}
    context = {
        "charges": as_lines(principal, page.charges),
        "totals": charge_list.total_charges(principal.operator_id, wanted),
        "days": chosen,
        "choices": days.choices(chosen),
        "problems": [(value, words.PROBLEMS[value]) for value in PROBLEMS],
        "problem": wanted.problem,
        "sites": stations.locations(principal.operator_id, location_ids=principal.location_ids),
        "site": given.get("site", ""),
        "q": wanted.text,
        "query": query,
        "next_url": f"?{urlencode(following)}" if following else "",
        "first_url": f"?{query}" if before else "",
    }
    return frame.show(request, principal, "console/money/charges.html", context)


@require_GET
@door.needs(Permission.MONEY_VIEW)
def table(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The same charges, all of them, as a CSV file."""
    chosen, wanted = _read(request, principal)
    rows = charge_list.all_charges(principal.operator_id, wanted)
    name = f"charges-{chosen.since.isoformat()}-{chosen.until.isoformat()}"
    return parts.send_table(request, _table(rows), name)


def as_lines(principal: Principal, rows: Sequence[ChargeRow]) -> list[dict[str, Any]]:
    """Charges as rows of a table."""
    letters = Letters(principal.operator_id)
    return [
        {
            "it": row,
            "place": place(row, letters),
            "seconds": (row.ended_at - row.started_at).total_seconds(),
            "amount": parts.money(row.after_minor, row.currency),
            **words.outcome(row),
        }
        for row in rows
    ]


class Letters:
    """The letters of plugs, asked of each station once."""

    def __init__(self, operator_id: int) -> None:
        self._operator_id = operator_id
        self._known: dict[int, dict[tuple[int, int], str]] = {}

    def letter(self, station_id: int, evse: int | None, connector: int | None) -> str:
        """The letter of a plug; "" where it is not known which one it was."""
        if station_id not in self._known:
            row = overview.station_row(self._operator_id, station_id)
            self._known[station_id] = {
                (plug.evse, plug.connector): wording.letter_of(position)
                for position, plug in enumerate(row.plugs if row else ())
            }
        plugs = self._known[station_id]
        at_evse = [letter for (each, _plug), letter in plugs.items() if each == evse]
        return plugs.get((evse or 0, connector or 0)) or next(iter(at_evse), "")


def place(row: ChargeRow, letters: Letters) -> str:
    """The charger and its plug: "4107, plug A"."""
    letter = letters.letter(row.station_id, row.evse, row.connector)
    return (
        _("%(station)s, plug %(letter)s") % {"station": row.station, "letter": letter}
        if letter
        else row.station
    )


def _table(rows: Iterable[ChargeRow]) -> Iterator[Sequence[str]]:
    yield COLUMNS
    for row in rows:
        before, after = (
            parts.money(row.before_minor, row.currency),
            parts.money(row.after_minor, row.currency),
        )
        yield (
            str(row.id),
            *(
                moment.astimezone(UTC).isoformat(timespec="seconds")
                for moment in (row.started_at, row.ended_at)
            ),
            text_cell(row.location),
            text_cell(row.station),
            text_cell(row.token_uid),
            "" if row.energy_wh is None else f"{row.energy_wh / 1000:f}",
            str(int((row.ended_at - row.started_at).total_seconds() // 60)),
            *(row.outcome, row.waived_reason, row.currency or ""),
            *("" if each is None else f"{each.amount:f}" for each in (before, after)),
            *(row.invoice_number, row.invoice_state, "yes" if row.is_credited else ""),
        )


def _read(request: HttpRequest, principal: Principal) -> tuple[days.Days, ChargeFilter]:
    chosen = days.read_days(request, 7)
    site = cursors.read_number(request.GET.get("site", ""))
    places = principal.location_ids
    if site is not None:
        places = frozenset({site}) if places is None else places & {site}
    problem = request.GET.get("problem", "")
    wanted = ChargeFilter(
        since=chosen.begins,
        until=chosen.ends,
        location_ids=places,
        problem=next((each for each in PROBLEMS if each == problem), ""),
        text=request.GET.get("q", "").strip()[:100],
    )
    return chosen, wanted


def _given(chosen: days.Days, wanted: ChargeFilter, request: HttpRequest) -> dict[str, str]:
    site = cursors.read_number(request.GET.get("site", ""))
    said = {
        "since": chosen.since.isoformat(),
        "until": chosen.until.isoformat(),
        "site": "" if site is None else str(site),
        "problem": wanted.problem,
        "q": wanted.text,
    }
    return {name: value for name, value in said.items() if value}


def _read_cursor(text: str) -> ChargeCursor | None:
    at, _blank, number = text.rpartition("~")
    time, found = cursors.read_time(at), cursors.read_number(number)
    return ChargeCursor(time, found) if time is not None and found is not None else None


def _write_cursor(cursor: ChargeCursor) -> str:
    return f"{cursor.ended_at.isoformat()}~{cursor.id}"
