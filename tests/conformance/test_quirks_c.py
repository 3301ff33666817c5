"""Field quirks C: meters and their values."""

from decimal import Decimal
from typing import Any

import pytest
from tests.conformance.bench import Bench, at, got

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.charging.models import SignedReading, TransactionEvent
from chargehand.domain.maintenance import profiles, sweeps
from chargehand.domain.maintenance.profiles import ProfileDetails
from chargehand.domain.maintenance.wanted import Wanted
from chargehand.domain.stations.models import Variable
from chargehand.kernel import clock

ENERGY = "Energy.Active.Import.Register"


def kinds(bench_samples: list[tuple[Any, Decimal]]) -> dict[tuple[str, str], Decimal]:
    return {(series.measurand, series.phase): value for series, value in bench_samples}


@pytest.mark.parametrize("nothing", ["", "  ", "\n", "NaN", "n/a", "1,5", "Infinity"])
def test_c1_a_sample_without_a_number_is_skipped_and_the_others_kept(bench: Bench, nothing: str) -> None:
    station = bench.connect()
    recorder = bench.csms.gateway.process.gateway
    assert recorder is not None
    before = recorder.inbox._recorder.skipped_samples

    answer = station.sample({"value": nothing}, {"value": "7", "measurand": "Voltage", "unit": "V"})

    assert answer == {}
    ((series, value),) = station.samples
    assert series.measurand == "Voltage"
    assert value == 7
    assert recorder.inbox._recorder.skipped_samples == before + 1
    assert nothing.strip() in station.frames("MeterValues")[0].frame


@pytest.mark.parametrize(
    ("sample", "unit", "value"),
    [
        ({"value": "5"}, "Wh", "5"),
        ({"value": "1.234", "unit": "kWh"}, "Wh", "1234"),
        ({"value": "16", "unit": "Amp", "measurand": "Current.Import"}, "A", "16"),
        ({"value": "16000", "unit": "mA", "measurand": "Current.Import"}, "A", "16"),
        ({"value": "230100", "unit": "mV", "measurand": "Voltage"}, "V", "230.1"),
        ({"value": "230", "unit": "Volt", "measurand": "Voltage"}, "V", "230"),
        ({"value": "50.01", "unit": "Hz", "measurand": "Frequency"}, "Hz", "50.01"),
        ({"value": "31", "unit": "Celcius", "measurand": "Temperature"}, "Celsius", "31"),
    ],
)
def test_c2_units_are_brought_to_one_and_the_written_one_is_kept(
    bench: Bench, sample: dict[str, str], unit: str, value: str
) -> None:
    station = bench.connect()

    assert station.sample(sample) == {}

    ((series, number),) = station.samples
    assert (series.unit, number) == (unit, Decimal(value))
    assert series.written_unit == sample.get("unit", "Wh")


def test_c3_a_register_that_starts_anew_at_each_session_gives_the_energy(bench: Bench) -> None:
    station = bench.connect()
    station.stop(station.start(meter=0, minutes=-60), meter=4000, minutes=-50)
    station.stop(station.start(meter=0, minutes=-40), meter=2500, minutes=-30)

    assert [row.energy_wh for row in station.transactions] == [4000, 2500]


def test_c3_a_register_reset_within_a_session_is_a_case_and_no_guess(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=90000)
    station.sample({"value": "95000"}, transactionId=number, minutes=-20)
    station.sample({"value": "300"}, transactionId=number, minutes=-10)

    assert station.stop(number, meter=1200) == {}

    row = station.transaction
    assert got(row, "state meter_start_wh meter_stop_wh energy_wh") == ("ended", 90000, 1200, None)
    (case,) = station.repair_cases
    assert (case.kind, case.transaction_id) == ("meter-backwards", number)


def test_c4_an_unknown_register_at_the_stop_is_the_last_sample(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=1000)
    station.sample({"value": "3.5", "unit": "kWh"}, transactionId=number, minutes=-20)
    station.sample({"value": "4.25", "unit": "kWh"}, transactionId=number, minutes=-10)

    assert station.stop(number, meter=-1) == {}

    row = station.transaction
    assert got(row, "meter_stop_wh energy_wh") == (4250, 3250)
    assert "meter-stop-from-samples" in row.flags


def test_c4_an_unknown_register_without_samples_is_no_zero(bench: Bench) -> None:
    station = bench.connect()

    station.stop(station.start(meter=1000), meter=-1)

    row = station.transaction
    assert got(row, "state meter_stop_wh energy_wh") == ("ended", None, None)
    assert "meter-incomplete" in row.flags


def test_c5_a_hair_below_the_start_is_no_energy_and_no_fault(bench: Bench) -> None:
    station = bench.connect()

    station.stop(station.start(meter=1000), meter=999)

    row = station.transaction
    assert got(row, "meter_stop_wh energy_wh") == (999, 0)
    assert "meter-clamped" in row.flags
    assert station.repair_cases == []


def test_c6_the_stop_counts_even_if_a_sample_was_higher(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=1000)
    station.sample({"value": "5001"}, transactionId=number)

    station.stop(number, meter=5000)

    assert station.transaction.energy_wh == 4000


def test_c7_a_begin_that_is_missing_or_zero_does_not_replace_the_start(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=1000)
    data = [
        {"timestamp": at(-29), "sampledValue": [{"value": "0", "context": "Transaction.Begin"}]},
        {"timestamp": at(-1), "sampledValue": [{"value": "5000", "context": "Transaction.End"}]},
    ]

    assert station.stop(number, meter=5000, transactionData=data) == {}

    assert got(station.transaction, "meter_start_wh energy_wh") == (1000, 4000)
    assert len(station.readings) == 2


def test_c8_samples_at_the_clock_are_no_begin_and_no_end(bench: Bench) -> None:
    station = bench.connect("2.0.1")

    def value(minutes: float, number: int, context: str) -> dict[str, Any]:
        return {"timestamp": at(minutes), "sampledValue": [{"value": number, "context": context}]}

    values = [value(-20, 900, "Sample.Clock"), value(-20, 1000, "Transaction.Begin")]
    station.tell("Started", "Authorized", 0, minutes=-20, evse={"id": 1}, meterValue=values)
    values = [value(-5, 4000, "Transaction.End"), value(-4, 4100, "Sample.Clock")]
    station.tell("Ended", "StopAuthorized", 1, minutes=-5, meterValue=values)

    assert got(station.transaction, "meter_start_wh meter_stop_wh energy_wh") == (1000, 4000, 3000)
    contexts = {series.context for series, _ in station.samples}
    assert contexts == {"Sample.Clock", "Transaction.Begin", "Transaction.End"}


def test_c9_values_by_phase_stay_apart_and_the_total_is_their_sum(bench: Bench) -> None:
    station = bench.connect("2.0.1")

    def phases(minutes: float, *numbers: int) -> list[dict[str, Any]]:
        samples = [
            {"value": number, "phase": f"L{index}", "measurand": ENERGY}
            for index, number in enumerate(numbers, 1)
        ]
        return [{"timestamp": at(minutes), "sampledValue": samples}]

    station.tell("Started", "Authorized", 0, evse={"id": 1}, meterValue=phases(-20, 100, 200, 300))
    station.tell("Ended", "StopAuthorized", 1, minutes=-5, meterValue=phases(-5, 1100, 1200, 1300))

    assert station.transaction.energy_wh == 3000
    assert {series.phase for series, _ in station.samples} == {"L1", "L2", "L3"}


def test_c9_a_row_for_neutral_does_not_overwrite_another(bench: Bench) -> None:
    station = bench.connect()
    rows = [("L1-N", "229"), ("L2-N", "231"), ("L3-N", "230"), ("N", "0")]

    station.sample(*({"value": v, "phase": p, "measurand": "Voltage", "unit": "V"} for p, v in rows))

    assert kinds(station.samples) == {("Voltage", phase): Decimal(value) for phase, value in rows}


def test_c10_voltages_between_lines_are_not_those_to_neutral(bench: Bench) -> None:
    station = bench.connect()
    rows = [("L1-L2", "400"), ("L2-L3", "401"), ("L3-L1", "399"), ("L1-N", "230")]

    station.sample(*({"value": v, "phase": p, "measurand": "Voltage", "unit": "V"} for p, v in rows))

    assert kinds(station.samples) == {("Voltage", phase): Decimal(value) for phase, value in rows}
    assert not any(series.measurand.startswith("Power") for series, _ in station.samples)


@pytest.mark.parametrize(
    ("written", "measurand", "phase"),
    [
        ('"Voltage"', "Voltage", ""),
        ("Voltage.L1", "Voltage", "L1"),
        ("Voltage.L2\n", "Voltage", "L2"),
        ("'Current.Import'", "Current.Import", ""),
        ("Energy.Active.Import", ENERGY, ""),
        ("Vendor.Own.Thing", "Vendor.Own.Thing", ""),
    ],
)
def test_c11_odd_names_of_measurands_are_understood(
    bench: Bench, written: str, measurand: str, phase: str
) -> None:
    station = bench.connect()

    assert station.sample({"value": "1", "measurand": written}) == {}

    assert kinds(station.samples) == {(measurand, phase): 1}


def test_c12_what_is_not_measured_is_not_zero(bench: Bench) -> None:
    station = bench.connect()

    station.sample({"value": "5000"})

    assert [series.measurand for series, _ in station.samples] == [ENERGY]


def test_c13_only_what_arrives_is_there_whatever_the_configuration_says(bench: Bench) -> None:
    station = bench.connect()
    assert station.readings == []

    station.sample({"value": "62", "measurand": "SoC", "unit": "Percent"})

    assert kinds(station.samples) == {("SoC", ""): 62}


def test_c14_connector_zero_is_the_main_meter_and_no_part_of_a_charge(bench: Bench) -> None:
    station = bench.connect(vendor="Keba AG")
    station.start(connector=1)

    station.sample({"value": "99000"}, connector=0)

    (reading,) = station.readings
    assert got(reading, "evse connector transaction_id") == (0, 0, None)


OCMF = 'OCMF|{"FV":"1.0","GI":"X","RD":[{"TM":"2026-01-01T10:00:00,000+0100 S","RV":1.5}]}|{"SD":"304402"}'


@pytest.mark.parametrize(
    "blob",
    [
        OCMF,
        OCMF.encode().hex(),
        "eyJPQ01GIjogIi4uLiJ9",
        "<signedMeterValue><publicKey encoding='base64'>AA==</publicKey></signedMeterValue>",
        "AP;0;3;ALCV3ABBBISHMA2RYEGAZE3HV5YQBQRAEHAR2MN;BIHEIWSHAAA2W2V7OYYDCNQAAFACRC2I4ADGAETI4A;",
        OCMF + "\n" * 3 + "\ttail\\ with ümlaut",
    ],
)
def test_c15_and_c16_signed_data_is_kept_byte_for_byte_and_never_read_as_a_number(
    bench: Bench, blob: str
) -> None:
    station = bench.connect()
    number = station.start(meter=1000)
    values = [{"value": blob, "format": "SignedData", "context": "Transaction.End"}, {"value": "1500"}]
    data = [{"timestamp": at(-1), "sampledValue": values}]

    assert station.stop(number, meter=1500, transactionData=data) == {}

    (signed,) = SignedReading.objects.filter(station_id=station.id)
    assert got(signed, "transaction_id signed_data context") == (number, blob, "Transaction.End")
    assert [value for _, value in station.samples] == [1500]
    assert station.transaction.energy_wh == 500


def test_c16_the_encoding_a_2_0_1_station_names_is_kept(bench: Bench) -> None:
    station = bench.connect("2.0.1")
    mark = {
        "signedMeterData": "T0NNRnx7fQ==",
        "encodingMethod": "OCMF",
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "publicKey": "b2NhOmJhc2UxNg==",
    }
    values = [{"timestamp": at(-5), "sampledValue": [{"value": 1500, "signedMeterValue": mark}]}]

    station.tell("Started", "Authorized", 0, evse={"id": 1}, meterValue=values)

    (signed,) = SignedReading.objects.filter(station_id=station.id)
    assert signed.transaction_id == station.transaction.pk
    names = "signed_data encoding signing_method public_key"
    assert got(signed, names) == tuple(
        mark[name] for name in ("signedMeterData", "encodingMethod", "signingMethod", "publicKey")
    )


def test_c17_values_out_of_order_are_taken_by_their_time(bench: Bench) -> None:
    station = bench.connect("2.0.1")
    station.tell("Started", "Authorized", 0, evse={"id": 1}, minutes=-30)

    def value(minutes: float, number: int) -> dict[str, Any]:
        return {"timestamp": at(minutes), "sampledValue": [{"value": number}]}

    values = [value(-4, 5000), value(-20, 1000), value(-10, 3000)]
    station.tell("Ended", "StopAuthorized", 1, minutes=-5, meterValue=values)

    assert got(station.transaction, "meter_start_wh meter_stop_wh energy_wh") == (1000, 5000, 4000)
    assert len(station.readings) == 3


def test_c18_a_list_that_is_empty_is_set_and_what_a_stop_then_brings_is_kept(bench: Bench) -> None:
    name, wanted = "StopTxnSampledData", "Energy.Active.Import.Register"
    station = bench.connect(vendor="Terse", model="C18")
    station.stop(station.start(meter=0, minutes=-60), meter=4000, minutes=-50)
    assert station.transaction.energy_wh == 4000
    assert station.readings == []
    Variable.objects.create(
        station_id=station.id, component="OCPP16", name=name, value="", reported_at=clock.now()
    )
    settings = (Wanted(name=name, value=wanted),)
    details = ProfileDetails(name="Closing", settings=settings, vendor="Terse", is_enforced=True)
    profiles.save_profile(operator_id=bench.operator.pk, details=details, actor=SYSTEM)

    sweeps.sweep_maintenance(clock.now())
    assert station.receive_call("ChangeConfiguration") == {"key": name, "value": wanted}
    station.answer({"status": "Accepted"})
    sampled = [{"value": "6500", "context": "Transaction.End"}]
    closing = [{"timestamp": at(-30), "sampledValue": sampled}]
    station.stop(station.start(meter=4000, minutes=-40), meter=6500, minutes=-30, transactionData=closing)

    assert [row.energy_wh for row in station.transactions] == [4000, 2500]
    ((series, value),) = station.samples
    assert (series.context, value) == ("Transaction.End", Decimal(6500))
    assert station.readings[0].transaction_id == station.transactions[1].pk


def test_c19_values_near_the_quarter_hour_keep_their_own_time(bench: Bench) -> None:
    station = bench.connect()
    values = [
        {"timestamp": "2026-03-01T10:14:58.7Z", "sampledValue": [{"value": "1", "context": "Sample.Clock"}]},
        {"timestamp": "2026-03-01T10:30:03Z", "sampledValue": [{"value": "2", "context": "Sample.Clock"}]},
    ]

    station.call("MeterValues", {"connectorId": 1, "meterValue": values})

    times = [reading.measured_at.isoformat(timespec="milliseconds") for reading in station.readings]
    assert times == ["2026-03-01T10:14:58.700+00:00", "2026-03-01T10:30:03.000+00:00"]


def test_c20_the_first_sample_is_the_beginning_where_the_start_had_none(bench: Bench) -> None:
    station = bench.connect("2.0.1")
    station.tell("Started", "CablePluggedIn", 0, evse={"id": 1}, minutes=-30)
    for seq, (minutes, number) in enumerate([(-25, 700), (-15, 1700)], 1):
        values = [{"timestamp": at(minutes), "sampledValue": [{"value": number}]}]
        station.tell("Updated", "MeterValuePeriodic", seq, minutes=minutes, meterValue=values)
    values = [{"timestamp": at(-5), "sampledValue": [{"value": 2700}]}]

    station.tell("Ended", "EVDeparted", 3, minutes=-5, meterValue=values)

    row = station.transaction
    assert got(row, "meter_start_wh energy_wh") == (700, 2000)
    assert "meter-start-late" in row.flags


def test_c20_a_single_value_at_the_end_is_no_energy_of_zero(bench: Bench) -> None:
    station = bench.connect("2.0.1")
    station.tell("Started", "CablePluggedIn", 0, evse={"id": 1}, minutes=-30)
    values = [{"timestamp": at(-5), "sampledValue": [{"value": 2700}]}]

    station.tell("Ended", "EVDeparted", 1, minutes=-5, meterValue=values)

    row = station.transaction
    assert got(row, "meter_start_wh meter_stop_wh energy_wh") == (None, 2700, None)
    assert "meter-incomplete" in row.flags


def test_c21_a_car_that_takes_nothing_for_hours_is_no_fault(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=1000, minutes=-240)
    station.report("SuspendedEV", minutes=-230)
    for minutes in range(-220, 0, 20):
        station.sample({"value": "1000"}, transactionId=number, minutes=minutes)

    row = station.transaction
    assert got(row, "state flags") == ("open", [])
    assert station.repair_cases == []
    assert TransactionEvent.objects.filter(station_id=station.id).count() == 1
    assert len(station.readings) == 11
