"""The tariff of a charge, fixed when the charge begins."""

from django.db import transaction

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.billing.models import TariffSnapshot
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.queries import TransactionView
from chargehand.domain.stations import queries as stations
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.views import Place
from chargehand.domain.tokens import queries as tokens
from chargehand.kernel import clock


@transaction.atomic
def fix_tariff(operator_id: int, transaction_id: int) -> TariffSnapshot | None:
    """Fix the tariff that prices a charge, once, and lock it; None where there is no such charge.

    It is the one assigned when the charge began to where it began, for the group of its token.
    """
    rows = TariffSnapshot.objects.select_for_update().filter(operator_id=operator_id, pk=transaction_id)
    known = rows.first()
    if known is not None:
        return known
    detail = charging.transaction(operator_id, transaction_id)
    if detail is None:
        return None
    _fix(operator_id, detail.transaction)
    return rows.first()


def _fix(operator_id: int, view: TransactionView) -> None:
    group = _token_group(operator_id, view)
    place = Place(
        location_id=view.location_id,
        station_id=view.station_id,
        evse=view.evse,
        connector=view.connector,
    )
    choice = tariffs.choose_tariff(operator_id, place, token_group=group, at=view.started_at)
    time_zone, country = _whereabouts(operator_id, view.location_id)
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
    # Two workers may come at once: the first one's choice stands.
    TariffSnapshot.objects.bulk_create([row], ignore_conflicts=True)


def _token_group(operator_id: int, view: TransactionView) -> str:
    token = None if view.token_id is None else tokens.token(operator_id, view.token_id)
    if token is None and view.token_uid:
        token = tokens.token_by_uid(operator_id, view.token_uid)
    return "" if token is None else token.group_uid


def _whereabouts(operator_id: int, location_id: int | None) -> tuple[str, str]:
    """Return zone and country of a location, else those of its operator."""
    place = None if location_id is None else stations.location(operator_id, location_id)
    home = accounts.operator(operator_id)
    country = (place.country if place else "") or (home.country if home else "")
    if place is not None:
        return place.time_zone, country
    return (home.time_zone if home else "UTC"), country
