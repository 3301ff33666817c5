"""Lists, states and counts of the network."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging import overview
from chargehand.domain.stations import actions
from chargehand.domain.stations.actions import LocationDetails
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def _only(operator: Operator) -> overview.StationRow:
    [row] = overview.list_stations(operator.pk).stations
    return row


def test_a_station_that_never_connected_is_unknown(operator: Operator) -> None:
    actions.create_station(operator_id=operator.pk, identity="NEW-1")
    row = _only(operator)
    assert (row.state, row.sentence, row.power_w, row.heard_at) == (
        "unknown",
        "Has never connected.",
        None,
        None,
    )


def test_a_connected_station_without_status_is_unknown(operator: Operator) -> None:
    Talk(operator.pk).boot()
    assert _only(operator).state == "unknown"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Available", "ready"),
        ("Faulted", "broken"),
        ("Unavailable", "attention"),
        ("Preparing", "attention"),
        ("Finishing", "attention"),
        ("Occupied", "attention"),
        ("Reserved", "reserved"),
        ("Charging", "charging"),
    ],
)
def test_a_reported_status_gives_the_state_of_plug_and_station(
    operator: Operator, status: str, state: str
) -> None:
    Talk(operator.pk).status(status)
    row = _only(operator)
    assert (row.plugs[0].state, row.state) == (state, state)


def test_a_status_of_charging_without_a_charge_needs_attention_after_two_minutes(operator: Operator) -> None:
    Talk(operator.pk).status("Charging", at=now() - timedelta(minutes=3))
    row = _only(operator)
    assert (row.state, row.plugs[0].sentence) == (
        "attention",
        "The station says that it charges, but told of no charge.",
    )


def test_an_open_charge_goes_before_a_status_of_preparing(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number = talk.start()
    talk.status("Preparing")
    row = _only(operator)
    assert (row.state, row.plugs[0].transaction_id, row.open_count) == ("charging", number, 1)


def test_a_fault_of_the_station_itself_does_not_mark_the_plug(operator: Operator) -> None:
    talk = Talk(operator.pk)
    talk.status("Available")
    talk.status("Faulted", evse=0, error="GroundFailure")
    row = _only(operator)
    assert (row.state, row.plugs[0].state, row.sentence) == (
        "broken",
        "ready",
        "Reports a fault: GroundFailure.",
    )


def test_a_lost_connection_makes_everything_offline_and_keeps_its_time(operator: Operator) -> None:
    talk = Talk(operator.pk)
    talk.status("Available")
    gone = now()
    talk.disconnect(gone)
    row = _only(operator)
    assert (row.state, row.plugs[0].state, row.since) == ("offline", "offline", gone)


def test_what_people_took_out_of_service_says_so(operator: Operator) -> None:
    talk = Talk(operator.pk)
    talk.status("Available")
    actions.set_intent(operator_id=operator.pk, station_id=talk.station_id, is_operative=False, evse=1)
    assert _only(operator).plugs[0].sentence == "Taken out of service by us."


def test_power_energy_and_charge_come_from_the_last_readings(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(minutes=10)
    number = talk.start(at=began, meter=1000)
    talk.meter(number, began + timedelta(minutes=2), register=1500, power=11000, soc=40)
    talk.meter(number, began + timedelta(minutes=4), register=1900, power=10900, soc=42)
    talk.status("Charging")
    [plug] = _only(operator).plugs
    assert (plug.power_w, plug.energy_wh, plug.soc) == (Decimal(10900), Decimal(900), Decimal(42))
    assert plug.read_at == began + timedelta(minutes=4)


def test_power_that_is_too_old_is_unknown_and_not_zero(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=2)
    number = talk.start(at=began)
    talk.meter(number, began + timedelta(minutes=2), register=1500, power=11000)
    talk.status("Charging")
    [plug] = _only(operator).plugs
    counts = overview.network_counts(operator.pk)
    assert (plug.power_w, plug.energy_wh) == (None, Decimal(500))
    assert (counts.power_w, counts.reporting, counts.open_transactions) == (None, 0, 1)


def test_counts_add_up_what_is_able_to_charge(operator: Operator) -> None:
    free, broken, lost = (Talk(operator.pk, f"CP-{number}") for number in range(3))
    free.status("Available")
    free.status("Finishing", evse=2)
    broken.status("Faulted")
    lost.status("Available")
    lost.disconnect()
    number = free.start(evse=2, at=now() - timedelta(minutes=1))
    free.meter(number, now(), evse=2, power=7400)
    counts = overview.network_counts(operator.pk)
    assert (counts.stations, counts.plugs, counts.able, counts.charging) == (3, 4, 2, 1)
    assert (counts.offline, counts.broken, counts.power_w) == (1, 1, Decimal(7400))


def test_those_with_most_drivers_affected_need_a_person_first(operator: Operator) -> None:
    quiet, busy = Talk(operator.pk, "A-quiet"), Talk(operator.pk, "B-busy")
    for number in range(3):
        began = now() - timedelta(hours=3 - number)
        charge = busy.start(at=began, token=f"CARD{number}", meter=number)
        busy.stop(charge, at=began + timedelta(minutes=5), meter=number)
    quiet.status("Faulted", error="HighTemperature")
    busy.status("Faulted", error="ConnectorLockFailure")
    found = overview.needs_person(operator.pk)
    assert [(each.station.identity, each.drivers_affected) for each in found] == [
        ("B-busy", 3),
        ("A-quiet", 0),
    ]


def test_pages_follow_each_other_without_gap_or_repetition(operator: Operator) -> None:
    for number in range(5):
        actions.create_station(operator_id=operator.pk, identity=f"CP-{number}")
    first = overview.list_stations(operator.pk, limit=3)
    second = overview.list_stations(operator.pk, limit=3, after=first.after)
    names = [row.identity for row in (*first.stations, *second.stations)]
    assert (names, second.after) == ([f"CP-{number}" for number in range(5)], None)


def test_lists_filter_by_text_place_and_state(operator: Operator) -> None:
    place = actions.create_location(operator_id=operator.pk, details=LocationDetails(name="Hafen 100%"))
    actions.create_station(operator_id=operator.pk, identity="CP-1", location_id=place)
    Talk(operator.pk, "CP-2").status("Available")

    def names(**filters: object) -> list[str]:
        return [row.identity for row in overview.list_stations(operator.pk, **filters).stations]  # type: ignore[arg-type]

    assert names(text="100%") == ["CP-1"]
    assert names(text="_") == []
    assert names(location_id=place) == ["CP-1"]
    assert names(location_ids=[]) == []
    assert names(state="ready") == ["CP-2"]


def test_another_operator_sees_nothing(operator: Operator, other_operator: Operator) -> None:
    talk = Talk(operator.pk)
    talk.status("Available")
    assert overview.list_stations(other_operator.pk).stations == ()
    assert overview.station_row(other_operator.pk, talk.station_id) is None
    assert overview.network_counts(other_operator.pk).stations == 0


def test_delivered_power_is_the_sum_of_averages_and_unknown_where_nothing_was_told(
    operator: Operator,
) -> None:
    talk = Talk(operator.pk)
    until = clock.now().replace(minute=0, second=0, microsecond=0)
    began = until - timedelta(minutes=30)
    for evse, power in ((1, 10_000), (2, 4_000)):
        number = talk.start(at=began, evse=evse)
        talk.meter(number, began + timedelta(minutes=1), evse=evse, power=power)
        talk.meter(number, began + timedelta(minutes=3), evse=evse, power=power + 2000)
    points = overview.delivered_power(operator.pk, until=until, hours=1)
    assert [point.power_w for point in points] == [None, None, None, Decimal(16_000), None, None]
    assert points[3].at == began
    talk.stop(number, at=began + timedelta(minutes=5))
    points = overview.delivered_power(operator.pk, until=until, hours=1)
    assert points[3].power_w == Decimal(11_000 + 2_500)
