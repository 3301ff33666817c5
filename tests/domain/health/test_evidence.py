"""The graph of an incident shows the figure that matters for its kind."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.health.incident_making import find, make_talk, set_policy, take
from tests.domain.station_talk import now, reading

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health.evidence import evidence_of
from chargehand.domain.stations.events import MeterValuesReported
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def test_connectivity_is_shown_as_shares_of_time(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    set_policy(operator, is_enabled=False)
    at = clock.now() + timedelta(minutes=30)
    talk.disconnect(at)
    [row] = take(find([talk], "silent-station", scope="station", evse=0, at=at))
    row.resolved_at = at + timedelta(hours=1)
    row.save()
    found = evidence_of(row, at + timedelta(hours=2))
    values = [point.value for point in found.series[0].points]
    assert values[0] is None
    assert 100.0 in values
    assert values[-1] == 0.0


def test_a_frozen_register_departs_from_power_times_time(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    start = now() - timedelta(minutes=59)
    number = talk.start(at=start, meter=1000)
    for minute in range(0, 58, 2):
        talk.meter(number, start + timedelta(minutes=minute), register=1000, power=7000)
    [row] = take(find([talk], "meter-frozen", at=clock.now(), since=start))
    register, power = evidence_of(row, clock.now()).series
    assert max(point.value or 0 for point in register.points) == 0
    assert max(point.value or 0 for point in power.points) == 1750


def test_heat_is_shown_by_the_square_of_the_current(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    start = now() - timedelta(minutes=50)
    keys = (
        ("Temperature", "", "Outlet", "Sample.Periodic", "Celsius"),
        ("Current.Import", "L1", "Outlet", "Sample.Periodic", "A"),
    )
    for minute, celsius, amps in ((0, 20, 0), (20, 46, 16), (40, 46, 16)):
        at = start + timedelta(minutes=minute)
        samples = reading(at)
        values = [(keys[0], str(Decimal(celsius))), (keys[1], str(amps))]
        talk.say(MeterValuesReported(1, 1, None, [type(samples)(at, values)]), "MeterValues", at)
    [row] = take(find([talk], "contact-resistance-rise", at=clock.now(), since=start))
    _, rise = evidence_of(row, clock.now()).series
    assert max(point.value or 0 for point in rise.points) == pytest.approx(1000 * 26 / 256, abs=0.1)
