"""The tariff of a charge, fixed when the charge begins."""

from typing import Final

from django.db import connection, transaction

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.billing.models import TariffSnapshot
from chargehand.domain.charging import proofs
from chargehand.domain.charging.proofs import Site
from chargehand.domain.charging.queries import TransactionView
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.views import Place
from chargehand.domain.tokens import queries as tokens
from chargehand.kernel import clock
from chargehand.kernel.jsontext import json_text

#: Two workers may come at once: the first one's choice stands.
_WRITE: Final = """
INSERT INTO billing_tariff_snapshot (transaction_id, operator_id, version_id, assignment_id, token_group, time_zone,
    country, sentences, started_at, fixed_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)
ON CONFLICT DO NOTHING
"""


@transaction.atomic(savepoint=False)
def fix_tariff(operator_id: int, transaction_id: int) -> TariffSnapshot | None:
    """Fix the tariff that prices a charge, once, and lock it; None where there is no such charge.

    It is the one assigned when the charge began to where it began, for the group of its token.
    """
    rows = TariffSnapshot.objects.select_for_update().filter(operator_id=operator_id, pk=transaction_id)
    known = rows.first()
    if known is not None:
        return known
    found = proofs.whereabouts(operator_id, transaction_id)
    if found is None:
        return None
    return _fix(operator_id, *found) or rows.first()


def _fix(operator_id: int, view: TransactionView, site: Site | None) -> TariffSnapshot | None:
    """Write down what prices a charge; None where another did meanwhile, whose choice stands."""
    group = _token_group(operator_id, view)
    place = Place(
        location_id=view.location_id,
        station_id=view.station_id,
        evse=view.evse,
        connector=view.connector,
    )
    choice = tariffs.choose_tariff(operator_id, place, token_group=group, at=view.started_at)
    time_zone, country = _place_of(operator_id, site)
    row = TariffSnapshot(
        transaction_id=view.id,
        operator_id=operator_id,
        version_id=None if choice.version is None else choice.version.id,
        assignment_id=choice.assignment_id,
        token_group=group,
        time_zone=time_zone,
        country=country,
        sentences=list(choice.sentences),
        started_at=view.started_at,
        fixed_at=clock.now(),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                *(
                    row.transaction_id,
                    operator_id,
                    row.version_id,
                    row.assignment_id,
                    group,
                    time_zone,
                    country,
                ),
                *(json_text(row.sentences), row.started_at, row.fixed_at),
            ],
        )
        if not cursor.rowcount:
            return None
    return row


def _token_group(operator_id: int, view: TransactionView) -> str:
    token = None if view.token_id is None else tokens.token(operator_id, view.token_id)
    if token is None and view.token_uid:
        token = tokens.token_by_uid(operator_id, view.token_uid)
    return "" if token is None else token.group_uid


def _place_of(operator_id: int, site: Site | None) -> tuple[str, str]:
    """Return zone and country of a location, else those of its operator."""
    if site is not None and site.country:
        return site.time_zone, site.country
    home = accounts.operator(operator_id)
    country = home.country if home else ""
    if site is not None:
        return site.time_zone, country
    return (home.time_zone if home else "UTC"), country
