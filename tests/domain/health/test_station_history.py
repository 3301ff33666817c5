"""The timeline of a station gets findings, incidents and steps of recovery, newest first, between two moments."""

from datetime import timedelta

import pytest
from tests.domain.health.incident_making import find, look, make_talk, set_policy, take

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.health import actions
from chargehand.domain.health.station_history import station_history
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def test_everything_that_happened_is_told_newest_first(operator: Operator) -> None:
    talk, other = make_talk(operator, "1"), make_talk(operator, "2")
    set_policy(operator)
    [row] = take(find([talk], "failed-starts"))
    look(clock.now() + timedelta(minutes=5))
    actions.resolve(operator_id=operator.pk, incident_id=row.pk, cause="Dirt", fix="Swept", actor=SYSTEM)
    before = clock.now() + timedelta(hours=1)
    told = station_history(operator.pk, talk.station_id, before=before)
    kinds = {each.kind for each in told}
    assert kinds == {"finding", "incident-open", "incident-end", "recovery"}
    assert [each.at for each in told] == sorted((each.at for each in told), reverse=True)
    assert next(each.sentence for each in told if each.kind == "incident-end") == "Swept"
    assert station_history(operator.pk, other.station_id, before=before) == []
    first = min(each.at for each in told)
    assert station_history(operator.pk, talk.station_id, before=first) == []
    assert station_history(operator.pk, talk.station_id, before=before, since=before) == []
