"""What every command does first: read the settings, find the database, load Django."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import django

from chargehand.project.checks import Problems
from chargehand.project.configuration import Configuration, read_configuration
from chargehand.project.embedded_postgres import EmbeddedPostgres
from chargehand.project.secret_key import find_secret_key

DATABASE_VARIABLE = "CHARGEHAND_DATABASE_URL"
SUPERVISED_FLAG = "--until-stdin-closes"


def embedded_postgres(configuration: Configuration) -> EmbeddedPostgres:
    """The PostgreSQL of the data directory, open or not."""
    return EmbeddedPostgres(configuration.data_dir / "postgres")


@contextmanager
def open_database(configuration: Configuration) -> Iterator[EmbeddedPostgres | None]:
    """Make sure that there is a database, and name it in the environment for this process and its children.

    Gives the embedded PostgreSQL, which is let go at the end; None when the settings name another.
    """
    if configuration.database_url:
        yield None
        return
    server = embedded_postgres(configuration)
    os.environ[DATABASE_VARIABLE] = server.open()
    try:
        yield server
    finally:
        server.close()


def prepare_django() -> None:
    """Load Django with our settings. Call it after `open_database`, which the settings read."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargehand.project.settings")
    django.setup()


@contextmanager
def prepare_role(*, is_supervised: bool) -> Iterator[Configuration]:
    """Surround a long-running role: settings, signals, database, Django.

    SIGTERM and SIGINT raise SystemExit(0) unless the role takes them for itself. A supervised role
    ends when its supervisor is gone, which it learns from the end of its standard input.
    Raises Problems when there is no secret key to share with the other processes.
    """
    configuration = read_configuration(os.environ)
    if find_secret_key(configuration) is None:
        raise Problems(
            ["There is no secret key: set CHARGEHAND_SECRET_KEY, or run `chargehand up` once to make one."]
        )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)
    if is_supervised:
        threading.Thread(target=_follow_supervisor, name="supervisor", daemon=True).start()
    with open_database(configuration):
        prepare_django()
        yield configuration


def _exit(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _follow_supervisor() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
