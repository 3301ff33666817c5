"""How every process of Chargehand writes its log: structlog, for people or for machines."""

from __future__ import annotations

import sys
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_settings(log_format: str, log_level: str) -> dict[str, Any]:
    """Django's `LOGGING`: records of the standard library and of structlog leave in one form.

    Side effect free; call `configure_structlog` too.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        # Plain: the pretty one prints local variables, which hold people's names and tokens.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    tail = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    if log_format == "json":
        tail.insert(1, structlog.processors.format_exc_info)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "chargehand": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": tail,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "chargehand"}},
        "root": {"handlers": ["stderr"], "level": log_level.upper()},
        "loggers": {
            "uvicorn.access": {"level": "WARNING"},
            "procrastinate.blueprints": {"level": "WARNING"},
            "django.server": {"handlers": [], "propagate": True},
            "django": {"handlers": [], "propagate": True},
        },
    }


def configure_structlog() -> None:
    """Send structlog's events through the standard library's handlers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
