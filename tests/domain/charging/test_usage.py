"""Counters of use, and the charge that proves a repair."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging import usage

pytestmark = pytest.mark.django_db


def test_use_is_counted_by_plug_and_station_since_a_time(operator: Operator) -> None:
    talk, other = Talk(operator.pk), Talk(operator.pk, "CP-2")
    began = now() - timedelta(days=3)
    for day, evse in ((0, 1), (1, 1), (2, 2)):
        at = began + timedelta(days=day)
        talk.status("Preparing", evse=evse, at=at - timedelta(minutes=1))
        number = talk.start(at=at, meter=0, evse=evse)
        talk.stop(number, at=at + timedelta(hours=2), meter=10_000)
        talk.status("Available", evse=evse, at=at + timedelta(hours=2, minutes=1))
    talk.status("Preparing", evse=1, at=now() - timedelta(minutes=5))
    found = usage.usage_since([(talk.station_id, began - timedelta(hours=1)), (other.station_id, began)])
    assert set(found) == {(talk.station_id, evse) for evse in (0, 1, 2)}
    one, whole = found[talk.station_id, 1], found[talk.station_id, 0]
    assert (one.charges, one.insertions, one.energy_wh, one.hours) == (2, 3, Decimal(20_000), 4.0)
    assert (whole.charges, whole.insertions, whole.energy_wh) == (3, 4, Decimal(30_000))
    later = usage.usage_since([(talk.station_id, began + timedelta(hours=30))])
    assert later[talk.station_id, 0].charges == 1


def test_only_a_charge_that_ended_well_proves_a_repair(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=3)
    bad = talk.start(at=began, meter=0)
    assert usage.stations_charging(operator.pk) == {talk.station_id}
    talk.stop(bad, at=began + timedelta(minutes=5), meter=500, stop_reason="EmergencyStop")
    assert usage.proof_of_repair(operator.pk, talk.station_id, evse=1, since=began) is None
    good = talk.start(at=began + timedelta(minutes=10), meter=500)
    talk.stop(good, at=began + timedelta(minutes=20), meter=600, stop_reason="Local")
    assert usage.proof_of_repair(operator.pk, talk.station_id, evse=1, since=began) == good
    assert usage.proof_of_repair(operator.pk, talk.station_id, evse=2, since=began) is None
    assert usage.proof_of_repair(operator.pk, talk.station_id, evse=None, since=began) == good
    assert usage.stations_charging(operator.pk) == set()
