"""Work that comes again is raised when it is due, once a round."""

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.maintenance.yard import PAT, Yard
from tests.domain.station_talk import now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.maintenance import orders, plans, work
from chargehand.domain.maintenance.models import PlanMark, PreventivePlan
from chargehand.domain.maintenance.plans import PlanDetails
from chargehand.domain.maintenance.work import Part
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def _save(yard: Yard, **more: Any) -> int:
    said: dict[str, Any] = {
        "name": "Test RCD",
        "checklist": "safety-test",
        "measure": "days",
        "threshold": 365,
    }
    details = PlanDetails(**{**said, **more})
    plan_id = plans.save_plan(operator_id=yard.operator_id, details=details, actor=PAT)
    plans.progress(yard.operator_id, clock.now())
    PlanMark.objects.filter(plan_id=plan_id).update(since=now() - timedelta(days=300))
    return plan_id


def _charge(yard: Yard, count: int, *, evse: int = 1, wh: int = 20_000) -> None:
    for number in range(count):
        at = now() - timedelta(days=200 - number)
        charge = yard.talk.start(at=at, meter=0, evse=evse)
        yard.talk.stop(charge, at=at + timedelta(hours=2), meter=wh)


def test_a_plan_by_time_raises_a_job_once_a_round(yard: Yard) -> None:
    _save(yard)
    for days, count in ((0, 0), (64, 0), (66, 1), (67, 1)):
        plans.raise_due(clock.now() + timedelta(days=days))
        assert len(orders.work_orders(yard.operator_id)) == count
    [card] = orders.work_orders(yard.operator_id)
    assert (card.title, card.evse, card.priority) == ("Test RCD", None, 3)
    assert "365 days" in card.why
    yard.do(work.cancel, card.id, reason="not this year")
    assert plans.raise_due(clock.now() + timedelta(days=67)) == 0
    assert plans.raise_due(clock.now() + timedelta(days=366)) == 1
    assert len(orders.work_orders(yard.operator_id, is_open=True)) == 1


@pytest.mark.parametrize(
    ("measure", "threshold", "is_due"),
    [
        ("cycles", 4, True),
        ("cycles", 5, False),
        ("kwh", 80, True),
        ("kwh", 81, False),
        ("hours", 8, True),
        ("hours", 9, False),
        ("insertions", 4, True),
        ("insertions", 5, False),
    ],
)
def test_a_plan_by_use_counts_what_was_used(yard: Yard, measure: str, threshold: float, is_due: bool) -> None:
    _charge(yard, 4)
    _save(yard, measure=measure, threshold=threshold)
    plans.raise_due(clock.now())
    assert bool(orders.work_orders(yard.operator_id)) == is_due


def test_a_plan_for_each_plug_counts_each_by_itself(yard: Yard) -> None:
    _charge(yard, 3, evse=1)
    _charge(yard, 1, evse=2)
    _save(yard, measure="cycles", threshold=3, is_per_plug=True, parts=(Part("Contactor"),))
    [first, second] = plans.progress(yard.operator_id, clock.now())
    assert (first.evse, first.used, first.is_due) == (1, 3, True)
    assert (second.evse, second.used, second.is_due) == (2, 1, False)
    plans.raise_due(clock.now())
    [card] = orders.work_orders(yard.operator_id)
    assert card.evse == 1
    assert yard.view(card.id).parts_suggested == ({"name": "Contactor", "quantity": 1},)


def test_done_work_begins_the_count_anew(yard: Yard) -> None:
    _charge(yard, 3)
    plan_id = _save(yard, measure="cycles", threshold=3, checklist="inspection")
    plans.raise_due(clock.now())
    [card] = orders.work_orders(yard.operator_id)
    yard.do(work.start, card.id)
    yard.do(work.cancel, card.id, reason="done by the maker")
    [due] = plans.progress(yard.operator_id, clock.now())
    assert (due.plan_id, due.used, due.round) == (plan_id, 0, 1)


def test_a_plan_holds_in_its_scope_only(yard: Yard, other_operator: Operator) -> None:
    yard.station("S2")
    _save(yard, model="another")
    assert plans.progress(yard.operator_id, clock.now()) == []
    _save(yard, model="m", station_id=yard.station_id)
    assert len(plans.progress(yard.operator_id, clock.now())) == 1
    assert plans.progress(yard.operator_id, clock.now(), location_ids=[]) == []
    assert plans.progress(other_operator.pk, clock.now()) == []
    assert plans.plans(other_operator.pk) == []


def test_counting_begins_with_the_plan(yard: Yard) -> None:
    details = PlanDetails(name="x", checklist="cooling", measure="days", threshold=1)
    plan_id = plans.save_plan(operator_id=yard.operator_id, details=details, actor=PAT)
    assert plans.raise_due(clock.now()) == 0
    PreventivePlan.objects.filter(pk=plan_id).update(is_active=False)
    assert plans.raise_due(clock.now() + timedelta(days=5)) == 0
    [view] = plans.plans(yard.operator_id)
    assert view.details == PlanDetails(
        name="x", checklist="cooling", measure="days", threshold=1, is_active=False
    )


def test_people_say_when_it_was_done_last(yard: Yard, other_operator: Operator) -> None:
    plan_id = _save(yard)
    at = now() - timedelta(days=400)
    who: dict[str, Any] = {"plan_id": plan_id, "station_id": yard.station_id, "at": at, "actor": PAT}
    plans.mark_done(operator_id=yard.operator_id, **who)
    [due] = plans.progress(yard.operator_id, clock.now())
    assert (due.since, due.is_due) == (at, True)
    for wrong in (
        {"operator_id": other_operator.pk, **who},
        {"operator_id": yard.operator_id, **who, "evse": 1},
        {"operator_id": yard.operator_id, **who, "at": clock.now() + timedelta(days=1)},
    ):
        with pytest.raises(Refused):
            plans.mark_done(**wrong)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": ""}, "bad-name"),
        ({"checklist": "x"}, "unknown-checklist"),
        ({"threshold": 0}, "bad-threshold"),
        ({"measure": "moons"}, "bad-threshold"),
        ({"location_id": 10**9}, "no-such-location"),
        ({"station_id": 10**9}, "no-such-station"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(yard: Yard, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, check=lambda refused: refused.code == code):
        _save(yard, **more)
