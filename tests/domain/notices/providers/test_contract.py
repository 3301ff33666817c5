"""What every provider promises, held by the real ones against servers of this machine, and by the fake."""

from __future__ import annotations

import json
import smtplib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import apprise
import pytest
from django.core import mail
from django.test import override_settings
from tests.patience import PATIENCE_S, wait_for

from chargehand.domain.notices.calls import Call, call_all
from chargehand.domain.notices.kinds import SCHEMES
from chargehand.domain.notices.providers.base import Message, Outcome, Provider
from chargehand.domain.notices.providers.fake import FakeProvider
from chargehand.domain.notices.providers.mail import MailProvider
from chargehand.domain.notices.providers.services import ServicesProvider

MESSAGE = Message(title="Danger: charger 4107", body="A cable seems to be cut.\nLook at it.", tone="alarm")


class Service(ThreadingHTTPServer):
    """A service that answers as the first part of the path says: ok, 500, slow, hang-up."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.release = threading.Event()
        super().__init__(("127.0.0.1", 0), _Answering)

    def address(self, behaviour: str) -> str:
        return f"json://127.0.0.1:{self.server_address[1]}/{behaviour}"


class _Answering(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(json.loads(body))
        if self.path.startswith("/slow"):
            self.server.release.wait(PATIENCE_S)
        if self.path.startswith("/hang-up"):
            self.connection.close()
            return
        self.send_response(500 if self.path.startswith("/500") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Keep the output clean."""


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.release.set()
    running.shutdown()
    thread.join(PATIENCE_S)
    running.server_close()


Case = tuple[Provider, str, Callable[[], int]]


@pytest.fixture(params=["fake", "services", "mail"])
def works(request: pytest.FixtureRequest, service: Service) -> Case:
    """A provider, an address that works, and how many messages arrived there."""
    if request.param == "fake":
        fake = FakeProvider()
        return fake, "json://example.org", lambda: len(fake.sent)
    if request.param == "services":
        return ServicesProvider(), service.address("ok"), lambda: len(service.heard)
    return MailProvider(), "mia@example.org", lambda: len(mail.outbox)


@pytest.fixture(params=["fake", "services", "mail"])
def fails(request: pytest.FixtureRequest, service: Service, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A provider, and an address at which messages certainly do not arrive."""
    if request.param == "fake":
        return FakeProvider(), "json://example.org?fails", lambda: 0
    if request.param == "services":
        return ServicesProvider(), service.address("500"), lambda: 0
    # A port on which nobody listens.
    monkeypatch.setattr("django.conf.settings.EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
    monkeypatch.setattr("django.conf.settings.EMAIL_HOST", "127.0.0.1")
    monkeypatch.setattr("django.conf.settings.EMAIL_PORT", 9)
    return MailProvider(), "mia@example.org", lambda: 0


def test_a_message_that_is_taken_counts_as_sent_and_arrives_once(works: Case) -> None:
    provider, target, count = works
    assert provider.send(target, MESSAGE).ending == "sent"
    assert count() == 1


def test_a_message_that_is_refused_counts_as_failed_and_may_be_tried_again(fails: Case) -> None:
    provider, target, count = fails
    outcome = provider.send(target, MESSAGE)
    assert (outcome.ending, outcome.is_final) == ("failed", False)
    assert outcome.said
    assert count() == 0


@pytest.mark.parametrize(
    ("provider", "target"),
    [(FakeProvider(), "json://example.org?bad"), (ServicesProvider(), "slack://too-short")],
)
def test_an_address_that_is_none_fails_for_good(provider: Provider, target: str) -> None:
    outcome = provider.send(target, MESSAGE)
    assert (outcome.ending, outcome.is_final) == ("failed", True)


def test_a_service_gets_title_text_and_kind(service: Service) -> None:
    ServicesProvider().send(service.address("ok"), MESSAGE)
    [heard] = service.heard
    assert (heard["title"], heard["message"], heard["type"]) == (MESSAGE.title, MESSAGE.body, "failure")


@pytest.mark.usefixtures("first_is_given_up")
def test_a_service_that_does_not_answer_in_time_leaves_the_outcome_unknown(service: Service) -> None:
    quick = Call(ServicesProvider(), service.address("ok"), MESSAGE)
    slow = Call(ServicesProvider(), service.address("slow"), MESSAGE)
    first, second = call_all([slow, quick], limit_s=PATIENCE_S)
    assert (first.ending, second.ending) == ("unknown", "sent")
    wait_for(lambda: len(service.heard) == 2)


def test_a_service_that_hangs_up_after_the_message_leaves_the_outcome_unknown(service: Service) -> None:
    outcome = ServicesProvider().send(service.address("hang-up"), MESSAGE)
    assert outcome.ending == "unknown"
    assert len(service.heard) == 1


def test_what_goes_wrong_is_told_without_the_secret_of_the_address(service: Service) -> None:
    address = service.address("500").replace("json://", "json://mia:s3cret@")
    outcome = ServicesProvider().send(address, MESSAGE)
    assert outcome.ending == "failed"
    assert "s3cret" not in outcome.said


def test_nothing_listens_at_the_address() -> None:
    outcome = ServicesProvider().send("json://127.0.0.1:9/", MESSAGE)
    assert outcome.ending == "failed"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (smtplib.SMTPRecipientsRefused({"mia@example.org": (550, b"no such person")}), ("failed", True)),
        (smtplib.SMTPRecipientsRefused({"mia@example.org": (451, b"try later")}), ("failed", False)),
        (smtplib.SMTPDataError(554, b"no"), ("failed", False)),
        (smtplib.SMTPServerDisconnected("gone"), ("unknown", False)),
        (TimeoutError("slow"), ("unknown", False)),
        (OSError("no route"), ("failed", False)),
    ],
)
def test_what_a_mail_server_says_decides_whether_to_try_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: tuple[str, bool]
) -> None:
    def raise_it(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", raise_it)
    ended = MailProvider().send("mia@example.org", MESSAGE)
    assert (ended.ending, ended.is_final) == outcome


@override_settings(DEFAULT_FROM_EMAIL="csms@example.org")
def test_mail_says_that_it_was_made_by_a_machine() -> None:
    MailProvider().send("mia@example.org", Message(title="two\nlines", body="b"))
    [sent] = mail.outbox
    assert (sent.subject, sent.from_email, sent.to) == ("two lines", "csms@example.org", ["mia@example.org"])
    assert sent.message()["Auto-Submitted"] == "auto-generated"


def test_every_scheme_we_offer_is_known_to_the_library() -> None:
    known = set()
    for each in apprise.Apprise().details()["schemas"]:
        known |= {*(each["protocols"] or ()), *(each["secure_protocols"] or ())}
    assert set().union(*SCHEMES.values()) <= known


def test_an_exception_counts_as_unknown() -> None:
    def break_down(target: str) -> Outcome:
        raise ValueError(target)

    [outcome] = call_all([Call(FakeProvider(break_down), "json://secret", MESSAGE)])
    assert outcome == Outcome("unknown", "ValueError while sending")
