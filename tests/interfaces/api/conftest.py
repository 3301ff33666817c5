"""Callers with keys, and a small network that they ask about."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from tests.interfaces.api.care import add_care
from tests.interfaces.api.money import add_money

from chargehand.domain.accounts.api_keys import issue_api_key
from chargehand.domain.accounts.models import ApiKey, Operator
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import SYSTEM, Principal
from chargehand.domain.charging.models import Cdr, RepairCase, Transaction
from chargehand.domain.stations import commanding, entry
from chargehand.domain.stations.models import (
    ChargingStation,
    Connector,
    Location,
    QuarantinedMessage,
    StationConnection,
    Variable,
)
from chargehand.domain.tokens.models import Token
from chargehand.interfaces.api.rates import buckets
from chargehand.kernel import clock

IssueKey = Callable[..., str]
Caller = Callable[..., Client]
AddStation = Callable[..., ChargingStation]
AddSession = Callable[..., Transaction]


@pytest.fixture(autouse=True)
def full_buckets() -> Iterator[None]:
    """Let every test begin with all its requests to spend."""
    buckets.forget()
    yield
    buckets.forget()


@pytest.fixture
def issue_key(db: None) -> IssueKey:
    """Issue a key with these scopes (none named: all) and return its secret."""

    def issue(home: Operator, *scopes: Permission, **more: Any) -> str:
        issuer = Principal(
            operator_id=home.pk,
            operator_slug=home.slug,
            operator_name=home.name,
            actor=SYSTEM,
            permissions=frozenset(Permission),
        )
        wanted = scopes or tuple(Permission)
        issued = issue_api_key(operator_id=home.pk, name="Back office", scopes=wanted, issuer=issuer, **more)
        return issued.secret

    return issue


@pytest.fixture
def caller(issue_key: IssueKey, operator: Operator) -> Caller:
    """Give a client that sends a key: with these scopes (none named: all), of the operator or another."""

    def give(*scopes: Permission, home: Operator | None = None) -> Client:
        secret = issue_key(home or operator, *scopes)
        return Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=True)

    return give


@pytest.fixture
def api(caller: Caller) -> Client:
    """A client that may do everything for the operator."""
    return caller()


@pytest.fixture
def stranger(caller: Caller, other_operator: Operator) -> Client:
    """A client that may do everything for another operator."""
    return caller(home=other_operator)


@pytest.fixture
def site(operator: Operator) -> Location:
    """A place of the operator."""
    return Location.objects.create(
        operator=operator,
        name="Hafengarage",
        city="Hamburg",
        latitude=Decimal("53.543600"),
        longitude=Decimal("9.988600"),
        time_zone="Europe/Berlin",
        created_at=clock.now(),
    )


@pytest.fixture
def add_station(operator: Operator, site: Location) -> AddStation:
    """Make a station with one plug at the site, connected with OCPP 1.6 unless said otherwise."""

    def add(
        identity: str = "4107", *, home: Operator | None = None, is_connected: bool = True, **more: Any
    ) -> ChargingStation:
        row = ChargingStation.objects.create(
            operator=home or operator,
            location=site if home is None else None,
            identity=identity,
            identity_key=entry.identity_key(identity),
            created_at=clock.now(),
            **more,
        )
        StationConnection.objects.create(
            station=row, epoch=1, version="ocpp1.6", is_connected=is_connected, connected_at=clock.now()
        )
        Connector.objects.create(station=row, evse=1, status="Available", status_at=clock.now())
        return row

    return add


@pytest.fixture
def station(add_station: AddStation) -> ChargingStation:
    """Station 4107 of the operator."""
    return add_station()


@pytest.fixture
def add_session(operator: Operator) -> AddSession:
    """Make an ended session of 12.345 kWh at a station."""

    def add(at: ChargingStation, **more: Any) -> Transaction:
        started = more.pop("started_at", clock.now() - timedelta(hours=2))
        values = {
            "operator_id": at.operator_id,
            "evse": 1,
            "connector": 1,
            "state": "ended",
            "token_uid": "CAFE01",
            "started_at": started,
            "started_received_at": started,
            "ended_at": started + timedelta(hours=1),
            "ended_received_at": started + timedelta(hours=1),
            "meter_start_wh": Decimal(1000),
            "meter_stop_wh": Decimal(13345),
            "energy_wh": Decimal(12345),
        }
        return Transaction.objects.create(station=at, **{**values, **more})

    return add


@pytest.fixture
def network(
    request: pytest.FixtureRequest,
    operator: Operator,
    site: Location,
    station: ChargingStation,
    add_session: AddSession,
    issue_key: IssueKey,
) -> dict[str, Any]:
    """One of everything the operator can have, by the names that addresses use; money where the test is about it."""
    session = add_session(station)
    assert session.ended_at is not None
    Cdr.objects.create(
        transaction=session,
        operator_id=operator.pk,
        started_at=session.started_at,
        ended_at=session.ended_at,
        energy_wh=session.energy_wh,
        periods=[
            {
                "start_date_time": session.started_at.isoformat(),
                "dimensions": [{"type": "ENERGY", "volume": "12.345"}, {"type": "TIME", "volume": "1"}],
            }
        ],
        issued_at=clock.now(),
    )
    about: dict[str, Any] = {"operator_id": operator.pk, "station_id": station.pk}
    case = RepairCase.objects.create(
        **about, kind="orphan-stop", key="one", sentence="A stop of nobody.", opened_at=clock.now()
    )
    QuarantinedMessage.objects.create(
        station=station, received_at=clock.now(), version="ocpp1.6", action="X", message_id="1", frame=b"[]"
    )
    Variable.objects.create(
        station=station, component="OCPP16", name="HeartbeatInterval", value="60", reported_at=clock.now()
    )
    command = commanding.reset(**about, asked_by="Mia")
    token = Token.objects.create(operator=operator, uid="CAFE01", uid_key="cafe01")
    issue_key(operator)
    found = {
        "location_id": site.pk,
        "station_id": station.pk,
        "evse": 1,
        "connector": 1,
        "session_id": session.pk,
        "command_id": command,
        "token_id": token.pk,
        "case_id": case.pk,
        "key_id": ApiKey.objects.order_by("pk").last().pk,  # type: ignore[union-attr]
    }
    operation = getattr(request.node, "callspec", None) and request.node.callspec.params.get("operation")
    if operation is not None and any(
        each.startswith(("money.", "tariffs.")) for each in operation.permissions
    ):
        found |= bill(station, session, add_session)
    if operation is not None and any(
        each.startswith(("incidents.", "work.")) for each in operation.permissions
    ):
        found |= add_care(station, operation.name)
    return found


@pytest.fixture
def billed(network: dict[str, Any], station: ChargingStation, add_session: AddSession) -> dict[str, Any]:
    """The network with its money."""
    session = Transaction.objects.get(pk=network["session_id"])
    return {**network, **bill(station, session, add_session)}


def bill(station: ChargingStation, session: Transaction, add_session: AddSession) -> dict[str, Any]:
    """Bill the session of a network, at a plug of which everything is known."""
    Connector.objects.filter(station=station).update(standard="IEC_62196_T2", power_type="AC_3_PHASE")
    Location.objects.filter(name="Hafengarage").update(country="DE")
    return add_money(session, blocked=add_session(station, authorization="Blocked"))
