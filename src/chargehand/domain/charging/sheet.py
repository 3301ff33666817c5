"""What a batch writes about charging: rows of readings and transaction events, in the forms of COPY."""

from datetime import datetime, timedelta
from struct import Struct
from typing import Any, Final

from django.db import connection

from chargehand.domain.charging.series import SeriesBook
from chargehand.domain.stations import exchange
from chargehand.domain.stations.binary_copy import (
    HEADER,
    NULL,
    TRAILER,
    micros,
    pack_bigint,
    pack_integer,
)
from chargehand.domain.stations.events import Reading, TransactionReported
from chargehand.domain.stations.exchange import Copy
from chargehand.domain.stations.record import stamp
from chargehand.domain.stations.told import Told, clean, copy_text
from chargehand.kernel import clock

_READINGS: Final = (
    "COPY charging_reading (transaction_id, station_time, seq, station_id, measured_at, received_at, evse,"
    " connector, is_inferred, series, readings) FROM STDIN (FORMAT binary)"
)
# Eleven columns, the first three of which may be NULL. All of fixed length are packed at once in the three cases that
# make up almost all rows: both of the first, the time alone, all three.
_READING: Final = b"\0\x0b"
_READING_FIXED: Final = Struct(">iqiqiqiiiii?").pack
_OF_CHARGE: Final = Struct(">hiqiqiiqiqiqiiiii?").pack
_OF_NONE: Final = Struct(">hiiqiiqiqiqiiiii?").pack
_NUMBERED: Final = Struct(">hiqiqiiiqiqiqiiiii?").pack
_NO: Final = -1
_EARLIEST: Final = micros(clock.EARLIEST_CREDIBLE)
_AHEAD: Final = clock.FURTHEST_AHEAD // timedelta(microseconds=1)
_EVENTS: Final = (
    "COPY charging_transaction_event (transaction_id, station_id, kind, trigger, seq, is_offline, charging_state,"
    " station_time, happened_at, received_at) FROM STDIN"
)
_SIGNED: Final = """
INSERT INTO charging_signed_reading (transaction_id, station_id, evse, measured_at, received_at, context,
    encoding, signing_method, public_key, signed_data) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class ChargingSheet:
    """Rows of one batch; `skipped` counts samples that held no number (quirk C1)."""

    def __init__(self, series: SeriesBook) -> None:
        self.skipped = 0
        self._series = series
        self._micros: dict[datetime, int] = {}
        self._readings: list[bytes] = []
        self._events: list[str] = []
        self._signed: list[tuple[Any, ...]] = []

    def add_reading(
        self,
        told: Told,
        reading: Reading,
        *,
        transaction: int | None,
        evse: int,
        connector: int,
        is_inferred: bool,
        received: int,
        seq: int | None = None,
    ) -> None:
        """Add one moment's samples; `received` is the message's time of receipt as `binary_copy.micros`."""
        series, values, skipped = self._series.columns_of(told.station_id, reading.values, told.received_at)
        self.skipped += skipped
        if values:
            time = None if reading.time is None else self._micros_of(reading.time)
            is_credible = time is not None and _EARLIEST <= time <= received + _AHEAD
            rest = (
                *(8, told.station_id, 8, time if is_credible else received, 8, received),
                *(4, evse, 4, connector, 1, is_inferred),
            )
            self._readings += (_fixed(transaction, time, seq, rest), series, values)
        if reading.signed:
            self._add_signed(told, reading, transaction, evse)

    def _micros_of(self, time: datetime) -> int:
        """Return a time as a column has it; the times of one batch are few."""
        found = self._micros.get(time)
        if found is None:
            found = self._micros[time] = micros(time)
        return found

    def add_event(self, told: Told, event: TransactionReported, transaction: int) -> None:
        """Add the evidence that a station said something about a transaction."""
        at = clock.best_time(event.time, told.received_at)
        self._events.append(
            f"{transaction}\t{told.station_id}\t{event.kind}\t{copy_text(clean(event.trigger, 64))}\t"
            f"{_nullable(event.seq)}\t{'t' if event.is_offline else 'f'}\t"
            f"{copy_text(clean(event.charging_state, 32))}\t{stamp(event.time)}\t{stamp(at)}\t"
            f"{stamp(told.received_at)}\n"
        )

    def copies(self) -> list[Copy]:
        """Return what is to be copied and was not yet; whoever takes it has to write it."""
        found: list[Copy] = []
        if self._readings:
            found.append((_READINGS, b"".join((HEADER, *self._readings, TRAILER))))
            self._readings.clear()
        if self._events:
            found.append((_EVENTS, "".join(self._events).encode()))
            self._events.clear()
        return found

    def flush(self) -> None:
        """Write all rows that were not written yet."""
        exchange.copy(self.copies())
        if self._signed:
            with connection.cursor() as cursor:
                cursor.executemany(_SIGNED, self._signed)
            self._signed.clear()

    def _add_signed(self, told: Told, reading: Reading, transaction: int | None, evse: int) -> None:
        at = clock.best_time(reading.time, told.received_at)
        self._signed.extend(
            (
                *(transaction, told.station_id, evse, at, told.received_at, clean(signed.context, 64)),
                *(
                    text.replace("\0", "\ufffd")
                    for text in (signed.encoding, signed.signing_method, signed.public_key, signed.data)
                ),
            )
            for signed in reading.signed
        )


def _fixed(transaction: int | None, time: int | None, seq: int | None, rest: tuple[int | None, ...]) -> bytes:
    """Return the beginning of a row of readings, up to `is_inferred`."""
    if time is not None:
        if transaction is None:
            if seq is None:
                return _OF_NONE(11, _NO, 8, time, _NO, *rest)
        elif seq is None:
            return _OF_CHARGE(11, 8, transaction, 8, time, _NO, *rest)
        else:
            return _NUMBERED(11, 8, transaction, 8, time, 4, seq, *rest)
    return b"".join(
        (
            _READING,
            NULL if transaction is None else pack_bigint(8, transaction),
            NULL if time is None else pack_bigint(8, time),
            NULL if seq is None else pack_integer(4, seq),
            _READING_FIXED(*rest),
        )
    )


def _nullable(value: int | None) -> str:
    return "\\N" if value is None else str(value)
