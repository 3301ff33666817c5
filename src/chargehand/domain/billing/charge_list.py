"""Charges as a list about money: what each one cost, or why it costs nothing, and what became of the price."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
from django.db import connection

from chargehand.domain.charging import queries as charging

MOST_PER_PAGE: Final = 500

Outcome = Literal["priced", "waived", "review", "waiting"]
#: What a list can be narrowed to; "" is everything.
Problem = Literal["", "no-energy", "waived", "review", "credited", "waiting"]
PROBLEMS: Final[tuple[Problem, ...]] = ("", "no-energy", "waived", "review", "credited", "waiting")

#: Every ended charge with the price that stands, or what stands in its place.
JUDGED: Final = """
SELECT t.id, t.started_at, t.ended_at, t.energy_wh, t.token_uid, t.evse, t.connector,
    s.id AS station_id, COALESCE(NULLIF(s.name, ''), s.identity) AS station,
    l.id AS location_id, COALESCE(l.name, '') AS location,
    p.id AS priced_id, p.currency, p.after_minor, p.before_minor, p.energy_wh AS billed_wh,
    COALESCE(w.reason, '') AS waived_reason, v.id AS review_id,
    n.id AS invoice_id, COALESCE(n.number, '') AS invoice_number, COALESCE(x.state, '') AS invoice_state,
    EXISTS (SELECT FROM billing_priced_cdr k WHERE k.transaction_id = t.id AND k.kind = 'credit') AS is_credited,
    CASE WHEN v.id IS NOT NULL THEN 'review' WHEN p.id IS NOT NULL THEN 'priced'
        WHEN w.reason IS NOT NULL THEN 'waived' ELSE 'waiting' END AS outcome
FROM charging_transaction t
JOIN stations_station s ON s.id = t.station_id
LEFT JOIN stations_location l ON l.id = s.location_id
LEFT JOIN LATERAL (
    SELECT c.* FROM billing_priced_cdr c WHERE c.transaction_id = t.id AND c.kind = 'charge'
        AND NOT EXISTS (SELECT FROM billing_priced_cdr k WHERE k.credits_id = c.id)
    ORDER BY c.id DESC LIMIT 1
) AS p ON true
LEFT JOIN LATERAL (
    SELECT r.id FROM billing_price_review r WHERE r.transaction_id = t.id AND r.state = 'open'
    ORDER BY r.id DESC LIMIT 1
) AS v ON true
LEFT JOIN LATERAL (
    SELECT a.reason FROM billing_waived_cdr a WHERE a.transaction_id = t.id ORDER BY a.cdr_id DESC LIMIT 1
) AS w ON p.id IS NULL
LEFT JOIN billing_invoiced_charge i ON i.priced_id = p.id
LEFT JOIN billing_invoice n ON n.id = i.invoice_id
LEFT JOIN billing_invoice_state x ON x.invoice_id = n.id
WHERE t.operator_id = %(operator)s AND t.ended_at >= %(since)s AND t.ended_at < %(until)s
    AND (%(places)s::bigint[] IS NULL OR l.id = ANY (%(places)s::bigint[]))
"""
_NARROWED: Final = """
SELECT * FROM (JUDGED) AS j WHERE (%(text)s = '' OR j.station ILIKE %(like)s OR j.token_uid ILIKE %(like)s
        OR j.id::text = %(text)s OR j.invoice_number ILIKE %(like)s)
    AND CASE %(problem)s WHEN '' THEN true WHEN 'no-energy' THEN COALESCE(j.energy_wh, 0) <= 0
        WHEN 'credited' THEN j.is_credited ELSE j.outcome = %(problem)s END
""".replace("JUDGED", JUDGED)
_PAGE: Final = (
    _NARROWED
    + """
    AND (%(before_at)s::timestamptz IS NULL OR (j.ended_at, j.id) < (%(before_at)s::timestamptz, %(before_id)s))
ORDER BY j.ended_at DESC, j.id DESC LIMIT %(limit)s
"""
)
_TOTALS: Final = """
SELECT j.currency, count(*), COALESCE(sum(COALESCE(j.billed_wh, j.energy_wh)), 0),
    COALESCE(sum(j.after_minor), 0)::bigint
FROM (NARROWED) AS j GROUP BY j.currency ORDER BY j.currency NULLS LAST
""".replace("NARROWED", _NARROWED)
_ONE: Final = "SELECT * FROM (JUDGED) AS j WHERE j.id = %(id)s".replace("JUDGED", JUDGED)


class ChargeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which charges: those that ended from `since` on and before `until`; `location_ids` None: everywhere.

    `text` is part of a station's name, a token or an invoice's number, or the number of a charge.
    """

    since: datetime
    until: datetime
    location_ids: Collection[int] | None = None
    problem: Problem = ""
    text: str = ""


class ChargeRow(msgspec.Struct, frozen=True, kw_only=True):
    """An ended charge. `outcome` is priced, waived (`waived_reason`), review (`review_id`) or waiting.

    `priced_id`, `currency` and `after_minor` are those of the price that stands, which a review may be about
    to change; None where there is none. `energy_wh` None: unknown.
    """

    id: int
    started_at: datetime
    ended_at: datetime
    energy_wh: Decimal | None
    token_uid: str
    evse: int | None
    connector: int | None
    station_id: int
    station: str
    location_id: int | None
    location: str
    priced_id: int | None
    currency: str | None
    after_minor: int | None
    before_minor: int | None
    billed_wh: Decimal | None
    waived_reason: str
    review_id: int | None
    invoice_id: int | None
    invoice_number: str
    invoice_state: str
    is_credited: bool
    outcome: Outcome

    @property
    def is_defect(self) -> bool:
        """Whether somebody came to charge and got nothing."""
        return self.energy_wh is None or self.energy_wh <= 0


class ChargeCursor(msgspec.Struct, frozen=True):
    """Where a page ended."""

    ended_at: datetime
    id: int


class ChargePage(msgspec.Struct, frozen=True):
    """Charges, the one that ended last first; `before` asks for the page after this one."""

    charges: tuple[ChargeRow, ...]
    before: ChargeCursor | None


class ChargeTotal(msgspec.Struct, frozen=True):
    """How many charges, Wh and minor units; `currency` None: those without a price."""

    currency: str | None
    charges: int
    energy_wh: Decimal
    after_minor: int


def list_charges(
    operator_id: int, wanted: ChargeFilter, *, before: ChargeCursor | None = None, limit: int = 50
) -> ChargePage:
    """Return a page of ended charges."""
    limit = max(1, min(limit, MOST_PER_PAGE))
    values = _values(operator_id, wanted) | {
        "before_at": before.ended_at if before else None,
        "before_id": before.id if before else 0,
        "limit": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, values)
        found = _rows([column.name for column in cursor.description or ()], cursor.fetchall())
    kept = found[:limit]
    return ChargePage(
        tuple(kept), ChargeCursor(kept[-1].ended_at, kept[-1].id) if len(found) > limit else None
    )


def all_charges(operator_id: int, wanted: ChargeFilter) -> Iterator[ChargeRow]:
    """Yield every charge of a filter, by pages, so that many take no memory."""
    before = None
    while True:
        page = list_charges(operator_id, wanted, before=before, limit=MOST_PER_PAGE)
        yield from page.charges
        before = page.before
        if before is None:
            return


def total_charges(operator_id: int, wanted: ChargeFilter) -> list[ChargeTotal]:
    """Return what all charges of a filter add up to, by currency; those without a price last."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, _values(operator_id, wanted))
        return [ChargeTotal(*row) for row in cursor.fetchall()]


def charge_row(operator_id: int, transaction_id: int) -> ChargeRow | None:
    """Return one ended charge as it stands in the list; None while it goes on."""
    found = charging.transaction(operator_id, transaction_id)
    if found is None or found.transaction.ended_at is None:
        return None
    ended = found.transaction.ended_at
    wanted = ChargeFilter(since=ended, until=ended + timedelta(microseconds=1))
    with connection.cursor() as cursor:
        cursor.execute(_ONE, _values(operator_id, wanted) | {"id": transaction_id})
        names = [column.name for column in cursor.description or ()]
        return next(iter(_rows(names, cursor.fetchall())), None)


def _values(operator_id: int, wanted: ChargeFilter) -> dict[str, Any]:
    text = wanted.text.strip()
    literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "operator": operator_id,
        "since": wanted.since,
        "until": wanted.until,
        "places": None if wanted.location_ids is None else list(wanted.location_ids),
        "problem": wanted.problem,
        "text": text,
        "like": f"%{literal}%",
    }


def _rows(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[ChargeRow]:
    return [ChargeRow(**dict(zip(names, row, strict=True))) for row in rows]
