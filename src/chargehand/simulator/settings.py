"""What a CSMS may set on a station, under names of neither OCPP version."""

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
