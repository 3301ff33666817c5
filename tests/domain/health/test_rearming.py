"""What was found of an incident that is over is found again when it comes back, by whoever watches."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.domain.health.telling_live import cut_cable, run
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.health import actions, followers, incidents
from chargehand.domain.health.facts import FaultFound
from chargehand.domain.health.ledger import Ledger
from chargehand.domain.health.live import Watcher
from chargehand.domain.health.models import HealthFinding, Incident, Watch
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)

FAY = Actor("user", 9, "Fay")


@pytest.fixture
def talk(operator: Operator) -> Talk:
    talk = Talk(operator.pk, "4107")
    talk.boot()
    return talk


@pytest.fixture
def watcher(operator: Operator) -> Watcher:
    return Watcher(operator.pk, uuid4())


def found() -> list[tuple[str, int]]:
    return list(HealthFinding.objects.order_by("id").values_list("kind", "station_id"))


def follow() -> Incident:
    """Make incidents of all findings; return the newest one."""
    for row in HealthFinding.objects.order_by("id"):
        fact = FaultFound(
            happened_at=row.found_at,
            operator_id=row.operator_id,
            finding_id=row.pk,
            scope=row.scope,
            station_ids=tuple(row.station_ids),
            evse=row.evse,
            kind=row.kind,
            severity=row.severity,
        )
        followers.follow([fact])
    return Incident.objects.latest("id")


def resolve(row: Incident) -> None:
    actions.resolve(
        operator_id=row.operator_id, incident_id=row.pk, actor=FAY, cause="Cut.", fix="New cable."
    )


def repeat(talk: Talk, watcher: Watcher) -> None:
    """Mend the cable and cut it again."""
    talk.status("Available")
    cut_cable(talk)
    run(watcher)


def test_a_fault_that_comes_back_after_its_incident_is_found_at_once(talk: Talk, watcher: Watcher) -> None:
    cut_cable(talk)
    run(watcher)
    row = follow()
    repeat(talk, watcher)
    assert len(found()) == 1, "while the incident lives it is the same fault"

    resolve(row)
    run(watcher)
    assert len(found()) == 1, "what is over is not found again by itself"
    repeat(talk, watcher)

    assert found() == [("cable-cut", talk.station_id)] * 2
    assert follow().pk != row.pk
    repeat(talk, watcher)
    assert len(found()) == 2, "the new one stands again"


def test_a_watch_that_is_taken_over_finds_the_same(talk: Talk, watcher: Watcher) -> None:
    cut_cable(talk)
    run(watcher)
    assert watcher.save(clock.now())
    resolve(follow())
    repeat(talk, watcher)
    before = found()
    assert len(before) == 2
    Watch.objects.update(held_until=clock.now() - timedelta(minutes=10))
    heir = Watcher(talk.operator_id, uuid4())

    run(heir)
    repeat(talk, heir)

    assert found() == before


def test_only_the_stations_of_the_incident_are_rearmed(talk: Talk, watcher: Watcher) -> None:
    other = Talk(talk.operator_id, "4108")
    other.boot()
    cut_cable(talk)
    cut_cable(other)
    run(watcher)
    follow()
    resolve(Incident.objects.get(station_id=talk.station_id, kind="cable-cut"))
    before = found()

    repeat(other, watcher)
    repeat(talk, watcher)

    assert found() == [*before, ("cable-cut", talk.station_id)]


def test_an_incident_that_became_part_of_another_goes_on(talk: Talk, watcher: Watcher) -> None:
    cut_cable(talk)
    run(watcher)
    row = follow()
    host = Incident.objects.get(pk=row.pk)
    host.pk, host.key = None, "another"
    host.save(force_insert=True)
    incidents.merge(row, host, clock.now())
    assert StatedFact.objects.get(name="health.IncidentResolved").body["kinds"] == []

    repeat(talk, watcher)

    assert len(found()) == 1


def test_what_else_stands_at_a_place_goes_on_standing() -> None:
    ledger = Ledger()
    for name in ("cable-cut", "ground-fault", "by ReportedFault"):
        ledger.latch("4107#1", name, 100.0)
    ledger.rearm("4107#1", ["cable-cut"])
    ledger.rearm("4108", ["cable-cut"])
    assert list(ledger.standing["4107#1"]) == ["ground-fault"]
    assert "4108" not in ledger.standing
