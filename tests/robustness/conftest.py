"""A PostgreSQL that keeps what it confirmed, and gateways as processes on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from psycopg import sql
from tests.installation import Installation

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import entry
from chargehand.domain.stations.models import ChargingStation
from chargehand.domain.tokens.models import Token
from chargehand.domain.tokens.normalising import uid_key
from chargehand.kernel import clock
from chargehand.project.database import database_settings
from chargehand.project.embedded_postgres import EmbeddedPostgres

TEMPLATE = "migrated"


@pytest.fixture(scope="session")
def durable() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL with the settings of an installation: every commit is on the disk."""
    # Not pytest's directory: root's PostgreSQL runs as another account, which must get in.
    with tempfile.TemporaryDirectory(prefix="chargehand-") as directory:
        server = EmbeddedPostgres(Path(directory) / "postgres")
        server.open()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")},
            "CHARGEHAND_DATABASE_URL": server.url(TEMPLATE),
            "CHARGEHAND_SECRET_KEY": "of a test",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        subprocess.run(
            [sys.executable, "-m", "chargehand.project", "migrate"],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        try:
            yield server
        finally:
            server.close()


class Site:
    """A database of its own on the durable PostgreSQL, an operator in it, and gateways on it."""

    def __init__(self, server: EmbeddedPostgres, database: str, directory: Path) -> None:
        self.server = server
        self.url = server.url(database)
        self._directory = directory
        self.gateways: list[Installation] = []
        self.operator = Operator.objects.create(
            name="Volt", slug="volt", country="DE", time_zone="Europe/Berlin", currency="EUR"
        )
        Token.objects.create(operator=self.operator, uid="CAFE01", uid_key=uid_key("CAFE01"))

    def add_stations(self, prefix: str, number: int, **more: Any) -> list[ChargingStation]:
        """Register stations, without a password unless `more` says otherwise."""
        return ChargingStation.objects.bulk_create(
            ChargingStation(
                **{
                    "operator": self.operator,
                    "identity": f"{prefix}{each}",
                    "identity_key": entry.identity_key(f"{prefix}{each}"),
                    "security_profile": 0,
                    "created_at": clock.now(),
                    **more,
                }
            )
            for each in range(number)
        )

    def start_gateway(self, **environment: str) -> Installation:
        """Start one more gateway, on ports of its own, and wait until it can work."""
        directory = self._directory / f"gateway-{len(self.gateways)}"
        directory.mkdir()
        gateway = Installation(directory, self.url, **environment)
        self.gateways.append(gateway)
        gateway.start("gateway")
        return gateway

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    def number(self, query: str, *values: Any) -> int:
        """Ask the database for one number."""
        return int(self.rows(query, *values)[0][0])

    def execute(self, statement: str) -> None:
        """Let the database do something."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def kill_postgres(self) -> None:
        """End PostgreSQL as a power cut would, and start it again."""
        postmaster = self.server.postmaster_pid()
        assert postmaster is not None
        os.kill(postmaster, signal.SIGKILL)
        self.server.open()

    def stop_postgres(self) -> None:
        """Stop PostgreSQL as its host's administrator would."""
        self.server._control("stop", "-m", "fast", "-w")


@pytest.fixture
def site(
    durable: EmbeddedPostgres, tmp_path: Path, django_db_blocker: Any, request: pytest.FixtureRequest
) -> Iterator[Site]:
    """A site whose database this test's Django is pointed at as well."""
    name = f"site_{abs(hash(request.node.name)) % 10**9}"
    durable.open()
    with psycopg.connect(durable.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        )
    with django_db_blocker.unblock():
        restore = _point_django_at(durable.url(name))
        made = Site(durable, name, tmp_path)
        try:
            yield made
        finally:
            durable.open()
            try:
                for gateway in made.gateways:
                    gateway.stop_all()
            finally:
                restore()
                with psycopg.connect(durable.url("postgres"), autocommit=True) as connection:
                    connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _point_django_at(url: str) -> Callable[[], None]:
    """Let this process work on another database until what is returned is called."""
    places: list[dict[str, Any]] = [settings.DATABASES["default"], connections["default"].settings_dict]
    before = [dict(place) for place in places]
    connections.close_all()
    wanted = database_settings(url)
    for place in places:
        place.update({key: wanted.get(key, "") for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
        place["OPTIONS"] = {key: value for key, value in wanted["OPTIONS"].items() if key != "pool"}

    def restore() -> None:
        connections.close_all()
        for place, kept in zip(places, before, strict=True):
            place.clear()
            place.update(kept)

    return restore
