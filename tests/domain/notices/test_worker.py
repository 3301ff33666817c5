"""A real worker: from a fact to the service within a minute, and nothing twice when it is killed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection, transaction
from tests.domain.notices.making import Crew
from tests.installation import Installation
from tests.patience import PATIENCE_S, wait_for

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health.facts import IncidentOpened
from chargehand.domain.notices import sealing
from chargehand.domain.notices.models import Channel, Delivery
from chargehand.domain.notices.plans import Step
from chargehand.journal import log
from chargehand.kernel import clock

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Service(ThreadingHTTPServer):
    """Counts what it is told by path; answers under /slow only when released."""

    daemon_threads = True

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.release = threading.Event()
        super().__init__(("127.0.0.1", 0), _Counting)


class _Counting(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
        if self.path.startswith("/slow"):
            self.server.release.wait(PATIENCE_S)
        self.send_response(200)
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


def state_opened(crew: Crew, incident_id: int) -> IncidentOpened:
    fact = IncidentOpened(
        happened_at=clock.now(),
        operator_id=crew.operator_id,
        incident_id=incident_id,
        kind="failed-starts",
        severity=4,
        station_ids=(crew.station_id,),
    )
    with transaction.atomic():
        log.state([fact])
    return fact


def hook(crew: Crew, service: Service, name: str, path: str) -> int:
    person = crew.person(name)
    target = f"json://127.0.0.1:{service.server_address[1]}{path}"
    Channel.objects.filter(pk=crew.channel(person)).update(sealed_target=sealing.seal(target))
    return person


def test_a_worker_tells_within_a_minute_and_killed_in_the_middle_tells_nothing_twice(
    operator: Operator, installation: Installation, service: Service, settings: Any
) -> None:
    settings.SECRET_KEY = "of a test"  # that of the worker's process
    crew = Crew(operator)
    mia, tom = hook(crew, service, "Mia", "/slow"), hook(crew, service, "Tom", "/tom")
    crew.escalate(Step(wait_minutes=60, user_id=tom))
    installation.start("worker")
    fact = state_opened(crew, 1)
    wait_for(lambda: Delivery.objects.filter(state="sent").exists())
    sent = Delivery.objects.get()
    assert sent.finished_at is not None
    assert sent.finished_at - fact.happened_at <= timedelta(seconds=60)

    crew.escalate(Step(wait_minutes=60, user_id=mia), Step(wait_minutes=60, user_id=tom), name="Both")
    state_opened(crew, 2)
    wait_for(lambda: "/slow" in str(service.paths))
    installation.kill("worker")
    service.release.set()
    installation.start("worker")
    [left] = Delivery.objects.filter(state="claimed")
    Delivery.objects.filter(pk=left.pk).update(claimed_at=clock.now() - timedelta(minutes=2))
    wait_for(lambda: service.paths.count("/tom/") + service.paths.count("/tom") == 2)
    wait_for(lambda: Delivery.objects.get(pk=left.pk).state == "unknown")
    assert len([path for path in service.paths if path.startswith("/slow")]) == 1
    connection.close()
