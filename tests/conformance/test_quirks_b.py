"""Field quirks B: identifiers and texts that are spelt, lengthened or decorated by firmware."""

import pytest
from tests.conformance.bench import Bench, got
from tests.conformance.client import basic
from tests.plugins.gateway import PASSWORD

from chargehand.domain.charging import remote
from chargehand.domain.charging.models import PendingStart
from chargehand.domain.stations.models import StationAlias, StationRequest


def test_b1_the_serial_number_that_keba_appends_is_no_part_of_the_tag(bench: Bench) -> None:
    token = bench.token("12345678")
    station = bench.connect(vendor="Keba AG", model="KC-P30")

    answer = station.call("StartTransaction", station.start_payload("12345678_dummy1"))

    assert answer["idTagInfo"]["status"] == "Accepted"
    assert got(station.transaction, "token_uid token_id") == ("12345678_dummy1", token.pk)


def test_b1_an_underscore_of_another_vendor_is_part_of_the_tag(bench: Bench) -> None:
    bench.token("12345678")
    station = bench.connect(vendor="Acme")

    assert station.call("Authorize", {"idTag": "12345678_dummy1"}) == {"idTagInfo": {"status": "Invalid"}}


def test_b2_the_number_of_a_payment_terminal_is_cut_off_and_kept_raw(bench: Bench) -> None:
    token = bench.token("PAY77")
    station = bench.connect()

    answer = station.call("StartTransaction", station.start_payload("0815;PAY77"))

    assert answer["idTagInfo"]["status"] == "Accepted"
    assert got(station.transaction, "token_uid token_id") == ("0815;PAY77", token.pk)


def test_b3_a_tag_that_comes_back_longer_still_starts_a_transaction(bench: Bench) -> None:
    bench.token("A" * 20)
    station = bench.connect()
    request_id = remote.start_charging(
        operator_id=bench.operator.pk, station_id=station.id, token_uid="A" * 20, evse=1, asked_by="test"
    )
    assert station.receive_call("RemoteStartTransaction")["idTag"] == "A" * 20
    station.answer({"status": "Accepted"})
    bench.answered(StationRequest.objects.get(pk=request_id))

    payload = station.start_payload("A" * 20 + "\u0001\ufffd", minutes=0)
    number = station.call("StartTransaction", payload)["transactionId"]

    pending = bench.follow(
        lambda: PendingStart.objects.filter(request_id=request_id).exclude(transaction_id=None).first()
    )
    assert got(pending, "transaction_id outcome") == (number, "started")


@pytest.mark.parametrize("sent", [" F6 CA 0C C5", "f6ca0cc5", "F6CA0CC5 "])
def test_b4_blanks_and_case_of_a_tag_do_not_matter(bench: Bench, sent: str) -> None:
    token = bench.token("F6CA0CC5")
    station = bench.connect()

    answer = station.call("StartTransaction", station.start_payload(sent))

    assert answer["idTagInfo"]["status"] == "Accepted"
    assert got(station.transaction, "token_uid token_id") == (sent, token.pk)


def test_b5_a_serial_number_longer_than_the_schema_is_kept_whole(bench: Bench) -> None:
    station = bench.connect(boots=False)
    serial = "3N184640042001EVB1A22PPRI4101230003"

    answer = station.boot("Schneider Electric", "EVlink", chargePointSerialNumber=serial)

    assert answer["status"] == "Accepted"
    assert got(station.row, "vendor serial_number") == ("Schneider Electric", serial)


@pytest.mark.parametrize(
    "target",
    [
        *("/{0}/", "//{0}", "/ocpp//{0}", "/?id={0}", "/{0}?x=1", "/ocpp1.6/{0}"),
        *("/ocpp?id={0}", "/steve/websocket?chargeBoxId={0}", "/ws?IDENTITY={0}"),
    ],
)
def test_b6_paths_lead_to_the_station_whatever_stands_around_its_name(bench: Bench, target: str) -> None:
    row = bench.make_station()
    client = bench.knock()

    answer = client.shake_hands(target.format(row.identity), "ocpp1.6", [basic(row.identity, PASSWORD)])

    assert answer.status == 101
    assert client.is_alive()


def test_b6_another_letter_case_is_the_same_station_and_kept_as_alias(bench: Bench) -> None:
    row = bench.make_station("KeBa-Garage-7")
    client = bench.knock()

    answer = client.shake_hands("/keba-garage-7", "ocpp1.6", [basic("keba-garage-7", PASSWORD)])

    assert answer.status == 101
    assert StationAlias.objects.get(station_id=row.pk).spelling == "keba-garage-7"


def test_b7_other_hardware_under_the_same_name_is_noticed_and_let_in(bench: Bench) -> None:
    station = bench.connect(chargePointSerialNumber="OLD1")
    assert station.row.hardware_changed_at is None

    answer = station.boot(chargePointSerialNumber="NEW2")

    assert answer["status"] == "Accepted"
    row = station.row
    assert row.serial_number == "NEW2"
    assert row.hardware_changed_at == row.booted_at
    booted = station.facts("stations.StationBooted")
    assert [fact["is_hardware_changed"] for fact in booted] == [False, True]


def test_b7_another_vendor_under_the_same_name_is_noticed(bench: Bench) -> None:
    station = bench.connect(vendor="Acme")
    station.boot(vendor="ACME")
    assert station.row.hardware_changed_at is None

    station.boot(vendor="Other & Sons")

    assert station.row.hardware_changed_at is not None


def test_b8_a_firmware_version_is_an_opaque_text(bench: Bench) -> None:
    version = "PFA0102|V0.00.00|V1.38.00||2.4.3.0"

    station = bench.connect(firmwareVersion=version)

    assert station.row.firmware_version == version
