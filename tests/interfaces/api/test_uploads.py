"""The upload address against a real server: what stations send, and what nobody should."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from tests.domain.station_talk import Talk
from tests.patience import PATIENCE_S, wait_for

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import log_files
from chargehand.domain.maintenance.log_files import LogView
from chargehand.domain.stations.commands import GetLog
from chargehand.project.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

PAT = Actor("user", None, "Pat")


@pytest.fixture
def port(settings: Any, tmp_path: Path) -> Iterator[int]:
    """A web server of this process."""
    settings.STORAGE_DIR = tmp_path / "storage"
    settings.LOG_UPLOAD_BYTES = 400_000
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(application, log_config=None, lifespan="off", ws="none", http="h11")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield int(listening.getsockname()[1])
        server.should_exit = True
        thread.join(PATIENCE_S)


@pytest.fixture
def talk(operator: Operator) -> Talk:
    return Talk(operator.pk)


@pytest.fixture
def path(talk: Talk, port: int) -> str:
    """The path of an address that a station was given."""
    log_files.ask_for_log(
        operator_id=talk.operator_id, station_id=talk.station_id, kind="diagnostics", actor=PAT
    )
    command = talk.obey()
    assert isinstance(command, GetLog)
    return urlsplit(command.location).path


def _send(port: int, head: str, body: bytes = b"", *, is_cut: bool = False) -> bytes:
    """Send a request as it is and return the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as station:
        text = f"{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1")
        try:
            station.sendall(text + body)
            if is_cut:
                return b""
            answer = b""
            while piece := station.recv(65_536):
                answer += piece
        except ConnectionError:
            return answer
    return answer


def _put(port: int, path: str, body: bytes, **more: Any) -> bytes:
    return _send(port, f"PUT {path} HTTP/1.1\r\nContent-Length: {len(body)}", body, **more)


def _status(answer: bytes) -> int:
    return int(answer.split()[1])


def _log(talk: Talk) -> LogView:
    return log_files.logs_of(talk.operator_id, talk.station_id)[0]


def _content(talk: Talk) -> bytes:
    found = log_files.read_log(talk.operator_id, _log(talk).id)
    assert found is not None
    return b"".join(found[1])


def _wait(talk: Talk, state: str) -> None:
    wait_for(lambda: _log(talk).state == state)


@pytest.mark.parametrize("name", ["", "log.tar.gz", "sub/folder/log.tar.gz"])
def test_a_station_puts_its_log(talk: Talk, port: int, path: str, name: str) -> None:
    body = bytes(range(256)) * 1200
    assert _status(_put(port, path + name, body)) == 201
    assert _content(talk) == body
    assert _log(talk).file_name == name.rpartition("/")[2]
    assert _status(_put(port, path + name, body)) == 409


def test_a_station_posts_in_pieces(talk: Talk, port: int, path: str) -> None:
    body = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    assert _status(_send(port, f"POST {path}x HTTP/1.1\r\nTransfer-Encoding: chunked", body)) == 201
    assert _content(talk) == b"hello world"


def test_a_station_posts_a_form_and_its_first_file_counts(talk: Talk, port: int, path: str) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s\r\n'
    body = part % (b"f", b"log.txt", b"first") + part % (b"g", b"b.txt", b"second") + b"--b--\r\n"
    head = f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}"
    assert _status(_send(port, f"POST {path} HTTP/1.1\r\n{head}", body)) == 201
    assert _content(talk) == b"first"


@pytest.mark.parametrize("body", [b"rubbish", b"--b--\r\n"])
def test_a_form_without_a_file_is_refused(talk: Talk, port: int, path: str, body: bytes) -> None:
    head = f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}"
    assert _status(_send(port, f"POST {path} HTTP/1.1\r\n{head}", body)) == 400
    assert _log(talk).state == "failed"


def test_what_says_it_is_too_large_is_refused_before_it_is_read(talk: Talk, port: int, path: str) -> None:
    answer = _send(port, f"PUT {path} HTTP/1.1\r\nContent-Length: 400001")
    assert _status(answer) == 413
    assert _log(talk).state == "failed"


def test_what_turns_out_too_large_is_stopped_on_the_way(
    talk: Talk, port: int, path: str, settings: Any
) -> None:
    piece = b"10000\r\n" + bytes(65_536) + b"\r\n"
    answer = _send(port, f"PUT {path} HTTP/1.1\r\nTransfer-Encoding: chunked", piece * 10 + b"0\r\n\r\n")
    assert not answer or _status(answer) == 413
    _wait(talk, "failed")
    assert [each for each in settings.STORAGE_DIR.rglob("*") if each.is_file()] == []


def test_a_cut_connection_leaves_nothing_and_the_station_may_try_again(
    talk: Talk, port: int, path: str, settings: Any
) -> None:
    _send(port, f"PUT {path} HTTP/1.1\r\nContent-Length: 1000", b"half", is_cut=True)
    _wait(talk, "failed")
    assert [each for each in settings.STORAGE_DIR.rglob("*") if each.is_file()] == []
    assert _status(_put(port, path, b"whole")) == 201
    assert _content(talk) == b"whole"


@pytest.mark.parametrize(
    "wrong", ["/uploads/", "/uploads/wrong/log", "/uploads/..%2f..%2fetc/passwd", "/uploads/%00/x"]
)
def test_a_wrong_token_leads_nowhere(talk: Talk, port: int, path: str, settings: Any, wrong: str) -> None:
    assert _status(_put(port, wrong, b"x")) == 404
    assert not settings.STORAGE_DIR.exists()
    assert _log(talk).state == "asked"


def test_no_path_leads_out_of_the_storage(talk: Talk, port: int, path: str, settings: Any) -> None:
    assert _status(_put(port, path + "..%2f..%2f..%2fetc%2fcron.d%2fevil", b"x")) == 201
    [file] = [each for each in settings.STORAGE_DIR.rglob("*") if each.is_file()]
    assert file.parent == settings.STORAGE_DIR / "logs"
    assert _log(talk).file_name == "evil"


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_can_be_fetched_there(port: int, path: str, method: str) -> None:
    assert _status(_send(port, f"{method} {path} HTTP/1.1")) == 405


def test_an_empty_file_is_refused(talk: Talk, port: int, path: str) -> None:
    assert _status(_put(port, path, b"")) == 400
    assert _log(talk).state == "failed"
