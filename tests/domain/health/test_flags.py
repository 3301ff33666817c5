"""Stations with a standing incident carry a flag: the open one before the watched, the graver before the other."""

import pytest
from tests.domain.health.incident_making import find, make_talk, take

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import flags, incident_list
from chargehand.domain.health.models import Incident

pytestmark = pytest.mark.django_db


def test_the_gravest_open_incident_gives_the_flag(operator: Operator, other_operator: Operator) -> None:
    talk, well = make_talk(operator, "1"), make_talk(operator, "2")
    slow, cut = take(find([talk], "power-derating", evse=2), find([talk], "cable-cut"))
    flag = flags.flags(operator.pk)[talk.station_id]
    assert (flag.incident_id, flag.count, flag.is_open) == (cut.pk, 2, True)
    Incident.objects.filter(pk=cut.pk).update(state="watching")
    assert flags.flags(operator.pk)[talk.station_id].incident_id == slow.pk
    Incident.objects.filter(pk=slow.pk).update(state="resolved")
    flag = flags.flags(operator.pk, station_ids=[talk.station_id, well.station_id])[talk.station_id]
    assert (flag.incident_id, flag.count, flag.is_open) == (cut.pk, 1, False)
    assert well.station_id not in flags.flags(operator.pk)
    assert flags.flags(other_operator.pk) == {}


def test_open_and_watched_incidents_are_listed_apart(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    slow, cut = take(find([talk], "power-derating", evse=2), find([talk], "cable-cut"))
    Incident.objects.filter(pk=cut.pk).update(state="watching")
    for which, row in (("open", slow), ("watching", cut)):
        page = incident_list.list_incidents(operator.pk, which=which)  # type: ignore[arg-type]  # both are names
        assert [each.id for each in page.incidents] == [row.pk]
