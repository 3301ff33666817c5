"""Preventive plans: work that comes again by time or by use, and the jobs that are due."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import SYSTEM, Actor
from chargehand.domain.charging import usage
from chargehand.domain.charging.usage import Usage
from chargehand.domain.maintenance import checklists, work
from chargehand.domain.maintenance.models import PlanMark, PreventivePlan
from chargehand.domain.maintenance.work import NewOrder, Part
from chargehand.domain.stations import fleet
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.fleet import FleetStation
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: What is counted: days, charges (a contactor closes once in each), kWh, cables put in, hours of charging (in
#: which fans run).
Measure: TypeAlias = Literal["days", "cycles", "kwh", "insertions", "hours"]
MEASURES: Final[tuple[str, ...]] = get_args(Measure)
PRIORITY: Final = 3


class PlanDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan says; empty scope means any station, `is_per_plug` counts each plug by itself."""

    name: str
    checklist: str
    measure: Measure
    threshold: float
    is_per_plug: bool = False
    vendor: str = ""
    model: str = ""
    location_id: int | None = None
    station_id: int | None = None
    parts: tuple[Part, ...] = ()
    is_active: bool = True


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as kept."""

    id: int
    details: PlanDetails
    created_at: datetime


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """How far a plan has come at a station (EVSE 0) or plug: `used` of `threshold`, counted since a time."""

    plan_id: int
    plan_name: str
    measure: str
    threshold: float
    used: float
    since: datetime
    round: int
    evse: int
    station: FleetStation

    @property
    def is_due(self) -> bool:
        """Whether it is time."""
        return self.used >= self.threshold


@transaction.atomic
def save_plan(*, operator_id: int, details: PlanDetails, actor: Actor, plan_id: int | None = None) -> int:
    """Make a plan, or replace one; return its id. Counting begins when the plan is made (see `mark_done`).

    Raises Refused `bad-name`, `unknown-checklist`, `bad-threshold`, `no-such-location`, `no-such-station`,
    `no-such-plan`.
    """
    _check(operator_id, details)
    values = msgspec.structs.asdict(details) | {
        "name": details.name.strip()[:255],
        "parts": work.checked_parts(msgspec.to_builtins(details.parts)),
    }
    if plan_id is None:
        plan_id = PreventivePlan.objects.create(operator_id=operator_id, created_at=clock.now(), **values).pk
    elif not PreventivePlan.objects.filter(operator_id=operator_id, pk=plan_id).update(**values):
        raise Refused("no-such-plan", _("There is no such plan."))
    audit.write_audit(actor, operator_id, "plan.saved", f"plan:{plan_id}")
    return plan_id


@transaction.atomic
def mark_done(
    *, operator_id: int, plan_id: int, station_id: int, at: datetime, actor: Actor, evse: int = 0
) -> None:
    """Say when a plan's work was done last at a station (EVSE 0) or plug.

    Raises Refused `no-such-plan`, `bad-time`.
    """
    plan = PreventivePlan.objects.filter(operator_id=operator_id, pk=plan_id).first()
    if plan is None or not any(
        station.id == station_id and evse in _places(plan, station) for station in _stations(plan)
    ):
        raise Refused("no-such-plan", _("This plan does not hold for that station."))
    if at > clock.now():
        raise Refused("bad-time", _("That lies in the future."))
    PlanMark.objects.update_or_create(plan=plan, station_id=station_id, evse=evse, defaults={"since": at})
    audit.write_audit(actor, operator_id, "plan.marked", f"plan:{plan_id}", {"station": station_id})


def plans(operator_id: int) -> list[PlanView]:
    """Return the operator's plans by name."""
    return [
        _view(row) for row in PreventivePlan.objects.filter(operator_id=operator_id).order_by("name", "pk")
    ]


def progress(operator_id: int, now: datetime, *, location_ids: Collection[int] | None = None) -> list[Due]:
    """Return how far active plans have come, those that are due or nearly due first."""
    rows = PreventivePlan.objects.filter(operator_id=operator_id, is_active=True)
    found = [due for row in rows for due in _progress(row, now, location_ids)]
    return sorted(found, key=lambda due: (-due.used / due.threshold, due.station.identity, due.evse))


def raise_due(now: datetime) -> int:
    """Raise the jobs that are due, for all operators; return how many are open now. Again raises none twice."""
    count = 0
    for plan in PreventivePlan.objects.filter(is_active=True).order_by("pk"):
        for due in _progress(plan, now, None):
            if due.is_due:
                _raise(plan, due)
                count += 1
    return count


def in_words(measure: str, amount: float) -> str:
    """Return an amount with what is counted: "400 days", "12 000 charges"."""
    sentences = {
        "days": _("%s days"),
        "cycles": _("%s charges"),
        "kwh": _("%s kWh"),
        "insertions": _("%s times plugged in"),
        "hours": _("%s hours of charging"),
    }
    return sentences[measure] % f"{amount:,.0f}".replace(",", "\u202f")


@transaction.atomic
def _raise(plan: PreventivePlan, due: Due) -> None:
    order = NewOrder(
        station_id=due.station.id,
        evse=due.evse or None,
        title=plan.name,
        why=_("Planned: %(used)s since %(since)s, and it is due after %(threshold)s.")
        % {
            "used": in_words(plan.measure, due.used),
            "since": due.since.date().isoformat(),
            "threshold": in_words(plan.measure, plan.threshold),
        },
        checklist=plan.checklist,
        priority=PRIORITY,
        plan_id=plan.pk,
        parts=tuple(msgspec.convert(plan.parts, type=list[Part])) or None,
        key=f"plan:{plan.pk}:{due.station.id}:{due.evse}:{due.round}",
    )
    work.raise_order(operator_id=plan.operator_id, order=order, actor=SYSTEM)


def _progress(plan: PreventivePlan, now: datetime, location_ids: Collection[int] | None) -> list[Due]:
    found = [each for each in _stations(plan) if location_ids is None or each.location_id in location_ids]
    marks = _marks(plan, found)
    evses = sorted({evse for station in found for evse in _places(plan, station)})
    dues = []
    for evse in evses:
        here = [station for station in found if evse in _places(plan, station)]
        used = usage.usage_since([(station.id, marks[station.id, evse].since) for station in here])
        for station in here:
            mark = marks[station.id, evse]
            amount = _amount(plan.measure, used.get((station.id, evse), Usage()), mark.since, now)
            dues.append(
                Due(
                    plan_id=plan.pk,
                    plan_name=plan.name,
                    measure=plan.measure,
                    threshold=plan.threshold,
                    used=amount,
                    since=mark.since,
                    round=mark.round,
                    evse=evse,
                    station=station,
                )
            )
    return dues


def _marks(plan: PreventivePlan, found: Sequence[FleetStation]) -> dict[tuple[int, int], PlanMark]:
    """Return the marks of a plan; a station that came into scope is counted from then, or from its making."""
    PlanMark.objects.bulk_create(
        (
            PlanMark(
                plan=plan, station_id=station.id, evse=evse, since=max(plan.created_at, station.created_at)
            )
            for station in found
            for evse in _places(plan, station)
        ),
        ignore_conflicts=True,
    )
    return {(mark.station_id, mark.evse): mark for mark in PlanMark.objects.filter(plan=plan)}


def _stations(plan: PreventivePlan) -> list[FleetStation]:
    return fleet.fleet(
        plan.operator_id,
        vendor=plan.vendor,
        model=plan.model,
        location_ids=None if plan.location_id is None else [plan.location_id],
        station_ids=None if plan.station_id is None else [plan.station_id],
    )


def _places(plan: PreventivePlan, station: FleetStation) -> list[int]:
    return station.evses if plan.is_per_plug else [0]


def _amount(measure: str, used: Usage, since: datetime, now: datetime) -> float:
    amounts = {
        "days": (now - since).total_seconds() / 86_400,
        "cycles": float(used.charges),
        "kwh": float(used.energy_wh) / 1000,
        "insertions": float(used.insertions),
        "hours": used.hours,
    }
    return amounts[measure]


def _view(row: PreventivePlan) -> PlanView:
    said: dict[str, Any] = {name: getattr(row, name) for name in PlanDetails.__struct_fields__}
    details = msgspec.convert(said, type=PlanDetails)
    return PlanView(id=row.pk, details=details, created_at=row.created_at)


def _check(operator_id: int, details: PlanDetails) -> None:
    if not details.name.strip():
        raise Refused("bad-name", _("Give the plan a name."))
    if details.checklist not in checklists.TEMPLATES:
        raise Refused("unknown-checklist", _("There is no such checklist."))
    if details.measure not in MEASURES or not 1 <= details.threshold <= 10_000_000:
        raise Refused("bad-threshold", _("Say after how many it is due: one at least."))
    if details.location_id is not None and stations.location(operator_id, details.location_id) is None:
        raise Refused("no-such-location", _("There is no such location."))
    if details.station_id is not None and stations.station(operator_id, details.station_id) is None:
        raise Refused("no-such-station", _("There is no such station."))
