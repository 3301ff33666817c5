"""Questions about stations: details, variables, the raw log, quarantine."""

from datetime import timedelta

import pytest
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import actions, entry, message_log, quarantine, queries
from chargehand.domain.stations.binary_copy import micros_now
from chargehand.domain.stations.events import HeartbeatSent, VariableReported, VariablesReported
from chargehand.domain.stations.told import Told
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def test_a_station_shows_what_it_said_and_how_it_is_connected(operator: Operator) -> None:
    talk = Talk(operator.pk)
    talk.boot(reason="PowerUp")
    talk.status("Faulted", error="HighTemperature")
    talk.status("Available", evse=0)
    entry.keep_alias(talk.station_id, "cp-1/")
    found = queries.station(operator.pk, talk.station_id)
    assert found is not None
    assert (found.vendor, found.firmware_version, found.boot_reason, found.version) == (
        *("V", "1.2", "PowerUp"),
        "ocpp1.6",
    )
    assert (found.reported_status, found.aliases) == ("Available", ("cp-1/",))
    [plug] = found.connectors
    assert (plug.evse, plug.status, plug.error_code) == (1, "Faulted", "HighTemperature")
    assert found.connection is not None
    assert (found.connection.is_connected, found.connection.epoch) == (True, 1)


def test_a_station_that_never_spoke_has_no_connection_and_no_plugs(operator: Operator) -> None:
    talk = Talk(operator.pk)
    found = queries.station(operator.pk, talk.station_id)
    assert found is not None
    assert (found.booted_at, found.reported_at, found.connectors) == (None, None, ())


def test_variables_are_found_by_component_or_name(operator: Operator, other_operator: Operator) -> None:
    talk = Talk(operator.pk, version=201)
    reported = [
        VariableReported(component="OCPPCommCtrlr", name="HeartbeatInterval", value="300", is_readonly=False),
        VariableReported(component="SecurityCtrlr", name="BasicAuthPassword", value=None),
    ]
    talk.say(VariablesReported(reported))
    assert [each.name for each in queries.variables(operator.pk, talk.station_id)] == [
        "HeartbeatInterval",
        "BasicAuthPassword",
    ]
    [found] = queries.variables(operator.pk, talk.station_id, search="security")
    assert (found.name, found.value) == ("BasicAuthPassword", None)
    assert queries.variables(other_operator.pk, talk.station_id) == []


def test_the_raw_log_comes_newest_first_in_pages(operator: Operator, other_operator: Operator) -> None:
    talk = Talk(operator.pk)
    at = clock.now() - timedelta(minutes=5)
    for _ in range(5):
        talk.say(HeartbeatSent(), "Heartbeat", at)
    talk.boot()
    first = message_log.messages(operator.pk, talk.station_id, limit=4)
    assert first.following is not None
    second = message_log.messages(operator.pk, talk.station_id, limit=4, before=first.following)
    names = [message.message_id for message in (*first.messages, *second.messages)]
    assert (names, second.following) == (["m6", "m5", "m4", "m3", "m2", "m1"], None)
    [boot] = message_log.messages(operator.pk, talk.station_id, action="BootNotification").messages
    assert (boot.is_from_station, boot.version, boot.frame) == (
        True,
        "ocpp1.6",
        '[2,"m6","BootNotification",{}]',
    )
    assert message_log.messages(other_operator.pk, talk.station_id).messages == ()


def test_quarantined_messages_are_shown_raw_to_their_operator(
    operator: Operator, other_operator: Operator
) -> None:
    talk = Talk(operator.pk)
    told = Told(
        station_id=talk.station_id,
        operator_id=operator.pk,
        epoch=1,
        received=micros_now(),
        version=16,
        message_id="m1",
        action="StartTransaction",
        frame=b'[2,"m1","StartTransaction",{"meterStart":1}]',
        event=None,
    )
    quarantine.keep(told, "DataError('out of range')")
    [found] = queries.quarantined(operator.pk)
    assert (found.identity, found.action, found.frame) == ("CP-1", "StartTransaction", told.frame.decode())
    assert queries.quarantined(operator.pk, before_id=found.id) == []
    assert queries.quarantined(operator.pk, is_resolved=True) == []
    assert queries.quarantined(other_operator.pk) == []
    with pytest.raises(Refused):
        actions.resolve_quarantined(operator_id=other_operator.pk, message_id=found.id)
    for _ in range(2):
        actions.resolve_quarantined(operator_id=operator.pk, message_id=found.id)
    assert queries.quarantined(operator.pk) == []
    [resolved] = queries.quarantined(operator.pk, is_resolved=True)
    assert (resolved.id, resolved.resolved_at is not None) == (found.id, True)
