"""The tariff of a charge, fixed when the charge begins."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.queries import OperatorView
from chargehand.domain.billing.models import TariffSnapshot
from chargehand.domain.charging import proofs
from chargehand.domain.charging.proofs import Site
from chargehand.domain.charging.queries import TransactionView
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.views import Beginning, Place
from chargehand.domain.tokens import queries as tokens
from chargehand.kernel import clock
from chargehand.kernel.jsontext import json_text

#: Two workers may come at once: the first one's choice stands.
_WRITE: Final = """
INSERT INTO billing_tariff_snapshot (transaction_id, operator_id, version_id, assignment_id, token_group, time_zone,
    country, sentences, started_at, fixed_at)
SELECT id, %s, version_id, assignment_id, token_group, time_zone, country, sentences, started_at, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::jsonb[],
    %s::timestamptz[])
    AS fixed (id, version_id, assignment_id, token_group, time_zone, country, sentences, started_at)
ORDER BY id
ON CONFLICT DO NOTHING RETURNING transaction_id
"""


def fix_tariff(operator_id: int, transaction_id: int) -> TariffSnapshot | None:
    """Fix the tariff that prices a charge, once, and lock it; None where there is no such charge.

    It is the one assigned when the charge began to where it began, for the group of its token. A charge of which
    the station told neither yet (2.x E03, E04) has no tariff until it did, or the charge is over.
    """
    return fix_tariffs(operator_id, [transaction_id]).get(transaction_id)


@transaction.atomic(savepoint=False)
def fix_tariffs(operator_id: int, transaction_ids: Collection[int]) -> dict[int, TariffSnapshot]:
    """Fix the tariffs that price charges as `fix_tariff` does, and return them by charge."""
    known = _locked(operator_id, transaction_ids)
    missing = set(transaction_ids) - set(known)
    if not missing:
        return known
    found = proofs.whereabouts_of(operator_id, missing)
    known_whose = {number: each for number, each in found.items() if not _is_anybodys(each[0])}
    made = _fix(operator_id, list(known_whose.values()))
    late = set(known_whose) - set(made)  # another fixed them meanwhile, whose choice stands
    return {**known, **made, **(_locked(operator_id, late) if late else {})}


def _is_anybodys(view: TransactionView) -> bool:
    """Tell whether a charge goes on of which nobody knows yet whose it is, or at which plug."""
    is_named = bool(view.token_uid or view.token_kind or view.remote_start_id is not None)
    return view.state == "open" and view.station_ref is not None and not (is_named and view.evse is not None)


def _locked(operator_id: int, transaction_ids: Collection[int]) -> dict[int, TariffSnapshot]:
    rows = TariffSnapshot.objects.filter(operator_id=operator_id, pk__in=list(transaction_ids))
    return {row.pk: row for row in rows.order_by("pk").select_for_update()}


def _fix(
    operator_id: int, charges: Sequence[tuple[TransactionView, Site | None]]
) -> dict[int, TariffSnapshot]:
    """Write down what prices charges; those are left out which another wrote meanwhile."""
    groups = _token_groups(operator_id, [view for view, _ in charges])
    choices = tariffs.choose_tariffs(
        operator_id, [Beginning(_place(view), groups[view.id], view.started_at) for view, _ in charges]
    )
    home = accounts.operator(operator_id)
    now = clock.now()
    rows = []
    for (view, site), choice in zip(charges, choices, strict=True):
        time_zone, country = _place_of(home, site)
        rows.append(
            TariffSnapshot(
                transaction_id=view.id,
                operator_id=operator_id,
                version_id=None if choice.version is None else choice.version.id,
                assignment_id=choice.assignment_id,
                token_group=groups[view.id],
                time_zone=time_zone,
                country=country,
                sentences=list(choice.sentences),
                started_at=view.started_at,
                fixed_at=now,
            )
        )
    written = _write(operator_id, rows, now)
    return {row.pk: row for row in rows if row.pk in written}


def _write(operator_id: int, rows: Sequence[TariffSnapshot], now: datetime) -> set[int]:
    """Write those that are not there yet, and return which they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                *(operator_id, now),
                *([row.transaction_id for row in rows], [row.version_id for row in rows]),
                *([row.assignment_id for row in rows], [row.token_group for row in rows]),
                *([row.time_zone for row in rows], [row.country for row in rows]),
                *([json_text(row.sentences) for row in rows], [row.started_at for row in rows]),
            ],
        )
        return {int(made[0]) for made in cursor.fetchall()}


def _place(view: TransactionView) -> Place:
    return Place(
        location_id=view.location_id,
        station_id=view.station_id,
        evse=view.evse,
        connector=view.connector,
    )


def _token_groups(operator_id: int, views: Sequence[TransactionView]) -> dict[int, str]:
    """Return by charge the group of its token, "" where it has none."""
    named = {view.token_id for view in views if view.token_id is not None}
    known = tokens.tokens_named(operator_id, sorted(named))
    by_uid: dict[str, str] = {}
    groups = {}
    for view in views:
        token = None if view.token_id is None else known.get(view.token_id)
        if token is None and view.token_uid and view.token_uid not in by_uid:
            stranger = tokens.token_by_uid(operator_id, view.token_uid)
            by_uid[view.token_uid] = "" if stranger is None else stranger.group_uid
        groups[view.id] = by_uid.get(view.token_uid, "") if token is None else token.group_uid
    return groups


def _place_of(home: OperatorView | None, site: Site | None) -> tuple[str, str]:
    """Return zone and country of a location, else those of its operator."""
    if site is not None and site.country:
        return site.time_zone, site.country
    country = home.country if home else ""
    if site is not None:
        return site.time_zone, country
    return (home.time_zone if home else "UTC"), country
