"""Field quirks F: states and faults."""

from datetime import timedelta

import pytest
from tests.conformance.bench import Bench, Station, got

from chargehand.domain.health import sweeps as health
from chargehand.domain.health.debounces import USUAL
from chargehand.domain.health.models import Incident
from chargehand.domain.stations import actions
from chargehand.domain.stations.commands import ChangeAvailability, UnlockConnector
from chargehand.domain.stations.models import StationConnection, StatusReport
from chargehand.kernel import clock


def test_f6_what_people_want_stands_apart_from_what_the_station_says(bench: Bench) -> None:
    station = bench.connect()
    station.report("Available")
    wish = {"operator_id": bench.operator.pk, "station_id": station.id, "evse": 1, "connector": 1}
    actions.set_intent(is_operative=False, **wish)
    request = bench.ask(station, ChangeAvailability(is_operative=False, evse=1))
    assert station.receive_call("ChangeAvailability") == {"connectorId": 1, "type": "Inoperative"}

    station.answer({"status": "Accepted"})

    answered = bench.answered(request)
    assert got(answered, "is_accepted seen_at") == (True, None)
    assert got(station.connector(), "status intent_operative") == ("Available", False)


def test_f6_scheduled_is_a_yes(bench: Bench) -> None:
    station = bench.connect()
    request = bench.ask(station, ChangeAvailability(is_operative=False))
    assert station.receive_call("ChangeAvailability") == {"connectorId": 0, "type": "Inoperative"}

    station.answer({"status": "Scheduled"})

    assert bench.answered(request).is_accepted


def test_f7_a_fault_that_flaps_stands_in_the_history_and_not_in_the_present(bench: Bench) -> None:
    station = bench.connect()
    for status in ("Faulted", "Available", "Faulted", "Available"):
        station.report(status)

    assert got(station.connector(), "status error_code") == ("Available", "")
    reports = StatusReport.objects.filter(station_id=station.id).order_by("id")
    assert [report.status for report in reports] == ["Faulted", "Available", "Faulted", "Available"]


def incident_of(station: Station) -> Incident | None:
    return Incident.objects.filter(members__station_id=station.id).first()


@pytest.mark.parametrize("error", ["NoError", "OtherError"])
def test_f7_a_fault_that_was_over_in_seconds_opens_no_incident(bench: Bench, error: str) -> None:
    station = bench.connect()
    station.report("Faulted", errorCode=error)
    pending = bench.follow(lambda: incident_of(station))
    assert pending.state == Incident.State.PENDING
    station.report("Available")

    health.look(clock.now() + timedelta(minutes=3))

    pending.refresh_from_db()
    assert pending.state == Incident.State.DROPPED
    assert station.connector().status == "Available"


def test_f7_a_fault_that_stands_opens_one_once_its_time_is_over(bench: Bench) -> None:
    station = bench.connect()
    station.report("Faulted")
    pending = bench.follow(lambda: incident_of(station))

    health.look(pending.opens_at - timedelta(seconds=1))
    pending.refresh_from_db()
    assert pending.state == Incident.State.PENDING
    health.look(pending.opens_at)

    pending.refresh_from_db()
    assert pending.state == Incident.State.OPEN
    assert pending.opens_at - pending.began_at == timedelta(seconds=USUAL["reported"])


def test_f8_connector_zero_says_nothing_of_the_connectors(bench: Bench) -> None:
    station = bench.connect()
    station.report("Charging", connector=1)

    station.report("Available", connector=0)

    assert station.connector(1).status == "Charging"
    assert station.row.reported_status == "Available"
    assert station.row.connectors.count() == 1


def test_f9_a_wrong_status_does_not_hide_an_open_transaction(bench: Bench) -> None:
    station = bench.connect()
    number = station.start()

    station.report("Available")
    station.sample({"value": "1100"}, {"value": "7", "unit": "kW", "measurand": "Power.Active.Import"})

    assert station.connector().status == "Available"
    assert got(station.transaction, "pk state") == (number, "open")
    assert station.readings[0].transaction_id == number


def test_f10_the_same_state_again_is_no_news(bench: Bench) -> None:
    station = bench.connect()

    for _ in range(3):
        station.report("Finishing", minutes=None, errorCode="OtherError", vendorErrorCode="0x0042")

    (fact,) = station.facts("stations.StatusChanged")
    assert (fact["status"], fact["error_code"]) == ("Finishing", "OtherError")
    assert StatusReport.objects.filter(station_id=station.id).count() == 3


def test_f11_a_short_available_while_replugging_ends_nothing(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=1000)

    station.report("Available")
    station.report("Charging")

    assert station.transaction.state == "open"
    station.stop(number, meter=2500)
    assert station.transaction.energy_wh == 1500


def test_f12_the_version_after_the_reboot_tells_whether_an_update_worked(bench: Bench) -> None:
    station = bench.connect(firmwareVersion="1.0")
    for status in ("Downloading", "Installing", "Installed"):
        assert station.call("FirmwareStatusNotification", {"status": status}) == {}
    assert station.row.firmware_version == "1.0"

    station.boot(firmwareVersion="1.1")

    assert station.row.firmware_version == "1.1"
    told = [(event.kind, event.name) for event in station.events]
    assert told == [("firmware", "Downloading"), ("firmware", "Installing"), ("firmware", "Installed")]
    assert station.facts("stations.StationBooted")[-1]["firmware_version"] == "1.1"


def test_f13_a_station_that_is_away_is_not_faulted(bench: Bench) -> None:
    station = bench.connect()
    station.report("Charging")
    number = station.start()

    bench.leave(station)

    assert not StationConnection.objects.get(station_id=station.id).is_connected
    assert got(station.connector(), "status error_code") == ("Charging", "")
    assert got(station.transaction, "pk state") == (number, "open")
    (fact,) = station.facts("stations.StationDisconnected")
    assert fact["epoch"] == 1


def test_f14_the_vendors_own_error_code_is_kept(bench: Bench) -> None:
    station = bench.connect()

    station.report(
        "Faulted", errorCode="OtherError", vendorId="com.acme", vendorErrorCode="E-4711", info="lid open"
    )

    names = "status error_code vendor_error_code info"
    assert got(station.connector(), names) == ("Faulted", "OtherError", "E-4711", "lid open")


def test_f14_what_a_vendor_tells_by_data_transfer_is_kept(bench: Bench) -> None:
    station = bench.connect()
    data = '{"connectorId":1,"errorCode":"RCD"}'
    payload = {"vendorId": "EV-BOX", "messageId": "evbStatusNotification", "data": data}

    assert station.call("DataTransfer", payload) == {"status": "UnknownVendorId"}

    (event,) = station.events
    assert got(event, "kind name") == ("data", "EV-BOX")
    assert event.detail == payload


def test_f15_what_a_healthy_station_refuses_is_there_to_be_counted(bench: Bench) -> None:
    station = bench.connect()
    request = bench.ask(station, UnlockConnector(evse=1))
    station.receive_call("UnlockConnector")

    station.answer({"status": "UnlockFailed"})

    answered = bench.answered(request)
    assert got(answered, "state is_accepted") == ("answered", False)
    assert answered.answer is not None
    assert answered.answer["word"] == "UnlockFailed"
