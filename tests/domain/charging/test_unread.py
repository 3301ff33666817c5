"""Messages about charges that could not be stored: people see them in the repair queue."""

from datetime import timedelta

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging import followers, repair_queue
from chargehand.domain.stations import quarantine
from chargehand.domain.stations.binary_copy import micros
from chargehand.domain.stations.facts import MessageQuarantined
from chargehand.domain.stations.told import Told
from chargehand.journal.models import StatedFact

pytestmark = pytest.mark.django_db


def keep(talk: Talk, operator: Operator, action: str) -> MessageQuarantined:
    told = Told(
        station_id=talk.station_id,
        operator_id=operator.pk,
        epoch=1,
        received=micros(now() - timedelta(minutes=1)),
        version=16,
        message_id="7",
        action=action,
        frame=f'[2,"7","{action}",{{}}]'.encode(),
        event=None,
    )
    quarantine.keep(told, "DataError('out of range')")
    assert StatedFact.objects.filter(name="stations.MessageQuarantined").exists()
    return MessageQuarantined(
        happened_at=told.received_at,
        operator_id=operator.pk,
        station_id=talk.station_id,
        action=action,
        error="DataError('out of range')",
    )


def test_a_stop_that_could_not_be_stored_waits_for_a_person_once(operator: Operator) -> None:
    fact = keep(Talk(operator.pk), operator, "StopTransaction")

    followers.show_quarantined([fact])
    followers.show_quarantined([fact])

    (case,) = repair_queue.repair_cases(operator.pk).cases
    assert (case.kind, case.station_id) == ("message-quarantined", fact.station_id)
    assert case.evidence["message"] == '[2,"7","StopTransaction",{}]'
    assert case.evidence["problem"] == "DataError('out of range')"


def test_a_status_that_could_not_be_stored_is_no_record_of_a_charge(operator: Operator) -> None:
    followers.show_quarantined([keep(Talk(operator.pk), operator, "StatusNotification")])

    assert repair_queue.repair_cases(operator.pk).cases == ()
