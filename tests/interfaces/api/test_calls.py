"""Calls and commands on simulated stations: the answer comes back, and what was seen after it."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import Client
from tests.installation import Installation
from tests.interfaces.api.conftest import Caller, IssueKey
from tests.patience import PATIENCE_S, wait_for
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.accounts.models import AuditEntry, Operator
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.stations import commanding
from chargehand.domain.stations.models import ChargingStation
from chargehand.domain.tokens.models import Token
from chargehand.journal import runner
from chargehand.kernel import clock
from chargehand.project.flows import FOLLOWERS
from chargehand.simulator.simulated_station import SimulatedStation

MakeStation = Callable[..., ChargingStation]
MakeToken = Callable[..., Token]
VERSIONS = ("1.6", "2.0.1")


class Yard:
    """A station in a loop of its own thread, while the test asks for things."""

    def __init__(self, station: SimulatedStation) -> None:
        self.station = station
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def do(self, act: Coroutine[Any, Any, Any]) -> Any:
        """Let the station do something, and return when it has."""
        return asyncio.run_coroutine_threadsafe(act, self._loop).result(PATIENCE_S)

    def close(self) -> None:
        """Close the station's connection and end the thread."""
        self.do(self.station.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()


@pytest.fixture(params=VERSIONS)
def yard(
    request: pytest.FixtureRequest, gateway: RunningGateway, make_station: MakeStation, make_token: MakeToken
) -> Iterator[Yard]:
    """Station 4107, booted, with a car plugged in; token CAFE01 may charge."""
    make_station("4107")
    make_token("CAFE01")
    made = Yard(SimulatedStation("4107", gateway.url, request.param, PASSWORD))
    made.do(made.station.connect())
    made.do(made.station.boot())
    made.do(made.station.plug_in(1))
    yield made
    made.close()


def _post(client: Client, address: str, body: Any) -> Any:
    return client.post(f"/api/v1{address}", body, content_type="application/json")


def _command(client: Client, body: Any) -> str:
    station_id = ChargingStation.objects.get().pk
    answer = _post(client, f"/stations/{station_id}/commands", body)
    assert answer.status_code == 202, answer.content
    return str(answer["Location"])


def _follow(client: Client, address: str, is_enough: Callable[[Any], bool]) -> Any:
    """Let the followers look until it is enough: facts wait for transactions of other tests to end."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        runner.drain(FOLLOWERS)
        answer = client.get(address)
        if is_enough(answer):
            return answer.json()
        assert time.monotonic() < give_up, answer.json()
        time.sleep(0.1)


def _answered(client: Client, address: str) -> Any:
    """Wait until a command was answered, and return it."""

    def ask() -> Any:
        told = client.get(f"{address}?wait=20&until=answered").json()
        return None if told["state"] in {"queued", "sent"} else told

    return wait_for(ask)


def _seen(client: Client, address: str) -> Any:
    """Follow a command until it was answered and seen to work, and return it."""
    answered = _answered(client, address)
    assert answered["answered_at"] is not None, answered
    assert answered["is_accepted"] is True, answered
    return _follow(client, address, lambda answer: answer.json()["seen_at"] is not None)


def test_a_start_and_a_stop_are_sent_answered_and_seen_and_the_energy_is_told(
    yard: Yard, api: Client
) -> None:
    start = _command(api, {"command": "start", "token_uid": "CAFE01", "evse": 1})
    assert _answered(api, start)["is_accepted"] is True
    yard.do(yard.station.advance(1800))
    started = _seen(api, start)
    assert started["state"] == "seen", started
    assert started["sent_at"] <= started["answered_at"]

    [session] = api.get("/api/v1/sessions", {"state": "open"}).json()["items"]
    assert started["session_id"] == session["id"]
    stop = _command(api, {"command": "stop", "session_id": session["id"]})
    assert _answered(api, stop)["is_accepted"] is True
    yard.do(yard.station.settle())
    assert _seen(api, stop)["state"] == "seen"

    [session] = api.get("/api/v1/sessions", {"state": "ended"}).json()["items"]
    charged = Decimal(yard.station.transactions[0].energy_wh)
    assert charged > 1000
    assert Decimal(session["energy_kwh"]) * 1000 == charged
    record = _follow(api, f"/api/v1/sessions/{session['id']}/cdr", lambda answer: answer.status_code == 200)
    assert record["energy_kwh"] == session["energy_kwh"]
    values = api.get(
        f"/api/v1/sessions/{session['id']}/meter-values", {"measurand": "Energy.Active.Import.Register"}
    ).json()["items"]
    assert values
    assert {value["unit"] for value in values} == {"Wh"}
    assert api.get(f"/api/v1/sessions/{session['id']}/power").json()


def test_an_unlock_is_answered(yard: Yard, api: Client) -> None:
    address = _command(api, {"command": "unlock", "evse": 1})
    unlock = _answered(api, address)
    assert unlock["answer_status"] == "Unlocked"
    assert unlock["sent_at"] <= unlock["answered_at"]


def test_a_reset_is_seen_by_the_boot_that_follows(yard: Yard, api: Client) -> None:
    reset = _command(api, {"command": "reset", "is_immediate": True})
    assert _answered(api, reset)["is_accepted"] is True
    yard.do(yard.station.advance(300))
    yard.do(yard.station.boot())
    assert _seen(api, reset)["state"] == "seen"


def test_a_raw_call_returns_what_the_station_answered(yard: Yard, api: Client) -> None:
    station = ChargingStation.objects.get()
    is_16 = api.get(f"/api/v1/stations/{station.pk}/connection").json()["version"] == "ocpp1.6"
    body = (
        {"action": "GetConfiguration", "payload": {"key": ["HeartbeatInterval"]}}
        if is_16
        else {
            "action": "GetVariables",
            "payload": {
                "getVariableData": [
                    {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
                ]
            },
        }
    )
    answer = _post(api, f"/stations/{station.pk}/calls?wait=60", body)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["command"] == "call"
    assert told["answered_at"] is not None
    assert told["is_final"] is True
    assert ("configurationKey" if is_16 else "getVariableResult") in told["answer"]
    assert AuditEntry.objects.get(action="station.raw_call").detail == {"action": body["action"]}


def test_a_raw_call_that_breaks_the_schema_fails_before_it_is_sent(yard: Yard, api: Client) -> None:
    station = ChargingStation.objects.get()
    heard = len(yard.station.received)
    answer = _post(api, f"/stations/{station.pk}/calls", {"action": "Reset", "payload": {"type": 7}})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert (told["code"], told["error_code"]) == ("unfit-call", "TypeConstraintViolation")
    assert "$.type" in told["detail"]
    assert api.get(f"/api/v1/commands/{told['command_id']}").json()["state"] == "failed"
    assert len(yard.station.received) == heard


def test_a_raw_call_that_the_version_does_not_have_is_refused(yard: Yard, api: Client) -> None:
    station = ChargingStation.objects.get()
    told = _post(api, f"/stations/{station.pk}/calls", {"action": "Heartbeat"}).json()
    assert (told["status"], told["error_code"]) == (422, "NotImplemented")
    assert "Heartbeat" in told["detail"]


def test_a_call_to_a_station_that_is_away_is_told_to_be_on_its_way(
    api: Client, station: ChargingStation
) -> None:
    answer = _post(api, f"/stations/{station.pk}/calls?wait=0", {"action": "ClearCache"})
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    assert answer.json()["answer"] is None
    assert answer["Location"] == f"/api/v1/commands/{answer.json()['id']}"


def test_only_whoever_may_make_raw_calls_makes_them(caller: Caller, station: ChargingStation) -> None:
    client = caller(Permission.STATIONS_COMMAND, Permission.STATIONS_CONFIGURE, Permission.STATIONS_VIEW)
    answer = _post(client, f"/stations/{station.pk}/calls", {"action": "ClearCache"})
    assert answer.status_code == 403
    assert answer.json()["permission"] == "stations.raw_call"


def test_waiting_lends_the_database_connection_to_others(
    transactional_db: None, api: Client, make_station: MakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_station("4107")
    address = _command(api, {"command": "clear-cache"})
    lent: list[bool] = []

    def sleep(seconds: float) -> None:
        lent.append(connection.connection is None)

    monkeypatch.setattr(time, "sleep", sleep)
    waited = api.get(f"{address}?wait=0.2").json()
    assert waited["state"] == "queued"
    assert lent
    assert all(lent)


def test_what_a_raw_call_carried_is_for_those_who_may_make_them(
    api: Client, caller: Caller, station: ChargingStation
) -> None:
    payload = {"key": "HeartbeatInterval", "value": "73656372"}
    body = {"action": "ChangeConfiguration", "payload": payload}
    made = _post(api, f"/stations/{station.pk}/calls?wait=0", body)
    assert made.json()["body"]["payload"] == payload
    reader = caller(Permission.STATIONS_VIEW)
    assert reader.get(made["Location"]).json()["body"] == {"command": "call", "action": body["action"]}
    listed = reader.get(f"/api/v1/stations/{station.pk}/commands")
    assert b"73656372" not in listed.content


def test_a_password_in_a_raw_call_is_shown_to_nobody(api: Client, station: ChargingStation) -> None:
    body = {"action": "ChangeConfiguration", "payload": {"key": "AuthorizationKey", "value": "73656372"}}
    made = _post(api, f"/stations/{station.pk}/calls?wait=0", body)
    assert made.json()["body"]["payload"] == {"key": "AuthorizationKey", "value": "********"}
    assert b"73656372" not in api.get(made["Location"]).content


@pytest.mark.slow
def test_many_callers_may_wait_at_once_and_others_are_answered_meanwhile(
    installation: Installation, issue_key: IssueKey, operator: Operator
) -> None:
    installation.start("web")
    secret = issue_key(operator)
    station = ChargingStation.objects.create(
        operator=operator, identity="4107", identity_key="4107", created_at=clock.now()
    )
    request_id = commanding.reset(operator_id=operator.pk, station_id=station.pk, asked_by="Mia")
    answers: list[httpx.Response] = []
    with httpx.Client(
        base_url=installation.web_url,
        headers={"X-API-Key": secret},
        timeout=PATIENCE_S,
        limits=httpx.Limits(max_connections=60),
    ) as client:

        def wait() -> None:
            answers.append(client.get(f"/api/v1/commands/{request_id}?wait=12"))

        waiting = [threading.Thread(target=wait) for _ in range(40)]
        for each in waiting:
            each.start()
        while any(each.is_alive() for each in waiting):
            assert client.get("/api/v1/me").status_code == 200
            time.sleep(1)
    assert [answer.status_code for answer in answers] == [200] * 40
    assert {answer.json()["state"] for answer in answers} == {"queued"}
