"""An incident is handed back to the system, which then repairs anew, unless there is nothing to try."""

from datetime import timedelta

import pytest
from tests.domain.health.incident_making import find, look, make_talk, set_policy, take

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM, Actor
from chargehand.domain.health import actions, handing_back
from chargehand.domain.health.models import Incident, RecoveryStep
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

MIA = Actor("system", None, "Mia")


def test_the_system_repairs_again_after_a_person_looked(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    set_policy(operator)
    [row] = take(find([talk], "failed-starts"))
    who = {"operator_id": operator.pk, "incident_id": row.pk}
    actions.acknowledge(**who, actor=MIA)
    actions.snooze(**who, until=clock.now() + timedelta(hours=1), actor=MIA)
    look(clock.now() + timedelta(minutes=5))
    assert not RecoveryStep.objects.filter(incident=row, state="asked").exists()
    handing_back.hand_back(**who, actor=MIA)
    row.refresh_from_db()
    assert (row.acknowledged_at, row.acknowledged_by, row.snoozed_until, row.run) == (None, "", None, 2)
    look(clock.now() + timedelta(minutes=5))
    assert RecoveryStep.objects.get(incident=row, state="asked").run == 2
    with pytest.raises(Refused, match="still going on"):
        handing_back.hand_back(**who, actor=MIA)


@pytest.mark.parametrize(
    ("kind", "code"), [("meter-drift", "nothing-to-try"), ("failed-starts", "incident-over")]
)
def test_it_is_refused_where_nothing_can_be_tried(operator: Operator, kind: str, code: str) -> None:
    [row] = take(find([make_talk(operator, "1")], kind))
    if code == "incident-over":
        Incident.objects.filter(pk=row.pk).update(state="resolved")
    with pytest.raises(Refused) as refused:
        handing_back.hand_back(operator_id=operator.pk, incident_id=row.pk, actor=SYSTEM)
    assert refused.value.code == code


def test_incidents_of_others_are_not_handed_back(operator: Operator, other_operator: Operator) -> None:
    [row] = take(find([make_talk(operator, "1")], "failed-starts"))
    with pytest.raises(Refused) as refused:
        handing_back.hand_back(operator_id=other_operator.pk, incident_id=row.pk, actor=SYSTEM)
    assert refused.value.code == "no-such-incident"
