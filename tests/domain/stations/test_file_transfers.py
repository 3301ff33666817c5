"""Files on their way: what stations tell of them is kept, stated, and shows that commands worked."""

from datetime import timedelta

import pytest
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import command_cards, commanding, file_transfers, sightings
from chargehand.domain.stations.commands import AnyCommand, GetLog, UpdateFirmware
from chargehand.domain.stations.events import Booted, Noticed, VariableReported, VariablesReported
from chargehand.domain.stations.facts import FirmwareStatusChanged, LogStatusChanged
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

LOG = GetLog(request_id=7, kind="diagnostics", location="https://example.org/u/")


@pytest.fixture
def talk(operator: Operator) -> Talk:
    return Talk(operator.pk)


def _ask(talk: Talk, command: AnyCommand) -> None:
    commanding.send_command(
        operator_id=talk.operator_id, station_id=talk.station_id, command=command, asked_by="Mia"
    )
    assert talk.obey() == command


def _progress(talk: Talk) -> str:
    for _ in range(2):
        sightings.look(since=clock.now() - timedelta(hours=1), stations=[talk.station_id])
    return command_cards.station_requests(talk.operator_id, talk.station_id, limit=1)[0].progress


def _update(version: str) -> UpdateFirmware:
    return UpdateFirmware(
        request_id=9, location="https://example.org/f", version=version, retrieve_at=clock.now()
    )


def test_a_log_is_seen_when_the_station_says_that_it_uploaded(talk: Talk) -> None:
    _ask(talk, LOG)
    talk.say(Noticed(kind="log", name="Uploading", detail={"requestId": 7}))
    talk.say(Noticed(kind="log", name="Uploaded", detail={"requestId": 6}))
    assert _progress(talk) == "answered"
    talk.say(Noticed(kind="log", name="Uploaded", detail={"requestId": 7}))
    assert _progress(talk) == "seen"


def test_diagnostics_of_1_6_name_no_request_and_are_seen_all_the_same(talk: Talk) -> None:
    _ask(talk, LOG)
    talk.say(Noticed(kind="diagnostics", name="Uploaded"))
    assert _progress(talk) == "seen"
    [fact] = StatedFact.objects.filter(name=LogStatusChanged.name())
    assert (fact.body["status"], fact.body["is_diagnostics_of_16"]) == ("Uploaded", True)


@pytest.mark.parametrize(("booted", "progress"), [("1.3", "seen"), ("1.2", "answered")])
def test_an_update_is_seen_when_the_station_restarts_with_it(talk: Talk, booted: str, progress: str) -> None:
    _ask(talk, _update("1.3"))
    talk.say(Noticed(kind="firmware", name="Installed", detail={"requestId": 9}))
    assert _progress(talk) == "answered"
    talk.say(Booted(vendor="V", model="M", firmware_version=booted))
    assert _progress(talk) == progress


def test_the_steps_of_an_update_are_kept_and_stated(talk: Talk, other_operator: Operator) -> None:
    for word in ("Downloading", "Downloaded", "InstallationFailed"):
        talk.say(Noticed(kind="firmware", name=word))
    steps = file_transfers.firmware_progress(talk.operator_id, talk.station_id)
    assert [step.status for step in steps] == ["InstallationFailed", "Downloaded", "Downloading"]
    assert StatedFact.objects.filter(name=FirmwareStatusChanged.name()).count() == 3
    assert file_transfers.firmware_progress(other_operator.pk, talk.station_id) == []
    assert file_transfers.log_progress(talk.operator_id, talk.station_id) == []


def test_the_protocols_of_a_station_are_known_where_it_said_them(talk: Talk) -> None:
    assert file_transfers.protocols(talk.operator_id, talk.station_id) is None
    variable = VariableReported(component="OCPP16", name="SupportedFileTransferProtocols", value="ftp, FTPS")
    talk.say(VariablesReported([variable]))
    assert file_transfers.protocols(talk.operator_id, talk.station_id) == frozenset({"FTP", "FTPS"})
