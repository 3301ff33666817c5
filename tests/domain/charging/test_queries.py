"""Questions about charges: pages, details, curves, samples, timelines."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging import meter_samples, queries, timeline
from chargehand.domain.stations import actions, commanding
from chargehand.domain.stations.actions import LocationDetails
from chargehand.domain.stations.events import (
    MeterValuesReported,
    Noticed,
    Reading,
    SignedValue,
)
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def test_charges_come_newest_first_in_pages(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=5)
    numbers = []
    for hour in range(4):
        number = talk.start(at=began + timedelta(hours=hour), meter=hour)
        talk.stop(number, at=began + timedelta(hours=hour, minutes=30), meter=hour + 100)
        numbers.append(number)
    first = queries.list_transactions(operator.pk, limit=3)
    second = queries.list_transactions(operator.pk, limit=3, before=first.before)
    found = [each.id for each in (*first.transactions, *second.transactions)]
    assert (found, second.before) == (numbers[::-1], None)


def test_charges_are_found_by_station_state_place_token_text_and_time(operator: Operator) -> None:
    place = actions.create_location(operator_id=operator.pk, details=LocationDetails(name="Hafen"))
    here, there = Talk(operator.pk, "CP-HERE"), Talk(operator.pk, "CP-THERE")
    actions.change_station(
        operator_id=operator.pk, station_id=here.station_id, name="Kai 3", location_id=place
    )
    old = here.start(at=now() - timedelta(days=2), token="ANNA", meter=0)
    here.stop(old, at=now() - timedelta(days=2) + timedelta(hours=1), meter=10)
    new = there.start(at=now(), token="BERT", meter=0)

    def ids(**filters: object) -> list[int]:
        page = queries.list_transactions(operator.pk, **filters)  # type: ignore[arg-type]
        return [each.id for each in page.transactions]

    assert ids(station_id=there.station_id) == [new]
    assert ids(state="ended") == [old]
    assert ids(location_ids=[place]) == [old]
    assert ids(location_ids=[]) == []
    assert ids(token_uid="BERT") == [new]
    assert ids(text="kai") == [old]
    assert ids(text=str(new)) == [new]
    assert ids(since=now() - timedelta(days=1)) == [new]
    assert ids(until=now() - timedelta(days=1)) == [old]


def test_an_open_charge_shows_energy_so_far_and_no_more_than_is_known(operator: Operator) -> None:
    talk = Talk(operator.pk)
    told = now() - timedelta(minutes=1)
    silent = talk.start(at=told - timedelta(minutes=8), evse=2, meter=None)
    number = talk.start(at=told - timedelta(minutes=9), meter=1000)
    talk.meter(number, told, register=1800, power=7200, soc=55)
    found = {each.id: each for each in queries.open_transactions(operator.pk)}
    assert (found[number].energy_wh, found[silent].energy_wh) == (Decimal(800), None)
    last = found[number].last
    assert last is not None
    assert (last.power_w, last.soc, last.power_at) == (
        Decimal(7200),
        Decimal(55),
        told,
    )
    assert found[silent].last is None


@pytest.mark.parametrize("ahead", [timedelta(minutes=4, seconds=59), timedelta(hours=1)])
def test_a_clock_that_runs_ahead_hides_no_energy(operator: Operator, ahead: timedelta) -> None:
    talk = Talk(operator.pk)
    began = now() + ahead
    number = talk.start(at=began, meter=1000)
    talk.meter(number, began + timedelta(minutes=1), register=1800, power=7200)
    (found,) = queries.open_transactions(operator.pk)
    assert found.energy_wh == Decimal(800)
    assert [point.energy_wh for point in queries.power_curve(operator.pk, number)] == [Decimal(800)]


def test_a_charge_comes_with_all_its_evidence(operator: Operator) -> None:
    talk = Talk(operator.pk, version=201)
    began = now() - timedelta(hours=1)
    number = talk.start(at=began, ref="tx-1", seq=0, trigger="CablePluggedIn", meter=0)
    talk.update(began + timedelta(minutes=1), ref="tx-1", seq=1, charging_state="Charging")
    signed = SignedValue("OCMF|{}|{}", encoding="OCMF")
    talk.say(MeterValuesReported(1, 1, None, [Reading(began + timedelta(minutes=2), [], [signed])]))
    talk.stop(number, at=began + timedelta(minutes=30), ref="tx-1", seq=2, meter=5000)
    detail = queries.transaction(operator.pk, number)
    assert detail is not None
    assert [event.seq for event in detail.events] == [0, 1, 2]
    assert [event.charging_state for event in detail.events] == ["", "Charging", ""]
    assert [value.signed_data for value in detail.signed] == ["OCMF|{}|{}"]
    assert (detail.transaction.energy_wh, detail.cdrs) == (Decimal(5000), ())


def test_a_curve_has_power_energy_and_charge_by_time(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=1)
    number = talk.start(at=began, meter=100)
    talk.meter(number, began + timedelta(minutes=1), register=200, power=6000)
    talk.meter(number, began + timedelta(minutes=2), soc=31)
    assert queries.power_curve(operator.pk, number) == [
        queries.PowerSample(began + timedelta(minutes=1), Decimal(6000), Decimal(100), None),
        queries.PowerSample(began + timedelta(minutes=2), None, None, Decimal(31)),
    ]


def test_samples_come_by_time_in_pages_and_by_measurand(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=1)
    number = talk.start(at=began, meter=100)
    for minute in range(1, 6):
        talk.meter(number, began + timedelta(minutes=minute), register=100 + minute, power=minute)
    first = meter_samples.meter_samples(operator.pk, transaction_id=number, limit=3)
    second = meter_samples.meter_samples(operator.pk, transaction_id=number, limit=3, after=first.after)
    assert (len(first.samples), len(second.samples), second.after) == (6, 4, None)
    powers = meter_samples.meter_samples(
        operator.pk, station_id=talk.station_id, measurand="Power.Active.Import"
    )
    assert [sample.value for sample in powers.samples] == [1, 2, 3, 4, 5]
    window = meter_samples.meter_samples(
        operator.pk,
        station_id=talk.station_id,
        since=began + timedelta(minutes=2),
        until=began + timedelta(minutes=4),
        measurand="Power.Active.Import",
    )
    assert [sample.value for sample in window.samples] == [2, 3]


def test_another_operator_sees_no_charge_sample_or_timeline(
    operator: Operator, other_operator: Operator
) -> None:
    talk = Talk(operator.pk)
    number = talk.start(at=now(), meter=0)
    talk.meter(number, now(), power=5)
    assert queries.transaction(other_operator.pk, number) is None
    assert queries.list_transactions(other_operator.pk).transactions == ()
    assert queries.power_curve(other_operator.pk, number) == []
    assert meter_samples.meter_samples(other_operator.pk, transaction_id=number).samples == ()
    assert meter_samples.meter_samples(other_operator.pk, station_id=talk.station_id).samples == ()
    before = clock.now() + timedelta(minutes=5)
    assert timeline.station_timeline(other_operator.pk, talk.station_id, before=before) == []


def test_a_timeline_is_one_stream_of_everything_newest_first(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=2)
    talk.boot(began, reason="PowerUp")
    talk.status("Available", at=began + timedelta(minutes=1))
    number = talk.start(at=began + timedelta(minutes=2), meter=0)
    talk.stop(number, at=began + timedelta(minutes=50), meter=7000, stop_reason="Remote")
    talk.say(Noticed(kind="security", name="SettingSystemTime"), at=began + timedelta(minutes=55))
    talk.stop(10**6, at=began + timedelta(minutes=56), meter=1)
    commanding.reset(operator_id=operator.pk, station_id=talk.station_id, asked_by="Mia")
    talk.disconnect(clock.now() + timedelta(seconds=1))
    before = clock.now() + timedelta(minutes=1)
    entries = timeline.station_timeline(operator.pk, talk.station_id, before=before)
    kinds = [entry.kind for entry in entries]
    assert sorted(kinds) == sorted(
        [
            *("disconnected", "command", "repair", "connected", "notice", "session-end"),
            *("session-start", "status", "boot"),
        ]
    )
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    said = {entry.kind: (entry.title, entry.sentence) for entry in entries}
    assert said["boot"] == ("Restarted", "Firmware 1.2. PowerUp")
    assert said["command"] == ("Restart", "Asked by Mia.")
    assert said["notice"] == ("Notice", "security SettingSystemTime")
    rest = timeline.station_timeline(operator.pk, talk.station_id, before=entries[-2].at)
    assert [entry.kind for entry in rest] == ["boot"]


def test_the_standing_of_a_token_is_kept_with_its_charge(operator: Operator) -> None:
    number = Talk(operator.pk).start(token="NOBODY")
    detail = queries.transaction(operator.pk, number)
    assert detail is not None
    assert detail.transaction.authorization == "Unknown"
