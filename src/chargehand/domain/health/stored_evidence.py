"""From stored evidence to lines of telemetry: what the database holds, in the order of receipt.

A batch is a stretch of transaction ids: whatever they wrote is complete once none of them runs any more, so a
row that is committed late is never passed over.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final

import msgspec

from chargehand.domain.charging import facts as charging_facts
from chargehand.domain.charging import telemetry_rows as charging
from chargehand.domain.charging.telemetry_rows import Measured, ReadingRow, TransactionRow
from chargehand.domain.health import codes
from chargehand.domain.health import facts as health_facts
from chargehand.domain.health import telemetry as lines
from chargehand.domain.health.aliases import Aliases
from chargehand.domain.health.telemetry import AnyLine, Sample
from chargehand.domain.stations import facts as station_facts
from chargehand.domain.stations import telemetry_rows as stations
from chargehand.domain.stations.telemetry_rows import NoticeRow, RequestRow, Span
from chargehand.domain.tokens.kinds import kind_of_ocpp_type
from chargehand.journal import passages
from chargehand.journal.passages import Stated

#: What is told later than this is told of the past, not by a wrong clock (see `is_told_late`).
LATE: Final = timedelta(hours=24)
_LONGEST_AGO: Final = timedelta(days=400)

_FACTS: Final = (
    station_facts.StationBooted,
    station_facts.StationConnected,
    station_facts.StationDisconnected,
    station_facts.RequestAnswered,
    charging_facts.TransactionStarted,
    charging_facts.TransactionEnded,
    health_facts.IncidentResolved,
)
_NOTICES: Final = ("authorization", "monitor", "security")
#: OCPP's names of what the house asks for.
_ACTIONS: Final = {
    "start": "RemoteStartTransaction",
    "stop": "RemoteStopTransaction",
    "unlock": "UnlockConnector",
    "reset": "Reset",
    "availability": "ChangeAvailability",
    "trigger": "TriggerMessage",
    "get-variables": "GetVariables",
    "set-variables": "SetVariables",
    "get-report": "GetBaseReport",
    "transaction-status": "GetTransactionStatus",
    "clear-cache": "ClearCache",
    "data": "DataTransfer",
}
#: Of what one message tells, what comes first.
_RANKS: Final = {
    lines.Connected: 0,
    lines.Booted: 1,
    lines.Authorized: 2,
    lines.Started: 3,
    lines.Status: 4,
    lines.Metered: 5,
    lines.Monitored: 6,
    lines.Heartbeat: 7,
    lines.Commanded: 8,
    lines.Stopped: 9,
    lines.Disconnected: 10,
}
_LAST: Final = 11

#: A line with when it was received and its place among those of the same moment.
Received = tuple[datetime, int, AnyLine]


def is_told_late(station_time: datetime | None, received_at: datetime) -> bool:
    """Tell whether a message speaks of the past: a station's queue of days, not a clock that is wrong.

    A clock that was never set is further behind than that.
    """
    return station_time is not None and LATE < received_at - station_time < _LONGEST_AGO


class Evidence:
    """Reads an operator's evidence; remembers what series measure and what transactions are called."""

    def __init__(self, operator_id: int, aliases: Aliases) -> None:
        """`aliases` names stations and people's tokens as the lines shall call them."""
        self._operator_id = operator_id
        self._aliases = aliases
        self._measured: dict[int, Measured] = {}
        self._shapes: dict[str, tuple[Measured, ...]] = {}

    def read(self, span: Span) -> list[Received]:
        """Return the lines of a stretch in the order of receipt."""
        found: list[Received] = []
        for line in self._lines(span):
            received = line.received or line.t
            if is_told_late(line.t, received):
                line.received = None
            found.append((received, _RANKS.get(type(line), _LAST), line))
        found.sort(key=_order)
        return found

    def _lines(self, span: Span) -> Iterator[AnyLine]:
        yield from self._stated(span)
        yield from self._statuses(span)
        for row in stations.notices(self._operator_id, span, _NOTICES):
            line = self._notice(row)
            if line is not None:
                yield line
        for beat in stations.heartbeats(self._operator_id, span):
            name = self._aliases.station(beat.station_id)
            if name is not None:
                yield lines.Heartbeat(t=beat.received_at, received=beat.received_at, station=name)
        for reading in charging.readings(self._operator_id, span):
            name = self._aliases.station(reading.station_id)
            if name is not None:
                yield self._metered(reading, name)

    def _statuses(self, span: Span) -> Iterator[AnyLine]:
        for row in stations.statuses(self._operator_id, span):
            name = self._aliases.station(row.station_id)
            if name is not None:
                yield lines.Status(
                    t=row.station_time or row.received_at,
                    received=row.received_at,
                    station=name,
                    evse=row.evse,
                    connector=row.connector or None,
                    status=row.status,
                    error_code=row.error_code or None,
                    vendor_error_code=row.vendor_error_code or None,
                    info=row.info or None,
                )

    def _metered(self, row: ReadingRow, station: str) -> AnyLine:
        shape = self._shapes.get(row.series) or self._shape(row.series)
        return lines.Metered(
            t=row.station_time or row.received_at,
            received=row.received_at,
            station=station,
            evse=row.evse,
            transaction=row.transaction_id,
            samples=[
                Sample(each.measurand, float(value), each.unit, each.phase, each.location, each.context)
                for each, value in zip(shape, row.values.split(","), strict=True)
            ],
        )

    def _shape(self, series: str) -> tuple[Measured, ...]:
        numbers = [int(number) for number in series.split(",")]
        if any(number not in self._measured for number in numbers):
            self._measured = charging.measured_by()
        shape = self._shapes[series] = tuple(self._measured[number] for number in numbers)
        return shape

    def _notice(self, row: NoticeRow) -> AnyLine | None:
        station = self._aliases.station(row.station_id)
        if station is None:
            return None
        detail: dict[str, Any] = msgspec.json.decode(row.detail)
        if row.kind == "authorization":
            return lines.Authorized(
                t=row.received_at,
                received=row.received_at,
                station=station,
                token=self._aliases.token(str(detail.get("token") or "")),
                result=row.name,
                kind=_kind(str(detail.get("kind") or "")),
            )
        return _happened(row, station, detail) if row.kind == "security" else _monitored(row, station, detail)

    def _stated(self, span: Span) -> Iterator[AnyLine]:
        """Yield what the journal tells: connections, starts and ends, commands."""
        stated = passages.stated(
            _FACTS,
            operator_id=self._operator_id,
            from_xid=span.from_xid,
            to_xid=span.to_xid,
            since=span.since,
            until=span.until,
        )
        known = charging.transactions(self._operator_id, _numbers(stated))
        asked = stations.requests_by_id(self._operator_id, _requests(stated))
        for each in stated:
            fact = each.fact
            if isinstance(fact, health_facts.IncidentResolved):
                yield from self._settled(fact, span)
                continue
            station_id = getattr(fact, "station_id", 0)
            name = self._aliases.station(station_id)
            if name is None or span.station_id not in {None, station_id}:
                continue
            line = self._line_of(each, name, known, asked)
            if line is not None:
                yield line

    def _settled(self, fact: health_facts.IncidentResolved, span: Span) -> Iterator[AnyLine]:
        at = fact.happened_at
        for station_id, evse in fact.places:
            name = self._aliases.station(station_id)
            if name is not None and span.station_id in {None, station_id}:
                yield lines.Settled(t=at, received=at, station=name, evse=evse, kinds=list(fact.kinds))

    def _line_of(
        self, stated: Stated, station: str, known: dict[int, TransactionRow], asked: dict[str, RequestRow]
    ) -> AnyLine | None:
        fact, at = stated.fact, stated.fact.happened_at
        match fact:
            case station_facts.StationConnected():
                return lines.Connected(t=at, received=at, station=station)
            case station_facts.StationDisconnected():
                return lines.Disconnected(t=at, received=at, station=station)
            case station_facts.StationBooted():
                return lines.Booted(
                    t=at, received=at, station=station, reason=fact.reason, firmware=fact.firmware_version
                )
            case station_facts.RequestAnswered():
                return _commanded(fact, station, asked.get(fact.request_id))
            case charging_facts.TransactionStarted():
                return self._started(fact, station, known.get(fact.transaction_id))
            case charging_facts.TransactionEnded():
                return _stopped(stated, fact, station, known.get(fact.transaction_id))
            case _:
                return None

    def _started(
        self, fact: charging_facts.TransactionStarted, station: str, row: TransactionRow | None
    ) -> AnyLine | None:
        if row is None:
            return None
        return lines.Started(
            t=row.started_station_time or row.started_received_at,
            received=row.started_received_at,
            station=station,
            evse=fact.evse or row.evse or 0,
            transaction=row.id,
            token=self._aliases.token(fact.token_uid),
            kind=(row.kind or _kind(row.token_kind)) if fact.token_uid else None,
            meter_wh=row.meter_start_wh,
        )


def _stopped(
    stated: Stated, fact: charging_facts.TransactionEnded, station: str, row: TransactionRow | None
) -> AnyLine | None:
    if row is None:
        return None
    received = row.ended_received_at or stated.stated_at
    return lines.Stopped(
        t=row.ended_station_time or received,
        received=received,
        station=station,
        evse=row.evse or 0,
        transaction=row.id,
        reason=fact.reason or None,
        meter_wh=row.meter_stop_wh,
    )


def _commanded(fact: station_facts.RequestAnswered, station: str, row: RequestRow | None) -> AnyLine:
    action = _ACTIONS.get(fact.command, fact.command)
    if row is not None and row.action:
        action = row.action
    return lines.Commanded(
        t=fact.happened_at,
        received=fact.happened_at,
        station=station,
        evse=(row.evse or 0) if row is not None else 0,
        action=action,
        outcome=fact.word or None,
    )


def _monitored(row: NoticeRow, station: str, detail: dict[str, Any]) -> AnyLine:
    component, _, variable = row.name.partition(".")
    severity = detail.get("severity")
    return lines.Monitored(
        t=row.station_time or row.received_at,
        received=row.received_at,
        station=station,
        evse=row.evse or 0,
        connector=row.connector,
        component=component,
        variable=variable,
        value=_value(detail.get("actualValue", detail.get("actual_value"))),
        trigger=detail.get("trigger"),
        severity=severity if isinstance(severity, int) else None,
        tech_code=detail.get("techCode", detail.get("tech_code")),
        tech_info=detail.get("techInfo", detail.get("tech_info")),
        cleared=detail.get("cleared"),
    )


def _happened(row: NoticeRow, station: str, detail: dict[str, Any]) -> AnyLine | None:
    """Return the line of a security event; None for one that says nothing of health."""
    if row.name not in codes.SECURITY_EVENTS:
        return None
    return lines.Monitored(
        t=row.station_time or row.received_at,
        received=row.received_at,
        station=station,
        component=codes.SECURITY_EVENT,
        variable=row.name,
        tech_info=detail.get("techInfo", detail.get("tech_info")),
    )


def _value(value: Any) -> float | bool | str | None:
    """Return a value as a number where it is one."""
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return number if isfinite(number) else value
    return value if isinstance(value, bool | int | float) else None


def _kind(ocpp_type: str) -> str:
    return kind_of_ocpp_type(ocpp_type).value


def _order(received: Received) -> tuple[datetime, int]:
    return received[0], received[1]


def _numbers(stated: Sequence[Stated]) -> set[int]:
    return {each.fact.transaction_id for each in stated if isinstance(each.fact, charging_facts.ChargingFact)}


def _requests(stated: Sequence[Stated]) -> set[str]:
    return {each.fact.request_id for each in stated if isinstance(each.fact, station_facts.RequestAnswered)}


def end_of(from_xid: int, below: int, most: int, since: datetime | None = None) -> int:
    """Return up to which transaction a batch goes: all that is complete, or about `most` rows of each kind."""
    ends = [
        stations.xid_after(most, from_xid=from_xid, to_xid=below, since=since),
        charging.xid_after(most, from_xid=from_xid, to_xid=below, since=since),
        passages.xid_after(most, from_xid=from_xid, to_xid=below, since=since),
    ]
    return min((max(end, from_xid + 1) for end in ends if end is not None), default=below)


def first_of(below: int, since: datetime) -> int:
    """Return the first transaction that wrote evidence received after `since`; `below` if there is none."""
    found = [
        stations.xid_after(0, from_xid=0, to_xid=below, since=since),
        charging.xid_after(0, from_xid=0, to_xid=below, since=since),
        passages.xid_after(0, from_xid=0, to_xid=below, since=since),
    ]
    return min((each for each in found if each is not None), default=below)
