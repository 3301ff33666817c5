"""Edge cases of what stations of OCPP 1.6 report (rows X01 to X24), each through the running gateway."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.conformance.bench import Bench, got, moment, text

from chargehand.domain.charging.models import SignedReading
from chargehand.domain.stations import holding
from chargehand.domain.stations.models import StatusReport


def test_x01_a_stop_of_an_unknown_transaction_is_answered_and_kept(bench: Bench) -> None:
    station = bench.connect()

    assert station.stop(123456) == {}

    assert [case.kind for case in station.repair_cases] == ["orphan-stop"]


@pytest.mark.parametrize("number", [0, -1])
def test_x02_a_transaction_id_of_zero_or_minus_one_is_matched(bench: Bench, number: int) -> None:
    station = bench.connect()
    started = station.start(meter=0)
    station.sample({"value": "50"}, transactionId=number)

    assert station.stop(number, meter=100) == {}

    assert got(station.transaction, "pk energy_wh") == (started, 100)
    assert station.readings[0].transaction_id == started


def test_x03_a_retried_start_gives_the_same_number(bench: Bench) -> None:
    station = bench.connect()
    payload = station.start_payload()

    numbers = {station.call("StartTransaction", payload)["transactionId"] for _ in range(3)}

    assert numbers == {station.transaction.pk}


@pytest.mark.parametrize(
    ("standing", "status"),
    [({"status": "blocked"}, "Blocked"), ({"valid_until": moment(-60)}, "Expired"), (None, "Invalid")],
)
def test_x04_a_start_with_a_bad_token_gets_a_number_and_the_status(
    bench: Bench, standing: dict[str, Any] | None, status: str
) -> None:
    if standing is not None:
        bench.token(f"BAD-{status}", **standing)
    station = bench.connect()

    answer = station.call("StartTransaction", station.start_payload(f"BAD-{status}"))

    assert answer["idTagInfo"]["status"] == status
    assert answer["transactionId"] == station.transaction.pk


def test_x05_a_start_where_one_is_open_marks_the_old_one_as_lost(bench: Bench) -> None:
    station = bench.connect()
    first = station.start(minutes=-30)
    second = station.start("CAFE02", minutes=-10)

    assert [got(row, "pk state") for row in station.transactions] == [
        (first, "system-closed"),
        (second, "open"),
    ]


def test_x05_a_start_on_another_connector_closes_nothing(bench: Bench) -> None:
    station = bench.connect()
    station.start(connector=1)
    station.start(connector=2)

    assert [row.state for row in station.transactions] == ["open", "open"]


def test_x06_numbers_are_positive_unique_and_below_two_to_the_31(bench: Bench) -> None:
    numbers = [bench.connect().start() for _ in range(4)]

    assert len(set(numbers)) == 4
    assert all(0 < number < 2**31 for number in numbers)


def test_x07_what_happened_offline_keeps_its_times(bench: Bench) -> None:
    station = bench.connect()
    began, ended = moment(-3000), moment(-2900)
    number = station.start(meter=0, timestamp=text(began))
    station.stop(number, meter=100, timestamp=text(ended))

    row = station.transaction
    assert row.started_received_at - row.started_at > timedelta(minutes=2990)
    assert (row.started_at, row.ended_at) == (began, ended)


def test_x08_a_stop_without_a_token_gets_no_verdict_on_one(bench: Bench) -> None:
    station = bench.connect()

    assert station.stop(station.start()) == {}


def test_x09_another_token_of_the_same_group_may_stop(bench: Bench) -> None:
    bench.token("FAMILY-1", group_uid="FAMILY")
    bench.token("FAMILY-2", group_uid="FAMILY")
    station = bench.connect()
    start = station.call("StartTransaction", station.start_payload("FAMILY-1"))

    stop = station.stop(start["transactionId"], idTag="FAMILY-2")

    assert start["idTagInfo"]["parentIdTag"] == stop["idTagInfo"]["parentIdTag"] == "FAMILY"
    assert got(station.transaction, "token_uid stopped_by") == ("FAMILY-1", "FAMILY-2")


@pytest.mark.parametrize("named", [{}, {"transactionId": 999999}])
def test_x10_samples_without_a_known_transaction_are_the_connectors(
    bench: Bench, named: dict[str, int]
) -> None:
    station = bench.connect()

    assert station.sample({"value": "5"}, connector=2, **named) == {}

    assert got(station.readings[0], "evse transaction_id") == (2, None)


def test_x11_samples_after_the_stop_are_taken(bench: Bench) -> None:
    station = bench.connect()
    number = station.start()
    station.stop(number)

    assert station.sample({"value": "6000"}, transactionId=number, minutes=-2) == {}

    assert station.readings[0].transaction_id == number


def test_x12_a_meter_that_ran_backwards_is_a_case_and_no_negative_energy(bench: Bench) -> None:
    station = bench.connect()

    assert station.stop(station.start(meter=9000), meter=10) == {}

    assert got(station.transaction, "state energy_wh") == ("ended", None)
    assert [case.kind for case in station.repair_cases] == ["meter-backwards"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [({}, "Local"), ({"reason": "Meteorite"}, "Meteorite"), ({"reason": "PowerLoss"}, "PowerLoss")],
)
def test_x13_a_missing_reason_is_local_and_an_unknown_one_is_kept(
    bench: Bench, sent: dict[str, str], kept: str
) -> None:
    station = bench.connect()

    station.stop(station.start(), **sent)  # type: ignore[arg-type]

    assert station.transaction.stop_reason == kept


def test_x14_what_a_sample_leaves_out_has_a_meaning(bench: Bench) -> None:
    station = bench.connect()

    station.sample({"value": "5"})

    ((series, _),) = station.samples
    names = "measurand context location unit phase"
    meant = ("Energy.Active.Import.Register", "Sample.Periodic", "Outlet", "Wh", "")
    assert got(series, names) == meant


def test_x15_a_newline_behind_a_measurand_is_no_other_measurand(bench: Bench) -> None:
    station = bench.connect()

    station.sample({"value": "1.5", "measurand": "Energy.Active.Import.Register\n", "unit": "kWh "})

    ((series, number),) = station.samples
    assert got(series, "measurand unit") == ("Energy.Active.Import.Register", "Wh")
    assert number == 1500


@pytest.mark.parametrize(("text", "numbers"), [("1.5e3", [1500]), ("", []), ("NaN", []), ("1,5", [])])
def test_x16_exponents_are_numbers_and_rubbish_is_none(bench: Bench, text: str, numbers: list[int]) -> None:
    station = bench.connect()

    assert station.sample({"value": text}) == {}

    assert [number for _, number in station.samples] == numbers
    assert json.dumps(text) in station.frames("MeterValues")[0].frame


def test_x17_signed_data_of_any_length_is_kept(bench: Bench) -> None:
    station = bench.connect()
    data = "OCMF|" + "Q" * 200_000

    station.sample({"value": data, "format": "SignedData"})

    assert SignedReading.objects.get(station_id=station.id).signed_data == data


def test_x18_a_token_in_another_letter_case_is_the_same(bench: Bench) -> None:
    bench.token("AbCdEf12")
    station = bench.connect()

    answer = station.call("StartTransaction", station.start_payload("aBcDeF12"))

    assert answer["idTagInfo"]["status"] == "Accepted"
    assert station.transaction.token_uid == "aBcDeF12"


def test_x19_what_comes_before_the_boot_is_accepted_is_a_security_error(bench: Bench) -> None:
    station = bench.connect(row=bench.make_station(approval="held"), boots=False)
    assert station.boot()["status"] == "Pending"

    assert station.refuse("StartTransaction", station.start_payload()) == "SecurityError"
    status = {"connectorId": 1, "status": "Available", "errorCode": "NoError"}
    assert station.refuse("StatusNotification", status) == "SecurityError"
    assert station.transactions == []
    assert not StatusReport.objects.filter(station_id=station.id).exists()
    assert len(station.frames("StartTransaction")) == 1

    holding.accept_station(operator_id=bench.operator.pk, station_id=station.id, asked_by="test")
    assert station.receive_call("TriggerMessage") == {"requestedMessage": "BootNotification"}
    station.answer({"status": "Accepted"})
    assert station.boot()["status"] == "Accepted"
    station.start()
    assert station.transaction.state == "open"


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_x20_a_second_boot_is_accepted_and_refreshes(bench: Bench, version: str) -> None:
    station = bench.connect(version, firmwareVersion="1")

    assert station.boot(firmwareVersion="2")["status"] == "Accepted"

    assert station.row.firmware_version == "2"
    assert len(station.facts("stations.StationBooted")) == 2


def test_x21_connector_zero_is_the_whole_station(bench: Bench) -> None:
    station = bench.connect()

    station.report("Unavailable", connector=0)

    assert station.row.reported_status == "Unavailable"
    assert not station.row.connectors.exists()


def test_x22_a_connector_nobody_knew_is_made(bench: Bench) -> None:
    station = bench.connect()

    station.report("Available", connector=17)

    assert station.connector(17, 1).status == "Available"


def test_x23_an_older_status_is_history(bench: Bench) -> None:
    station = bench.connect()
    station.report("Charging", minutes=-1)
    station.report("Available", minutes=-90)

    assert station.connector().status == "Charging"
    assert StatusReport.objects.filter(station_id=station.id, is_late=True).count() == 1


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_x24_data_of_an_unknown_vendor_is_kept_and_answered_so(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    assert station.call("DataTransfer", {"vendorId": "acme", "data": "x"}) == {"status": "UnknownVendorId"}

    assert station.events[0].name == "acme"
