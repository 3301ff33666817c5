"""Callers with keys, and a small network that they ask about."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from chargehand.domain.accounts.api_keys import issue_api_key
from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import SYSTEM, Principal
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations import entry
from chargehand.domain.stations.models import ChargingStation, Connector, Location, StationConnection
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
