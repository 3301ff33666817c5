"""What was changed at stations, and how long they were connected."""

from datetime import timedelta

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import changes, commanding, connectivity
from chargehand.domain.stations.commands import VariableWanted
from chargehand.domain.stations.events import Booted
from chargehand.domain.stations.models import ConnectionEvent

pytestmark = pytest.mark.django_db


def test_only_another_firmware_and_accepted_values_are_changes(operator: Operator) -> None:
    talk = Talk(operator.pk)
    at = now() - timedelta(hours=1)
    for minute, firmware in enumerate(("1.0", "1.0", "1.1", "")):
        event = Booted(vendor="V", model="M", firmware_version=firmware)
        talk.say(event, "BootNotification", at + timedelta(minutes=minute))
    for word in ("Accepted", "Rejected"):
        commanding.set_variables(
            operator_id=operator.pk,
            station_id=talk.station_id,
            variables=[VariableWanted(name="HeartbeatInterval", value="60")],
            asked_by="Mia",
        )
        talk.obey(word)
    found = changes.changes(
        operator.pk, [talk.station_id], since=at - timedelta(hours=1), until=now() + timedelta(minutes=1)
    )
    assert [(each.kind, each.word) for each in found] == [
        ("firmware", "1.1"),
        ("configuration", "HeartbeatInterval"),
    ]
    assert changes.changes(operator.pk + 1, [talk.station_id], since=at, until=now()) == []


def test_shares_of_time_connected_have_gaps_where_nothing_is_known(operator: Operator) -> None:
    talk = Talk(operator.pk)
    ConnectionEvent.objects.all().delete()
    start = now() - timedelta(hours=4)
    for minutes, kind in ((60, "connected"), (90, "disconnected"), (165, "connected")):
        ConnectionEvent.objects.create(
            station_id=talk.station_id, kind=kind, at=start + timedelta(minutes=minutes)
        )
    found = connectivity.connected_shares(
        talk.station_id, since=start, until=start + timedelta(hours=4), step=timedelta(hours=1)
    )
    assert [each.share for each in found] == [None, 0.5, 0.25, 1.0]
