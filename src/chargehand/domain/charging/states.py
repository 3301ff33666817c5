"""In what state a plug and a station are, computed from four facts that stay apart: connectivity, reported
status, what people intend, and the open transaction.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

import msgspec
from django.utils.translation import gettext as _

State: TypeAlias = Literal["ready", "charging", "attention", "broken", "offline", "reserved", "unknown"]

#: One row a plug; `s`, `k` and `c` are station, connection and connector. The status of connector 0 does not
#: make a plug faulted (quirk F8). A status that speaks of charging without a transaction is believed for two
#: minutes, while the start may be on its way (quirks A10, F9).
PLUGS: Final = """
SELECT c.station_id, c.evse, c.connector, c.standard, c.power_type, c.phases, c.max_power_w, c.status,
    c.error_code, c.vendor_error_code, c.info, c.status_at, c.intent_operative AND s.intent_operative AS is_wanted,
    t.id AS transaction_id, t.charging_state, t.started_at, k.disconnected_at,
    CASE
        WHEN k.station_id IS NULL THEN 'unknown'
        WHEN NOT k.is_connected THEN 'offline'
        WHEN c.status = 'Faulted' THEN 'broken'
        WHEN t.id IS NOT NULL THEN 'charging'
        WHEN NOT (c.intent_operative AND s.intent_operative) OR c.status = 'Unavailable' THEN 'attention'
        WHEN c.status = 'Available' THEN 'ready'
        WHEN c.status = 'Reserved' THEN 'reserved'
        WHEN c.status IN ('Charging', 'SuspendedEV', 'SuspendedEVSE')
            THEN CASE WHEN c.status_at > now() - interval '2 minutes' THEN 'charging' ELSE 'attention' END
        WHEN c.status = '' THEN 'unknown'
        ELSE 'attention'
    END AS state
FROM stations_connector c
LEFT JOIN LATERAL (
    SELECT id, charging_state, started_at FROM charging_transaction x
    WHERE x.station_id = c.station_id AND x.state = 'open' AND x.evse = c.evse
        AND (x.connector IS NULL OR x.connector = c.connector)
    ORDER BY x.started_at DESC LIMIT 1
) t ON true
WHERE c.station_id = s.id AND c.evse > 0
"""

#: One row a station with what its plugs add up to.
STATIONS: Final = f"""
SELECT s.id, s.operator_id, s.identity, s.identity_key, s.name, s.location_id, l.name AS location_name,
    s.approval, s.vendor, s.model, s.firmware_version, s.reported_status, s.reported_error, s.reported_at,
    s.intent_operative, COALESCE(k.version, '') AS version, COALESCE(k.is_connected, false) AS is_connected,
    k.connected_at, k.disconnected_at, k.last_received_at, p.plugs, p.able, p.charging, p.ready, p.broken,
    o.open_count, o.started_at,
    CASE
        WHEN k.station_id IS NULL THEN 'unknown'
        WHEN NOT k.is_connected THEN 'offline'
        WHEN s.reported_status = 'Faulted' OR (p.plugs > 0 AND p.broken = p.plugs) THEN 'broken'
        WHEN p.broken > 0 THEN 'attention'
        WHEN p.charging > 0 OR o.open_count > 0 THEN 'charging'
        WHEN p.ready > 0 THEN 'ready'
        WHEN p.reserved > 0 THEN 'reserved'
        WHEN p.attention > 0 OR NOT s.intent_operative OR s.reported_status = 'Unavailable' THEN 'attention'
        ELSE 'unknown'
    END AS state
FROM stations_station s
LEFT JOIN stations_connection k ON k.station_id = s.id
LEFT JOIN stations_location l ON l.id = s.location_id
CROSS JOIN LATERAL (
    SELECT count(*) AS plugs,
        count(*) FILTER (WHERE q.state IN ('ready', 'charging', 'reserved')
            OR (q.state = 'attention' AND q.is_wanted AND q.status <> 'Unavailable')) AS able,
        count(*) FILTER (WHERE q.state = 'charging') AS charging,
        count(*) FILTER (WHERE q.state = 'ready') AS ready,
        count(*) FILTER (WHERE q.state = 'broken') AS broken,
        count(*) FILTER (WHERE q.state = 'reserved') AS reserved,
        count(*) FILTER (WHERE q.state = 'attention') AS attention
    FROM ({PLUGS}) q
) p
CROSS JOIN LATERAL (
    SELECT count(*) AS open_count, min(started_at) AS started_at FROM charging_transaction x
    WHERE x.station_id = s.id AND x.state = 'open'
) o
"""  # noqa: S608 -- a constant within a constant


class PlugState(msgspec.Struct, frozen=True, kw_only=True):
    """A plug now. `since` is when the state began as far as known; power in W, energy in Wh, `soc` percent.

    `is_wanted`: nobody took it, or its station, out of service.

    Power, energy and `soc` are None where nothing fresh is known, never 0; `read_at` is their age.
    """

    station_id: int
    evse: int
    connector: int
    standard: str
    power_type: str
    phases: int | None
    max_power_w: int | None
    status: str
    error_code: str
    state: State
    sentence: str
    since: datetime | None
    transaction_id: int | None
    charging_state: str
    is_wanted: bool = True
    power_w: Decimal | None = None
    energy_wh: Decimal | None = None
    soc: Decimal | None = None
    read_at: datetime | None = None


def plug_sentence(plug: dict[str, Any]) -> str:
    """Return the state of a plug in words; `plug` is a row of PLUGS."""
    status, state = plug["status"], plug["state"]
    if state == "unknown":
        return _("Nothing was reported yet.")
    if state == "offline":
        if plug["transaction_id"] is not None:
            return _("The station is not connected; a charge was going on.")
        return _("The station is not connected.")
    if state == "broken":
        return _fault(plug["error_code"], plug["vendor_error_code"], plug["info"])
    if state == "charging":
        return _charging(plug["charging_state"] or status, has_transaction=plug["transaction_id"] is not None)
    if state == "ready":
        return _("Free.")
    if state == "reserved":
        return _("Reserved.")
    if not plug["is_wanted"]:
        return _("Taken out of service by us.")
    if status == "Unavailable":
        return _("The station says that this plug is out of service.")
    if status in {"Charging", "SuspendedEV", "SuspendedEVSE"}:
        return _("The station says that it charges, but told of no charge.")
    if status == "Finishing":
        return _("The charge is over; the cable is still plugged in.")
    return _("A car is plugged in, nothing charges.")


def plug_since(plug: dict[str, Any]) -> datetime | None:
    """Return since when a plug is in its state, as far as known."""
    since: datetime | None = plug["status_at"]
    if plug["state"] == "offline":
        since = plug["disconnected_at"]
    elif plug["state"] == "charging" and plug["transaction_id"] is not None:
        since = plug["started_at"]
    return since


def station_sentence(row: dict[str, Any]) -> str:
    """Return the state of a station in words; `row` is a row of STATIONS."""
    state = row["state"]
    if row["approval"] == "blocked" and not row["is_connected"]:
        return _("Blocked by us.")
    if row["approval"] == "held":
        return _("Held: it is not accepted yet, so nobody can charge.")
    if state == "offline":
        return _("Not connected; a charge was going on.") if row["open_count"] else _("Not connected.")
    if state == "unknown":
        if row["connected_at"] is None:
            return _("Has never connected.")
        return _("Connected, but has reported no status.")
    if row["reported_status"] == "Faulted":
        return _fault(row["reported_error"], "", "")
    if row["broken"]:
        return _("%(broken)d of %(plugs)d plugs report a fault.") % row
    if state == "charging":
        return _("%(busy)d charging, %(ready)d free.") % {
            "busy": max(row["charging"], row["open_count"]),
            "ready": row["ready"],
        }
    if state == "ready":
        return _("%(ready)d of %(plugs)d plugs free.") % row
    if state == "reserved":
        return _("Reserved.")
    if not row["intent_operative"]:
        return _("Taken out of service by us.")
    return _("No plug is free, and none charges.")


def station_since(row: dict[str, Any]) -> datetime | None:
    """Return since when a station is in its state, as far as known."""
    since: datetime | None = row["reported_at"]
    if row["state"] == "offline":
        since = row["disconnected_at"]
    elif row["state"] == "charging":
        since = row["started_at"]
    return since


def _fault(code: str, vendor_code: str, info: str) -> str:
    words = " ".join(word for word in (code, vendor_code, info) if word)
    return _("Reports a fault: %s.") % words if words else _("Reports a fault.")


def _charging(word: str, *, has_transaction: bool) -> str:
    if word == "SuspendedEV":
        return _("Charging is paused by the car.")
    if word == "SuspendedEVSE":
        return _("Charging is paused by the station.")
    if word == "EVConnected":
        return _("The car is plugged in; charging has not begun.")
    if word == "Idle":
        return _("The charge is open, no car is plugged in.")
    return _("Charging.") if has_transaction else _("Charging, as the station says.")
