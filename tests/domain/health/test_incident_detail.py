"""Incidents as people read them: in order of drivers, with place, evidence, marks, suggestions and history."""

from datetime import timedelta

import pytest
from tests.domain.health.incident_making import charge, find, look, make_site, make_talk, take
from tests.domain.station_talk import now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import incident_detail, incident_list
from chargehand.domain.health.causes import CAUSES
from chargehand.domain.health.debounces import find_debounce
from chargehand.domain.health.findings import KINDS
from chargehand.domain.health.model_exceptions import find_forbidden
from chargehand.domain.health.suggestions import LABELS
from chargehand.domain.health.treatments import TREATMENTS
from chargehand.domain.stations.events import Booted
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def test_every_kind_has_words_a_treatment_and_labels() -> None:
    assert set(CAUSES) == set(KINDS) == set(TREATMENTS)
    for kind, treatment in TREATMENTS.items():
        assert treatment.acts, kind
        assert set(treatment.acts) <= set(LABELS)


def test_danger_waits_for_nothing_and_a_slow_model_gets_its_time() -> None:
    usual = find_debounce(kind="silent-station", severity=4, vendor="V", model="M", is_found=False)
    fox = find_debounce(kind="silent-station", severity=4, vendor="FoxESS", model="A022", is_found=False)
    danger = find_debounce(kind="contactor-welded", severity=0, vendor="FoxESS", model="A022", is_found=False)
    assert (usual, fox, danger) == (timedelta(minutes=5), timedelta(minutes=20), timedelta(0))


def test_an_exception_holds_for_its_firmware_only() -> None:
    assert find_forbidden("trigger", vendor="ABB", model="Terra AC", firmware="1.8.21") is not None
    assert find_forbidden("trigger", vendor="ABB", model="Terra AC", firmware="1.9.0") is None
    assert find_forbidden("soft-reset", vendor="ABB", model="Terra AC", firmware="1.8.21") is None


def test_the_list_is_ordered_by_drivers_affected(operator: Operator) -> None:
    quiet, busy = make_talk(operator, "1"), make_talk(operator, "2")
    at = clock.now() - timedelta(hours=1)
    for minute in (50, 40, 30):
        charge(busy, start=now() - timedelta(minutes=minute), wh=0, minutes=1)
    take(find([quiet], "power-derating", since=at), find([busy], "failed-starts", since=at))
    page = incident_list.list_incidents(operator.pk)
    assert [row.station_id for row in page.incidents] == [busy.station_id, quiet.station_id]
    assert page.incidents[0].drivers_hit == 1
    assert page.incidents[0].place == "charger 2, plug A"
    first = incident_list.list_incidents(operator.pk, limit=1)
    rest = incident_list.list_incidents(operator.pk, limit=1, skip=first.skip or 0)
    assert [row.station_id for row in rest.incidents] == [quiet.station_id]
    assert rest.skip is None


def test_a_host_sees_only_what_concerns_their_site(operator: Operator) -> None:
    mine, theirs = make_site(operator, "Mine"), make_site(operator, "Theirs")
    talks = [
        make_talk(operator, "1", mine),
        make_talk(operator, "2", theirs),
        make_talk(operator, "3", theirs),
    ]
    take(
        find(talks[:2], "firmware-regression", scope="cohort", evse=0),
        find(talks[2:], "power-derating"),
    )
    page = incident_list.list_incidents(operator.pk, location_ids=[mine])
    assert [row.station_ids for row in page.incidents] == [(talks[0].station_id,)]
    assert incident_list.count_incidents(operator.pk, location_ids=[mine]).open == 1
    hidden = incident_list.list_incidents(operator.pk, station_id=talks[2].station_id).incidents[0]
    assert incident_detail.incident(operator.pk, hidden.id, location_ids=[mine]) is None
    shown = incident_detail.incident(operator.pk, page.incidents[0].id, location_ids=[mine])
    assert shown is not None
    assert [each.identity for each in shown.stations] == ["1"]
    assert incident_list.list_incidents(operator.pk, location_ids=[]).incidents == ()


def test_a_detail_says_why_what_happened_and_what_to_do(operator: Operator) -> None:
    talk = make_talk(operator, "4107", make_site(operator))
    at = now() - timedelta(hours=2)
    talk.say(Booted(vendor="V", model="M", firmware_version="1.1"), "BootNotification", at)
    talk.say(
        Booted(vendor="V", model="M", firmware_version="1.2"), "BootNotification", at + timedelta(minutes=5)
    )
    charge(talk, start=now() - timedelta(minutes=90), wh=0, minutes=1)
    charge(talk, start=now() - timedelta(minutes=80))
    [row] = take(find([talk], "failed-starts", at=clock.now() - timedelta(hours=1)))
    look()
    found = incident_detail.incident(operator.pk, row.pk)
    assert found is not None
    assert found.row.title == "Starts fail"
    assert [each.kind for each in found.findings] == ["failed-starts"]
    marks = [(mark.kind, mark.label) for mark in found.evidence.marks]
    assert ("firmware", "1.2") in marks
    assert ("firmware", "1.1") not in marks
    sums = {series.name: sum(point.value or 0 for point in series.points) for series in found.evidence.series}
    assert sums == {"failed": 1, "went well": 1}
    codes = [each.code for each in found.suggestions]
    assert codes == ["restart-when-idle", "restart-at-once", "block", "send-technician"]
    block = found.suggestions[2]
    assert block.effect.startswith("Plug A is blocked for drivers. In service beside it: B.")
    assert [step.step for step in found.steps] == ["probe"]
    assert {"entry", "recovery", "boot", "session-end"} <= {line.kind for line in found.timeline}


def test_similar_ones_of_the_same_firmware_come_first(operator: Operator) -> None:
    one = make_talk(operator, "1", firmware_version="2.0")
    two = make_talk(operator, "2", firmware_version="1.0")
    three = make_talk(operator, "3", firmware_version="2.0")
    rows = take(*[find([talk], "power-derating") for talk in (one, two, three)])
    found = incident_detail.incident(operator.pk, rows[0].pk)
    assert found is not None
    assert [row.station_id for row in found.similar] == [three.station_id, two.station_id]
