"""Every setting an installation can choose: one table, read from the environment, refused in sentences."""

# ruff: noqa: RUF009  # `_setting` is dataclasses.field with a rule in its metadata

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

PREFIX = "CHARGEHAND_"
_KEY = "chargehand"


class ConfigurationError(Exception):
    """The environment holds values that cannot be used.

    `problems` has one sentence for each of them.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Rule(NamedTuple):
    parse: Callable[[str], Any]
    shown_default: str
    sentence: str


class Setting(NamedTuple):
    """One row of the table: its environment variable, how its default is written, what it means."""

    variable: str
    default: str
    sentence: str


def _setting(default: str, parse: Callable[[str], T], sentence: str) -> T:
    rule = _Rule(parse, default, sentence)
    return field(default_factory=lambda: parse(default), metadata={_KEY: rule})


def _text(raw: str) -> str:
    return raw.strip()


def _path(raw: str) -> Path:
    return Path(raw.strip()).expanduser()


def _optional_path(raw: str) -> Path | None:
    return _path(raw) if raw.strip() else None


def _words(raw: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def _switch(raw: str) -> bool:
    word = raw.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("must be yes or no")


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        try:
            value = int(raw.strip())
        except ValueError:
            raise ValueError("must be a whole number") from None
        if not least <= value <= most:
            raise ValueError(f"must lie between {least} and {most}")
        return value

    return parse


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        word = raw.strip().lower()
        if word not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return word

    return parse


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        text = raw.strip().rstrip("/")
        if text and urlsplit(text).scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(scheme + '://' for scheme in schemes)}")
        return text

    return parse


_port = _whole(0, 65_535)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The settings of one installation. A field's variable is its name in capitals after `CHARGEHAND_`."""

    database_url: str = _setting(
        "",
        _url("postgresql", "postgres"),
        "Where PostgreSQL is. Unset: `chargehand up` starts one of its own in the data directory.",
    )
    data_dir: Path = _setting(
        "data", _path, "Directory for the embedded PostgreSQL, the secret key and uploaded files."
    )
    secret_key: str = _setting(
        "",
        _text,
        "Signs sessions and links. Unset: `chargehand up` makes one and keeps it in the data directory. "
        "Hosts that share a database must share it.",
    )
    debug: bool = _setting("no", _switch, "Shows errors in the browser. For development only.")
    bind: str = _setting("127.0.0.1", _text, "Address to listen on. `0.0.0.0` opens every interface.")
    gateway_port: int = _setting("9000", _port, "Port where stations connect without TLS. 0: none.")
    gateway_tls_port: int = _setting(
        "9443", _port, "Port where stations connect with TLS, once a certificate is set. 0: none."
    )
    gateway_health_port: int = _setting(
        "9001", _port, "Port of the gateway's `/healthz`, `/readyz` and `/metrics`."
    )
    gateway_processes: int = _setting("1", _whole(1, 64), "Gateway processes that share the stations' port.")
    web_port: int = _setting("8000", _port, "Port of the console, the API and the web's health pages.")
    worker_health_port: int = _setting(
        "8001", _port, "Port of the worker's `/healthz`, `/readyz` and `/metrics`."
    )
    worker_concurrency: int = _setting("4", _whole(1, 64), "Jobs a worker runs at the same time.")
    tls_certificate: Path | None = _setting(
        "", _optional_path, "PEM file with the gateway's certificate and its chain."
    )
    tls_key: Path | None = _setting("", _optional_path, "PEM file with the key of that certificate.")
    tls_client_ca: Path | None = _setting(
        "", _optional_path, "PEM file with the authorities whose station certificates are trusted."
    )
    tls_client_organisations: tuple[str, ...] = _setting(
        "",
        _words,
        "Organisations (O) that station certificates may name, with commas between. Unset: any that those "
        "authorities signed.",
    )
    public_url: str = _setting(
        "http://localhost:8000", _url("http", "https"), "Address under which people open the web pages."
    )
    gateway_url: str = _setting(
        "",
        _url("ws", "wss"),
        "Address that stations are to be set to, shown in the console. "
        "Unset: the host of the public URL with the gateway's port.",
    )
    allowed_hosts: tuple[str, ...] = _setting(
        "localhost,127.0.0.1,[::1]", _words, "Host names the web answers to, beside that of the public URL."
    )
    behind_proxy: bool = _setting(
        "no", _switch, "A reverse proxy ends TLS and sets `X-Forwarded-Proto` and `X-Forwarded-For`."
    )
    heartbeat_seconds: int = _setting(
        "300", _whole(10, 86_400), "Heartbeat interval given to stations at boot, in seconds."
    )
    raw_message_days: int = _setting(
        "90",
        _whole(1, 3_650),
        "Days raw messages of stations are kept, and messages to people about incidents that are over.",
    )
    meter_value_days: int = _setting(
        "1095", _whole(1, 36_500), "Days single meter values are kept. Totals and records stay."
    )
    log_upload_megabytes: int = _setting(
        "50", _whole(1, 2_000), "Largest log a station may upload, in megabytes."
    )
    language: str = _setting("en", _text, "Language of the pages for people who have not chosen one.")
    mail_url: str = _setting(
        "",
        _url("smtp", "smtps"),
        "Mail server: `smtp://user:password@mail.example.org:587`. Unset: mail is written to files in `outbox/` "
        "in the data directory.",
    )
    mail_from: str = _setting("chargehand@localhost", _text, "Sender of the mail.")
    log_format: str = _setting(
        "console", _choice("console", "json"), "`console` for people, `json` for machines."
    )
    log_level: str = _setting(
        "info", _choice("debug", "info", "warning", "error"), "Least level that is logged."
    )


def list_settings() -> Iterator[Setting]:
    """Every setting in the order of the table."""
    for each in fields(Configuration):
        rule: _Rule = each.metadata[_KEY]
        yield Setting(PREFIX + each.name.upper(), rule.shown_default, rule.sentence)


def read_configuration(environ: Mapping[str, str]) -> Configuration:
    """Read the table from `environ` (usually `os.environ`).

    Raises ConfigurationError with a sentence for each value that cannot be used and for each
    `CHARGEHAND_` variable nobody knows (a misspelt setting must not pass unnoticed).
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    known = set()
    for each in fields(Configuration):
        rule: _Rule = each.metadata[_KEY]
        variable = PREFIX + each.name.upper()
        known.add(variable)
        if variable not in environ:
            continue
        try:
            values[each.name] = rule.parse(environ[variable])
        except ValueError as refusal:
            problems.append(f"{variable} {refusal}.")
    problems += [
        f"{name} is not a setting of Chargehand."
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "TEST_")
    ]
    if problems:
        raise ConfigurationError(problems)
    return Configuration(**values)
