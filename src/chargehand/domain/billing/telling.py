"""Telling stations what charges cost: those that say they can show it, at most once a minute, and at the end."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction

from chargehand.domain.billing.displayed_words import describe_price, describe_total
from chargehand.domain.billing.models import RefusedDisplay, ToldCost
from chargehand.domain.billing.running import RunningCost, costs_of, running_cost
from chargehand.domain.billing.snapshots import fix_tariff
from chargehand.domain.charging import ongoing
from chargehand.domain.charging.ongoing import RecordSoFar
from chargehand.domain.stations import commanding, cost_displays
from chargehand.domain.stations.commands import ShowCost, ShowPrice
from chargehand.domain.stations.cost_displays import CostDisplay
from chargehand.domain.stations.facts import RequestAnswered
from chargehand.domain.tariffs import queries as tariffs
from chargehand.kernel.money import Money

ASKED_BY: Final = "Chargehand"
#: How often a station is told what a charge costs, at most.
EVERY: Final = timedelta(minutes=1)
#: So long after its end a charge still stands on the display; later nobody is there to read it.
FRESH: Final = timedelta(minutes=10)
#: Words by which a station says that it does not know a command at all.
NEVER: Final = frozenset({"NotSupported", "NotImplemented", "UnknownVendorId", "UnknownMessageId"})
_SHOW_COST: Final = "show-cost"
_SHOW_PRICE: Final = "show-price"
_1_6: Final = "ocpp1.6"


def tell_costs(now: datetime) -> int:
    """Tell stations what their open charges cost, where that has changed; return how many were told."""
    recent = set(ToldCost.objects.filter(told_at__gt=now - EVERY).values_list("pk", flat=True))
    due = [each for each in ongoing.open_charges() if each.transaction_id not in recent]
    displays = showing({each.station_id for each in due}, _SHOW_COST)
    by_operator: dict[int, list[int]] = {}
    for each in due:
        if each.station_id in displays:
            by_operator.setdefault(each.operator_id, []).append(each.transaction_id)
    return sum(_tell_all(operator_id, ids, displays, now) for operator_id, ids in by_operator.items())


def fresh_charges(transaction_ids: Collection[int], now: datetime) -> set[int]:
    """Return those of some charges that began or ended so lately that somebody may stand at the display."""
    return ongoing.begun_or_ended_since(transaction_ids, now - FRESH)


def tell_final(operator_id: int, transaction_id: int, now: datetime) -> bool:
    """Tell the station what a charge that is just over costs, unless it was told so; return whether it was."""
    times = ongoing.times_of(operator_id, transaction_id)
    if times is None or times.ended_at is None or times.ended_at < now - FRESH:
        return False
    display = showing([times.station_id], _SHOW_COST).get(times.station_id)
    if display is None:
        return False
    records = ongoing.records_so_far([transaction_id], operator_id=operator_id)
    cost = costs_of(operator_id, records).get(transaction_id)
    return bool(records) and cost is not None and _tell(display, records[0], cost, now)


def tell_price(operator_id: int, transaction_id: int, token_uid: str, now: datetime) -> bool:
    """Tell a station of 1.6 in words what a charge that just began will cost; return whether it was told."""
    times = ongoing.times_of(operator_id, transaction_id)
    if times is None or times.started_at < now - FRESH or not token_uid:
        return False
    display = showing([times.station_id], _SHOW_PRICE).get(times.station_id)
    if display is None or display.version != _1_6 or not display.shows_tariff:
        return False
    fixed = fix_tariff(operator_id, transaction_id)
    version = None
    if fixed is not None and fixed.version_id is not None:
        version = tariffs.version(operator_id, fixed.version_id)
    if version is None:
        return False
    command = ShowPrice(token_uid=token_uid, text=describe_price(version.tariff, display.languages))
    commanding.send_command(
        operator_id=operator_id, station_id=display.station_id, command=command, asked_by=ASKED_BY
    )
    return True


def cost_for_answer(
    operator_id: int,
    station_id: int,
    transaction_id: int,
    now: datetime,
    is_in_time: Callable[[], bool] = lambda: True,
) -> Decimal | None:
    """Return what a charge that ended costs, major units with taxes, for the answer to its end; None: unknown.

    It counts as told if it is in time for the answer. None too where the station does not show costs.
    """
    display = showing([station_id], _SHOW_COST).get(station_id)
    if display is None:
        return None
    cost = running_cost(operator_id, transaction_id)
    if cost is None or not cost.is_final or not _fits(display, cost) or not is_in_time():
        return None
    _keep(station_id, cost, now)
    return Money(cost.after_minor, cost.currency).amount


def keep_refusal(fact: RequestAnswered) -> None:
    """Remember that a station does not know a command, until it has another firmware."""
    if fact.word not in NEVER or fact.is_accepted:
        return
    display = cost_displays.cost_displays([fact.station_id]).get(fact.station_id)
    RefusedDisplay.objects.update_or_create(
        station_id=fact.station_id,
        command=fact.command,
        defaults={
            "firmware": display.firmware if display is not None else "",
            "word": fact.word[:64],
            "refused_at": fact.happened_at,
        },
    )


def showing(station_ids: Collection[int], command: str) -> dict[int, CostDisplay]:
    """Return the displays of connected stations that have not refused a command with the firmware they have."""
    displays = cost_displays.cost_displays(station_ids)
    rows = RefusedDisplay.objects.filter(station_id__in=list(displays), command=command)
    refused = set(rows.values_list("station_id", "firmware"))
    return {
        station_id: display
        for station_id, display in displays.items()
        if (station_id, display.firmware) not in refused and (command != _SHOW_COST or display.shows_cost)
    }


def _tell_all(
    operator_id: int, transaction_ids: list[int], displays: dict[int, CostDisplay], now: datetime
) -> int:
    records = ongoing.records_so_far(transaction_ids, operator_id=operator_id)
    costs = costs_of(operator_id, records)
    return sum(
        _tell(displays[record.station_id], record, costs[record.transaction_id], now)
        for record in records
        if record.transaction_id in costs
    )


@transaction.atomic
def _tell(display: CostDisplay, record: RecordSoFar, cost: RunningCost, now: datetime) -> bool:
    if not _fits(display, cost):
        return False
    # Whoever comes first holds the row: a cost is told once, and no running one after the final one.
    ToldCost.objects.bulk_create([_first(record, cost, now)], ignore_conflicts=True)
    told = ToldCost.objects.select_for_update().get(pk=cost.transaction_id)
    is_new = told.after_minor != cost.after_minor or told.is_final != cost.is_final
    if told.is_final and not cost.is_final:
        return False
    _keep(display.station_id, cost, now)
    if is_new:
        commanding.send_command(
            operator_id=record.operator_id,
            station_id=display.station_id,
            command=_command(display, record, cost),
            asked_by=ASKED_BY,
        )
    return is_new


def _first(record: RecordSoFar, cost: RunningCost, now: datetime) -> ToldCost:
    """Return the row of a charge of which nothing was told yet: no amount equals -1."""
    return ToldCost(
        transaction_id=cost.transaction_id,
        station_id=record.station_id,
        currency=cost.currency,
        after_minor=-1,
        told_at=now,
    )


def _keep(station_id: int, cost: RunningCost, now: datetime) -> None:
    ToldCost.objects.update_or_create(
        transaction_id=cost.transaction_id,
        defaults={
            "station_id": station_id,
            "currency": cost.currency,
            "after_minor": cost.after_minor,
            "is_final": cost.is_final,
            "told_at": now,
        },
    )


def _fits(display: CostDisplay, cost: RunningCost) -> bool:
    """Tell whether a display that shows amounts in one currency would show this one rightly."""
    return display.currency in {"", cost.currency}


def _command(display: CostDisplay, record: RecordSoFar, cost: RunningCost) -> ShowCost:
    return ShowCost(
        transaction_id=record.transaction_id,
        ref=record.station_ref or str(record.transaction_id),
        cost=Money(cost.after_minor, cost.currency).amount,
        is_final=cost.is_final,
        as_of=cost.as_of,
        register_wh=record.register_wh,
        is_charging=record.charging_state in {"", "Charging"},
        kwh_price=_unit_price(cost, ["ENERGY"]),
        hour_price=_unit_price(cost, ["TIME", "PARKING_TIME"]),
        flat_fee=_unit_price(cost, ["FLAT"]),
        text=describe_total(cost, display.languages) if cost.is_final else "",
    )


def _unit_price(cost: RunningCost, types: Iterable[str]) -> Decimal | None:
    """Return the price of a unit that was charged last, taxes included; None where none was charged."""
    wanted = set(types)
    lines = [line for line in cost.lines if line.type in wanted and Decimal(line.volume)]
    if not lines:
        return None
    each = Decimal(lines[-1].after_taxes) / Decimal(lines[-1].volume)
    return each.quantize(Decimal("0.0001"))
