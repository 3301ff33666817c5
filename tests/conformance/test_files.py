"""Certification sequences of firmware and diagnostics: 1.6 044, 045, 079, 080, 081; 2.x L01, L02, N01."""

from typing import Any

import pytest
from tests.conformance.bench import Bench, Station, moment, text
from tests.conformance.sequences import obey, word

from chargehand.domain.stations import command_cards, file_transfers
from chargehand.domain.stations.commands import GetLog, UpdateFirmware
from chargehand.domain.stations.models import StationRequest

HAPPY = (*("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"),)
FAILURES = ("DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature")
URL = "https://firmware.example.org/one-2.0.bin"
UPLOAD = "https://csms.example.org/uploads/token/"


def _update(number: int = 77, *, is_signed: bool = True, **more: Any) -> UpdateFirmware:
    signed: dict[str, Any] = {"signing_certificate": "PEM", "signature": "c2ln"} if is_signed else {}
    return UpdateFirmware(
        request_id=number, location=URL, version="2.0", retrieve_at=moment(), **signed, **more
    )


def _report(station: Station, status: str, number: int) -> None:
    action = "SignedFirmwareStatusNotification" if station.version == "1.6" else "FirmwareStatusNotification"
    assert station.call(action, {"status": status, "requestId": number}) == {}


def _boot(station: Station, version: str) -> None:
    if station.version == "1.6":
        station.boot(firmwareVersion=version)
    else:
        station.boot(reason="FirmwareUpdate", firmwareVersion=version)


def _progress(bench: Bench, request: StationRequest) -> str:
    card = command_cards.request(bench.operator.pk, request.pk)
    assert card is not None
    return card.progress


def _told(bench: Bench, station: Station) -> list[tuple[str, int | None]]:
    steps = file_transfers.firmware_progress(bench.operator.pk, station.id)
    return [(step.status, step.request_number) for step in reversed(steps)]


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_l_01_a_signed_update_is_followed_by_its_number_and_seen_at_the_restart(
    bench: Bench, version: str
) -> None:
    station = bench.connect(version)
    action = "SignedUpdateFirmware" if version == "1.6" else "UpdateFirmware"
    payload, request = obey(bench, station, _update(), action, {"status": "Accepted"})
    for status in HAPPY:
        _report(station, status, 77)
    assert _progress(bench, request) == "answered"
    _boot(station, "2.0")

    assert payload["requestId"] == 77
    assert payload["firmware"]["location"] == URL
    assert payload["firmware"]["signingCertificate"] == "PEM"
    assert payload["firmware"]["signature"] == "c2ln"
    assert _told(bench, station) == [(status, 77) for status in HAPPY]
    bench.follow(lambda: _progress(bench, request) == "seen")


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_l_02_and_l_03_an_update_may_be_scheduled(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    later = moment(60)
    command = _update(is_signed=False, install_at=later)
    payload, request = obey(bench, station, command, "UpdateFirmware", {"status": "Accepted"})
    for status in ("DownloadScheduled", "Downloading", "Downloaded", "InstallScheduled"):
        _report(station, status, 77)
    assert payload["firmware"]["installDateTime"].startswith(text(later).removesuffix("Z"))
    assert "signature" not in payload["firmware"]
    assert _progress(bench, request) == "answered"


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
@pytest.mark.parametrize("status", ["InvalidCertificate", "RevokedCertificate", "Rejected"])
def test_l_04_05_11_a_station_may_refuse_an_update(bench: Bench, version: str, status: str) -> None:
    station = bench.connect(version)
    action = "SignedUpdateFirmware" if version == "1.6" else "UpdateFirmware"
    _, request = obey(bench, station, _update(), action, {"status": status})
    assert (request.is_accepted, word(request)) == (False, status)
    assert _progress(bench, request) == "refused"


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
@pytest.mark.parametrize("status", FAILURES)
def test_l_06_to_09_a_failure_is_kept_with_its_number(bench: Bench, version: str, status: str) -> None:
    station = bench.connect(version)
    action = "SignedUpdateFirmware" if version == "1.6" else "UpdateFirmware"
    _, request = obey(bench, station, _update(), action, {"status": "Accepted"})
    _report(station, status, 77)
    assert _told(bench, station) == [(status, 77)]
    [fact] = station.facts("stations.FirmwareStatusChanged")
    assert (fact["status"], fact["request_number"]) == (status, 77)
    assert _progress(bench, request) == "answered"


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_l_10_a_second_update_takes_the_place_of_the_first(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    obey(bench, station, _update(77), "UpdateFirmware", {"status": "Accepted"})
    _, second = obey(bench, station, _update(78), "UpdateFirmware", {"status": "AcceptedCanceled"})
    _report(station, "Downloading", 78)
    assert second.is_accepted
    assert _told(bench, station) == [("Downloading", 78)]


@pytest.mark.parametrize("statuses", [("Downloading", "Downloaded", "Installing", "Installed"), FAILURES[:2]])
def test_044_an_update_of_1_6_without_signature(bench: Bench, statuses: tuple[str, ...]) -> None:
    station = bench.connect("1.6")
    payload, request = obey(bench, station, _update(is_signed=False, retries=2), "UpdateFirmware", {})
    for status in statuses:
        assert station.call("FirmwareStatusNotification", {"status": status}) == {}
    _boot(station, "2.0")
    assert set(payload) == {"location", "retrieveDate", "retries"}
    assert _told(bench, station) == [(status, None) for status in statuses]
    bench.follow(lambda: _progress(bench, request) == "seen")


@pytest.mark.parametrize(("status", "progress"), [("Uploaded", "seen"), ("UploadFailed", "answered")])
def test_045_diagnostics_of_1_6(bench: Bench, status: str, progress: str) -> None:
    station = bench.connect("1.6")
    command = GetLog(request_id=5, kind="diagnostics", location=UPLOAD, since=moment(-60), until=moment())
    payload, request = obey(bench, station, command, "GetDiagnostics", {"fileName": "log.zip"})
    for each in ("Uploading", status):
        assert station.call("DiagnosticsStatusNotification", {"status": each}) == {}
    assert set(payload) == {"location", "startTime", "stopTime"}
    assert payload["location"] == UPLOAD
    bench.follow(lambda: _progress(bench, request) == progress)
    steps = file_transfers.log_progress(bench.operator.pk, station.id)
    assert [step.status for step in steps] == [status, "Uploading"]
    assert request.answer is not None
    assert request.answer["detail"] == {"fileName": "log.zip"}


@pytest.mark.parametrize(
    ("version", "kind", "log_type"),
    [
        ("1.6", "security", "SecurityLog"),
        ("2.0.1", "security", "SecurityLog"),
        ("2.0.1", "diagnostics", "DiagnosticsLog"),
        ("2.1", "security", "SecurityLog"),
        ("2.1", "diagnostics", "DiagnosticsLog"),
    ],
)
def test_n_25_35_and_079_a_log_is_uploaded(bench: Bench, version: str, kind: Any, log_type: str) -> None:
    station = bench.connect(version)
    command = GetLog(request_id=6, kind=kind, location=UPLOAD, until=moment())
    payload, request = obey(bench, station, command, "GetLog", {"status": "Accepted", "filename": "x"})
    for status in ("Uploading", "Uploaded"):
        assert station.call("LogStatusNotification", {"status": status, "requestId": 6}) == {}
    assert (payload["logType"], payload["requestId"]) == (log_type, 6)
    assert set(payload["log"]) == {"remoteLocation", "latestTimestamp"}
    bench.follow(lambda: _progress(bench, request) == "seen")


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
@pytest.mark.parametrize(("status", "is_accepted"), [("Rejected", False), ("AcceptedCanceled", True)])
def test_n_34_and_36_a_log_may_be_refused_or_replace_another(
    bench: Bench, version: str, status: str, is_accepted: bool
) -> None:
    station = bench.connect(version)
    command = GetLog(request_id=6, kind="security", location=UPLOAD)
    _, request = obey(bench, station, command, "GetLog", {"status": status})
    assert (request.is_accepted, word(request)) == (is_accepted, status)
