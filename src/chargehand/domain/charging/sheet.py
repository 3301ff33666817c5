"""What a batch writes about charging: rows of readings and transaction events, in the text form of COPY."""

from datetime import datetime
from typing import Any, Final

from django.db import connection

from chargehand.domain.charging.series import SeriesBook
from chargehand.domain.stations.events import Reading, TransactionReported
from chargehand.domain.stations.record import stamp
from chargehand.domain.stations.told import Told, clean, copy_text
from chargehand.kernel import clock

_READINGS: Final = (
    "COPY charging_reading (transaction_id, station_id, measured_at, station_time, received_at, evse, connector,"
    " is_inferred, seq, series, readings) FROM STDIN"
)
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
        self._stamps: dict[datetime, str] = {}
        self._readings: list[str] = []
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
        received: str,
        seq: int | None = None,
    ) -> None:
        """Add one moment's samples; `received` is the message's time of receipt as text."""
        numbers, values, skipped = self._series.texts_of(told.station_id, reading.values, told.received_at)
        self.skipped += skipped
        time = reading.time
        station_time = self._stamp(time)
        is_credible = time is not None and clock.is_credible(time, told.received_at)
        measured = station_time if is_credible else received
        if numbers:
            self._readings.append(
                f"{_nullable(transaction)}\t{told.station_id}\t{measured}\t{station_time}\t{received}\t{evse}\t"
                f"{connector}\t{'t' if is_inferred else 'f'}\t{_nullable(seq)}\t{{{numbers}}}\t{{{values}}}\n"
            )
        if reading.signed:
            self._add_signed(told, reading, transaction, evse)

    def _stamp(self, time: datetime | None) -> str:
        """Return a time as a column; the times of one batch are few."""
        if time is None:
            return "\\N"
        text = self._stamps.get(time)
        if text is None:
            text = self._stamps[time] = time.isoformat()
        return text

    def add_event(self, told: Told, event: TransactionReported, transaction: int) -> None:
        """Add the evidence that a station said something about a transaction."""
        at = clock.best_time(event.time, told.received_at)
        self._events.append(
            f"{transaction}\t{told.station_id}\t{event.kind}\t{copy_text(clean(event.trigger, 64))}\t"
            f"{_nullable(event.seq)}\t{'t' if event.is_offline else 'f'}\t"
            f"{copy_text(clean(event.charging_state, 32))}\t{stamp(event.time)}\t{stamp(at)}\t"
            f"{stamp(told.received_at)}\n"
        )

    def flush(self) -> None:
        """Write all rows that were not written yet."""
        with connection.cursor() as cursor:
            for statement, rows in ((_READINGS, self._readings), (_EVENTS, self._events)):
                if rows:
                    with cursor.copy(statement) as copy:
                        copy.write("".join(rows))
                    rows.clear()
            if self._signed:
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


def _nullable(value: int | None) -> str:
    return "\\N" if value is None else str(value)
