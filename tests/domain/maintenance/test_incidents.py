"""Incidents raise the jobs they need: one each, whoever hears of them and how often."""

import threading
from collections.abc import Sequence

import pytest
from django.db import connection, connections
from tests.domain.health.incident_making import find, take
from tests.domain.maintenance.yard import Yard
from tests.patience import PATIENCE_S

from chargehand.domain.health.facts import FaultFound, IncidentOpened, IncidentResolved, IncidentWorsened
from chargehand.domain.health.findings import KINDS
from chargehand.domain.health.models import Incident, IncidentEntry
from chargehand.domain.maintenance import checklists, followers, order_edits, orders, work
from chargehand.domain.maintenance.incident_policy import POLICIES
from chargehand.domain.maintenance.models import FaultMark, WorkOrder
from chargehand.domain.maintenance.order_edits import Edit
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact
from chargehand.kernel.ids import new_id


def _opened(yard: Yard, kind: str = "fan-failure", severity: int = 5, number: int = 12) -> IncidentOpened:
    return IncidentOpened(
        happened_at=clock.now(),
        operator_id=yard.operator_id,
        incident_id=number,
        kind=kind,
        severity=severity,
        station_ids=(yard.station_id,),
    )


def _found(yard: Yard, kind: str = "fan-failure", evse: int = 2) -> FaultFound:
    return FaultFound(
        happened_at=clock.now(),
        operator_id=yard.operator_id,
        finding_id=3,
        scope="connector",
        station_ids=(yard.station_id, 10**9),
        evse=evse,
        kind=kind,
        severity=5,
    )


def _resolved(yard: Yard) -> IncidentResolved:
    return IncidentResolved(
        happened_at=clock.now(),
        operator_id=yard.operator_id,
        incident_id=12,
        is_by_charge=True,
        cause="",
        fix="a charge worked",
    )


def _hear(*stated: Fact) -> None:
    for _ in range(2):
        followers.look_after_incidents(stated)


def test_every_kind_of_the_table_is_one_that_exists() -> None:
    assert set(POLICIES) <= set(KINDS)
    assert {policy.checklist for policy in POLICIES.values()} <= set(checklists.TEMPLATES)


@pytest.mark.django_db
def test_an_incident_heard_twice_raises_one_job_at_the_plug_of_its_fault(yard: Yard) -> None:
    _hear(_found(yard), _opened(yard))
    [card] = orders.work_orders(yard.operator_id)
    assert (card.incident_id, card.evse, card.checklist, card.priority) == (12, 2, "cooling", 2)
    assert "Incident 12." in card.why
    assert "Clean or replace the fan." in card.why
    assert FaultMark.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "severity"), [("voltage-sag", 0), ("clock-drift", 6), ("reported-fault", 5)]
)
def test_what_needs_no_hands_raises_nothing(yard: Yard, kind: str, severity: int) -> None:
    _hear(_opened(yard, kind, severity))
    assert orders.work_orders(yard.operator_id) == []


@pytest.mark.django_db
def test_a_worse_incident_makes_its_job_more_urgent(yard: Yard) -> None:
    _hear(_opened(yard))
    worse = IncidentWorsened(
        happened_at=clock.now(), operator_id=yard.operator_id, incident_id=12, severity=1, station_ids=()
    )
    before = orders.work_orders(yard.operator_id)[0].due_at
    _hear(worse)
    [card] = orders.work_orders(yard.operator_id)
    assert card.priority == 0
    assert before is not None
    assert card.due_at is not None
    assert card.due_at < before


@pytest.mark.django_db
def test_a_job_nobody_took_ends_with_its_incident(yard: Yard) -> None:
    _hear(_opened(yard), _resolved(yard))
    [card] = orders.work_orders(yard.operator_id)
    assert card.state == "cancelled"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["fan-failure", "ground-fault"])
def test_a_danger_or_a_job_somebody_took_stays_and_says_that_it_is_over(yard: Yard, kind: str) -> None:
    _hear(_opened(yard, kind))
    [card] = orders.work_orders(yard.operator_id)
    if kind == "fan-failure":
        yard.do(work.assign, card.id, user_id=yard.mo.id)
    _hear(_resolved(yard))
    [card] = orders.work_orders(yard.operator_id)
    assert card.state in {"open", "assigned"}
    assert card.why.count("a charge worked") == 1


@pytest.mark.django_db
def test_an_incident_that_opens_again_after_its_job_had_ended_raises_another(yard: Yard) -> None:
    first = _opened(yard)
    _hear(first, _resolved(yard))
    again = _opened(yard)
    _hear(again, first)
    cards = orders.work_orders(yard.operator_id)
    assert sorted(card.state for card in cards) == ["cancelled", "open"]


@pytest.mark.django_db
def test_an_incident_knows_its_job_and_what_was_done(yard: Yard) -> None:
    find([yard.talk], "fan-failure", evse=2)
    [incident] = take(find([yard.talk], "fan-failure", evse=2, at=clock.now()))
    Incident.objects.filter(pk=incident.pk).update(state="open", opened_at=clock.now())
    _hear(_opened(yard, number=incident.pk))
    [card] = orders.work_orders(yard.operator_id, incident_id=incident.pk)
    incident.refresh_from_db()
    assert (incident.work_order_id, card.evse) == (card.id, 2)
    yard.do(work.start, card.id)
    for item in yard.view(card.id).items:
        value = 20.0 if item.kind == "measurement" else True
        edit = Edit(id=new_id(), field=item.field, value=value, made_at=clock.now())
        yard.do(order_edits.apply_edits, card.id, edits=[edit])
    note = Edit(id=new_id(), field="note", value="New fan.", made_at=clock.now())
    yard.do(order_edits.apply_edits, card.id, edits=[note])
    yard.do(work.finish, card.id, no_test_reason="No car here.")
    said = IncidentEntry.objects.filter(incident_id=incident.pk, kind="note").get().sentence
    assert said == f"Work order {card.id}: New fan. No car here."


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_hear_of_an_incident_raise_one_job(yard: Yard) -> None:
    facts: Sequence[Fact] = [_opened(yard)]
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def listen() -> None:
        try:
            barrier.wait(PATIENCE_S)
            followers.look_after_incidents(facts)
        except BaseException as error:  # noqa: BLE001 -- handed on to the test
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=listen) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert failures == []
    assert WorkOrder.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_fact WHERE name = 'maintenance.WorkOrderRaised'")
        assert cursor.fetchone() == (1,)
