"""Logs are asked for at a one-time address, and what came of it is said in a sentence."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.domain.maintenance.yard import PAT, Yard

from chargehand.domain.accounts.models import Operator
from chargehand.domain.maintenance import followers, log_files
from chargehand.domain.maintenance.log_files import LogView
from chargehand.domain.maintenance.models import LogUpload
from chargehand.domain.stations import command_cards, sweeps
from chargehand.domain.stations.commands import GetLog
from chargehand.domain.stations.events import VariableReported, VariablesReported
from chargehand.domain.stations.facts import LogStatusChanged, RequestAnswered
from chargehand.domain.stations.models import StationRequest
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.facts import Fact

pytestmark = pytest.mark.django_db


def _ask(yard: Yard, **more: Any) -> tuple[UUID, GetLog]:
    """Ask for a log, and let the station say yes; return the upload's id and what it was asked."""
    upload_id = log_files.ask_for_log(
        operator_id=yard.operator_id,
        station_id=yard.station_id,
        actor=PAT,
        **{"kind": "diagnostics", **more},
    )
    command = yard.talk.obey()
    assert isinstance(command, GetLog)
    return upload_id, command


def _token(command: GetLog) -> str:
    return command.location.rstrip("/").rpartition("/")[2]


def _view(yard: Yard, upload_id: UUID) -> LogView:
    [found] = [view for view in log_files.logs_of(yard.operator_id, yard.station_id) if view.id == upload_id]
    return found


def _told(yard: Yard, word: str, number: int | None = None, *, is_of_16: bool = False) -> Fact:
    return LogStatusChanged(
        happened_at=clock.now(),
        operator_id=yard.operator_id,
        station_id=yard.station_id,
        status=word,
        request_number=number,
        is_diagnostics_of_16=is_of_16,
    )


def _upload(token: str, content: bytes = b"the log", name: str = "log.tar.gz") -> None:
    receiving = log_files.begin_upload(token, name)
    receiving.write(content)
    receiving.finish()


def _refusal(code: str) -> Any:
    return pytest.raises(Refused, check=lambda refused: refused.code == code)


def test_a_log_that_comes_is_kept_and_the_request_is_seen_to_work(
    yard: Yard, other_operator: Operator
) -> None:
    upload_id, command = _ask(yard)
    _upload(_token(command), name="../../etc/pass wd")
    view = _view(yard, upload_id)
    assert (view.state, view.size, view.file_name) == ("received", 7, "pass_wd")
    found = log_files.read_log(yard.operator_id, upload_id)
    assert found is not None
    assert b"".join(found[1]) == b"the log"
    assert view.request_id is not None
    card = command_cards.request(yard.operator_id, view.request_id)
    assert card is not None
    assert card.progress == "seen"
    assert log_files.read_log(other_operator.pk, upload_id) is None
    assert log_files.read_log(yard.operator_id, upload_id, location_ids=[]) is None
    followers.settle_logs([_told(yard, "UploadFailure", command.request_id)])
    assert _view(yard, upload_id).state == "received"


def test_an_address_works_once(yard: Yard) -> None:
    _, command = _ask(yard)
    _upload(_token(command))
    with _refusal("used"):
        log_files.begin_upload(_token(command), "again")


def test_an_address_nobody_gave_leads_nowhere(yard: Yard) -> None:
    _ask(yard)
    for token in ("", "x", "../" * 9, "\0"):
        with _refusal("no-such-upload"):
            log_files.begin_upload(token, "log")


def test_an_address_ends(yard: Yard) -> None:
    upload_id, command = _ask(yard)
    LogUpload.objects.filter(pk=upload_id).update(expires_at=clock.now())
    with _refusal("expired"):
        log_files.begin_upload(_token(command), "log")


def test_what_is_too_large_or_empty_leaves_nothing_and_may_be_tried_again(yard: Yard, settings: Any) -> None:
    settings.LOG_UPLOAD_BYTES = 10
    upload_id, command = _ask(yard)
    receiving = log_files.begin_upload(_token(command), "log")
    with _refusal("busy"):
        log_files.begin_upload(_token(command), "log")
    receiving.write(bytes(10))
    with _refusal("too-large"):
        receiving.write(b"x")
    receiving.discard("It was too large.")
    assert (_view(yard, upload_id).state, _view(yard, upload_id).sentence) == ("failed", "It was too large.")
    empty = log_files.begin_upload(_token(command), "log")
    with _refusal("empty"):
        empty.finish()
    empty.discard("It was empty.")
    assert [path for path in settings.STORAGE_DIR.rglob("*") if path.is_file()] == []
    _upload(_token(command))
    assert _view(yard, upload_id).state == "received"


def test_a_station_does_not_try_for_ever(yard: Yard) -> None:
    _, command = _ask(yard)
    for _ in range(log_files.MOST_ATTEMPTS):
        log_files.begin_upload(_token(command), "log").discard("broke off")
    with _refusal("expired"):
        log_files.begin_upload(_token(command), "log")


@pytest.mark.parametrize(
    ("word", "state", "part"),
    [
        ("Uploading", "asked", ""),
        ("Uploaded", "asked", "nothing has arrived"),
        ("UploadFailed", "failed", "FTP"),
        ("NotSupportedOperation", "failed", "no FTP"),
        ("PermissionDenied", "failed", "not let in"),
    ],
)
def test_what_the_station_tells_is_written_down(yard: Yard, word: str, state: str, part: str) -> None:
    upload_id, command = _ask(yard)
    other, _ = _ask(yard, kind="security")
    followers.settle_logs([_told(yard, word, command.request_id)] * 2)
    assert _view(yard, upload_id).state == state
    assert part in _view(yard, upload_id).sentence
    assert (_view(yard, other).state, _view(yard, other).sentence) == ("asked", "")


def test_diagnostics_of_1_6_are_the_newest_that_were_asked_for(yard: Yard) -> None:
    older, _ = _ask(yard)
    newer, _ = _ask(yard)
    security, _ = _ask(yard, kind="security")
    followers.settle_logs([_told(yard, "UploadFailed", is_of_16=True)])
    states = [_view(yard, upload_id).state for upload_id in (older, newer, security)]
    assert states == ["asked", "failed", "asked"]


@pytest.mark.parametrize(("is_accepted", "word"), [(False, "Rejected"), (True, "AcceptedCanceled")])
def test_a_refusal_and_a_cancelled_upload_say_so(yard: Yard, is_accepted: bool, word: str) -> None:
    older, _ = _ask(yard)
    newer, _ = _ask(yard)
    answered = RequestAnswered(
        happened_at=clock.now(),
        operator_id=yard.operator_id,
        station_id=yard.station_id,
        request_id=str(_view(yard, newer).request_id),
        command="get-log",
        is_accepted=is_accepted,
        word=word,
    )
    followers.settle_logs([answered, answered])
    states = (_view(yard, older).state, _view(yard, newer).state)
    assert states == (("failed", "asked") if is_accepted else ("asked", "failed"))


@pytest.mark.parametrize(
    ("said", "public", "is_possible"),
    [
        ("FTP,FTPS", "https://csms.example.org", False),
        ("FTP,HTTPS", "https://csms.example.org", True),
        ("HTTPS", "http://csms.example.org", False),
    ],
)
def test_a_station_that_knows_only_ftp_is_not_asked(
    yard: Yard, settings: Any, said: str, public: str, is_possible: bool
) -> None:
    settings.PUBLIC_URL = public
    variable = VariableReported(component="OCPPCommCtrlr", name="FileTransferProtocols", value=said)
    yard.talk.say(VariablesReported([variable]))
    if is_possible:
        assert _ask(yard)[1].location.startswith(f"{public}/uploads/")
        return
    with _refusal("no-common-protocol"):
        _ask(yard)
    assert yard.talk.take() is None


def test_a_period_that_ends_before_it_begins_is_refused(yard: Yard) -> None:
    with _refusal("bad-period"):
        _ask(yard, since=clock.now(), until=clock.now() - timedelta(hours=1))


def test_a_station_of_another_operator_is_not_asked(yard: Yard, other_operator: Operator) -> None:
    with _refusal("no-such-station"):
        log_files.ask_for_log(
            operator_id=other_operator.pk, station_id=yard.station_id, kind="diagnostics", actor=PAT
        )


def _never_connected(yard: Yard, upload_id: UUID) -> None:
    long_ago = clock.now() - timedelta(minutes=2)
    request_id = _view(yard, upload_id).request_id
    assert request_id is not None
    StationRequest.objects.filter(pk=request_id).update(state="queued", expires_at=long_ago)
    sweeps.sweep_stations()


def _never_came(yard: Yard, upload_id: UUID) -> None:
    LogUpload.objects.filter(pk=upload_id).update(expires_at=clock.now() - timedelta(hours=2))


@pytest.mark.parametrize(("happen", "state"), [(_never_connected, "failed"), (_never_came, "expired")])
def test_what_will_not_come_any_more_ends(
    yard: Yard, happen: Callable[[Yard, UUID], None], state: str
) -> None:
    upload_id, _ = _ask(yard)
    happen(yard, upload_id)
    log_files.sweep(clock.now())
    assert _view(yard, upload_id).state == state
    assert _view(yard, upload_id).sentence


def test_old_logs_are_deleted_with_their_files(yard: Yard, settings: Any) -> None:
    _, command = _ask(yard)
    _upload(_token(command))
    assert log_files.forget_old(clock.now()) == 0
    assert log_files.forget_old(clock.now() + log_files.KEEP_FOR + timedelta(days=1)) == 1
    assert log_files.logs_of(yard.operator_id, yard.station_id) == []
    assert [path for path in settings.STORAGE_DIR.rglob("*") if path.is_file()] == []
