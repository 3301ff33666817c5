"""What people do with incidents is done once, audited, and refused where it makes no sense."""

from datetime import timedelta

import pytest
from tests.domain.health.incident_making import find, look, make_site, make_talk, set_policy, take
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import AuditEntry, Membership, Operator, User
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.health import actions, incident_detail, incident_list
from chargehand.domain.health.models import Incident, RecoveryStep
from chargehand.domain.stations.models import Connector, StationRequest
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

MIA = Actor("user", 7, "Mia")


@pytest.fixture
def talk(operator: Operator) -> Talk:
    set_policy(operator, is_enabled=False)
    return make_talk(operator, "4107", make_site(operator))


@pytest.fixture
def row(talk: Talk) -> Incident:
    [found] = take(find([talk], "failed-starts"))
    return found


def test_taking_it_twice_is_taking_it_once(operator: Operator, row: Incident) -> None:
    for _ in range(2):
        actions.acknowledge(operator_id=operator.pk, incident_id=row.pk, actor=MIA)
    assert StatedFact.objects.filter(name="health.IncidentAcknowledged").count() == 1
    assert AuditEntry.objects.filter(action="incident.acknowledged").count() == 1
    view = incident_list.incident_row(operator.pk, row.pk)
    assert view is not None
    assert view.acknowledged_by == "Mia"


def test_it_is_given_to_people_of_the_operator_only(operator: Operator, row: Incident) -> None:
    person = User.objects.create_user("tom@example.com", None, name="Tom")
    with pytest.raises(Refused) as refused:
        actions.assign(operator_id=operator.pk, incident_id=row.pk, user_id=person.pk, actor=MIA)
    assert refused.value.code == "no-such-person"
    Membership.objects.create(user=person, operator=operator, role="technician")
    actions.assign(operator_id=operator.pk, incident_id=row.pk, user_id=person.pk, actor=MIA)
    row.refresh_from_db()
    assert (row.assignee_name, row.acknowledged_by) == ("Tom", "Mia")
    actions.assign(operator_id=operator.pk, incident_id=row.pk, user_id=None, actor=MIA)
    row.refresh_from_db()
    assert row.assignee_id is None


def test_a_snooze_ends_by_itself(operator: Operator, row: Incident) -> None:
    until = clock.now() + timedelta(hours=1)
    actions.snooze(operator_id=operator.pk, incident_id=row.pk, until=until, actor=MIA)
    assert incident_list.count_incidents(operator.pk).snoozed == 1
    assert incident_list.list_incidents(operator.pk).incidents == ()
    assert len(incident_list.list_incidents(operator.pk, which="snoozed").incidents) == 1
    look(until + timedelta(seconds=1))
    row.refresh_from_db()
    assert row.snoozed_until is None
    assert len(incident_list.list_incidents(operator.pk).incidents) == 1
    with pytest.raises(Refused, match="from now on"):
        actions.snooze(
            operator_id=operator.pk, incident_id=row.pk, until=clock.now() - timedelta(hours=1), actor=MIA
        )


def test_resolving_wants_a_cause_and_frees_what_was_blocked(operator: Operator, talk: Talk) -> None:
    [row] = take(find([talk], "contactor-welded"))
    talk.obey()
    assert not Connector.objects.get(evse=1).intent_operative
    with pytest.raises(Refused) as refused:
        actions.resolve(operator_id=operator.pk, incident_id=row.pk, cause=" ", fix="x", actor=MIA)
    assert refused.value.code == "cause-missing"
    actions.resolve(
        operator_id=operator.pk, incident_id=row.pk, cause="Worn out.", fix="New contactor.", actor=MIA
    )
    assert Connector.objects.get(evse=1).intent_operative
    assert getattr(talk.obey(), "is_operative", None) is True
    row.refresh_from_db()
    assert (row.state, row.is_by_charge, row.resolved_by) == ("resolved", False, "Mia")
    with pytest.raises(Refused) as refused:
        actions.acknowledge(operator_id=operator.pk, incident_id=row.pk, actor=MIA)
    assert refused.value.code == "incident-over"


def test_one_opened_again_repairs_anew_unless_another_took_its_place(
    operator: Operator, talk: Talk, row: Incident
) -> None:
    with pytest.raises(Refused) as refused:
        actions.reopen(operator_id=operator.pk, incident_id=row.pk, reason="", actor=MIA)
    assert refused.value.code == "incident-open"
    actions.resolve(operator_id=operator.pk, incident_id=row.pk, cause="a", fix="b", actor=MIA)
    actions.reopen(operator_id=operator.pk, incident_id=row.pk, reason="Still there.", actor=MIA)
    row.refresh_from_db()
    assert (row.state, row.run) == ("open", 2)
    actions.resolve(operator_id=operator.pk, incident_id=row.pk, cause="a", fix="b", actor=MIA)
    take(find([talk], "stuck-state"))
    with pytest.raises(Refused) as refused:
        actions.reopen(operator_id=operator.pk, incident_id=row.pk, reason="", actor=MIA)
    assert refused.value.code == "incident-replaced"


def test_a_suggested_action_is_asked_for_once_a_key(operator: Operator, talk: Talk, row: Incident) -> None:
    [first] = actions.carry_out(
        operator_id=operator.pk, incident_id=row.pk, act="block", actor=MIA, idempotency_key="k"
    )
    [again] = actions.carry_out(
        operator_id=operator.pk, incident_id=row.pk, act="block", actor=MIA, idempotency_key="k"
    )
    assert first == again
    assert StationRequest.objects.get().asked_by == "Mia"
    with pytest.raises(Refused) as refused:
        actions.carry_out(operator_id=operator.pk, incident_id=row.pk, act="send-technician", actor=MIA)
    assert refused.value.code == "by-hand"


def test_a_restart_that_would_end_a_charge_is_refused(operator: Operator, talk: Talk, row: Incident) -> None:
    talk.start(at=now(), evse=2)
    with pytest.raises(Refused) as refused:
        actions.carry_out(operator_id=operator.pk, incident_id=row.pk, act="restart-when-idle", actor=MIA)
    assert refused.value.code == "somebody-charges"


def test_another_operators_incident_is_none(operator: Operator, row: Incident) -> None:
    with pytest.raises(Refused) as refused:
        actions.add_note(operator_id=operator.pk + 1, incident_id=row.pk, text="Hello", actor=MIA)
    assert refused.value.code == "no-such-incident"
    assert incident_detail.incident(operator.pk + 1, row.pk) is None


def test_work_orders_and_notes_stand_in_the_history(operator: Operator, row: Incident) -> None:
    for _ in range(2):
        actions.attach_work_order(operator_id=operator.pk, incident_id=row.pk, work_order_id=881, actor=MIA)
    actions.add_note(operator_id=operator.pk, incident_id=row.pk, text="Called the host.", actor=MIA)
    found = incident_detail.incident(operator.pk, row.pk)
    assert found is not None
    assert found.row.work_order_id == 881
    said = [line.sentence for line in found.timeline if line.kind == "entry" and line.by == "Mia"]
    assert said == ["Called the host.", "Work order 881."]


def test_settings_out_of_range_are_refused(operator: Operator) -> None:
    with pytest.raises(Refused) as refused:
        actions.set_debounce(operator_id=operator.pk, family="weather", seconds=5, actor=MIA)
    assert refused.value.code == "unknown-family"
    for steps, hours, code in ((["dance"], (None, None), "unknown-step"), ([], (5, None), "bad-hours")):
        with pytest.raises(Refused) as refused:
            actions.set_recovery_policy(
                operator_id=operator.pk,
                is_enabled=True,
                steps=steps,
                per_day=3,
                from_hour=hours[0],
                until_hour=hours[1],
                actor=MIA,
            )
        assert refused.value.code == code


def test_an_operators_own_patience_wins_over_the_table(operator: Operator, talk: Talk) -> None:
    actions.set_debounce(
        operator_id=operator.pk, family="connectivity", vendor="V", model="M", seconds=1800, actor=MIA
    )
    at = clock.now()
    talk.disconnect(at)
    look(at + timedelta(minutes=29))
    assert not Incident.objects.exists()
    look(at + timedelta(minutes=31))
    assert Incident.objects.get().state == "open"


def test_a_lost_connection_that_people_called_settled_stays_so(operator: Operator, talk: Talk) -> None:
    at = clock.now()
    talk.disconnect(at)
    look(at + timedelta(minutes=6))
    row = Incident.objects.get()
    Incident.objects.update(opened_at=at)
    actions.resolve(operator_id=operator.pk, incident_id=row.pk, cause="Moved.", fix="None.", actor=MIA)
    look(at + timedelta(minutes=7))
    assert Incident.objects.count() == 1
    talk.connect()
    talk.disconnect(at + timedelta(minutes=10))
    look(at + timedelta(minutes=16))
    assert Incident.objects.filter(state="open").count() == 1


def test_ending_a_repaired_incident_leaves_other_blocks_alone(
    operator: Operator, talk: Talk, row: Incident
) -> None:
    RecoveryStep.objects.create(
        incident=row,
        run=1,
        station_id=talk.station_id,
        evse=1,
        step="block",
        state="worked",
        asked_at=clock.now(),
    )
    Connector.objects.filter(evse=2).update(intent_operative=False)
    actions.resolve(operator_id=operator.pk, incident_id=row.pk, cause="a", fix="b", actor=MIA)
    assert talk.take() is None
    assert not Connector.objects.get(evse=2).intent_operative
