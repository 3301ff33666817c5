"""What a CSMS may set on a station, under names of neither OCPP version."""

from collections.abc import Callable

import msgspec

AC_MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Voltage",
    "Current.Import",
    "Temperature",
)
DC_MEASURANDS = (*AC_MEASURANDS, "SoC", "Current.Offered", "Power.Offered", "RPM")


class Settings(msgspec.Struct):
    """Seconds, and OCPP's measurand names; the start and stop points are those of 2.0.1 (E01, E06)."""

    sample_interval_s: int = 60
    aligned_interval_s: int = 0
    connection_timeout_s: int = 60
    measurands: tuple[str, ...] = AC_MEASURANDS
    aligned_measurands: tuple[str, ...] = ("Energy.Active.Import.Register",)
    ended_measurands: tuple[str, ...] = ("Energy.Active.Import.Register",)
    message_attempts: int = 3
    message_retry_s: int = 60
    start_points: tuple[str, ...] = ("PowerPathClosed",)
    stop_points: tuple[str, ...] = ("Authorized", "EVConnected")
    authorizes_offline: bool = True
    allows_unknown_offline: bool = False
    asks_the_list_first: bool = False
    caches_tokens: bool = True
    authorizes_remote_starts: bool = False
    stops_on_invalid: bool = True


def read_integer(text: str) -> int | None:
    """Return the whole number in `text`, or None."""
    try:
        return int(text)
    except ValueError:
        return None


def read_boolean(text: str) -> bool | None:
    """Return what `true` or `false`, in any case, means; None for anything else."""
    return {"true": True, "false": False}.get(text.strip().casefold())


def read_members(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def read_text(text: str) -> str:
    """Return any text as it is."""
    return text


READERS: dict[str, Callable[[str], int | bool | str | tuple[str, ...] | None]] = {
    "integer": read_integer,
    "boolean": read_boolean,
    "MemberList": read_members,
    "OptionList": read_text,
    "string": read_text,
}
"""How a value of each OCPP data type is read; None is a value that cannot be read."""


def write_value(value: object) -> str:
    """Return a setting as OCPP writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)
