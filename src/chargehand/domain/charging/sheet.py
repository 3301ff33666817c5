"""What a batch writes about charging: rows of readings and transaction events, in the forms of COPY."""

from datetime import datetime, timedelta
from struct import Struct
from typing import Any, Final

from django.db import connection

from chargehand.domain.charging.series import SeriesBook
from chargehand.domain.stations import exchange
from chargehand.domain.stations.binary_copy import HEADER, NULL, TRAILER, micros, pack_bigint
from chargehand.domain.stations.events import Reading, TransactionReported
from chargehand.domain.stations.exchange import Copy
from chargehand.domain.stations.record import stamp
from chargehand.domain.stations.told import Told, clean, copy_text
from chargehand.kernel import clock

_READINGS: Final = (
    "COPY charging_reading (transaction_id, seq, station_time, station_id, measured_at, received_at, evse,"
    " connector, is_inferred, writer, series, readings) FROM STDIN (FORMAT binary)"
)
# A row of twelve columns: transaction and number of the event, which may be NULL; then what is fixed in length, the
# station's time first, which may be NULL too; the writer; the arrays.
_OF_NONE: Final = b"\0\x0c" + NULL + NULL
_OF_CHARGE: Final = Struct(">hiqi").pack
_OF_EVENT: Final = Struct(">hiqii").pack
_AT_TIME: Final = Struct(">iqiqiqiqiiiii?").pack
_AT_NO_TIME: Final = Struct(">iiqiqiqiiiii?").pack
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
    """Rows of one batch, which the transaction `writer` writes; `skipped` counts samples without a number (C1)."""

    def __init__(self, series: SeriesBook, writer: int) -> None:
        self.skipped = 0
        self._writer = pack_bigint(8, writer)
        self._series = series
        self._micros: dict[datetime, int] = {}
        self._readings: list[bytes] = []
        self._events: list[str] = []
        self._signed: list[tuple[Any, ...]] = []

    def add_reading(
        self,
        told: Told,
        reading: Reading,
        transaction: int | None,
        evse: int,
        connector: int,
        *,
        is_inferred: bool = False,
        seq: int | None = None,
    ) -> None:
        """Add one moment's samples."""
        series, values, skipped = self._series.columns_of(told, reading.values)
        self.skipped += skipped
        if values:
            time, at, station = reading.time, told.received, told.station_id
            if time is None:
                rest = _AT_NO_TIME(_NO, 8, station, 8, at, 8, at, 4, evse, 4, connector, 1, is_inferred)
            else:
                own = self._micros.get(time)
                if own is None:
                    own = self._micros[time] = micros(time)  # the times of one batch are few
                best = own if _EARLIEST <= own <= at + _AHEAD else at
                rest = _AT_TIME(8, own, 8, station, 8, best, 8, at, 4, evse, 4, connector, 1, is_inferred)
            self._readings += (_whose(transaction, seq), rest, self._writer, series, values)
        if reading.signed:
            self._add_signed(told, reading, transaction, evse)

    def add_event(self, told: Told, event: TransactionReported, transaction: int) -> None:
        """Add the evidence that a station said something about a transaction."""
        at = clock.best_time(event.time, told.received_at)
        self._events.append(
            f"{transaction}\t{told.station_id}\t{event.kind}\t{copy_text(clean(event.trigger, 64))}\t"
            f"{_nullable(event.seq)}\t{'t' if event.is_offline else 'f'}\t"
            f"{copy_text(clean(event.charging_state, 32))}\t{stamp(event.time)}\t{stamp(at)}\t"
            f"{stamp(told.received_at)}\n"
        )

    @property
    def is_copied(self) -> bool:
        """Tell whether nothing is left to be written besides what was taken to be copied."""
        return not self._signed

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


def _whose(transaction: int | None, seq: int | None) -> bytes:
    """Return the beginning of a row of readings: the transaction and the number of the event in it."""
    if transaction is None:
        return _OF_NONE
    if seq is None:
        return _OF_CHARGE(12, 8, transaction, _NO)
    return _OF_EVENT(12, 8, transaction, 4, seq)


def _nullable(value: int | None) -> str:
    return "\\N" if value is None else str(value)
