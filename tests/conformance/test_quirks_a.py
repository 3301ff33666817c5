"""Field quirks A: transactions whose messages are wrong, late, doubled or missing."""

import pytest
from tests.conformance.bench import Bench, Station, got, moment

from chargehand.domain.charging import pending_starts, remote
from chargehand.domain.charging.models import PendingStart, TransactionEvent
from chargehand.domain.stations.commands import StartCharging
from chargehand.domain.stations.models import StationRequest
from chargehand.journal.runner import drain
from chargehand.kernel.errors import Refused
from chargehand.project.flows import FOLLOWERS


def test_a1_an_offline_stop_with_minus_one_finds_its_transaction(bench: Bench) -> None:
    bench.token("CAFE01")
    station = bench.connect()
    number = station.start("CAFE01", meter=1000)

    answer = station.stop(-1, meter=6500, idTag="CAFE01")

    assert answer == {"idTagInfo": {"status": "Accepted"}}
    row = station.transaction
    assert got(row, "pk state energy_wh") == (number, "ended", 5500)
    assert "stop-inferred" in row.flags
    assert station.repair_cases == []


def test_a1_an_offline_stop_that_fits_nothing_waits_for_a_person(bench: Bench) -> None:
    station = bench.connect()

    assert station.stop(-1, meter=6500) == {}

    assert station.transactions == []
    (case,) = station.repair_cases
    assert case.kind == "orphan-stop"
    assert case.evidence["meter_stop_wh"] == "6500"


def test_a1_of_two_open_transactions_the_one_with_the_same_token_is_stopped(bench: Bench) -> None:
    station = bench.connect()
    station.start("CAFE01", connector=1, meter=100)
    other = station.start("CAFE02", connector=2, meter=100)

    assert station.stop(-1, meter=900, idTag="cafe02") == {"idTagInfo": {"status": "Invalid"}}

    first, second = station.transactions
    assert first.state == "open"
    assert got(second, "pk state energy_wh") == (other, "ended", 800)


def test_a2_a_stop_with_zero_never_means_a_real_row(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=2000)

    assert station.stop(0, meter=2600) == {}

    row = station.transaction
    assert got(row, "pk state energy_wh") == (number, "ended", 600)
    assert "stop-inferred" in row.flags


@pytest.mark.parametrize("named", [{}, {"transactionId": 0}, {"transactionId": -1}])
def test_a3_samples_without_a_transaction_go_to_the_open_one(bench: Bench, named: dict[str, int]) -> None:
    station = bench.connect()
    number = station.start()

    assert station.sample({"value": "1200"}, **named) == {}

    (reading,) = station.readings
    assert reading.transaction_id == number
    assert reading.is_inferred


def test_a4_samples_after_the_stop_belong_to_the_ended_transaction(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=1000)
    station.stop(number, meter=6000)

    assert station.sample({"value": "6000"}, transactionId=number, minutes=0) == {}

    assert station.transaction.state == "ended"
    (reading,) = station.readings
    assert reading.transaction_id == number
    assert not reading.is_inferred


@pytest.mark.parametrize("absurd", [987654321, 2**31, 2**40, 9223372036854775807, 10**25])
def test_a5_a_stop_with_an_absurd_number_is_kept_as_an_orphan(bench: Bench, absurd: int) -> None:
    station = bench.connect()

    assert station.stop(absurd, meter=100) == {}

    (case,) = station.repair_cases
    assert case.kind == "orphan-stop"
    assert case.evidence["ref"] == str(absurd)
    assert len(station.frames("StopTransaction")) == 1


def test_a6_a_start_sent_again_gives_the_same_number(bench: Bench) -> None:
    bench.token("CAFE01")
    station = bench.connect()
    payload = station.start_payload("CAFE01")

    first = station.call("StartTransaction", payload, message_id="one")
    same_id = station.call("StartTransaction", payload, message_id="one")
    other_id = station.call("StartTransaction", payload, message_id="two")

    assert first == same_id == other_id
    assert station.transaction.pk == first["transactionId"]
    assert TransactionEvent.objects.filter(station_id=station.id).count() == 1
    assert [frame.is_repeat for frame in station.frames("StartTransaction")] == [False, True, True]


def test_a6_a_start_sent_again_after_a_reconnect_gives_the_same_number(bench: Bench) -> None:
    station = bench.connect()
    payload = station.start_payload()
    first = station.call("StartTransaction", payload)
    again = bench.connect(row=station.row)

    assert again.call("StartTransaction", payload | {"reservationId": 0}) == first

    assert len(station.transactions) == 1


def test_a7_a_second_stop_changes_nothing_and_is_answered_alike(bench: Bench) -> None:
    bench.token("CAFE01")
    station = bench.connect()
    number = station.start("CAFE01", meter=1000)

    first = station.stop(number, meter=6000, idTag="CAFE01")
    ended = station.transaction
    second = station.stop(number, meter=9999, minutes=0, idTag="CAFE01", reason="PowerLoss")

    assert first == second == {"idTagInfo": {"status": "Accepted"}}
    row = station.transaction
    assert got(row, "energy_wh stop_reason ended_at") == (5000, "Local", ended.ended_at)
    assert TransactionEvent.objects.filter(station_id=station.id, kind="ended").count() == 1
    assert len(station.frames("StopTransaction")) == 2


def test_a8_a_new_start_closes_what_never_stopped_with_its_last_good_value(bench: Bench) -> None:
    station = bench.connect()
    lost = station.start(meter=1000, minutes=-60)
    station.sample({"value": "4200"}, transactionId=lost, minutes=-40)

    station.start("CAFE02", meter=4300, minutes=-20)

    first, second = station.transactions
    assert got(first, "pk state stop_reason") == (lost, "system-closed", "new-start")
    assert got(first, "meter_stop_wh energy_wh") == (4200, 3200)
    assert first.ended_at == station.readings[0].measured_at
    assert second.state == "open"


def test_a8_a_true_stop_amends_what_was_closed_by_evidence(bench: Bench) -> None:
    station = bench.connect()
    lost = station.start(meter=1000, minutes=-60)
    station.start("CAFE02", meter=4300, minutes=-20)

    assert station.stop(lost, meter=4300, minutes=-25, reason="PowerLoss") == {}

    first, _ = station.transactions
    assert got(first, "state energy_wh stop_reason") == ("ended", 3300, "PowerLoss")
    assert {"system-closed", "amended"} <= set(first.flags)


def test_a9_a_boot_does_not_end_a_transaction_that_may_go_on(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=1000)
    station.close()

    again = bench.connect(row=station.row)
    again.report("Preparing")
    assert station.transaction.state == "open"
    assert again.stop(number, meter=1700, reason="PowerLoss") == {}

    row = station.transaction
    assert got(row, "state energy_wh stop_reason") == ("ended", 700, "PowerLoss")


@pytest.mark.parametrize("status", ["Available", "Preparing", "Finishing"])
def test_a10_a_status_before_the_stop_ends_nothing(bench: Bench, status: str) -> None:
    station = bench.connect()
    number = station.start(meter=1000)
    station.report(status)

    assert station.transaction.state == "open"
    assert station.stop(number, meter=1500) == {}

    assert station.transaction.energy_wh == 500
    assert station.connector().status == status


def test_a11_preparing_after_the_start_is_only_a_status(bench: Bench) -> None:
    station = bench.connect()
    station.start()

    station.report("Preparing")

    assert station.connector().status == "Preparing"
    assert station.transaction.state == "open"


def test_a12_another_token_may_stop_and_is_recorded(bench: Bench) -> None:
    bench.token("CAFE01")
    station = bench.connect()
    number = station.start("CAFE01", meter=1000)

    answer = station.stop(number, meter=3000, idTag="STRANGER")

    assert answer == {"idTagInfo": {"status": "Invalid"}}
    row = station.transaction
    assert got(row, "state energy_wh") == ("ended", 2000)
    assert got(row, "token_uid stopped_by") == ("CAFE01", "STRANGER")
    assert "stopped-by-other-token" in row.flags


@pytest.mark.parametrize("tag", [{}, {"idTag": ""}])
def test_a12_a_stop_without_a_token_is_a_stop(bench: Bench, tag: dict[str, str]) -> None:
    station = bench.connect()
    number = station.start(meter=1000)

    assert station.stop(number, meter=3000, **tag) == {}  # type: ignore[arg-type]

    row = station.transaction
    assert got(row, "state stopped_by") == ("ended", "")
    assert "stopped-by-other-token" not in row.flags


@pytest.mark.parametrize(("sent", "kept"), [(0, None), (-1, None), (17, 17)])
def test_a13_reservation_zero_is_no_reservation(bench: Bench, sent: int, kept: int | None) -> None:
    station = bench.connect()

    station.start(reservationId=sent)

    assert station.transaction.reservation_id == kept


def test_a14_an_accepted_start_that_nothing_follows_has_a_deadline(bench: Bench) -> None:
    bench.token("CAFE01")
    station = bench.connect()
    request_id = remote.start_charging(
        operator_id=bench.operator.pk, station_id=station.id, token_uid="CAFE01", evse=1, asked_by="test"
    )
    station.receive_call("RemoteStartTransaction")
    station.answer({"status": "Accepted"})

    request = bench.answered(StationRequest.objects.get(pk=request_id))

    assert got(request, "state is_accepted seen_at") == ("answered", True, None)
    pending = PendingStart.objects.get(request_id=request_id)
    assert pending.transaction_id is None
    assert pending.deadline > moment(1)

    pending_starts.give_up(pending.deadline)

    pending.refresh_from_db()
    assert pending.outcome == "no-transaction"


def start_from_here(bench: Bench, station: Station, word: str = "") -> StationRequest:
    """Ask for a start; where the station is asked at all, it answers with `word`."""
    request_id = remote.start_charging(
        operator_id=bench.operator.pk, station_id=station.id, token_uid="CAFE01", evse=1, asked_by="test"
    )
    assert station.receive_call("RemoteStartTransaction")["connectorId"] == 1
    station.answer({"status": word})
    request = bench.answered(StationRequest.objects.get(pk=request_id))
    bench.follow(lambda: drain(FOLLOWERS) == 0)
    return request


def finishing(bench: Bench, model: str) -> Station:
    bench.token("CAFE01")
    station = bench.connect(vendor="Ocular", model=model)
    station.report("Finishing")
    return station


def test_a15_a_start_refused_while_finishing_is_tried_once_and_remembered_of_the_model(bench: Bench) -> None:
    station, sister, other = (finishing(bench, model) for model in ("Shy", "Shy", "Bold"))

    request = start_from_here(bench, station, "Rejected")

    assert got(request, "state is_accepted") == ("answered", False)
    pending = PendingStart.objects.get(request_id=request.pk)
    assert got(pending, "plug_state outcome") == ("Finishing", "refused")
    for each in (station, sister):
        with pytest.raises(Refused) as refused:
            start_from_here(bench, each)
        assert refused.value.code == "replug-first"
    assert StationRequest.objects.filter(station_id=sister.id).count() == 0
    assert start_from_here(bench, other, "Rejected").state == "answered"


def test_a15_a_model_that_refuses_while_finishing_starts_once_it_was_plugged_anew(bench: Bench) -> None:
    station = finishing(bench, "Shy II")
    start_from_here(bench, station, "Rejected")

    station.report("Preparing")

    assert start_from_here(bench, station, "Accepted").is_accepted


def test_a15_a_model_that_starts_while_finishing_is_asked_again(bench: Bench) -> None:
    station = finishing(bench, "Huawei-like")
    request = start_from_here(bench, station, "Accepted")
    number = station.start("CAFE01", minutes=0)
    bench.follow(lambda: PendingStart.objects.get(request_id=request.pk).transaction_id == number)
    station.stop(number, minutes=0)
    station.report("Finishing")

    assert start_from_here(bench, station, "Accepted").is_accepted


def test_a17_a_remote_start_names_the_connector_when_it_is_known(bench: Bench) -> None:
    station = bench.connect()
    bench.ask(station, StartCharging(token_uid="CAFE01", remote_start_id=1, evse=2))

    assert station.receive_call("RemoteStartTransaction") == {"idTag": "CAFE01", "connectorId": 2}


def test_a18_an_unknown_token_gets_a_real_number_and_a_no(bench: Bench) -> None:
    station = bench.connect()

    answer = station.call("StartTransaction", station.start_payload("NOBODY"))

    assert answer["idTagInfo"] == {"status": "Invalid"}
    assert answer["transactionId"] > 0
    row = station.transaction
    assert got(row, "pk token_uid authorization") == (answer["transactionId"], "NOBODY", "Unknown")


def test_a19_a_start_with_a_blocked_token_is_stored(bench: Bench) -> None:
    token = bench.token("BLOCKED1", status="blocked")
    station = bench.connect()

    answer = station.call("StartTransaction", station.start_payload("BLOCKED1"))

    assert answer["idTagInfo"]["status"] == "Blocked"
    row = station.transaction
    assert row.pk == answer["transactionId"]
    assert got(row, "state authorization token_id") == ("open", "Blocked", token.pk)


def test_a19_a_transaction_with_a_blocked_token_is_stopped_from_here(bench: Bench) -> None:
    bench.token("BLOCKED1", status="blocked")
    station = bench.connect()
    number = station.start("BLOCKED1")

    request = bench.follow(
        lambda: StationRequest.objects.filter(station_id=station.id, command="stop").first()
    )

    assert station.receive_call("RemoteStopTransaction") == {"transactionId": number}
    station.answer({"status": "Accepted"})
    assert bench.answered(request).is_accepted
