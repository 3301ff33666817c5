"""Where the one database is, in the words of Django."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

_DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database_settings(url: str) -> dict[str, Any]:
    """Translate a libpq URL to an entry of Django's `DATABASES`; unknown parameters become options.

    Raises psycopg.ProgrammingError when the URL cannot be read.
    """
    # Under ASGI each request has a thread of its own, so connections live in a pool and not in threads.
    settings: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "chargehand",
            "pool": {"min_size": 1, "max_size": 20, "timeout": 10},
        },
    }
    for parameter, value in conninfo_to_dict(url).items():
        if value is None or value == "":
            continue
        if parameter in _DJANGO_NAMES:
            settings[_DJANGO_NAMES[parameter]] = str(value)
        else:
            settings["OPTIONS"][parameter] = value
    return settings
