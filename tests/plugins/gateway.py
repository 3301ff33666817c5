"""A gateway in a thread of the test, stations and tokens for it: what stories about stations begin with."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from inspect import unwrap
from typing import Any

import pytest
import uvloop
from django.db import connection
from tests.patience import PATIENCE_S

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import entry, requests
from chargehand.domain.stations.models import ChargingStation
from chargehand.domain.tokens.models import Token
from chargehand.domain.tokens.normalising import uid_key
from chargehand.interfaces.gateway.process import GatewayProcess, GatewaySettings
from chargehand.interfaces.gateway.websocket.limits import Limits
from chargehand.kernel import clock

PARTITIONED = (
    "stations_message",
    "stations_status_report",
    "charging_reading",
    "charging_transaction_event",
)
PASSWORD = "correct-horse-battery-42"
#: A station on a machine that stalls may take long to shake hands.
PATIENT = Limits(tls_timeout=PATIENCE_S, handshake_timeout=PATIENCE_S, admit_timeout=PATIENCE_S)


class RunningGateway:
    """A gateway that serves at `url` until it is stopped."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.process = GatewayProcess(settings)
        self._thread = threading.Thread(target=self._run)

    @property
    def url(self) -> str:
        """Address without TLS, without an identity."""
        return f"ws://127.0.0.1:{self.process.port}"

    @property
    def tls_url(self) -> str:
        """Address with TLS, without an identity."""
        return f"wss://127.0.0.1:{self.process.tls_port}"

    def start(self) -> None:
        """Start, and wait until stations can connect."""
        self._thread.start()
        assert self.process.wait_until_ready(PATIENCE_S)
        self.answer_questions_within(PATIENCE_S)

    def answer_questions_within(self, seconds: float) -> None:
        """Let answers wait so long for what could be told besides."""
        assert self.process.gateway is not None
        self.process.gateway._questions._within_s = seconds

    def stop(self) -> None:
        """Stop in good order; everything that was answered is written down."""
        self.process.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.process.main(handles_signals=False))


@contextmanager
def patience_with_stations() -> Iterator[None]:
    """Let commands wait for stations, and for their answers, as long as tests do."""
    defaults = unwrap(requests.queue).__kwdefaults__
    assert defaults is not None
    assert "wait" in defaults
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests, "ANSWER_WITHIN", timedelta(seconds=PATIENCE_S))
        patch.setitem(defaults, "wait", timedelta(seconds=3 * PATIENCE_S))
        yield


@pytest.fixture(autouse=True)
def empty_partitioned_tables(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the tables that Django does not know how to empty, after tests that commit."""
    yield
    if "transactional_db" in request.fixturenames:
        blocker = request.getfixturevalue("django_db_blocker")
        with blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(PARTITIONED)}")


@pytest.fixture
def start_gateway(transactional_db: None) -> Iterator[Callable[..., RunningGateway]]:
    """Start gateways, each in a thread; arguments are those of GatewaySettings."""
    running: list[RunningGateway] = []

    def start(**settings: Any) -> RunningGateway:
        gateway = RunningGateway(
            GatewaySettings(**{"port": 0, "settle_s": 0.05, "limits": PATIENT, **settings})
        )
        gateway.start()
        running.append(gateway)
        return gateway

    with patience_with_stations():
        yield start
        for gateway in running:
            if gateway._thread.is_alive():
                gateway.stop()


@pytest.fixture
def gateway(start_gateway: Callable[..., RunningGateway]) -> RunningGateway:
    """A gateway without TLS."""
    return start_gateway()


@pytest.fixture
def make_station(transactional_db: None, operator: Operator) -> Callable[..., ChargingStation]:
    """Make a station whose password is PASSWORD."""

    def make(identity: str = "4107", **more: Any) -> ChargingStation:
        return ChargingStation.objects.create(
            operator=operator,
            identity=identity,
            identity_key=entry.identity_key(identity),
            password_hash=entry.hash_password(PASSWORD.encode()),
            created_at=clock.now(),
            **more,
        )

    return make


@pytest.fixture
def make_token(transactional_db: None, operator: Operator) -> Callable[..., Token]:
    """Make a token that may charge."""

    def make(uid: str = "CAFE01", **more: Any) -> Token:
        return Token.objects.create(operator=operator, uid=uid, uid_key=uid_key(uid), **more)

    return make
