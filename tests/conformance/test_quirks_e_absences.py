"""Field quirks E: stations that are away, and those that may be."""

import pytest
from tests.conformance.bench import Bench, Station, moment

from chargehand.domain.health import sweeps
from chargehand.domain.health.models import Incident
from chargehand.domain.stations.models import (
    ConnectionEvent,
    GatewayProcess,
    StationConnection,
    StationEvent,
)
from chargehand.kernel import clock


def test_e9_going_and_coming_are_both_in_the_history(bench: Bench) -> None:
    station = bench.connect()
    station.report("Charging")
    station.close()
    bench.leave(station)
    assert station.connector().status == "Charging"

    again = bench.connect(row=station.row)

    assert StationConnection.objects.get(station_id=again.id).is_connected
    history = ConnectionEvent.objects.filter(station_id=station.id).order_by("id")
    assert [event.kind for event in history] == ["connected", "disconnected", "connected"]


def gone(bench: Bench, station: Station, minutes: float) -> None:
    """Let a station be away for so many minutes, under a gateway that runs for long."""
    bench.leave(station)
    StationConnection.objects.filter(station_id=station.id).update(disconnected_at=moment(-minutes))
    GatewayProcess.objects.update(started_at=moment(-600))


@pytest.mark.parametrize(
    ("status", "minutes", "is_incident"),
    [
        ("Downloading", 10, False),
        ("Installing", 10, False),
        ("Downloading", 40, True),
        ("DownloadFailed", 10, True),
        (None, 10, True),
    ],
)
def test_e16_a_station_that_goes_away_over_an_update_is_expected_back(
    bench: Bench, status: str | None, minutes: float, *, is_incident: bool
) -> None:
    station = bench.connect()
    if status is not None:
        station.call("FirmwareStatusNotification", {"status": status})
        StationEvent.objects.filter(station_id=station.id).update(received_at=moment(-minutes))
    gone(bench, station, minutes)

    sweeps.notice_lost(clock.now())

    assert Incident.objects.filter(members__station_id=station.id).exists() == is_incident


@pytest.mark.parametrize(
    ("vendor", "minutes", "is_incident"),
    [("Acme", 4, False), ("Acme", 6, True), ("FoxESS", 19, False), ("FoxESS", 21, True), ("go-e", 9, False)],
)
def test_e9_a_model_known_to_come_back_late_gets_its_time(
    bench: Bench, vendor: str, minutes: float, *, is_incident: bool
) -> None:
    station = bench.connect(vendor=vendor)
    gone(bench, station, minutes)

    sweeps.notice_lost(clock.now())

    assert Incident.objects.filter(members__station_id=station.id).exists() == is_incident
