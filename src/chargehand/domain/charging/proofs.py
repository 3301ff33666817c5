"""What money needs to know of a charge: the charge, where it was, and its signed readings."""

from collections.abc import Iterable

import msgspec

from chargehand.domain.charging.models import Transaction
from chargehand.domain.charging.queries import (
    SignedView,
    TransactionView,
    at_places,
    signed_readings_of,
    views_of,
)


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """The location of a charge; `country` "" where nobody said."""

    address: str
    postal_code: str
    city: str
    country: str
    time_zone: str


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A charge with what proves it; `site` None: the station is at no location."""

    transaction: TransactionView
    site: Site | None
    signed: tuple[SignedView, ...]


def whereabouts_of(
    operator_id: int, transaction_ids: Iterable[int]
) -> dict[int, tuple[TransactionView, Site | None]]:
    """Return charges and where they were, by id."""
    rows = list(at_places(operator_id).filter(pk__in=set(transaction_ids)))
    views = views_of(operator_id, rows)
    return {row.pk: (view, _site(row)) for row, view in zip(rows, views, strict=True)}


def proof(operator_id: int, transaction_id: int) -> Proof | None:
    """Return a charge with its signed readings."""
    return proofs_of(operator_id, [transaction_id]).get(transaction_id)


def proofs_of(operator_id: int, transaction_ids: Iterable[int]) -> dict[int, Proof]:
    """Return charges with their signed readings, by id."""
    rows = list(at_places(operator_id).filter(pk__in=set(transaction_ids)))
    signed = signed_readings_of([row.pk for row in rows])
    return {
        row.pk: Proof(transaction=view, site=_site(row), signed=signed.get(row.pk, ()))
        for row, view in zip(rows, views_of(operator_id, rows), strict=True)
    }


def _site(row: Transaction) -> Site | None:
    place = row.station.location
    if place is None:
        return None
    return Site(
        address=place.address,
        postal_code=place.postal_code,
        city=place.city,
        country=place.country,
        time_zone=place.time_zone,
    )
