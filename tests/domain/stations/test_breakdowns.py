"""What counts as a time without service."""

from datetime import timedelta

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import breakdowns

pytestmark = pytest.mark.django_db


def test_long_faults_and_long_absences_count_and_hiccups_do_not(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=10)
    for minutes, status in ((0, "Faulted"), (5, "Available"), (60, "Faulted"), (90, "Available")):
        talk.status(status, at=began + timedelta(minutes=minutes))
    talk.disconnect(now() + timedelta(minutes=30))
    found = breakdowns.breakdowns([talk.station_id], since=began, until=now())
    assert [(each.is_fault, each.evse, each.lasted) for each in found] == [(True, 1, timedelta(minutes=30))]
    later = breakdowns.breakdowns([talk.station_id], since=began, until=now() + timedelta(hours=2))
    assert [each.is_fault for each in later] == [True, False]
    assert breakdowns.breakdowns([], since=began, until=now()) == []
