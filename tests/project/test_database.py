"""Database URLs in the words of Django."""

import psycopg
import pytest

from chargehand.project.database import database_settings


def test_a_url_with_everything_is_understood() -> None:
    url = "postgresql://ada:p%40ss@db.example.org:6432/charge?sslmode=verify-full"
    settings = database_settings(url)
    assert [settings[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "charge",
        "ada",
        "p@ss",
        "db.example.org",
        "6432",
    ]
    assert settings["OPTIONS"]["sslmode"] == "verify-full"


def test_a_socket_is_a_host() -> None:
    settings = database_settings("postgresql://me@/charge?host=%2Frun%2Fpg")
    assert (settings["HOST"], settings["NAME"], settings.get("PORT")) == ("/run/pg", "charge", None)


def test_nonsense_is_refused() -> None:
    with pytest.raises(psycopg.ProgrammingError):
        database_settings("postgresql://[bad")
