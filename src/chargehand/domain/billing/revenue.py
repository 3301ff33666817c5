"""Revenue by day and site, in the operator's zone: what was priced, less what was taken back."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.accounts import queries as accounts

_BY_DAY: Final = """
SELECT (c.ended_at AT TIME ZONE %(zone)s)::date AS day, l.id, COALESCE(l.name, ''), c.currency,
    sum(CASE c.kind WHEN 'charge' THEN 1 ELSE -1 END),
    sum(CASE c.kind WHEN 'charge' THEN c.energy_wh ELSE -c.energy_wh END),
    sum(c.before_minor), sum(c.tax_minor), sum(c.after_minor),
    COALESCE(sum(h.share_minor), 0), COALESCE(sum(h.fee_minor), 0)
FROM billing_priced_cdr c
JOIN charging_transaction t ON t.id = c.transaction_id
JOIN stations_station s ON s.id = t.station_id
LEFT JOIN stations_location l ON l.id = s.location_id
LEFT JOIN billing_host_share h ON h.priced_id = c.id
WHERE c.operator_id = %(operator)s
    AND c.ended_at >= (%(since)s::date)::timestamp AT TIME ZONE %(zone)s
    AND c.ended_at < (%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s
    AND (%(places)s::bigint[] IS NULL OR l.id = ANY (%(places)s::bigint[]))
GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2, 4
"""


class RevenueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A day at a site in one currency: charges, Wh, minor units; `location_id` None: no location.

    `share_minor` is what site hosts have of it, `fee_minor` the fee that was reckoned before their share.
    """

    day: date
    location_id: int | None
    location: str
    currency: str
    charges: int
    energy_wh: Decimal
    before_minor: int
    tax_minor: int
    after_minor: int
    share_minor: int
    fee_minor: int


def revenue_by_day(
    operator_id: int, *, since: date, until: date, location_ids: Collection[int] | None = None
) -> list[RevenueRow]:
    """Return revenue by day, site and currency; both days included, `location_ids` None: the whole network.

    A charge counts on the day it ended, and what was taken back on the same day, so that past days change
    when records are corrected.
    """
    home = accounts.operator(operator_id)
    values: dict[str, Any] = {
        "operator": operator_id,
        "zone": home.time_zone if home else "UTC",
        "since": since,
        "until": until,
        "places": None if location_ids is None else list(location_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, values)
        return [
            RevenueRow(
                day=row[0],
                location_id=row[1],
                location=row[2],
                currency=row[3],
                charges=int(row[4]),
                energy_wh=row[5],
                before_minor=int(row[6]),
                tax_minor=int(row[7]),
                after_minor=int(row[8]),
                share_minor=int(row[9]),
                fee_minor=int(row[10]),
            )
            for row in cursor.fetchall()
        ]
