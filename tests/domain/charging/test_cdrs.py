"""Records of charges: issued once, amended by a new version, never guessed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging import cdrs, followers, queries, repair_queue
from chargehand.domain.charging.facts import CdrIssued, TransactionEnded
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations import actions
from chargehand.domain.stations.actions import ConnectorDetails
from chargehand.domain.tariffs.ocpi_sessions import read_session
from chargehand.domain.tariffs.sessions import CdrDimensionType
from chargehand.journal.models import StatedFact
from chargehand.kernel.jsontext import json_text

pytestmark = pytest.mark.django_db


def _ended(number: int) -> TransactionEnded:
    return TransactionEnded(
        happened_at=now(), transaction_id=number, station_id=1, reason="Local", is_by_system=False
    )


def _charge(talk: Talk, start: int | None, stop: int | None, *registers: int, minutes: int = 60) -> int:
    began = now() - timedelta(hours=3)
    number = talk.start(at=began, meter=start)
    for place, register in enumerate(registers, start=1):
        talk.meter(
            number, began + timedelta(minutes=place * minutes // (len(registers) + 1)), register=register
        )
    talk.stop(number, at=began + timedelta(minutes=minutes), meter=stop)
    return number


def _cases(operator: Operator) -> dict[str, str]:
    return {case.kind: case.state for case in repair_queue.repair_cases(operator.pk, state="").cases}


def test_an_ended_charge_gives_one_record_however_often_it_is_told(operator: Operator) -> None:
    number = _charge(Talk(operator.pk), 1000, 8000)
    followers.issue_records([_ended(number), _ended(number)])
    followers.issue_records([_ended(number)])
    [record] = queries.cdrs(operator.pk, number)
    assert (record.version, record.energy_wh) == (1, Decimal(7000))
    assert StatedFact.objects.filter(name=CdrIssued.name()).count() == 1


def test_an_open_charge_gives_no_record(operator: Operator) -> None:
    assert cdrs.issue(Talk(operator.pk).start()) is None
    assert cdrs.issue(10**6) is None


def test_a_record_can_be_priced_as_an_ocpi_session(operator: Operator) -> None:
    number = _charge(Talk(operator.pk), 0, 9000, 4000, 9000)
    cdrs.issue(number)
    [record] = queries.cdrs(operator.pk, number)
    wire: dict[str, Any] = {
        "start_date_time": record.started_at,
        "end_date_time": record.ended_at,
        "currency": "EUR",
        "charging_periods": record.periods,
    }
    session = read_session(json_text(wire))
    energies = [
        volume
        for period in session.periods
        for dimension, volume in period.volumes.items()
        if dimension is CdrDimensionType.ENERGY
    ]
    assert sum(energies) == Decimal(9)


def test_an_amendment_makes_a_new_version_and_keeps_the_old(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number = _charge(talk, 1000, 8000)
    cdrs.issue(number)
    Transaction.objects.filter(pk=number).update(meter_stop_wh=9000)
    cdrs.issue(number)
    found = queries.cdrs(operator.pk, number)
    assert [(record.version, record.energy_wh) for record in found] == [
        (1, Decimal(7000)),
        (2, Decimal(8000)),
    ]


def test_a_true_stop_after_a_close_by_evidence_amends_the_record(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=2)
    first = talk.start(at=began, meter=0)
    talk.meter(first, began + timedelta(minutes=10), register=1500)
    talk.start(at=began + timedelta(minutes=30), token="CARD2", meter=2000)
    cdrs.issue(first)
    talk.stop(first, at=began + timedelta(minutes=20), meter=1900)
    cdrs.issue(first)
    found = queries.cdrs(operator.pk, first)
    assert [record.energy_wh for record in found] == [Decimal(1500), Decimal(1900)]


def test_a_meter_that_begins_anew_is_settled_by_its_samples(operator: Operator) -> None:
    number = _charge(Talk(operator.pk), 50_000, 4000, 0, 1500, 3000)
    assert _cases(operator) == {"meter-backwards": "open"}
    cdrs.issue(number)
    [record] = queries.cdrs(operator.pk, number)
    assert (record.energy_wh, "energy-from-samples" in record.flags) == (Decimal(4000), True)
    assert _cases(operator) == {"meter-backwards": "resolved"}
    assert Transaction.objects.get(pk=number).energy_wh == Decimal(4000)


def test_a_meter_that_runs_backwards_without_samples_goes_to_people(operator: Operator) -> None:
    number = _charge(Talk(operator.pk), 9000, 2000)
    cdrs.issue(number)
    [record] = queries.cdrs(operator.pk, number)
    assert record.energy_wh is None
    assert _cases(operator) == {"meter-backwards": "open"}


def test_more_than_the_plug_can_give_goes_to_people_with_the_evidence(operator: Operator) -> None:
    talk = Talk(operator.pk)
    details = ConnectorDetails(max_power_w=11_000)
    actions.describe_connector(operator_id=operator.pk, station_id=talk.station_id, evse=1, details=details)
    number = _charge(talk, 0, 50_000)
    cdrs.issue(number)
    cdrs.issue(number)
    [case] = repair_queue.repair_cases(operator.pk).cases
    assert (case.kind, case.evidence["found_wh"], case.suggestion["action"]) == (
        "energy-impossible",
        "50000.000000",
        "set-energy",
    )
    assert queries.cdrs(operator.pk, number)[0].energy_wh is None


def test_a_charge_without_any_meter_value_is_unknown_and_not_zero(operator: Operator) -> None:
    talk = Talk(operator.pk, "CP-2", version=201)
    began = now() - timedelta(hours=1)
    number = talk.start(at=began, meter=None, ref="tx-1", seq=0)
    talk.stop(number, at=began + timedelta(minutes=30), ref="tx-1", seq=1)
    cdrs.issue(number)
    assert queries.cdrs(operator.pk, number)[0].energy_wh is None
    assert _cases(operator) == {"energy-unknown": "open"}


def test_missing_events_open_a_case_that_closes_when_they_come(operator: Operator) -> None:
    talk = Talk(operator.pk, version=201)
    began = now() - timedelta(hours=1)
    number = talk.start(at=began, meter=100, ref="tx-1", seq=0)
    talk.stop(number, at=began + timedelta(minutes=30), meter=900, ref="tx-1", seq=2)
    cdrs.issue(number)
    assert "events-missing" in queries.cdrs(operator.pk, number)[0].flags
    assert _cases(operator) == {"events-missing": "open"}
    talk.update(began + timedelta(minutes=10), ref="tx-1", seq=1)
    cdrs.issue(number)
    assert "events-missing" not in queries.cdrs(operator.pk, number)[1].flags
    assert _cases(operator) == {"events-missing": "resolved"}


def test_a_station_that_always_gives_the_same_number_misses_nothing(operator: Operator) -> None:
    talk = Talk(operator.pk, version=201)
    began = now() - timedelta(hours=1)
    number = talk.start(at=began, meter=100, ref="tx-1", seq=0)
    talk.stop(number, at=began + timedelta(minutes=30), meter=900, ref="tx-1", seq=0)
    cdrs.issue(number)
    assert _cases(operator) == {}


def test_a_pause_of_the_car_is_parking_by_statuses_of_1_6(operator: Operator) -> None:
    talk = Talk(operator.pk)
    began = now() - timedelta(hours=3)
    number = talk.start(at=began, meter=0)
    talk.status("Charging", at=began + timedelta(seconds=2))
    talk.status("SuspendedEV", at=began + timedelta(minutes=15))
    talk.stop(number, at=began + timedelta(minutes=60), meter=3000)
    cdrs.issue(number)
    [record] = queries.cdrs(operator.pk, number)
    kinds = [[dimension["type"] for dimension in period["dimensions"]] for period in record.periods]
    assert kinds[-1] == ["PARKING_TIME"]
    assert record.periods[-1]["start_date_time"].startswith((began + timedelta(minutes=15)).isoformat()[:16])
