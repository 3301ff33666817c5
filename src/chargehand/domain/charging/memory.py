"""What the recorder remembers of a station while its connection lasts: loaded from the database, a batch at a
time, thrown away when a batch fails. It saves questions; the database stays the truth.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.stations.record import LastStatus, Statuses

#: How many messages of a station are remembered at least, and at most twice as many, to know one sent again.
RECENT_MESSAGES: Final = 64
#: How many of them are loaded when it connects again: a station has one CALL outstanding, or a few.
LOADED_MESSAGES: Final = 24

_TRANSACTIONS: Final = """
SELECT t.id, t.station_id, t.station_ref, t.state, t.evse, t.connector, t.token_uid, t.charging_state,
       t.started_at, t.meter_start_wh, t.flags,
       CASE WHEN t.station_ref IS NULL THEN NULL ELSE
         GREATEST((SELECT max(seq) FROM charging_transaction_event e WHERE e.transaction_id = t.id),
                  (SELECT r.seq FROM charging_reading r WHERE r.transaction_id = t.id
                   AND r.station_id = t.station_id AND r.measured_at >= t.started_at AND r.seq IS NOT NULL
                   ORDER BY r.measured_at DESC LIMIT 1)) END
FROM unnest(%s::bigint[]) AS u(station_id) CROSS JOIN LATERAL (
    SELECT * FROM charging_transaction WHERE station_id = u.station_id AND state = 'open'
    UNION
    (SELECT * FROM charging_transaction WHERE station_id = u.station_id ORDER BY started_at DESC LIMIT 8)
) AS t ORDER BY t.started_at
"""
_RECENT: Final = """
SELECT m.station_id, m.fingerprint FROM unnest(%s::bigint[]) AS u(station_id) CROSS JOIN LATERAL (
    SELECT station_id, fingerprint, received_at FROM stations_message
    WHERE station_id = u.station_id AND received_at > now() - interval '2 days'
    ORDER BY received_at DESC LIMIT %s
) AS m WHERE m.fingerprint IS NOT NULL ORDER BY m.received_at
"""
_STATUSES: Final = """
SELECT station_id, evse, connector, status, error_code, status_at,
       status_station_time IS NOT DISTINCT FROM status_at FROM stations_connector
WHERE station_id = ANY(%s) AND status_at IS NOT NULL
UNION ALL
SELECT id, 0, 0, reported_status, reported_error, reported_at, true FROM stations_station
WHERE id = ANY(%s) AND reported_at IS NOT NULL
"""


class TransactionMemory(msgspec.Struct):
    """A transaction as the recorder knows it; `ref` is the name by which the station calls it.

    What follows the flags is empty where it was not told since the transaction was loaded.
    """

    number: int
    ref: str
    state: str
    evse: int | None
    connector: int | None
    token_uid: str
    charging_state: str
    started_at: datetime
    meter_start_wh: Decimal | None
    last_seq: int | None
    flags: list[str]
    remote_start_id: int | None = None
    reservation_id: int | None = None
    token_kind: str = ""

    @property
    def is_open(self) -> bool:
        """Tell whether the transaction goes on."""
        return self.state == "open"


class StationMemory:
    """What is remembered of one station."""

    __slots__ = ("_before", "_recent", "epoch", "statuses", "transactions")

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.transactions: dict[str, TransactionMemory] = {}
        self.statuses: Statuses = {}
        # Two generations: to let go of one by one costs more than all else here.
        self._recent: set[int] = set()
        self._before: set[int] = set()

    def is_repeat(self, fingerprint: int | None) -> bool:
        """Tell whether a message with this fingerprint was stored lately, and remember it."""
        if fingerprint is None:
            return False
        recent = self._recent
        if fingerprint in recent or fingerprint in self._before:
            return True
        recent.add(fingerprint)
        if len(recent) >= RECENT_MESSAGES:
            self._before, self._recent = recent, set()
        return False

    def open_on(self, evse: int | None) -> TransactionMemory | None:
        """Return the open transaction of an EVSE if there is exactly one."""
        if not self.transactions:
            return None
        found = [t for t in self.transactions.values() if t.state == "open" and t.evse == evse]
        return found[0] if len(found) == 1 else None

    def forget_old(self) -> None:
        """Keep memory small: of the ended transactions only the latest stay."""
        ended = [ref for ref, t in self.transactions.items() if t.state != "open"]
        for ref in ended[:-8]:
            del self.transactions[ref]


def load(stations: dict[int, int]) -> dict[int, StationMemory]:
    """Load memories; `stations` maps a station to the epoch of its connection."""
    memories = {station_id: StationMemory(epoch) for station_id, epoch in stations.items()}
    ids = list(stations)
    with connection.cursor() as cursor:
        cursor.execute(_TRANSACTIONS, [ids])
        for row in cursor.fetchall():
            ref = row[2] if row[2] is not None else str(row[0])
            memories[row[1]].transactions[ref] = _remember(ref, (row[0], *row[3:10], row[11], row[10]))
        cursor.execute(_RECENT, [ids, LOADED_MESSAGES])
        for station_id, fingerprint in cursor.fetchall():
            memories[station_id].is_repeat(fingerprint)
        cursor.execute(_STATUSES, [ids, ids])
        for station_id, evse, connector, *last in cursor.fetchall():
            memories[station_id].statuses[evse, connector] = LastStatus(*last)
    return memories


def find(station_id: int, refs: Iterable[str]) -> list[TransactionMemory]:
    """Look up transactions of a station by the names it uses, however old."""
    wanted = list(refs)
    numbers = [int(ref) for ref in wanted if ref.isdecimal() and len(ref) < 11]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, station_ref, state, evse, connector, token_uid, charging_state, started_at,"
            " meter_start_wh, last_seq, flags FROM charging_transaction WHERE station_id = %s"
            " AND (station_ref = ANY(%s) OR (station_ref IS NULL AND id = ANY(%s)))",
            [station_id, wanted, numbers],
        )
        return [
            _remember(row[1] if row[1] is not None else str(row[0]), (row[0], *row[2:11]))
            for row in cursor.fetchall()
        ]


def _remember(ref: str, row: tuple[Any, ...]) -> TransactionMemory:
    number, state, evse, connector, token, charging_state, started_at, meter, last_seq, flags = row
    return TransactionMemory(
        number, ref, state, evse, connector, token, charging_state, started_at, meter, last_seq, list(flags)
    )
