"""What every test may ask for: one PostgreSQL for all workers, a database for each, and a tenant."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import importlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psutil
import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from playwright.sync_api import expect
from psycopg import sql
from tests.installation import Installation
from tests.patience import PATIENCE_MS

from chargehand.domain.accounts.models import Operator, User
from chargehand.project.database import database_settings
from chargehand.project.embedded_postgres import EmbeddedPostgres

pytest_plugins = ["tests.plugins.gateway"]

BUILD = Path(__file__).resolve().parent.parent / "build"

# Pages under test take static files from where they lie; only `chargehand web` collects them.
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.WHITENOISE_AUTOREFRESH = True

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")
expect.set_options(timeout=PATIENCE_MS)

# The same hash at the least cost: hundreds of tests make people.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1

NO_DURABILITY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need a browser are skipped, and say so, where there is none."""
    if find_browser() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="no Chromium; CHARGEHAND_TEST_BROWSER names one"))


@functools.cache
def find_browser() -> str | None:
    """Path of a Chromium: the one `make test` found, else the system's."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return os.environ.get("CHARGEHAND_TEST_BROWSER") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The Chromium for Playwright's `executable_path`. Mark the test `browser`."""
    found = find_browser()
    assert found is not None, "mark the test with `browser`"
    return found


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server: CHARGEHAND_TEST_DATABASE_URL, or an embedded one kept in build/ for speed."""
    if given := os.environ.get("CHARGEHAND_TEST_DATABASE_URL"):
        yield given
        return
    server = EmbeddedPostgres(BUILD / "test-postgres", NO_DURABILITY)
    server.open()
    yield server.url("postgres")
    server.close()


@pytest.fixture(scope="session")
def database_url(postgres_url: str, worker_id: str, django_db_blocker: Any) -> Iterator[str]:
    """URL of this worker's own database, made from a migrated template; processes under test may use it."""
    with django_db_blocker.unblock():
        template = _template(postgres_url)
    name = f"test_{os.getpid()}_{worker_id}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        _drop(server, name)
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        yield _with_database(postgres_url, name)
        with django_db_blocker.unblock():
            connections.close_all()
        _drop(server, name)


@pytest.fixture(scope="session")
def django_db_setup(database_url: str, django_db_blocker: Any) -> None:
    """Point Django at this worker's database instead of letting it make one by itself."""
    with django_db_blocker.unblock():
        _point_django_at(database_url)


@pytest.fixture
def operator(db: None) -> Operator:
    """The tenant most tests act for."""
    return Operator.objects.create(
        name="Volt & Söhne", slug="volt", country="DE", time_zone="Europe/Berlin", currency="EUR"
    )


@pytest.fixture
def other_operator(db: None) -> Operator:
    """Another tenant, whose things the first must never see."""
    return Operator.objects.create(
        name="Ampère SARL", slug="ampere", country="FR", time_zone="Europe/Paris", currency="EUR"
    )


@pytest.fixture
def user(db: None) -> User:
    """A person without any role."""
    return User.objects.create_user("ada@example.org", "correct horse battery", name="Ada")


@pytest.fixture
def installation(database_url: str, transactional_db: None, tmp_path: Path) -> Iterator[Installation]:
    """Real processes on this test's database: `installation.start("gateway")`, `"web"`, `"worker"`."""
    running = Installation(tmp_path, database_url)
    yield running
    running.stop_all()


def _point_django_at(url: str) -> None:
    connections.close_all()
    wanted = database_settings(url)
    for known in (settings.DATABASES["default"], connections["default"].settings_dict):
        known.update({key: wanted.get(key, "") for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
        known["OPTIONS"] = {key: value for key, value in wanted["OPTIONS"].items() if key != "pool"}


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _template(postgres_url: str) -> str:
    """Name of a migrated database for exactly these migrations; made once, whoever comes first."""
    name = f"template_{_digest_of_migrations()}"
    BUILD.mkdir(exist_ok=True)
    with (
        (BUILD / "test-template.lock").open("w") as lock,
        psycopg.connect(postgres_url, autocommit=True) as server,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        names = [row[0] for row in server.execute("SELECT datname FROM pg_database")]
        for stale in names:
            if _is_left_over(stale, name):
                _drop(server, stale)
        if name not in names:
            unfinished = f"unfinished_{os.getpid()}"
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
            _point_django_at(_with_database(postgres_url, unfinished))
            call_command("migrate", verbosity=0)
            connections.close_all()
            server.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(unfinished), sql.Identifier(name)
                )
            )
    return name


def _is_left_over(name: str, template: str) -> bool:
    kind, _, rest = name.partition("_")
    if kind == "template":
        return name != template and rest != ""
    owner = rest.partition("_")[0]
    return kind in {"test", "unfinished"} and owner.isdigit() and not psutil.pid_exists(int(owner))


def _digest_of_migrations() -> str:
    digest = hashlib.sha256()
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for key, migration in sorted(loader.disk_migrations.items()):
        module = Path(str(importlib.import_module(type(migration).__module__).__file__))
        digest.update(repr(key).encode() + module.read_bytes())
    return digest.hexdigest()[:16]
