"""The live watch of one operator: evidence newly stored goes through the engine, findings come out, once.

A batch of evidence, the move of the cursor, the findings and the facts are one transaction. The engine lives in
the memory of the worker that holds the watch; its state is saved from time to time, and whoever takes the watch
over loads it and takes the batches since once more, exactly as they were cut: what they find is in the book
already.
"""

import zlib
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
import structlog
from django.db import transaction
from django.db.models import Q

from chargehand.domain.health import book
from chargehand.domain.health.aliases import Aliases
from chargehand.domain.health.book import Judged
from chargehand.domain.health.engine import Engine
from chargehand.domain.health.findings import Finding
from chargehand.domain.health.models import HealthFinding, Watch, WatchBatch
from chargehand.domain.health.rounds import ROUND_S
from chargehand.domain.health.stored_evidence import LATE, Evidence, Received, end_of, first_of
from chargehand.domain.health.telemetry import AnyLine, Heartbeat, read_line
from chargehand.domain.stations.telemetry_rows import Span, gateways_since
from chargehand.journal.horizon import complete_below

#: How far back a watch begins that knows nothing, or whose state a new version cannot read.
LOOK_BACK: Final = timedelta(days=14)
#: Rows of a kind in a batch, about.
MOST_ROWS: Final = 5_000
#: How long a worker may be silent before another takes the watch over.
LEASE: Final = timedelta(seconds=15)
#: When the state is saved: after so much time, or so many lines.
SAVE_EVERY: Final = timedelta(minutes=5)
SAVE_AFTER_LINES: Final = 500_000
#: How often what stations are is looked at.
_REFRESH: Final = timedelta(seconds=15)
#: While no gateway was seen for so long nobody can be heard, and no time passes for the engine.
_DEAF: Final = timedelta(seconds=90)

#: What came of a step: a batch was taken and there is more, or all is taken; nothing was to do; another has it.
Step: TypeAlias = Literal["more", "done", "idle", "elsewhere"]

_ENCODER: Final = msgspec.json.Encoder()

log = structlog.get_logger(__name__)


class Watcher:
    """Watches one operator's stations; used by one thread."""

    def __init__(self, operator_id: int, worker: UUID, *, most_rows: int = MOST_ROWS) -> None:
        """`worker` is this worker's own id; `most_rows` cuts batches."""
        self._operator_id = operator_id
        self._worker = worker
        self._most_rows = most_rows
        self._held_until: datetime | None = None
        self._memory: _Memory | None = None

    def step(self, now: datetime) -> Step:
        """Take the next batch, if there is anything to take; raises database errors, after which all is as before.

        Reading and judging are done outside of the transaction that writes what came of it: others must not
        wait for that.
        """
        if not self._hold(now):
            self._memory = None
            return "elsewhere"
        memory, self._memory = self._memory or self._load(now), None
        below = complete_below()
        end = end_of(memory.xid, below, self._most_rows)
        received = memory.evidence.read(Span(from_xid=memory.xid, to_xid=end))
        listening_since = gateways_since(now - _DEAF)
        asked_at = now if end == below and listening_since is not None else memory.engine_time
        extra: list[AnyLine] = []
        if received or end == below:
            extra = memory.changes(min(received[0][0], now) if received else now, now)
        is_round_due = asked_at.timestamp() - memory.engine.fleet.swept_at >= ROUND_S
        if not received and not extra and not memory.owed and not is_round_due:
            memory.xid = end
            self._memory = memory
            return "idle" if end == below else "more"
        batch = WatchBatch(
            operator_id=self._operator_id,
            number=memory.number + 1,
            from_xid=memory.xid,
            to_xid=end,
            asked_at=asked_at,
        )
        extra += memory.take(extra, received, now, listening_since)
        memory.pass_time(asked_at)
        batch.lines = b"\n".join(_ENCODER.encode(line) for line in extra)
        if not self._write(memory, batch, now, is_all=end == below):
            return "elsewhere"
        self._memory = memory
        return "done" if end == below else "more"

    @transaction.atomic
    def _write(self, memory: "_Memory", batch: WatchBatch, now: datetime, *, is_all: bool) -> bool:
        """Write down what came of a batch; False, and nothing, if somebody else went on with the watch."""
        is_ours = Watch.objects.filter(
            operator_id=self._operator_id, number=memory.number, held_by=self._worker
        ).update(xid=batch.to_xid, number=batch.number, moved_at=now, held_until=now + LEASE)
        if not is_ours:
            return False
        self._held_until = now + LEASE
        batch.save(force_insert=True)
        book.write(self._operator_id, memory.owed, memory.aliases)
        if any(each.is_past for each in memory.owed):
            memory.bygones = book.bygones(self._operator_id)
        if is_all:
            memory.revive(self._operator_id)
        memory.owed = []
        memory.xid, memory.number = batch.to_xid, batch.number
        return True

    def save_if_due(self, now: datetime) -> bool:
        """Save the state if that is due; return whether it was."""
        memory = self._memory
        if memory is None:
            return False
        is_due = now - memory.saved_at > SAVE_EVERY or memory.lines > SAVE_AFTER_LINES
        return is_due and self.save(now)

    def save(self, now: datetime) -> bool:
        """Save the state of the engine, so that the batches up to now need not be taken again; return whether."""
        memory = self._memory
        if memory is None:
            return False
        state = zlib.compress(memory.engine.save(), 1)
        with transaction.atomic():
            is_ours = Watch.objects.filter(
                operator_id=self._operator_id, number=memory.number, held_by=self._worker
            ).update(state=state, saved_number=memory.number, saved_at=now)
            if not is_ours:
                return False
            WatchBatch.objects.filter(operator_id=self._operator_id, number__lte=memory.number).delete()
        memory.saved_at, memory.lines = now, 0
        return True

    def release(self, now: datetime) -> None:
        """Save, and let another worker take over at once."""
        self.save(now)
        Watch.objects.filter(operator_id=self._operator_id, held_by=self._worker).update(held_until=None)
        self._memory, self._held_until = None, None

    def _hold(self, now: datetime) -> bool:
        """Take or keep the watch; False while another worker has it."""
        if self._memory is not None and self._held_until is not None and self._held_until - now > LEASE / 2:
            return True
        Watch.objects.get_or_create(operator_id=self._operator_id, defaults={"moved_at": now})
        is_free = Q(held_by=self._worker) | Q(held_until=None) | Q(held_until__lt=now)
        is_ours = Watch.objects.filter(is_free, operator_id=self._operator_id).update(
            held_by=self._worker, held_until=now + LEASE
        )
        self._held_until = now + LEASE if is_ours else None
        return bool(is_ours)

    def _load(self, now: datetime) -> "_Memory":
        """Bring an engine to where the watch stands: the saved state, and the batches since."""
        row = Watch.objects.get(operator_id=self._operator_id)
        memory = _Memory(self._operator_id, self._engine_of(row, now), now)
        memory.number, memory.xid = row.saved_number, row.xid
        batches = WatchBatch.objects.filter(operator_id=self._operator_id, number__gt=row.saved_number)
        for batch in batches.order_by("number"):
            extra = [read_line(text) for text in bytes(batch.lines).splitlines()]
            received = memory.evidence.read(Span(from_xid=batch.from_xid, to_xid=batch.to_xid))
            memory.feed(extra, received, now)
            memory.pass_time(batch.asked_at)
            memory.number, memory.xid = batch.number, batch.to_xid
        return memory

    def _engine_of(self, row: Watch, now: datetime) -> Engine:
        """Return the engine as it was saved; a new one, at the beginning of the past that counts, otherwise."""
        try:
            if row.state is not None:
                return Engine(zlib.decompress(bytes(row.state)))
        except (msgspec.DecodeError, zlib.error) as error:
            log.warning("watch-begins-anew", operator_id=self._operator_id, error=str(error))
            with transaction.atomic():
                WatchBatch.objects.filter(operator_id=self._operator_id).delete()
                row.number = row.saved_number = 0
                row.state, row.saved_at = None, None
                row.save(update_fields=["number", "saved_number", "state", "saved_at"])
        if row.number == 0:
            row.xid = first_of(complete_below(), now - LOOK_BACK)
        return Engine()


class _Memory:
    """The engine after `number` batches, up to transaction `xid`, and what goes with it.

    `owed` is what was found and not written yet.
    """

    def __init__(self, operator_id: int, engine: Engine, now: datetime) -> None:
        self.engine = engine
        self.number = self.xid = 0
        self.aliases = Aliases(operator_id)
        self.evidence = Evidence(operator_id, self.aliases)
        self.owed: list[Judged] = []
        self.lines = 0
        self.saved_at = now
        self._refreshed_at = now
        self.bygones = book.bygones(operator_id)
        self._begun_at = now.timestamp()
        self._late_at: dict[str, float] = {}

    @property
    def engine_time(self) -> datetime:
        """Return up to when time has passed for the engine."""
        return datetime.fromtimestamp(self.engine.fleet.now, UTC)

    def changes(self, at: datetime, now: datetime) -> list[AnyLine]:
        """Return what changed about the stations, as far as that has been looked at, as lines of `at`."""
        if now - self._refreshed_at > _REFRESH:
            self.aliases.refresh()
            self._refreshed_at = now
        return self.aliases.changes(self.engine, at)

    def revive(self, operator_id: int) -> None:
        """State the faults that were taken for past and that evidence of the present shows again."""
        standing = [row for row in self.bygones if self._is_seen_again(row)]
        if standing:
            book.revive(operator_id, standing)
            self.bygones = [row for row in self.bygones if row not in standing]

    def take(
        self,
        extra: Sequence[AnyLine],
        received: Sequence[Received],
        now: datetime,
        listening_since: datetime | None,
    ) -> list[AnyLine]:
        """Feed the lines of a new batch; return those that were made up to forgive a silence that was ours."""
        cut = 0
        if listening_since is not None:
            cut = bisect_left(received, listening_since, key=itemgetter(0))
        self.feed(extra, received[:cut], now)
        rest = received[cut:]
        pardons = _forgive(self.engine, rest[0][0] if rest else now, listening_since)
        self.feed(pardons, rest, now)
        return pardons

    def feed(self, extra: Sequence[AnyLine], received: Sequence[Received], now: datetime) -> None:
        """Feed lines in the order of receipt, `extra` before others of their moment."""
        self.lines += len(extra) + len(received)
        added = [(line.received or line.t, -1, line) for line in extra]
        for at, rank, line in sorted([*added, *received], key=itemgetter(0, 1)) if added else received:
            if rank < 0 and isinstance(line, Heartbeat):
                # Forgiven: no round may be made over the time in which nobody listened.
                self.engine.fleet.swept_at = at.timestamp()
            is_late = line.received is None
            if is_late:
                # The engine's time goes on by receipt, though the line speaks of the past.
                self._late_at[line.station] = at.timestamp()
                self._keep(self._digest(self.engine.pass_time, at.timestamp()), is_past=now - at > LATE)
            found = self._digest(self.engine.feed, line)
            self._keep(found, is_past=is_late or now - at > LATE)

    def pass_time(self, at: datetime) -> None:
        """Let time pass up to `at`."""
        self._keep(self._digest(self.engine.pass_time, at.timestamp()), is_past=False)

    def _keep(self, found: Sequence[Finding], *, is_past: bool) -> None:
        self.owed += [Judged(each, is_past) for each in found]

    def _digest(self, eat: Callable[[Any], list[Finding]], food: AnyLine | float) -> list[Finding]:
        """Let the engine take something; what nobody can digest is skipped, so that the watch goes on."""
        try:
            return eat(food)
        except Exception:
            log.exception("not-digested", operator_id=self.aliases.operator_id, what=type(food).__name__)
            return []

    def _is_seen_again(self, row: HealthFinding) -> bool:
        """Tell whether evidence of the present shows a fault again that was taken for past."""
        identity = self.aliases.station(row.station_id)
        if identity is None:
            return False
        return book.is_seen_since(row, self.engine, identity, self._late_at.get(identity, self._begun_at))


def _forgive(engine: Engine, at: datetime, listening_since: datetime | None) -> list[AnyLine]:
    """Return a heartbeat for every station that was well when we went deaf: the silence was ours.

    Time passes for the engine every minute while a gateway lives. A longer leap means that none did, unless
    one lives now that did before: then it was this watch that stood still.
    """
    fleet = engine.fleet
    if not fleet.now or at.timestamp() - fleet.now < _DEAF.total_seconds():
        return []
    if listening_since is None or listening_since.timestamp() <= fleet.now:
        return []
    return [
        Heartbeat(t=at, received=at, station=name)
        for name, station in fleet.stations.items()
        if station.silence.heard_at and fleet.now - station.silence.heard_at < station.silence.patience_s
    ]
