"""Edge cases of payloads and times (rows S01 to S20, D01 to D06), each through the running gateway."""

from datetime import datetime
from typing import Any

import pytest
from tests.conformance.bench import Bench, at, got

from chargehand.domain.stations.commands import RawCall

NEW = pytest.mark.parametrize("version", ["2.0.1", "2.1"])
ALL = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])


def old_status(**more: Any) -> dict[str, Any]:
    return {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": at()} | more


def new_status(**more: Any) -> dict[str, Any]:
    return {"evseId": 1, "connectorId": 1, "connectorStatus": "Available", "timestamp": at()} | more


def without(payload: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != name}


def status_of(version: str, **more: Any) -> dict[str, Any]:
    return old_status(**more) if version == "1.6" else new_status(**more)


def test_s01_a_missing_field_is_an_occurrence_in_the_spelling_of_1_6(bench: Bench) -> None:
    station = bench.connect()

    assert (
        station.refuse("StatusNotification", without(old_status(), "status"))
        == "OccurenceConstraintViolation"
    )

    assert len(station.frames("StatusNotification")) == 1


@NEW
def test_s02_a_missing_field_is_an_occurrence_in_2_x(bench: Bench, version: str) -> None:
    payload = without(new_status(), "evseId")

    assert bench.connect(version).refuse("StatusNotification", payload) == "OccurrenceConstraintViolation"


@ALL
@pytest.mark.parametrize("wrong", ["1", {}, [], True, 1.5])
def test_s03_another_type_is_a_type_violation(bench: Bench, version: str, wrong: Any) -> None:
    payload = status_of(version, connectorId=wrong)

    assert bench.connect(version).refuse("StatusNotification", payload) == "TypeConstraintViolation"


@ALL
def test_s04_an_unknown_state_is_a_property_violation(bench: Bench, version: str) -> None:
    name = "status" if version == "1.6" else "connectorStatus"

    code = bench.connect(version).refuse("StatusNotification", status_of(version, **{name: "Dancing"}))

    assert code == "PropertyConstraintViolation"


@NEW
def test_s04_a_reason_for_a_boot_that_nobody_knows_keeps_no_station_out(bench: Bench, version: str) -> None:
    station = bench.connect(version, reason="SolarFlare")

    assert station.row.boot_reason == "Unknown"
    assert "SolarFlare" in station.frames("BootNotification")[0].frame


def test_s04_unknown_error_codes_units_and_contexts_are_kept(bench: Bench) -> None:
    station = bench.connect()

    station.report("Faulted", errorCode="HovercraftFullOfEels")
    station.sample({"value": "3", "measurand": "Eels", "unit": "dozen", "context": "Sample.Odd"})

    assert station.connector().error_code == "HovercraftFullOfEels"
    ((series, _),) = station.samples
    assert got(series, "measurand unit context") == ("Eels", "dozen", "Sample.Odd")


@pytest.mark.parametrize(("version", "code"), [("1.6", "FormationViolation"), ("2.0.1", "FormatViolation")])
def test_s05_and_s06_other_structure_is_spelt_as_the_version_does(
    bench: Bench, version: str, code: str
) -> None:
    station = bench.connect(version)
    nested = "[" * 70 + "]" * 70

    station.send_text(f'[2,"deep","DataTransfer",{{"vendorId":"v","data":{nested}}}]')

    assert station.receive()[:3] == [4, "deep", code]


def test_s07_a_serial_number_that_is_too_long_is_taken(bench: Bench) -> None:
    station = bench.connect(chargePointSerialNumber="S" * 33)

    assert station.row.serial_number == "S" * 33


@pytest.mark.parametrize(("version", "longest"), [("1.6", 20), ("2.0.1", 36), ("2.1", 255)])
def test_s08_a_token_that_is_too_long_is_never_cut_and_matched(
    bench: Bench, version: str, longest: int
) -> None:
    bench.token("T" * longest)
    station = bench.connect(version)
    long = "T" * (longest + 1)

    if version == "1.6":
        assert station.call("Authorize", {"idTag": long})["idTagInfo"]["status"] == "Invalid"
    else:
        answer = station.call("Authorize", {"idToken": {"idToken": long, "type": "Central"}})
        assert answer["idTokenInfo"]["status"] == "Unknown"


@ALL
def test_s09_a_property_nobody_knows_is_passed_over(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    assert station.call("StatusNotification", status_of(version, vendorThing={"a": 1})) == {}

    assert station.connector().status == "Available"


@NEW
def test_s10_custom_data_is_taken_and_kept_raw(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    assert station.call("Heartbeat", {"customData": {"vendorId": "acme", "x": 1}})["currentTime"]

    assert '"vendorId": "acme"' in station.frames("Heartbeat")[0].frame


@ALL
def test_s11_null_for_an_optional_field_is_as_if_absent(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    name = "vendorId" if version == "1.6" else "customData"

    assert station.call("StatusNotification", status_of(version, **{name: None})) == {}


@NEW
def test_s12_an_empty_optional_list_is_as_if_absent(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    assert station.tell("Started", "CablePluggedIn", 0, evse={"id": 1}, meterValue=[]) == {}

    assert station.transaction.meter_start_wh is None


def test_s13_one_object_where_a_list_is_due_is_taken(bench: Bench) -> None:
    station = bench.connect()
    value = {"timestamp": at(), "sampledValue": {"value": "42"}}

    assert station.call("MeterValues", {"connectorId": 1, "meterValue": value}) == {}

    assert [number for _, number in station.samples] == [42]


def test_s14_a_number_as_sample_is_taken_in_1_6(bench: Bench) -> None:
    station = bench.connect()

    assert station.sample({"value": 42.125}) == {}

    assert [float(number) for _, number in station.samples] == [42.125]


@NEW
def test_s15_a_text_as_sample_is_taken_in_2_x(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    values = [{"timestamp": at(), "sampledValue": [{"value": "42.5"}]}]

    assert station.call("MeterValues", {"evseId": 1, "meterValue": values}) == {}

    assert [float(number) for _, number in station.samples] == [42.5]


@ALL
def test_s16_a_whole_number_with_a_fraction_of_zero_is_one(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    assert station.call("StatusNotification", status_of(version, connectorId=1.0)) == {}

    assert station.connector().status == "Available"


@ALL
@pytest.mark.parametrize("number", [2**31, 2**63, 10**40])
def test_s17_a_place_beyond_all_numbers_is_refused(bench: Bench, version: str, number: int) -> None:
    payload = status_of(version, connectorId=number)

    assert bench.connect(version).refuse("StatusNotification", payload) == "PropertyConstraintViolation"


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40])
def test_s17_a_start_with_numbers_beyond_all_bounds_is_a_start(bench: Bench, number: int) -> None:
    station = bench.connect()

    answer = station.call("StartTransaction", station.start_payload(meter=10**40, reservationId=number))

    row = station.transaction
    assert row.pk == answer["transactionId"]
    assert got(row, "meter_start_wh reservation_id") == (None, None)


def test_s18_a_limit_with_two_decimals_is_never_sent(bench: Bench) -> None:
    station = bench.connect()
    period = {"startPeriod": 0, "limit": 16.25}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }
    payload = {"connectorId": 1, "csChargingProfiles": profile}

    request = bench.answered(bench.ask(station, RawCall(action="SetChargingProfile", payload=payload)))

    assert request.state == "failed"
    assert request.answer is not None
    assert request.answer["word"] == "PropertyConstraintViolation"
    assert station.is_silent()


def test_s19_a_kind_of_token_nobody_knows_is_taken_in_2_1(bench: Bench) -> None:
    token = {"idToken": "NEW-KIND-1", "type": "Telepathy"}

    answer = bench.connect("2.1").call("Authorize", {"idToken": token})

    assert answer["idTokenInfo"]["status"] == "Unknown"


@ALL
def test_s20_a_negative_connector_is_a_property_violation(bench: Bench, version: str) -> None:
    payload = status_of(version, connectorId=-1)

    assert bench.connect(version).refuse("StatusNotification", payload) == "PropertyConstraintViolation"


def test_s20_a_negative_seq_no_loses_no_event_in_2_0_1(bench: Bench) -> None:
    station = bench.connect("2.0.1")

    assert station.tell("Started", "CablePluggedIn", -1, evse={"id": 1}) == {}

    assert got(station.transaction, "state last_seq") == ("open", None)


def test_s20_a_negative_seq_no_is_a_property_violation_in_2_1(bench: Bench) -> None:
    payload = {
        "eventType": "Started",
        "timestamp": at(),
        "triggerReason": "CablePluggedIn",
        "seqNo": -1,
        "transactionInfo": {"transactionId": "t"},
    }

    assert bench.connect("2.1").refuse("TransactionEvent", payload) == "PropertyConstraintViolation"


@ALL
@pytest.mark.parametrize(
    ("time", "meant"),
    [
        ("2026-05-01T12:00:00+02:00", "2026-05-01T10:00:00"),
        ("2026-05-01T10:00:00.1Z", "2026-05-01T10:00:00.100"),
        ("2026-05-01T10:00:00.123456789Z", "2026-05-01T10:00:00.123456"),
    ],
)
def test_d01_offsets_and_fractions_are_read(bench: Bench, version: str, time: str, meant: str) -> None:
    assert status_time(bench, version, time) == datetime.fromisoformat(f"{meant}+00:00")


def status_time(bench: Bench, version: str, time: str) -> datetime | None:
    station = bench.connect(version)
    assert station.call("StatusNotification", status_of(version, timestamp=time)) == {}
    return station.connector().status_station_time


@ALL
def test_d02_a_time_without_zone_is_utc(bench: Bench, version: str) -> None:
    found = status_time(bench, version, "2026-05-01T10:00:00")

    assert found == datetime.fromisoformat("2026-05-01T10:00:00+00:00")


@ALL
def test_d03_an_offset_without_minutes_is_read(bench: Bench, version: str) -> None:
    found = status_time(bench, version, "2026-05-01T13:00:00+03")

    assert found == datetime.fromisoformat("2026-05-01T10:00:00+00:00")


@pytest.mark.parametrize("time", ["yesterday", "", "2026-13-45T99:99:99Z"])
def test_d04_what_is_no_time_loses_no_transaction(bench: Bench, time: str) -> None:
    station = bench.connect()

    answer = station.call("StartTransaction", station.start_payload() | {"timestamp": time})

    row = station.transaction
    assert row.pk == answer["transactionId"]
    assert got(row, "started_station_time") == (None,)
    assert row.started_at == row.started_received_at
    assert "no-station-time" in row.flags


@pytest.mark.parametrize("time", ["1970-01-01T00:00:10Z", "2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_d05_both_times_are_kept_and_ours_is_told(bench: Bench, time: str) -> None:
    station = bench.connect()

    station.call("StartTransaction", station.start_payload() | {"timestamp": time})

    row = station.transaction
    assert row.started_station_time == datetime.fromisoformat(time)
    assert row.started_at == row.started_received_at
    before = at()
    assert before[:19] <= station.call("Heartbeat", {})["currentTime"][:19] <= at(1)[:19]


@ALL
def test_d06_our_time_is_utc_with_a_z(bench: Bench, version: str) -> None:
    station = bench.connect(version, boots=False)

    for time in (station.boot()["currentTime"], station.call("Heartbeat", {})["currentTime"]):
        assert time.endswith("Z")
        assert datetime.fromisoformat(time).utcoffset() is not None
