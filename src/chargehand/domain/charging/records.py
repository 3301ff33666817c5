"""Charge detail records of many charges at once."""

from collections.abc import Collection

from chargehand.domain.charging.models import Cdr
from chargehand.domain.charging.queries import CdrView, cdr_view


def records_named(operator_id: int, cdr_ids: Collection[int]) -> list[CdrView]:
    """Return records by their ids, in the order of these."""
    rows = Cdr.objects.filter(operator_id=operator_id, pk__in=cdr_ids)
    return [cdr_view(row) for row in rows.order_by("pk")]


def records_of(operator_id: int, transaction_ids: Collection[int]) -> dict[int, list[CdrView]]:
    """Return the records of charges by charge, oldest version first."""
    rows = Cdr.objects.filter(operator_id=operator_id, transaction_id__in=transaction_ids)
    found: dict[int, list[CdrView]] = {}
    for row in rows.order_by("version"):
        found.setdefault(row.transaction_id, []).append(cdr_view(row))
    return found
