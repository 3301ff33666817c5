"""Work orders go their way, keep drivers away meanwhile, and end with a real charge."""

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.maintenance.yard import PAT, Yard
from tests.domain.station_talk import now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.maintenance import facts, order_edits, orders, site_notes, work
from chargehand.domain.maintenance.models import WorkOrder
from chargehand.domain.maintenance.order_edits import Edit
from chargehand.domain.maintenance.site_notes import SiteDetails
from chargehand.domain.maintenance.work import NewOrder, Part
from chargehand.domain.stations.commands import ChangeAvailability
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_id

pytestmark = pytest.mark.django_db


def _tick(yard: Yard, order_id: int) -> None:
    """Do every step of the checklist but the test charge."""
    values: dict[str, Any] = {"check": True, "text": "a loose wire", "measurement": 2.0}
    edits = [
        Edit(id=new_id(), field=item.field, value=values[item.kind], made_at=clock.now())
        for item in yard.view(order_id).items
        if item.kind in values
    ]
    results = yard.do(order_edits.apply_edits, order_id, edits=edits)
    assert {result.outcome for result in results} == {"applied"}


def _charge(yard: Yard, wh: int, **more: Any) -> int:
    number = yard.talk.start(at=now() + timedelta(seconds=1), meter=0, **more)
    yard.talk.stop(number, at=now() + timedelta(minutes=2), meter=wh)
    return number


def _refusal(code: str) -> Any:
    return pytest.raises(Refused, check=lambda refused: refused.code == code)


def test_a_job_is_raised_with_its_checklist_and_what_to_bring(yard: Yard) -> None:
    order_id = yard.order(checklist="ground-fault", priority=0)
    view = yard.view(order_id)
    assert view.card.state == "open"
    assert [item.kind for item in view.items] == [
        *("check", "check", "measurement", "measurement", "photo", "test-charge")
    ]
    assert "Gland kit" in [part["name"] for part in view.parts_suggested]
    assert view.card.due_at is not None
    assert view.card.due_at - view.card.raised_at == timedelta(hours=4)
    assert StatedFact.objects.filter(name=facts.WorkOrderRaised.name()).count() == 1


def test_one_cause_raises_one_job(yard: Yard) -> None:
    assert yard.order(key="incident:7") == yard.order(key="incident:7")
    assert WorkOrder.objects.count() == 1
    assert StatedFact.objects.filter(name=facts.WorkOrderRaised.name()).count() == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"title": " "}, "bad-title"),
        ({"checklist": "juggling"}, "unknown-checklist"),
        ({"priority": 4}, "bad-priority"),
        ({"evse": 9}, "no-such-connector"),
        ({"station_id": 10**9}, "no-such-station"),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(yard: Yard, more: dict[str, Any], code: str) -> None:
    with _refusal(code):
        yard.order(**more)


def test_a_job_is_given_to_people_who_may_work_only(yard: Yard) -> None:
    order_id = yard.order()
    clerk = yard.person("fay@example.org", "finance")
    with _refusal("no-such-technician"):
        yard.do(work.assign, order_id, user_id=clerk.id)
    yard.do(work.assign, order_id, user_id=yard.kim.id)
    assert (yard.view(order_id).card.state, yard.view(order_id).card.assignee_name) == ("assigned", "Kim")
    yard.do(work.assign, order_id, user_id=None)
    assert (yard.view(order_id).card.state, yard.view(order_id).card.assignee_id) == ("open", None)


def test_starting_keeps_drivers_away_and_ending_lets_them_in(yard: Yard) -> None:
    order_id = yard.order()
    yard.do(work.set_off, order_id)
    yard.do(work.start, order_id)
    yard.do(work.start, order_id)
    assert yard.view(order_id).card.assignee_id == yard.mo.id
    assert not yard.is_in_service()
    assert yard.is_in_service(2)
    assert yard.talk.obey() == ChangeAvailability(is_operative=False, evse=1)
    _tick(yard, order_id)
    yard.do(work.finish, order_id, no_test_reason="No car here, tester broken")
    assert yard.is_in_service()
    assert yard.talk.obey() == ChangeAvailability(is_operative=True, evse=1)
    assert yard.talk.take() is None


def test_a_plug_that_was_out_of_service_before_stays_so(yard: Yard) -> None:
    order_id = yard.order(evse=None)
    other = yard.order(evse=None)
    yard.do(work.start, order_id)
    yard.do(work.start, other, actor=yard.kim)
    yard.do(work.cancel, order_id, reason="Kim does it")
    assert yard.view(other).is_blocking
    assert yard.talk.obey() == ChangeAvailability(is_operative=False)
    assert yard.talk.take() is None
    yard.do(work.cancel, other, reason="done by the maker")
    assert yard.talk.obey() == ChangeAvailability(is_operative=True)


def test_a_job_at_the_station_and_one_at_a_plug_each_end_what_they_began(yard: Yard) -> None:
    station, plug = yard.order(evse=None), yard.order(evse=1)
    yard.do(work.start, station)
    yard.do(work.start, plug)
    yard.do(work.cancel, station, reason="over")
    assert not yard.is_in_service()
    yard.do(work.cancel, plug, reason="over")
    assert yard.is_in_service()
    words = [yard.talk.obey() for _ in range(4)]
    assert [(word.is_operative, word.evse) for word in words if isinstance(word, ChangeAvailability)] == [
        (False, None),
        (False, 1),
        (True, None),
        (True, 1),
    ]


def test_a_charge_before_the_start_proves_nothing(yard: Yard) -> None:
    order_id = yard.order()
    _charge(yard, 5000)
    yard.do(work.start, order_id)
    _tick(yard, order_id)
    WorkOrder.objects.filter(pk=order_id).update(started_at=now() + timedelta(minutes=5))
    with _refusal("no-test-charge"):
        yard.do(work.finish, order_id)
    assert yard.view(order_id).card.state == "started"


@pytest.mark.parametrize(("wh", "is_proof"), [(49, False), (50, True)])
def test_the_test_charge_counts_from_fifty_watt_hours(yard: Yard, wh: int, is_proof: bool) -> None:
    order_id = yard.order()
    yard.do(work.start, order_id)
    yard.do(work.open_for_test, order_id)
    assert yard.is_in_service()
    _tick(yard, order_id)
    number = _charge(yard, wh)
    if is_proof:
        yard.do(work.finish, order_id)
        assert yard.view(order_id).test_transaction_id == number
    else:
        with _refusal("no-test-charge"):
            yard.do(work.finish, order_id)


def test_a_charge_at_another_plug_proves_nothing(yard: Yard) -> None:
    order_id = yard.order()
    yard.do(work.start, order_id)
    _tick(yard, order_id)
    _charge(yard, 5000, evse=2)
    with _refusal("no-test-charge"):
        yard.do(work.finish, order_id)


def test_a_measurement_out_of_limits_keeps_a_job_open(yard: Yard) -> None:
    order_id = yard.order(checklist="ground-fault")
    yard.do(work.start, order_id)
    _tick(yard, order_id)
    low = Edit(id=new_id(), field="item:insulation", value=0.3, made_at=clock.now(), base_version=1)
    yard.do(order_edits.apply_edits, order_id, edits=[low])
    [item] = [item for item in yard.view(order_id).items if item.key == "insulation"]
    assert item.is_within is False
    with _refusal("out-of-limits"):
        yard.do(work.finish, order_id, no_test_reason="x")
    yard.do(work.wait_for_parts, order_id)
    assert not yard.is_in_service()


def test_a_job_with_open_steps_is_not_done(yard: Yard) -> None:
    order_id = yard.order()
    yard.do(work.start, order_id)
    with _refusal("steps-missing"):
        yard.do(work.finish, order_id, no_test_reason="x")


def test_what_has_ended_stays_ended(yard: Yard) -> None:
    order_id = yard.order()
    with _refusal("no-reason"):
        yard.do(work.cancel, order_id, reason=" ")
    yard.do(work.cancel, order_id, reason="Twice raised")
    yard.do(work.cancel, order_id, reason="Again")
    assert yard.view(order_id).end_note == "Twice raised"
    with _refusal("not-now"):
        yard.do(work.start, order_id)
    assert StatedFact.objects.filter(name=facts.WorkOrderCancelled.name()).count() == 1


def test_the_list_shows_what_is_urgent_first_and_only_what_may_be_seen(
    yard: Yard, other_operator: Operator
) -> None:
    late, urgent = yard.order(title="Filter", priority=3), yard.order(title="Danger", priority=0)
    ids = [card.id for card in orders.work_orders(yard.operator_id, is_open=True)]
    assert ids == [urgent, late]
    assert orders.work_orders(other_operator.pk) == []
    assert orders.work_orders(yard.operator_id, location_ids=[]) == []
    assert orders.work_order(yard.operator_id, late, is_masked=False, location_ids=[]) is None
    assert [card.id for card in orders.work_orders(yard.operator_id, text="dang")] == [urgent]
    assert orders.open_counts(yard.operator_id) == {"open": 2}


def test_how_to_get_in_is_told_to_those_who_work_there_only(yard: Yard) -> None:
    site_notes.write_site_note(
        operator_id=yard.operator_id,
        location_id=yard.location_id,
        details=SiteDetails(gate_code="4711", contact="Mr Koch"),
        actor=PAT,
    )
    order_id = yard.order(access_notes="ring twice")
    seen = orders.work_order(yard.operator_id, order_id, is_masked=True)
    assert seen is not None
    assert seen.site_note is not None
    assert (seen.site_note.gate_code, seen.site_note.contact, seen.site_note.phone) == ("••••", "••••", "")
    assert seen.access_notes == "••••"
    note = yard.view(order_id).site_note
    assert note is not None
    assert note.gate_code == "4711"


def test_parts_have_a_name_and_a_number(yard: Yard) -> None:
    assert work.checked_parts([{"name": "Fan", "quantity": 2}]) == [{"name": "Fan", "quantity": 2}]
    for bad in ("Fan", [{"quantity": 1}], [{"name": "Fan", "quantity": 0}], [{"name": ""}]):
        with _refusal("bad-parts"):
            work.checked_parts(bad)
    wanted = NewOrder(station_id=yard.station_id, title="Fan", parts=(Part("Fan", 2),))
    order_id = work.raise_order(operator_id=yard.operator_id, order=wanted, actor=PAT)
    assert yard.view(order_id).parts_suggested == ({"name": "Fan", "quantity": 2},)
