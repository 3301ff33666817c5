"""What charges cost so far, and at their end what their records cost: one answer for drivers and stations."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

import msgspec

from chargehand.domain.billing import gates, prices, queries
from chargehand.domain.billing.models import PriceReview, TariffSnapshot, WaivedCdr
from chargehand.domain.billing.rating import Rated, RatedLine, Record, rate
from chargehand.domain.billing.snapshots import fix_tariff
from chargehand.domain.charging import ongoing
from chargehand.domain.charging.ongoing import RecordSoFar
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.views import TariffVersionView
from chargehand.kernel.jsontext import json_text
from chargehand.kernel.money import MoneyError


class RunningCost(msgspec.Struct, frozen=True, kw_only=True):
    """What a charge costs so far: minor units before and after taxes, and the exact texts in major ones.

    `as_of` is the time of the newest reading in it, or of its end; time itself counts up to the moment of the
    question. `is_final` says that the charge is over: this is what its record costs.
    """

    transaction_id: int
    version_id: int
    currency: str
    before_minor: int
    after_minor: int
    before_exact: str
    after_exact: str
    energy_wh: Decimal
    lines: tuple[RatedLine, ...]
    as_of: datetime
    is_final: bool


def running_cost(operator_id: int, transaction_id: int, at: datetime | None = None) -> RunningCost | None:
    """Return what a charge costs at a time, or now; None where that is not known.

    The tariff is the one of its start, which is fixed now if it was not yet. Of a charge that is over it is
    what its record costs, or will.
    """
    return running_costs(operator_id, [transaction_id], at).get(transaction_id)


def running_costs(
    operator_id: int, transaction_ids: Collection[int], at: datetime | None = None
) -> dict[int, RunningCost]:
    """Return what charges of an operator cost, as `running_cost`; unknown ones are left out."""
    records = ongoing.records_so_far(transaction_ids, at, operator_id=operator_id)
    return costs_of(operator_id, records)


def costs_of(operator_id: int, records: Collection[RecordSoFar]) -> dict[int, RunningCost]:
    """Return what the charges of an operator cost of which the records are known, as `running_cost`."""
    snapshots = _snapshots(operator_id, [record.transaction_id for record in records])
    wanted = {row.version_id for row in snapshots.values() if row.version_id is not None}
    versions = tariffs.versions_named(operator_id, wanted)
    found = {}
    for record in records:
        snapshot = snapshots.get(record.transaction_id)
        version = versions.get(snapshot.version_id or 0) if snapshot is not None else None
        if snapshot is None or version is None:
            continue
        cost = _settled(record, version) if record.is_ended else _reckoned(record, snapshot, version)
        if record.is_ended and cost is None and not _is_decided(record):
            cost = _reckoned(record, snapshot, version)
        if cost is not None:
            found[record.transaction_id] = cost
    return found


def _snapshots(operator_id: int, transaction_ids: Collection[int]) -> dict[int, TariffSnapshot]:
    rows = TariffSnapshot.objects.filter(operator_id=operator_id, pk__in=transaction_ids)
    found = {row.pk: row for row in rows}
    for transaction_id in transaction_ids:
        if transaction_id not in found:
            fixed = fix_tariff(operator_id, transaction_id)
            if fixed is not None:
                found[transaction_id] = fixed
    return found


def _reckoned(
    record: RecordSoFar, snapshot: TariffSnapshot, version: TariffVersionView
) -> RunningCost | None:
    """Price a record that nobody has decided about, as it will be if nothing is wrong with it."""
    problem = gates.find_problem(
        energy_wh=record.energy_wh, flags=record.flags, authorization=record.authorization
    )
    if problem is not None or record.energy_wh is None:
        return None
    duration = record.until - record.started_at
    is_waived = record.is_ended and gates.is_waived(
        prices.policy(record.operator_id),
        energy_wh=record.energy_wh,
        duration=duration,
        stop_reason=record.stop_reason,
    )
    if is_waived:
        return _free(record, version)
    try:
        rated = rate(
            version.tariff,
            Record(
                started_at=record.started_at,
                ended_at=record.until,
                periods=msgspec.json.decode(json_text(record.periods)),
                time_zone=snapshot.time_zone,
                country=snapshot.country,
            ),
            is_traced=False,
        )
    except (TariffError, MoneyError):
        return None
    return _cost(record, version.id, rated)


def _settled(record: RecordSoFar, version: TariffVersionView) -> RunningCost | None:
    """Return what the record of a charge that is over was decided to cost."""
    priced = queries.standing_price(record.operator_id, record.transaction_id)
    if priced is not None:
        return _cost(record, priced.version_id, priced.rated)
    waived = queries.waived_cdrs(record.operator_id, record.transaction_id)
    return _free(record, version) if waived and waived[-1].reason != "no-tariffs" else None


def _is_decided(record: RecordSoFar) -> bool:
    """Tell whether a person has to decide, or it was decided that there is no price at all."""
    rows = {"operator_id": record.operator_id, "transaction_id": record.transaction_id}
    return PriceReview.objects.filter(**rows).exists() or WaivedCdr.objects.filter(**rows).exists()


def _cost(record: RecordSoFar, version_id: int, rated: Rated) -> RunningCost:
    return RunningCost(
        transaction_id=record.transaction_id,
        version_id=version_id,
        currency=rated.currency,
        before_minor=rated.before_minor,
        after_minor=rated.after_minor,
        before_exact=rated.before_exact,
        after_exact=rated.after_exact,
        energy_wh=record.energy_wh or Decimal(0),
        lines=rated.lines,
        as_of=record.as_of,
        is_final=record.is_ended,
    )


def _free(record: RecordSoFar, version: TariffVersionView) -> RunningCost:
    return RunningCost(
        transaction_id=record.transaction_id,
        version_id=version.id,
        currency=version.currency,
        before_minor=0,
        after_minor=0,
        before_exact="0",
        after_exact="0",
        energy_wh=record.energy_wh or Decimal(0),
        lines=(),
        as_of=record.as_of,
        is_final=record.is_ended,
    )
