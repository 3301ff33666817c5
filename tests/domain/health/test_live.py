"""The live watch: every finding once, whatever breaks in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from tests.domain.health.telling_live import cut_cable, run
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import queries
from chargehand.domain.health.live import Watcher
from chargehand.domain.health.models import HealthFinding, Watch, WatchBatch
from chargehand.domain.stations import actions
from chargehand.domain.stations.events import HeartbeatSent, StatusReported
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(operator: Operator) -> Talk:
    talk = Talk(operator.pk, "4107")
    talk.boot()
    return talk


@pytest.fixture
def watcher(operator: Operator) -> Watcher:
    return Watcher(operator.pk, uuid4())


def kinds() -> list[str]:
    return list(HealthFinding.objects.order_by("id").values_list("kind", flat=True))


def stated() -> list[str]:
    facts = StatedFact.objects.filter(name="health.FaultFound").order_by("id")
    return [fact.body["kind"] for fact in facts]


def test_a_report_becomes_a_finding_and_a_fact_within_one_batch(talk: Talk, watcher: Watcher) -> None:
    cut_cable(talk)

    assert run(watcher) == ["done"]

    found = queries.findings(talk.operator_id).findings
    assert [each.kind for each in found] == ["cable-cut"]
    assert (found[0].station_id, found[0].evse, found[0].scope) == (talk.station_id, 1, "connector")
    assert not found[0].is_past
    fact = StatedFact.objects.get(name="health.FaultFound")
    assert fact.body["finding_id"] == found[0].id
    assert fact.body["station_ids"] == [talk.station_id]
    assert run(watcher) == ["idle"]


def test_a_watch_that_breaks_in_the_middle_loses_and_doubles_nothing(
    talk: Talk, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_cable(talk)
    with monkeypatch.context() as broken:
        broken.setattr(WatchBatch, "save", _break)
        with pytest.raises(RuntimeError):
            watcher.step(clock.now())
    assert kinds() == stated() == []

    run(watcher)

    assert kinds() == stated() == ["cable-cut"]


def _break(*_args: object, **_options: object) -> None:
    raise RuntimeError("the database went away")


def test_another_worker_goes_on_where_a_dead_one_was(talk: Talk, watcher: Watcher) -> None:
    cut_cable(talk)
    run(watcher)
    Watch.objects.update(held_until=clock.now() - timedelta(minutes=10))
    heir = Watcher(talk.operator_id, uuid4())

    cut_cable(talk)
    Talk(talk.operator_id, "4108").say(StatusReported(2, 1, "Faulted", "GroundFailure"), "StatusNotification")
    run(heir)

    assert kinds().count("cable-cut") == 1
    assert stated() == kinds()
    assert watcher.step(clock.now()) == "elsewhere"


def test_a_row_that_is_committed_late_is_not_passed_over(
    talk: Talk, watcher: Watcher, database_url: str
) -> None:
    run(watcher)
    with psycopg.connect(database_url) as slow:
        slow.execute(
            "INSERT INTO stations_status_report (station_id, evse, connector, status, error_code,"
            " vendor_error_code, info, station_time, reported_at, received_at, is_late)"
            " VALUES (%s, 1, 1, 'Faulted', 'OtherError', 'CX026', '', NULL, now(), now(), false)",
            [talk.station_id],
        )
        talk.status("Faulted", evse=2, error="GroundFailure")
        run(watcher)
        assert kinds() == []
        slow.commit()

    run(watcher)

    assert "cable-cut" in kinds()
    assert stated() == kinds()


def test_what_is_told_of_days_ago_alarms_nobody(talk: Talk, watcher: Watcher) -> None:
    talk.say(
        StatusReported(1, 1, "Faulted", "OtherError", "CX026", time=clock.now() - timedelta(days=3)),
        "StatusNotification",
    )

    run(watcher)

    assert [each.is_past for each in queries.findings(talk.operator_id).findings] == [True]
    assert stated() == []
    assert "clock-drift" not in kinds()


def test_a_fault_of_the_past_that_still_stands_alarms_when_it_is_seen_again(
    talk: Talk, watcher: Watcher
) -> None:
    ago = clock.now() - timedelta(days=3)
    talk.say(StatusReported(1, 1, "Faulted", "OtherError", "CX026", time=ago), "StatusNotification")
    run(watcher)
    later = clock.now() + timedelta(seconds=5)

    talk.say(StatusReported(1, 1, "Available", time=later), "StatusNotification", later)
    cut_cable(talk, later + timedelta(seconds=5))
    run(watcher)

    assert kinds() == stated() == ["cable-cut"]
    assert [each.is_past for each in queries.findings(talk.operator_id).findings] == [False]


def test_a_saved_watch_needs_its_batches_no_more(talk: Talk, watcher: Watcher) -> None:
    cut_cable(talk)
    run(watcher)
    assert WatchBatch.objects.count() == 1

    watcher.release(clock.now())

    row = Watch.objects.get()
    assert (row.saved_number, row.number, WatchBatch.objects.count()) == (1, 1, 0)
    heir = Watcher(talk.operator_id, uuid4())
    assert run(heir) == ["idle"]
    talk.status("Faulted", evse=2, error="GroundFailure")
    run(heir)
    assert kinds().count("cable-cut") == 1


def test_a_state_that_a_new_version_cannot_read_is_made_anew_from_the_evidence(
    talk: Talk, watcher: Watcher
) -> None:
    cut_cable(talk)
    run(watcher)
    watcher.release(clock.now())
    Watch.objects.update(state=b"of another version")

    run(Watcher(talk.operator_id, uuid4()))

    assert kinds() == stated() == ["cable-cut"]


def test_small_batches_find_what_one_large_one_finds(talk: Talk, operator: Operator) -> None:
    for _ in range(10):
        talk.status("Available")
        talk.status("Faulted", error="GroundFailure")
    cut_cable(talk)

    steps = run(Watcher(operator.pk, uuid4(), most_rows=2))

    assert steps.count("more") > 5
    small = [(each.kind, each.found_at) for each in queries.findings(operator.pk).findings]
    HealthFinding.objects.all().delete()
    Watch.objects.all().delete()
    WatchBatch.objects.all().delete()
    run(Watcher(operator.pk, uuid4()))
    assert [(each.kind, each.found_at) for each in queries.findings(operator.pk).findings] == small
    assert small


def test_nobody_sees_the_findings_of_another_operator(
    talk: Talk, watcher: Watcher, other_operator: Operator
) -> None:
    cut_cable(talk)
    run(watcher)

    stranger = Watcher(other_operator.pk, uuid4())

    assert run(stranger)[-1] in {"idle", "done"}
    assert queries.findings(other_operator.pk).findings == ()


def test_a_station_out_of_service_by_intent_is_left_alone(talk: Talk, watcher: Watcher) -> None:
    actions.set_intent(
        operator_id=talk.operator_id,
        station_id=talk.station_id,
        is_operative=False,
        evse=None,
        connector=None,
    )
    cut_cable(talk)

    run(watcher)

    assert kinds() == []


def beat(talk: Talk, hours: int) -> datetime:
    """Send heartbeats for the hours to come; return when the last of them is received."""
    begun = clock.now()
    for minute in range(0, 60 * hours, 5):
        talk.say(HeartbeatSent(), "Heartbeat", begun + timedelta(minutes=minute))
    return begun + timedelta(hours=hours, minutes=-5)


def set_gateways(*, seen: datetime, started: datetime) -> None:
    """Let all gateways have been started and last been seen at these times."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stations_gateway SET seen_at = %s, started_at = %s", [seen, started])


def test_while_no_gateway_listens_no_station_is_called_silent(talk: Talk, watcher: Watcher) -> None:
    last = beat(talk, 4)
    begun, later = clock.now(), last + timedelta(hours=1)
    set_gateways(seen=last, started=begun)

    run(watcher, later)
    assert kinds() == []

    set_gateways(seen=later, started=begun)
    run(watcher, later)
    assert kinds() == stated() == ["silent-station"]


def test_after_an_outage_of_the_gateway_stations_are_given_time(talk: Talk, watcher: Watcher) -> None:
    last = beat(talk, 4)
    back = last + timedelta(hours=1)
    set_gateways(seen=back, started=back)

    run(watcher, back)
    assert kinds() == []

    for minute in range(1, 40):
        now = back + timedelta(minutes=minute)
        set_gateways(seen=now, started=back)
        run(watcher, now)
    assert kinds() == stated() == ["silent-station"]


def test_a_meter_that_stands_still_while_power_flows_is_found(talk: Talk, watcher: Watcher) -> None:
    begun = clock.now()
    number = talk.start(at=begun, meter=1000)
    for minute in range(2, 30):
        at = begun + timedelta(minutes=minute)
        talk.meter(number, at, register=1000 + 180 * min(minute, 12), power=11_000)
        if minute % 5 == 0:
            run(watcher, at)

    run(watcher, begun + timedelta(minutes=30))

    assert kinds() == stated() == ["meter-frozen"]


def test_two_workers_never_take_the_same_batch(talk: Talk, watcher: Watcher) -> None:
    rival = Watcher(talk.operator_id, uuid4())
    run(watcher)
    cut_cable(talk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE health_watch SET held_until = now() - interval '1 minute'")
    assert run(rival) == ["done"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE health_watch SET held_until = now() - interval '1 minute'")

    assert run(watcher) == ["elsewhere"]
    assert run(watcher) in (["idle"], ["done"])

    assert kinds() == stated() == ["cable-cut"]
