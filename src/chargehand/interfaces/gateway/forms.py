"""Forms of frames that were met before: a station's meter values differ in a few digits, so only those are read.

A form is learnt from a frame that was read in the ordinary way, and kept only if frames with other digits in its
holes, read in the ordinary way too, give what the form says. A frame has a form if it is the same text but for its
message id, the name of its transaction (2.x) and digits, and the digits outside the holes are those of the form.
Whatever has no form is read as ever.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from time import monotonic
from typing import Any, Final

import msgspec

from chargehand.domain.stations.events import (
    Event,
    MeterValuesReported,
    Reading,
    Samples,
    SeriesKey,
    SignedValue,
    TransactionReported,
)
from chargehand.interfaces.gateway import numbers
from chargehand.interfaces.gateway.fingerprint import mark_of, seed_of
from chargehand.protocols.ocpp.rpc import MAX_ID, Call
from chargehand.protocols.ocpp.times import read_time

#: Forms remembered at most, and the digits that differ among frames of one layout.
MOST_LAYOUTS: Final = 4_096
MOST_VARIANTS: Final = 64
#: The longest frame, in bytes, and the most samples of one that is learnt.
LONGEST: Final = 8_192
MOST_SAMPLES: Final = 96
#: At least so many seconds lie between two lessons, each of which costs what twenty messages do.
BETWEEN_LESSONS_S: Final = 0.005

_HEAD: Final = b'[2,"'
_REF: Final = b'"transactionId":"'
_ACTIONS: Final = frozenset({"MeterValues", "TransactionEvent"})
_SAFE: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:+/=#@* "
_MASK: Final = bytes(48 if 48 <= byte < 58 else byte for byte in range(256))
_HOLE: Final = re.compile(
    rb'"(value|timestamp|transactionId|seqNo)"\s*:\s*(?:"([^"\\]*)"|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)(?=\s*[,}]))'
)
_PLAIN: Final = re.compile(rb"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")
_USUAL_TIME: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z")
_UNSIGNED: Final[list[SignedValue]] = []
_DIGITS: Final = re.compile(rb"[0-9]+")

#: What a frame says that has a form: message id, action, event and fingerprint.
Known = tuple[str, str, Event, int]
Span = tuple[int, int]
Read = Callable[[bytes], tuple[Call, Event] | None]


class Moment(msgspec.Struct, frozen=True):
    """One reading of a form: which hole has its time, and what its samples are and where their holes begin."""

    time: int
    first: int
    end: int
    keys: tuple[SeriesKey, ...]


class Form(msgspec.Struct, frozen=True):
    """What frames of one form say: an event like `like`, with the contents of the holes for its own.

    `holes` and `leads` (first digits of numbers that JSON lets not begin with zero) are taken from the frame
    behind its id; the payload begins `before` bytes behind the id and ends `behind` bytes before the end. Of the
    numbers beside samples `event_time` counts holes, `ref` and `seq` are -1 where there is none.
    """

    action: str
    seed: int
    before: int
    behind: int
    holes: Callable[[bytes], tuple[bytes, ...]]
    leads: Callable[[bytes], tuple[bytes, ...]] | None
    moments: tuple[Moment, ...]
    event_time: int
    ref: int
    seq: int
    like: Event

    def event_of(self, rest: bytes, ref: bytes) -> Event | None:
        """Return what a frame says; None where only the ordinary way can tell."""
        if self.leads is not None and b"0" in self.leads(rest):
            return None
        holes = self.holes(rest)
        readings = []
        for moment in self.moments:
            samples = Samples(moment.keys, holes[moment.first : moment.end])
            readings.append(Reading(_moment(holes[moment.time]), samples, _UNSIGNED))
        like = self.like
        if type(like) is MeterValuesReported:
            name = like.ref if self.ref < 0 else str(int(holes[self.ref]))
            return MeterValuesReported(like.evse, like.connector, name, readings)
        return msgspec.structs.replace(
            like,
            ref=ref.decode(),
            time=_moment(holes[self.event_time]),
            seq=numbers.possible(int(holes[self.seq])),
            readings=readings,
        )


class _Layout(msgspec.Struct):
    """All forms that differ only in the digits that `fixed` takes from a frame."""

    fixed: Callable[[bytes], Any]
    forms: dict[Any, Form]


class FormBook:
    """The forms known of one version of OCPP, in which transactions have names or not; used in the event loop."""

    def __init__(self, *, has_names: bool = True) -> None:
        self._has_names = has_names
        self._layouts: dict[bytes, _Layout] = {}
        self._once: set[int] = set()
        self._hopeless: set[int] = set()
        self._may_learn_at = 0.0

    def read(self, text: bytes) -> Known | None:
        """Return what a frame says, if its form is known."""
        if not text.startswith(_HEAD):
            return None
        end = text.find(b'"', 4)
        rest, ref = _cut(text, end) if self._has_names else (text[end:], b"")
        layout = self._layouts.get(rest.translate(_MASK))
        if layout is None or (form := layout.forms.get(layout.fixed(rest))) is None:
            return None
        message_id = text[4:end]
        if len(message_id) > MAX_ID or not (message_id.replace(b"-", b"").isalnum() or _is_safe(message_id)):
            return None
        event = form.event_of(rest, ref)
        if event is None or (ref and not _is_safe(ref)):
            return None
        payload = text[end + form.before : len(text) - form.behind]
        return message_id.decode(), form.action, event, mark_of(form.seed, payload)

    def learn(self, text: bytes, call: Call, event: Event, read: Read) -> None:
        """Learn the form of a frame that was read in the ordinary way as `event`, once it was met twice.

        `read` reads a frame in the ordinary way.
        """
        if call.action not in _ACTIONS or not text.startswith(_HEAD) or len(text) > LONGEST:
            return
        end = text.find(b'"', 4)
        rest, _ = _cut(text, end)
        trace = hash(rest.translate(_MASK))
        if trace in self._hopeless:
            return
        if trace not in self._once:
            _remember(self._once, trace)
            return
        now = monotonic()
        if now < self._may_learn_at:
            return
        self._may_learn_at = now + BETWEEN_LESSONS_S
        self._once.discard(trace)
        for form, spans in _forms_of(text, end, call, event):
            if all(_is_borne_out(form, probe, read) for probe in _probes(text, end, spans)):
                self._keep(rest, form, spans)
                return
        _remember(self._hopeless, trace)

    def _keep(self, rest: bytes, form: Form, spans: list[Span]) -> None:
        mask = rest.translate(_MASK)
        layout = self._layouts.get(mask)
        if layout is None:
            if len(self._layouts) >= MOST_LAYOUTS:
                self._layouts.clear()
            layout = self._layouts[mask] = _Layout(_taker(_outside(rest, spans) or [(0, 1)]), {})
        if len(layout.forms) >= MOST_VARIANTS:
            layout.forms.clear()
        layout.forms[layout.fixed(rest)] = form


def _remember(traces: set[int], trace: int) -> None:
    if len(traces) >= 4 * MOST_LAYOUTS:
        traces.clear()
    traces.add(trace)


def _is_safe(name: bytes) -> bool:
    """Tell whether a name stands in a frame as it is, without escapes."""
    return not name.translate(None, _SAFE)


def _cut(text: bytes, end: int) -> tuple[bytes, bytes]:
    """Return a frame from the end of its id on, without the name of its transaction, and that name."""
    begin = text.find(_REF, end) + len(_REF)
    if begin < len(_REF):
        return text[end:], b""
    stop = text.find(b'"', begin)
    return text[end:begin] + text[stop:], text[begin:stop]


@lru_cache(4096)
def _moment(text: bytes) -> datetime | None:
    return read_time(text.decode()).at


def _taker(spans: Sequence[Span]) -> Callable[[bytes], Any]:
    """Return what takes some stretches from a frame in one call: a tuple of them, or the only one."""
    return itemgetter(*[slice(*span) for span in spans])


def _outside(rest: bytes, spans: Sequence[Span]) -> list[Span]:
    """Return the digits of a frame that are in no hole."""
    runs = [run.span() for run in _DIGITS.finditer(rest)]
    return [run for run in runs if not any(first <= run[0] < end for first, end in spans)]


class _Holes(msgspec.Struct):
    """The holes found in a frame, by what they hold; `leads` as in `Form`."""

    times: list[Span] = []
    values: list[Span] = []
    refs: list[Span] = []
    seqs: list[Span] = []
    leads: list[Span] = []


def _holes_of(rest: bytes) -> _Holes | None:
    """Return the holes of a frame; None where one holds what digits alone do not make."""
    holes = _Holes()
    for found in _HOLE.finditer(rest):
        is_text = found[2] is not None
        span = found.span(2 if is_text else 3)
        content = rest[slice(*span)]
        match found[1]:
            case b"timestamp" if is_text and _USUAL_TIME.fullmatch(content):
                holes.times.append(span)
            case b"value" if _PLAIN.fullmatch(content):
                holes.values.append(span)
            case b"transactionId" if not is_text and content.isdigit():
                holes.refs.append(span)
            case b"transactionId" if content == b"":
                continue
            case b"seqNo" if not is_text and content.isdigit():
                holes.seqs.append(span)
            case _:
                return None
        if not is_text:
            first = span[0] + content.startswith(b"-")
            if rest[first + 1 : first + 2].isdigit():
                holes.leads.append((first, first + 1))
    return holes


def _forms_of(text: bytes, end: int, call: Call, event: Event) -> Iterator[tuple[Form, list[Span]]]:
    """Yield the forms that a frame may have, with the places of their holes."""
    if not isinstance(event, MeterValuesReported | TransactionReported):
        return
    readings, is_transaction = event.readings, isinstance(event, TransactionReported)
    rest, ref = _cut(text, end)
    holes = _holes_of(rest)
    samples = sum(len(reading.values) for reading in readings)
    if holes is None or any(reading.signed for reading in readings):
        return
    if (
        not 0 < samples == len(holes.values) <= MOST_SAMPLES
        or len(holes.times) != len(readings) + is_transaction
    ):
        return
    if is_transaction != bool(ref) or len(holes.seqs) != int(is_transaction) or len(holes.refs) > 1:
        return
    before = text.find(bytes(call.payload), end) - end
    spans = [*holes.times, *holes.values, *holes.refs, *holes.seqs]
    for event_time in (0, len(readings)) if is_transaction else (-1,):
        yield (
            Form(
                call.action,
                seed_of(call.action),
                before,
                len(text) - end - before - len(call.payload),
                _taker(spans),
                _taker(holes.leads) if holes.leads else None,
                _moments_of(readings, len(holes.times), event_time),
                event_time,
                len(spans) - len(holes.seqs) - 1 if holes.refs else -1,
                len(spans) - 1 if holes.seqs else -1,
                event,
            ),
            spans,
        )


def _moments_of(readings: Sequence[Reading], times: int, event_time: int) -> tuple[Moment, ...]:
    moments = []
    first = times
    for number, reading in enumerate(readings):
        keys = tuple([key for key, _ in reading.values])
        moments.append(Moment(number + (event_time == 0), first, first + len(keys), keys))
        first += len(keys)
    return tuple(moments)


def _probes(text: bytes, end: int, spans: Sequence[Span]) -> Iterator[bytes]:
    """Yield a frame, and the same with another id, transaction and other contents in every hole, told apart."""
    yield text
    rest, ref = _cut(text, end)
    for probe in (1, 2):
        changed = bytearray(rest)
        for number, (first, last) in enumerate(spans):
            changed[first:last] = _other(rest[first:last], number, probe)
        name = b"learnt-%d" % probe if ref else b""
        at = changed.find(_REF) + len(_REF) if ref else 0
        yield b"%blearnt-%d%b%b%b" % (_HEAD, probe, bytes(changed[:at]), name, bytes(changed[at:]))


def _other(content: bytes, number: int, probe: int) -> bytes:
    """Return other digits in the same places: a moment of its own, or a number that no other hole holds."""
    if b"T" in content:
        return (
            b"202%d-01-%02dT0%d:%02d:%02d" % (probe, number % 28 + 1, probe, number // 28, 7) + content[19:]
        )
    digits = content.translate(None, b"-.")
    lowest = 10 ** (len(digits) - 1)
    filled = b"%d" % (lowest + (number * (2 * probe - 1) + probe) % (9 * lowest))
    one_by_one = iter(filled)
    return bytes(next(one_by_one) if 48 <= byte < 58 else byte for byte in content)


def _is_borne_out(form: Form, frame: bytes, read: Read) -> bool:
    """Tell whether the ordinary way finds in a frame what its form says."""
    found = read(frame)
    if found is None:
        return False
    call, event = found
    end = frame.find(b'"', 4)
    rest, ref = _cut(frame, end)
    payload = frame[end + form.before : len(frame) - form.behind]
    said = (call.action, call.message_id, bytes(call.payload), event)
    return said == (form.action, frame[4:end].decode(), payload, form.event_of(rest, ref))
