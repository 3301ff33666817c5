"""Questions about charges, their evidence and their records. Energy is exact Wh, power exact W."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet

from chargehand.domain.charging.last_readings import LastReading, last_readings
from chargehand.domain.charging.models import (
    Cdr,
    PendingStart,
    SignedReading,
    Transaction,
    TransactionEvent,
)
from chargehand.kernel import clock

MOST_PER_PAGE: Final = 500


class TransactionView(msgspec.Struct, frozen=True, kw_only=True):
    """A charge. `energy_wh` is final once ended, until then what is known so far; None: unknown.

    `state` is open, ended or system-closed; `last` is what an open charge told last.
    """

    id: int
    station_id: int
    identity: str
    station_name: str
    location_id: int | None
    location_name: str
    evse: int | None
    connector: int | None
    station_ref: str | None
    state: str
    charging_state: str
    token_uid: str
    token_kind: str
    token_id: int | None
    authorization: str
    stopped_by: str
    remote_start_id: int | None
    reservation_id: int | None
    is_offline: bool
    started_at: datetime
    ended_at: datetime | None
    meter_start_wh: Decimal | None
    meter_stop_wh: Decimal | None
    energy_wh: Decimal | None
    stop_reason: str
    flags: tuple[str, ...]
    last: LastReading | None = None


class TransactionPage(msgspec.Struct, frozen=True):
    """Charges, newest first; `before` asks for the page after this one, None where there is none."""

    transactions: tuple[TransactionView, ...]
    before: "TransactionCursor | None"


class TransactionCursor(msgspec.Struct, frozen=True):
    """Where a page ended."""

    started_at: datetime
    id: int


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the station about the charge. `happened_at` is the time believed."""

    id: int
    kind: str
    trigger: str
    seq: int | None
    is_offline: bool
    charging_state: str
    station_time: datetime | None
    happened_at: datetime
    received_at: datetime


class SignedView(msgspec.Struct, frozen=True, kw_only=True):
    """A signed meter value, byte for byte."""

    id: int
    measured_at: datetime
    received_at: datetime
    context: str
    encoding: str
    signing_method: str
    public_key: str
    signed_data: str


class CdrView(msgspec.Struct, frozen=True, kw_only=True):
    """A charge detail record; `periods` as in `periods.ChargingPeriod`, energy in Wh."""

    id: int
    transaction_id: int
    version: int
    started_at: datetime
    ended_at: datetime
    energy_wh: Decimal | None
    periods: tuple[dict[str, Any], ...]
    flags: tuple[str, ...]
    issued_at: datetime


class TransactionDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A charge with all evidence for it; `cdrs` oldest version first."""

    transaction: TransactionView
    started_station_time: datetime | None
    started_received_at: datetime
    ended_station_time: datetime | None
    ended_received_at: datetime | None
    events: tuple[EventView, ...]
    signed: tuple[SignedView, ...]
    cdrs: tuple[CdrView, ...]


class PendingStartView(msgspec.Struct, frozen=True, kw_only=True):
    """A remote start. `outcome` is "" while waiting, then started, refused, failed or no-transaction."""

    request_id: UUID
    station_id: int
    evse: int | None
    token_uid: str
    remote_start_id: int
    asked_at: datetime
    deadline: datetime
    transaction_id: int | None
    outcome: str


class PowerSample(msgspec.Struct, frozen=True):
    """A moment of a charge: power in W, energy so far in Wh, state of charge in percent; None: not told."""

    at: datetime
    power_w: Decimal | None
    energy_wh: Decimal | None
    soc: Decimal | None


_CURVE: Final = """
SELECT r.measured_at, s.measurand,
    COALESCE(max(v.value) FILTER (WHERE s.phase = ''), sum(v.value) FILTER (WHERE s.phase <> ''))
FROM charging_reading r
CROSS JOIN LATERAL unnest(r.series, r.readings) AS v(series_id, value)
JOIN charging_series s ON s.id = v.series_id
WHERE r.station_id = %s AND r.transaction_id = %s AND r.measured_at BETWEEN %s AND %s AND r.received_at >= %s
    AND s.measurand IN ('Power.Active.Import', 'Energy.Active.Import.Register', 'SoC')
    AND s.location IN ('Outlet', '', 'EV') AND s.phase IN ('', 'L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N')
GROUP BY r.measured_at, s.measurand ORDER BY r.measured_at
"""


def at_places(operator_id: int) -> QuerySet[Transaction]:
    """Return the rows of charges together with where they are."""
    return Transaction.objects.filter(operator_id=operator_id).select_related("station__location")


def list_transactions(
    operator_id: int,
    *,
    station_id: int | None = None,
    location_ids: Collection[int] | None = None,
    token_uid: str = "",
    token_id: int | None = None,
    state: str = "",
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: TransactionCursor | None = None,
    limit: int = 50,
) -> TransactionPage:
    """Return a page of charges, newest first; `since` and `until` bound the start.

    `text` looks into station and token; digits also name a charge. `location_ids` None: the whole network.
    """
    rows = at_places(operator_id)
    wanted = {
        "station_id": station_id,
        "token_uid": token_uid or None,
        "token_id": token_id,
        "state": state or None,
        "started_at__gte": since,
        "started_at__lt": until,
        "station__location_id__in": None if location_ids is None else list(location_ids),
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    if text.strip():
        rows = rows.filter(_matching(text.strip()))
    if before is not None:
        rows = rows.filter(
            Q(started_at__lt=before.started_at) | Q(started_at=before.started_at, pk__lt=before.id)
        )
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = views_of(operator_id, rows.order_by("-started_at", "-pk")[: limit + 1])
    more = len(found) > limit
    page = found[:limit]
    return TransactionPage(tuple(page), TransactionCursor(page[-1].started_at, page[-1].id) if more else None)


def open_transactions(
    operator_id: int, *, station_id: int | None = None, location_ids: Collection[int] | None = None
) -> list[TransactionView]:
    """Return all charges that go on, newest first, with what they told last."""
    rows = at_places(operator_id).filter(state=Transaction.State.OPEN)
    if station_id is not None:
        rows = rows.filter(station_id=station_id)
    if location_ids is not None:
        rows = rows.filter(station__location_id__in=list(location_ids))
    return views_of(operator_id, rows.order_by("-started_at", "-pk"))


def transaction(operator_id: int, transaction_id: int) -> TransactionDetail | None:
    """Return a charge with its evidence."""
    row = at_places(operator_id).filter(pk=transaction_id).first()
    if row is None:
        return None
    return TransactionDetail(
        transaction=views_of(operator_id, [row])[0],
        started_station_time=row.started_station_time,
        started_received_at=row.started_received_at,
        ended_station_time=row.ended_station_time,
        ended_received_at=row.ended_received_at,
        events=_events(transaction_id),
        signed=signed_readings(transaction_id),
        cdrs=tuple(cdrs(operator_id, transaction_id)),
    )


def cdrs(operator_id: int, transaction_id: int) -> list[CdrView]:
    """Return the records of a charge, oldest version first."""
    rows = Cdr.objects.filter(operator_id=operator_id, transaction_id=transaction_id)
    return [cdr_view(row) for row in rows.order_by("version")]


def cdr(operator_id: int, cdr_id: int) -> CdrView | None:
    """Return a record."""
    row = Cdr.objects.filter(operator_id=operator_id, pk=cdr_id).first()
    return None if row is None else cdr_view(row)


def power_curve(operator_id: int, transaction_id: int) -> list[PowerSample]:
    """Return power, energy so far and state of charge of a charge, by time."""
    row = Transaction.objects.filter(operator_id=operator_id, pk=transaction_id).first()
    if row is None:
        return []
    ended = row.ended_at + timedelta(minutes=10) if row.ended_at else clock.now() + timedelta(days=1)
    began = min(row.started_at, row.started_received_at)
    moments: dict[datetime, dict[str, Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CURVE, [row.station_id, row.pk, began, ended, began - timedelta(minutes=10)])
        for at, measurand, value in cursor.fetchall():
            moments.setdefault(at, {})[measurand] = value
    first = row.meter_start_wh
    return [
        PowerSample(
            at,
            values.get("Power.Active.Import"),
            _since_start(values.get("Energy.Active.Import.Register"), first),
            values.get("SoC"),
        )
        for at, values in moments.items()
    ]


def pending_start(operator_id: int, request_id: UUID) -> PendingStartView | None:
    """Return what became of a remote start."""
    row = PendingStart.objects.filter(operator_id=operator_id, pk=request_id).first()
    if row is None:
        return None
    return PendingStartView(
        request_id=row.request_id,
        station_id=row.station_id,
        evse=row.evse,
        token_uid=row.token_uid,
        remote_start_id=row.remote_start_id,
        asked_at=row.asked_at,
        deadline=row.deadline,
        transaction_id=row.transaction_id,
        outcome=row.outcome,
    )


def _matching(text: str) -> Q:
    found = (
        Q(token_uid__icontains=text)
        | Q(station__identity__icontains=text)
        | Q(station__name__icontains=text)
        | Q(station_ref=text)
    )
    return found | Q(pk=int(text)) if text.isascii() and text.isdecimal() and len(text) < 11 else found


def _since_start(register: Decimal | None, first: Decimal | None) -> Decimal | None:
    return register - first if register is not None and first is not None and register >= first else None


def views_of(operator_id: int, rows: Iterable[Transaction]) -> list[TransactionView]:
    """Return what is said of charges whose rows come `at_places`."""
    found = list(rows)
    stations = {row.station_id for row in found if row.state == Transaction.State.OPEN}
    lasts = last_readings(operator_id, clock.now(), station_ids=sorted(stations)) if stations else {}
    return [_view(row, lasts.get(row.pk)) for row in found]


def _view(row: Transaction, last: LastReading | None) -> TransactionView:
    energy = row.energy_wh
    if energy is None and last is not None:
        energy = _since_start(last.register_wh, row.meter_start_wh)
    place = row.station.location
    return TransactionView(
        id=row.pk,
        station_id=row.station_id,
        identity=row.station.identity,
        station_name=row.station.name,
        location_id=place.pk if place else None,
        location_name=place.name if place else "",
        evse=row.evse,
        connector=row.connector,
        station_ref=row.station_ref,
        state=row.state,
        charging_state=row.charging_state,
        token_uid=row.token_uid,
        token_kind=row.token_kind,
        token_id=row.token_id,
        authorization=row.authorization,
        stopped_by=row.stopped_by,
        remote_start_id=row.remote_start_id,
        reservation_id=row.reservation_id,
        is_offline=row.is_offline,
        started_at=row.started_at,
        ended_at=row.ended_at,
        meter_start_wh=row.meter_start_wh,
        meter_stop_wh=row.meter_stop_wh,
        energy_wh=energy,
        stop_reason=row.stop_reason,
        flags=tuple(row.flags),
        last=last,
    )


def _events(transaction_id: int) -> tuple[EventView, ...]:
    rows = TransactionEvent.objects.filter(transaction_id=transaction_id)
    return tuple(
        EventView(
            id=row.pk,
            kind=row.kind,
            trigger=row.trigger,
            seq=row.seq,
            is_offline=row.is_offline,
            charging_state=row.charging_state,
            station_time=row.station_time,
            happened_at=row.happened_at,
            received_at=row.received_at,
        )
        for row in rows.order_by("happened_at", "seq", "pk")
    )


def signed_readings(transaction_id: int) -> tuple[SignedView, ...]:
    """Return the signed readings of a charge by time."""
    return signed_readings_of([transaction_id]).get(transaction_id, ())


def signed_readings_of(transaction_ids: Sequence[int]) -> dict[int, tuple[SignedView, ...]]:
    """Return the signed readings of charges by time; nothing of those that have none."""
    names = [each for each in SignedView.__struct_fields__ if each != "id"]
    rows = SignedReading.objects.filter(transaction_id__in=transaction_ids).order_by("measured_at", "pk")
    found: dict[int, list[SignedView]] = {}
    for row in rows:
        view = SignedView(id=row.pk, **{name: getattr(row, name) for name in names})
        found.setdefault(row.transaction_id or 0, []).append(view)
    return {key: tuple(views) for key, views in found.items()}


def cdr_view(row: Cdr) -> CdrView:
    """Return what is said of a record."""
    return CdrView(
        id=row.pk,
        transaction_id=row.transaction_id,
        version=row.version,
        started_at=row.started_at,
        ended_at=row.ended_at,
        energy_wh=row.energy_wh,
        periods=tuple(row.periods),
        flags=tuple(row.flags),
        issued_at=row.issued_at,
    )
