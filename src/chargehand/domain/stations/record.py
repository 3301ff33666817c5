"""Storing what stations say about themselves: raw messages, boots, status, variables, notices.

Everything of a batch goes into few statements, in the caller's transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from struct import Struct
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.stations import exchange, facts
from chargehand.domain.stations.binary_copy import HEADER, TRAILER
from chargehand.domain.stations.events import (
    Booted,
    Noticed,
    StatusReported,
    VariableReported,
)
from chargehand.domain.stations.exchange import Copy
from chargehand.domain.stations.told import Told, clean, copy_text
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact
from chargehand.kernel.jsontext import json_text

_MESSAGES: Final = (
    "COPY stations_message (fingerprint, station_id, received_at, version, is_from_station, is_repeat,"
    " action, message_id, frame) FROM STDIN (FORMAT binary)"
)
# A row: the number of its columns and the fingerprint, which may be NULL; station, time, version, two booleans and
# the length of the action; the texts.
_MARKED: Final = Struct(">hiqiqiqihi?i?i").pack
_UNMARKED: Final = Struct(">hiiqiqihi?i?i").pack
_NO: Final = -1
_LENGTH: Final = Struct(">i").pack
_REPLACEMENT: Final = "\ufffd".encode()
_STATUSES: Final = (
    "COPY stations_status_report (station_id, evse, connector, status, error_code, vendor_error_code, info,"
    " station_time, reported_at, received_at, is_late) FROM STDIN"
)
_CONNECTOR: Final = """
INSERT INTO stations_connector AS c (station_id, evse, connector, standard, power_type, status, error_code,
    vendor_error_code, info, status_station_time, status_at, status_received_at, intent_operative)
SELECT s, e, n, '', '', st, er, ve, i, t, a, r, true
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::timestamptz[], %s::timestamptz[], %s::timestamptz[]) AS u(s, e, n, st, er, ve, i, t, a, r)
ON CONFLICT (station_id, evse, connector) DO UPDATE SET status = excluded.status,
    error_code = excluded.error_code, vendor_error_code = excluded.vendor_error_code, info = excluded.info,
    status_station_time = excluded.status_station_time, status_at = excluded.status_at,
    status_received_at = excluded.status_received_at
WHERE c.status_at IS NULL OR c.status_at <= excluded.status_at + interval '5 minutes'
"""
_STATION_STATUS: Final = """
UPDATE stations_station SET reported_status = %s, reported_error = %s, reported_at = %s
WHERE id = %s AND (reported_at IS NULL OR reported_at <= %s::timestamptz + interval '5 minutes')
"""
_BOOT: Final = """
UPDATE stations_station AS s SET vendor = %(vendor)s, model = %(model)s,
    serial_number = CASE WHEN %(serial)s = '' THEN s.serial_number ELSE %(serial)s END,
    firmware_version = CASE WHEN %(firmware)s = '' THEN s.firmware_version ELSE %(firmware)s END,
    iccid = %(iccid)s, imsi = %(imsi)s, meter_type = %(meter_type)s, meter_serial_number = %(meter_serial)s,
    boot_reason = %(reason)s, booted_at = %(at)s, version = %(version)s,
    hardware_changed_at = CASE WHEN old.is_swapped THEN %(at)s ELSE s.hardware_changed_at END
FROM (SELECT id, (serial_number <> '' AND %(serial)s <> '' AND serial_number <> %(serial)s)
          OR (vendor <> '' AND lower(vendor) <> lower(%(vendor)s)) AS is_swapped
      FROM stations_station) AS old WHERE s.id = %(station)s AND old.id = s.id
RETURNING old.is_swapped, s.approval
"""
_SKEW: Final = """
UPDATE stations_station AS s SET clock_skew_s = u.skew FROM unnest(%s::bigint[], %s::float8[]) AS u(id, skew)
WHERE s.id = u.id AND (s.clock_skew_s IS NULL OR abs(s.clock_skew_s - u.skew) > 1)
"""
_NOTICE: Final = """
INSERT INTO stations_event (station_id, kind, evse, connector, name, detail, station_time, at, received_at)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s)
"""
_VARIABLE: Final = """
INSERT INTO stations_variable (station_id, component, component_instance, evse, connector, name, instance,
    attribute, value, is_readonly, characteristics, reported_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s)
ON CONFLICT ON CONSTRAINT stations_variable_once DO UPDATE SET value = excluded.value,
    is_readonly = COALESCE(excluded.is_readonly, stations_variable.is_readonly),
    characteristics = COALESCE(excluded.characteristics, stations_variable.characteristics),
    reported_at = excluded.reported_at
"""

VERSION_NAMES: Final = {16: "ocpp1.6", 201: "ocpp2.0.1", 21: "ocpp2.1"}


class LastStatus(msgspec.Struct):
    """The last status known of a connector, to tell a change from a repetition and new from late.

    `reported_at` is by the station's clock if `is_by_station`, else by ours.
    """

    status: str
    error_code: str
    reported_at: datetime
    is_by_station: bool = True

    def is_after(self, at: datetime, *, is_by_station: bool) -> bool:
        """Tell whether this status is newer than one of `at`; times of two clocks must differ clearly."""
        slack = timedelta(0) if is_by_station and self.is_by_station else clock.FURTHEST_AHEAD
        return at < self.reported_at - slack


Statuses = dict[tuple[int, int], LastStatus]


def stamp(time: datetime | None) -> str:
    r"""Return a time as a column of COPY, `\N` for none."""
    return "\\N" if time is None else time.isoformat()


class StationSheet:
    """What a batch writes about stations: filled row by row, written by `flush` in few statements."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._messages: list[bytes] = []
        self._reports: list[str] = []
        self._connectors: dict[tuple[int, int, int], tuple[Any, ...]] = {}
        self._stations: dict[int, tuple[Any, ...]] = {}
        self._skews: dict[int, float] = {}
        self._notices: list[tuple[Any, ...]] = []
        self._variables: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def add_message(self, told: Told) -> None:
        """Add the raw message itself."""
        action, message_id, frame = told.action.encode(), told.message_id.encode(), told.frame
        if 0 in frame or 0 in message_id or 0 in action:
            action, message_id, frame = (
                text.replace(b"\0", _REPLACEMENT) for text in (action, message_id, frame)
            )
        mark, station, at, version = told.fingerprint, told.station_id, told.received, told.version
        theirs, again = told.is_from_station, told.is_repeat
        if mark is None:
            head = _UNMARKED(9, _NO, 8, station, 8, at, 2, version, 1, theirs, 1, again, len(action))
        else:
            head = _MARKED(9, 8, mark, 8, station, 8, at, 2, version, 1, theirs, 1, again, len(action))
        self._messages += (head, action, _LENGTH(len(message_id)), message_id, _LENGTH(len(frame)), frame)

    def add_boot(self, told: Told, event: Booted) -> bool:
        """Write down a boot at once and state it; boots are rare. Return whether the station is held (B02)."""
        values: dict[str, Any] = {
            "vendor": clean(event.vendor),
            "model": clean(event.model),
            "serial": clean(event.serial_number),
            "firmware": clean(event.firmware_version),
            "iccid": clean(event.iccid),
            "imsi": clean(event.imsi),
            "meter_type": clean(event.meter_type),
            "meter_serial": clean(event.meter_serial_number),
            "reason": clean(event.reason, 64),
            "at": told.received_at,
            "version": VERSION_NAMES[told.version],
            "station": told.station_id,
        }
        with connection.cursor() as cursor:
            cursor.execute(_BOOT, values)
            row = cursor.fetchone()
        detail = {"firmwareVersion": event.firmware_version, "serialNumber": event.serial_number}
        self.add_notice(told, Noticed(kind="boot", name=event.reason, detail=detail))
        self.facts.append(
            facts.StationBooted(
                happened_at=told.received_at,
                operator_id=told.operator_id,
                station_id=told.station_id,
                reason=event.reason,
                firmware_version=event.firmware_version,
                is_hardware_changed=bool(row and row[0]),
            )
        )
        return bool(row and row[1] == "held")

    def add_status(self, told: Told, event: StatusReported, statuses: Statuses) -> None:
        """Add a status: always to the history, to the present only if it is not older (quirk D5).

        One sent again counts unless it is the present one: within a second a state may go and come back (F7).
        """
        at = clock.best_time(event.time, told.received_at)
        key = (event.evse, event.connector)
        last = statuses.get(key)
        if told.is_repeat and last is not None and (last.status, last.reported_at) == (event.status, at):
            return
        is_by_station = at == event.time
        is_late = last is not None and last.is_after(at, is_by_station=is_by_station)
        status, error = clean(event.status, 32), clean(event.error_code, 64)
        vendor_error, info = clean(event.vendor_error_code), clean(event.info, 500)
        self._reports.append(
            f"{told.station_id}\t{event.evse}\t{event.connector}\t{copy_text(status)}\t{copy_text(error)}\t"
            f"{copy_text(vendor_error)}\t{copy_text(info)}\t{stamp(event.time)}\t{stamp(at)}\t"
            f"{stamp(told.received_at)}\t{'t' if is_late else 'f'}\n"
        )
        if is_late:
            return
        if event.time is not None:
            self._skews[told.station_id] = (event.time - told.received_at).total_seconds()
        statuses[key] = LastStatus(status, error, at, is_by_station)
        if event.evse == 0:
            self._stations[told.station_id] = (status, error, at, told.station_id, at)
        else:
            self._connectors[told.station_id, event.evse, event.connector] = (
                *(told.station_id, event.evse, event.connector, status, error, vendor_error, info),
                *(event.time, at, told.received_at),
            )
        if last is None or (last.status, last.error_code) != (status, error):
            self._state_status(told, event, status, error, at)

    def _state_status(self, told: Told, event: StatusReported, status: str, error: str, at: datetime) -> None:
        self.facts.append(
            facts.StatusChanged(
                happened_at=at,
                operator_id=told.operator_id,
                station_id=told.station_id,
                evse=event.evse,
                connector=event.connector,
                status=status,
                error_code=error,
                received_at=told.received_at,
            )
        )

    def add_notice(self, told: Told, notice: Noticed) -> None:
        """Add a notice."""
        at = clock.best_time(notice.time, told.received_at)
        self._notices.append(
            (
                *(told.station_id, notice.kind, notice.evse, notice.connector, clean(notice.name)),
                *(json_text(notice.detail), notice.time, at, told.received_at),
            )
        )
        if notice.kind in {"firmware", "log", "diagnostics"}:
            self._state_transfer(told, notice)

    def _state_transfer(self, told: Told, notice: Noticed) -> None:
        """State how far a station is with a file, so that whoever waits for it need not ask."""
        number = notice.detail.get("requestId")
        said: dict[str, Any] = {
            "happened_at": told.received_at,
            "operator_id": told.operator_id,
            "station_id": told.station_id,
            "status": clean(notice.name),
            "request_number": number if isinstance(number, int) else None,
        }
        if notice.kind == "firmware":
            self.facts.append(facts.FirmwareStatusChanged(**said))
        else:
            is_old = notice.kind == "diagnostics"
            self.facts.append(facts.LogStatusChanged(**said, is_diagnostics_of_16=is_old))

    def add_variables(self, told: Told, variables: Sequence[VariableReported]) -> None:
        """Add reported variables; the last report of a variable in the batch wins."""
        for v in variables:
            key = (
                *(told.station_id, clean(v.component, 64), clean(v.component_instance, 64), v.evse),
                *(v.connector, clean(v.name, 64), clean(v.instance, 64), clean(v.attribute, 16)),
            )
            value = None if v.value is None else v.value.replace("\0", "\ufffd")
            more = None if v.characteristics is None else json_text(v.characteristics)
            self._variables[key] = (*key, value, v.is_readonly, more, told.received_at)

    @property
    def is_copied(self) -> bool:
        """Tell whether nothing is left to be written or stated besides what was taken to be copied."""
        return not (
            self.facts
            or self._connectors
            or self._stations
            or self._skews
            or self._notices
            or self._variables
        )

    def copies(self) -> list[Copy]:
        """Return what is to be copied and was not yet; whoever takes it has to write it."""
        found: list[Copy] = []
        if self._messages:
            found.append((_MESSAGES, b"".join((HEADER, *self._messages, TRAILER))))
            self._messages.clear()
        if self._reports:
            found.append((_STATUSES, "".join(self._reports).encode()))
            self._reports.clear()
        return found

    def flush(self) -> None:
        """Write all rows that were not written yet."""
        exchange.copy(self.copies())
        if self.is_copied:
            return
        with connection.cursor() as cursor:
            if self._connectors:
                ordered = [self._connectors[key] for key in sorted(self._connectors)]
                cursor.execute(_CONNECTOR, [list(column) for column in zip(*ordered, strict=True)])
            if self._stations:
                cursor.executemany(_STATION_STATUS, [self._stations[key] for key in sorted(self._stations)])
            if self._skews:
                ordered_skews = sorted(self._skews.items())
                cursor.execute(_SKEW, [list(column) for column in zip(*ordered_skews, strict=True)])
            if self._notices:
                cursor.executemany(_NOTICE, self._notices)
            if self._variables:
                cursor.executemany(_VARIABLE, list(self._variables.values()))
