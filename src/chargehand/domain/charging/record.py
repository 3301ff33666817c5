"""Storing what stations say, a batch in one transaction: the path of every message.

`Recorder.write` commits all of a batch or nothing. An answered message is in PostgreSQL because the caller
answers after `write` returned.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
from django.db import connection, transaction

from chargehand.domain.charging import continuations, names, orphans, transactions, unread
from chargehand.domain.charging.event_rows import is_new, is_plain_sample
from chargehand.domain.charging.memory import StationMemory, TransactionMemory, find, load
from chargehand.domain.charging.registers import last_register, registers_of
from chargehand.domain.charging.series import SeriesBook
from chargehand.domain.charging.sheet import ChargingSheet
from chargehand.domain.stations import exchange
from chargehand.domain.stations.events import (
    AuthorizationAsked,
    Booted,
    MeterValuesReported,
    Noticed,
    SeveralNoticed,
    StatusReported,
    TransactionReported,
    Unread,
    VariablesReported,
)
from chargehand.domain.stations.record import StationSheet
from chargehand.domain.stations.told import Told
from chargehand.domain.tokens import queries as tokens
from chargehand.domain.tokens.queries import Authorization
from chargehand.journal import log as journal
from chargehand.kernel import clock

#: Stations remembered at most; beyond, memories are thrown away and loaded again when needed.
MOST_MEMORIES: Final = 50_000


class Outcome(msgspec.Struct, frozen=True):
    """What came of a message, for its answer."""

    transaction_id: int | None = None
    authorization: Authorization | None = None
    is_held: bool = False


NOTHING: Final = Outcome()

_NUMBER: Final = "pg_current_xact_id()::text"
_FENCE: Final = f"SELECT fence, {_NUMBER} FROM stations_gateway WHERE id = '{{}}' FOR SHARE"  # noqa: S608 -- a UUID

#: Events that hold names of charges and tokens.
_NAMING: Final = frozenset({AuthorizationAsked, TransactionReported})

Authorizations = dict[tuple[int, str], Authorization]


class Fenced(Exception):  # noqa: N818 -- a state of affairs, not an error: another gateway has the station
    """Stations of this gateway were taken over: `stations` are no longer its own."""

    def __init__(self, stations: set[int]) -> None:
        super().__init__(f"taken over: {len(stations)} stations")
        self.stations = stations


class Recorder:
    """Writes batches; one for each gateway process, used by one thread."""

    def __init__(self, gateway_id: str) -> None:
        self.skipped_samples = 0
        self._gateway_id = gateway_id
        self._fence_question = _FENCE.format(UUID(gateway_id))
        self._fence = 0
        self._series = SeriesBook()
        self._memories: dict[int, StationMemory] = {}
        self._doubtful: tuple[Sequence[Told], list[Outcome]] | None = None

    def write(self, batch: Sequence[Told]) -> list[Outcome]:
        """Store a batch and return what came of each message, in order.

        Raises Fenced where another gateway took stations of the batch over, and database errors; then nothing
        of the batch is stored. Where the commit itself was interrupted nobody knows: whoever asks again with
        the same batch is told what came of it, once that is found out.
        """
        if self._doubtful is not None:
            batch_in_doubt, outcomes = self._doubtful
            is_stored = batch_in_doubt is batch and self._is_stored(batch)
            self._doubtful = None
            if is_stored:
                return outcomes
        written: _Written | None = None
        is_committed = False
        epochs = {told.station_id: told.epoch for told in batch}
        try:
            with transaction.atomic():
                writer = self._check_fence(epochs)
                taken = _Batch(self._series, self._memories_of(epochs), batch, writer)
                written = taken.take()
                taken.write()
            is_committed = True
        finally:
            self._series.settle(is_committed=is_committed)
            if not is_committed:
                self.forget(set(epochs))
                self._doubtful = (batch, written.each) if written is not None else None
        self.skipped_samples += written.skipped
        return written.each

    def _is_stored(self, batch: Sequence[Told]) -> bool:
        """Tell whether a batch whose commit was interrupted is stored: all of it is, or nothing.

        Waits until the interrupted transaction is over: it holds the gateway's row.
        """
        first = batch[0]
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM stations_gateway WHERE id = %s FOR UPDATE", [self._gateway_id])
            cursor.execute(
                "SELECT 1 FROM stations_message WHERE station_id = %s AND received_at = %s"
                " AND message_id = %s AND is_from_station = %s",
                [
                    *(first.station_id, first.received_at, first.message_id.replace("\0", "\ufffd")),
                    first.is_from_station,
                ],
            )
            return cursor.fetchone() is not None

    def forget(self, stations: set[int]) -> None:
        """Forget stations: their connection ended, or a batch failed."""
        for station_id in stations:
            self._memories.pop(station_id, None)

    def _check_fence(self, epochs: dict[int, int]) -> int:
        """Hold this gateway's fence until commit, so that nobody takes a station over meanwhile.

        Stations that are not remembered are asked for each time: an earlier batch may have met the fence. Returns
        the number of this transaction.
        """
        rows = exchange.ask(self._fence_question) or exchange.ask(f"SELECT 0, {_NUMBER}")
        fence, writer = (int(value or 0) for value in rows[0])
        doubtful = epochs.keys() - self._memories.keys()
        if fence != self._fence:
            doubtful = {*epochs, *self._memories}
        if not doubtful:
            return writer
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT station_id FROM stations_connection WHERE station_id = ANY(%s)"
                " AND gateway_id IS DISTINCT FROM %s",
                [list(doubtful), self._gateway_id],
            )
            lost = {found[0] for found in cursor.fetchall()}
        self.forget(lost)
        if lost & epochs.keys():
            raise Fenced(lost)
        self._fence = fence
        return writer

    def _memories_of(self, epochs: dict[int, int]) -> dict[int, StationMemory]:
        if len(self._memories) > MOST_MEMORIES:
            self._memories.clear()
        missing = {
            station_id: epoch
            for station_id, epoch in epochs.items()
            if (memory := self._memories.get(station_id)) is None or memory.epoch != epoch
        }
        if missing:
            self._memories.update(load(missing))
        return self._memories


class _Written(msgspec.Struct):
    each: list[Outcome]
    skipped: int


class _Batch:
    """One batch on its way: what it knows beforehand, and the sheets that it fills."""

    def __init__(
        self, series: SeriesBook, memories: dict[int, StationMemory], batch: Sequence[Told], writer: int
    ) -> None:
        naming = [told for told in batch if type(told.event) in _NAMING]
        for told in naming:
            told.event = names.fit(told.event)
        self._batch = batch
        self._memories = memories
        self._stations = StationSheet()
        self._series = series
        self._charging = ChargingSheet(series, writer)
        self._authorizations = _authorize(naming)

    def take(self) -> _Written:
        outcomes = [self._take(told) for told in self._batch]
        self._flag_inventors()
        return _Written(outcomes, self._charging.skipped)

    def write(self) -> None:
        """Write what was taken; where that is nothing but rows to be copied, commit in the same turn."""
        copies = [*self._stations.copies(), *self._charging.copies()]
        if self._stations.is_copied and self._charging.is_copied:
            exchange.copy_and_commit(copies)
            return
        exchange.copy(copies)
        self._stations.flush()
        self._charging.flush()
        journal.state(self._stations.facts)

    def _flag_inventors(self) -> None:
        """Note stations that brought up more kinds of measurands than they may: samples were left out."""
        refused = set(self._series.refused)
        for told in self._batch:
            if told.station_id in refused:
                refused.discard(told.station_id)
                self._stations.add_notice(told, Noticed(kind="readings", name="TooManyMeasurands"))

    def _take(self, told: Told) -> Outcome:
        memory = self._memories[told.station_id]
        told.is_repeat = memory.is_repeat(told.fingerprint)
        self._stations.add_message(told)
        event = told.event
        if isinstance(event, MeterValuesReported):
            if not told.is_repeat:
                self._take_readings(told, event, memory)
            return NOTHING
        if isinstance(event, TransactionReported):
            return self._take_transaction(told, event, memory)
        if isinstance(event, AuthorizationAsked):
            return self._take_authorization(told, event)
        if isinstance(event, Booted):
            return Outcome(is_held=self._stations.add_boot(told, event))
        if not told.is_repeat or isinstance(event, StatusReported):
            self._take_station_event(told, memory)
        return NOTHING

    def _take_authorization(self, told: Told, event: AuthorizationAsked) -> Outcome:
        found = self._authorizations[told.operator_id, event.token_uid]
        detail = {"token": event.token_uid, "kind": event.token_kind}
        self._stations.add_notice(told, Noticed(kind="authorization", name=found.status.value, detail=detail))
        return Outcome(authorization=found)

    def _take_station_event(self, told: Told, memory: StationMemory) -> None:
        event = told.event
        if isinstance(event, StatusReported):
            self._stations.add_status(told, event, memory.statuses)
        elif isinstance(event, Noticed):
            self._stations.add_notice(told, event)
        elif isinstance(event, SeveralNoticed):
            for notice in event.notices:
                self._stations.add_notice(told, notice)
            for status in event.statuses:
                self._stations.add_status(told, status, memory.statuses)
        elif isinstance(event, VariablesReported):
            self._stations.add_variables(told, event.variables)
        elif isinstance(event, Unread):
            unread.open_case(told, event)

    def _take_readings(self, told: Told, event: MeterValuesReported, memory: StationMemory) -> None:
        evse, connector = event.evse, event.connector
        known = None if event.ref is None else _named(told, memory, event.ref)
        is_inferred = False
        if known is None and evse > 0:
            known = memory.open_on(evse)
            is_inferred = known is not None
        number = known.number if known else None
        for reading in event.readings:
            self._charging.add_reading(told, reading, number, evse, connector, is_inferred=is_inferred)

    def _take_transaction(self, told: Told, event: TransactionReported, memory: StationMemory) -> Outcome:
        known = _named(told, memory, event.ref)
        if known is not None and continuations.adds_readings_only(event, known):
            if not told.is_repeat and is_new(told.station_id, event, known):
                self._add_readings(told, event, known)
            return Outcome(known.number)
        authorization = self._authorizations[told.operator_id, event.token_uid] if event.token_uid else None
        stated = self._stations.facts
        first, last = self._registers(told, event, known)
        if event.kind == "started":
            if known is None:
                known = transactions.start(
                    told, event, memory, authorization, first, stated, flags=_start_flags(told, event)
                )
            transactions.complete(told, event, known, first, stated)
        elif known is None:
            known = self._take_unknown(told, event, memory, authorization, first)
        if known is None:
            self._take_orphan_readings(told, event)
            return Outcome(authorization=authorization)
        is_first = not told.is_repeat and is_new(told.station_id, event, known)
        if is_first:
            self._keep_evidence(told, event, known)
        if event.kind != "started" or is_first:
            continuations.go_on(told, event, known, authorization, first, stated)
        if event.kind == "ended" and known.state != "ended":
            flags = ["offline"] if event.is_offline else []
            if last is None:
                last = self._last_stored(told, known)
                flags += ["meter-stop-from-samples"] if last is not None else []
            transactions.end(told, event, known, last, stated, flags=flags)
        return Outcome(transaction_id=known.number, authorization=authorization)

    def _registers(
        self, told: Told, event: TransactionReported, known: TransactionMemory | None
    ) -> tuple[Decimal | None, Decimal | None]:
        """Return the registers with which a transaction began and ended, as far as an event tells them.

        A single register in an end is no beginning; one in the middle is only looked for if none is known.
        """
        if event.meter_wh is not None:
            return (None, event.meter_wh) if event.kind == "ended" else (event.meter_wh, None)
        is_known = known is not None and known.meter_start_wh is not None
        if not event.readings or (event.kind == "updated" and is_known):
            return None, None
        for reading in event.readings:
            self._series.intern(told.station_id, [key for key, _ in reading.values], told.received_at)
        found = registers_of(self._series, event.readings)
        if event.kind != "ended":
            return (found[0] if found else None), None
        return (found[0] if len(found) > 1 else None), (found[-1] if found else None)

    def _last_stored(self, told: Told, known: TransactionMemory) -> Decimal | None:
        """Return the last register of a transaction's samples: its end told none (quirk C4)."""
        self._charging.flush()
        return last_register(told.station_id, known.number)

    def _take_unknown(
        self,
        told: Told,
        event: TransactionReported,
        memory: StationMemory,
        authorization: Authorization | None,
        meter: Decimal | None,
    ) -> TransactionMemory | None:
        """Settle a report of a transaction nobody knows: make it from what is known (2.x), or match it (1.6)."""
        if told.version == 16:
            return orphans.match_stop(told, event, memory)
        facts = self._stations.facts
        return transactions.start(told, event, memory, authorization, meter, facts, flags=["start-missing"])

    def _keep_evidence(self, told: Told, event: TransactionReported, known: TransactionMemory) -> None:
        if not is_plain_sample(event, known):
            self._charging.add_event(told, event, known.number)
        self._add_readings(told, event, known)

    def _add_readings(self, told: Told, event: TransactionReported, known: TransactionMemory) -> None:
        evse = (event.evse if event.evse is not None else known.evse) or 0
        connector = (event.connector if event.connector is not None else known.connector) or 0
        for reading in event.readings:
            self._charging.add_reading(told, reading, known.number, evse, connector, seq=event.seq)

    def _take_orphan_readings(self, told: Told, event: TransactionReported) -> None:
        if not told.is_repeat:
            for reading in event.readings:
                self._charging.add_reading(told, reading, None, 0, 0)


def _authorize(batch: Sequence[Told]) -> Authorizations:
    """Answer all questions about tokens in one query, each once; a repeat is answered like its first."""
    asked: dict[tuple[int, str], str] = {}
    for told in batch:
        event = told.event
        if isinstance(event, AuthorizationAsked) or (
            isinstance(event, TransactionReported) and event.token_uid
        ):
            asked[told.operator_id, event.token_uid or ""] = told.vendor
    if not asked:
        return {}
    questions = [tokens.Question(operator, uid, vendor) for (operator, uid), vendor in asked.items()]
    return dict(zip(asked, tokens.authorize_many(questions, clock.now()), strict=True))


def _named(told: Told, memory: StationMemory, ref: str | None) -> TransactionMemory | None:
    """Return the transaction that a station calls `ref`; zero and below name none (quirks A1 to A3)."""
    if ref is None or (told.version == 16 and (not ref.isdecimal() or ref == "0")):
        return None
    known = memory.transactions.get(ref)
    if known is None and len(ref) <= 255:
        for found in find(told.station_id, [ref]):
            memory.transactions[found.ref] = known = found
    return known


def _start_flags(told: Told, event: TransactionReported) -> list[str]:
    flags = []
    if event.is_offline:
        flags.append("offline")
    if event.time is None:
        flags.append("no-station-time")
    elif event.time.tzinfo is clock.NO_ZONE:
        flags.append("no-zone")
    if told.is_repeat:
        flags.append("repeated")
    return flags
