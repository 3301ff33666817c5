"""Where the energy of the meters went: billed, free, in review or waiting; the parts must make the whole."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.billing.charge_list import JUDGED

_BY_DAY: Final = """
SELECT (j.ended_at AT TIME ZONE %(zone)s)::date AS day, j.location_id, j.location, count(*),
    COALESCE(sum(j.energy_wh), 0),
    COALESCE(sum(COALESCE(j.billed_wh, j.energy_wh)) FILTER (WHERE j.outcome = 'priced' AND j.after_minor <> 0), 0),
    COALESCE(sum(COALESCE(j.billed_wh, j.energy_wh))
        FILTER (WHERE j.outcome = 'waived' OR (j.outcome = 'priced' AND j.after_minor = 0)), 0),
    COALESCE(sum(j.energy_wh) FILTER (WHERE j.outcome = 'review'), 0),
    COALESCE(sum(j.energy_wh) FILTER (WHERE j.outcome = 'waiting'), 0),
    count(*) FILTER (WHERE j.outcome <> 'priced' OR j.after_minor = 0),
    count(*) FILTER (WHERE COALESCE(j.energy_wh, 0) <= 0)
FROM (JUDGED) AS j GROUP BY 1, 2, 3 ORDER BY 1, 3, 2
""".replace(
    "JUDGED",
    JUDGED.replace("%(since)s", "(%(since)s::date)::timestamp AT TIME ZONE %(zone)s").replace(
        "%(until)s", "(%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s"
    ),
)


class EnergyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A day at a site: charges that ended there, and Wh by what became of them.

    `metered_wh` is what the meters say; `billed_wh` and `free_wh` are those of the prices themselves, so that
    `unexplained_wh` tells where a price and its meter differ. `unbilled` counts charges without money,
    `defects` those without energy.
    """

    day: date
    location_id: int | None
    location: str
    charges: int
    metered_wh: Decimal
    billed_wh: Decimal
    free_wh: Decimal
    review_wh: Decimal
    waiting_wh: Decimal
    unbilled: int
    defects: int

    @property
    def unexplained_wh(self) -> Decimal:
        """What the parts leave of the whole: 0 is as it must be."""
        return self.metered_wh - self.billed_wh - self.free_wh - self.review_wh - self.waiting_wh


def energy_by_day(
    operator_id: int, *, since: date, until: date, location_ids: Collection[int] | None = None
) -> list[EnergyRow]:
    """Return the energy of ended charges by day (the operator's, both included) and site."""
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
            EnergyRow(**dict(zip(EnergyRow.__struct_fields__, row, strict=True))) for row in cursor.fetchall()
        ]


def add_energy(rows: Collection[EnergyRow], day: date) -> EnergyRow:
    """Return the sum of rows, under a day."""
    zero = Decimal(0)
    return EnergyRow(
        day=day,
        location_id=None,
        location="",
        charges=sum(row.charges for row in rows),
        metered_wh=sum((row.metered_wh for row in rows), zero),
        billed_wh=sum((row.billed_wh for row in rows), zero),
        free_wh=sum((row.free_wh for row in rows), zero),
        review_wh=sum((row.review_wh for row in rows), zero),
        waiting_wh=sum((row.waiting_wh for row in rows), zero),
        unbilled=sum(row.unbilled for row in rows),
        defects=sum(row.defects for row in rows),
    )
