"""From what is known of a connector to its intervals: reports, connection, charges, what was found.

One moment counts by the first of these that holds: not in operation yet; a fault reported; energy flows to a
car, which proves more than any word, also without a connection; not connected; out of service as reported; an
incident that lets nobody charge; nothing reported yet; up.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, TypeAlias

import msgspec

from chargehand.domain.health.uptime.intervals import Span, State, Stretch, union

#: A moment from which on something holds.
Change: TypeAlias = tuple[datetime, str]

FAULTED: Final = "Faulted"
UNAVAILABLE: Final = "Unavailable"
CONNECTED: Final = "connected"


class Trouble(msgspec.Struct, frozen=True):
    """An incident that lets nobody charge while it stands."""

    since: datetime
    until: datetime
    kind: str
    incident_id: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a connector; changes in order of time, the first ones may lie before the stretch asked for.

    `statuses` are those of the connector and `station_statuses` those of the station itself (EVSE 0);
    `connections` are connected or disconnected; `charges` are stretches in which energy flowed.
    """

    in_operation_since: datetime
    statuses: Sequence[Change] = ()
    station_statuses: Sequence[Change] = ()
    connections: Sequence[Change] = ()
    charges: Sequence[Stretch] = ()
    troubles: Sequence[Trouble] = ()


def build(evidence: Evidence, since: datetime, until: datetime) -> list[Span]:
    """Return the intervals of a connector between two moments, without gaps; equal neighbours are one."""
    moments = sorted(_moments(evidence, since, until))
    own, station, link = (
        _Reader(changes) for changes in (evidence.statuses, evidence.station_statuses, evidence.connections)
    )
    flow = _Reader(
        [change for charge in union(evidence.charges) for change in zip(charge, "y ", strict=True)]
    )
    spans: list[Span] = []
    for first, last in pairwise(moments):
        words = (own.at(first), station.at(first), link.at(first), flow.at(first))
        state, reason, incident_id = _judge(evidence, first, *words)
        spans.append(Span(first, last, state, reason, incident_id))
    return merge(spans)


def merge(spans: Iterable[Span]) -> list[Span]:
    """Join neighbours that say the same; in order of time."""
    merged: list[Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if last is not None and last.until == span.since and _says(last) == _says(span):
            merged[-1] = msgspec.structs.replace(last, until=span.until)
        else:
            merged.append(span)
    return merged


def _says(span: Span) -> tuple[str, str, int | None]:
    return span.state, span.reason, span.incident_id


def _moments(evidence: Evidence, since: datetime, until: datetime) -> set[datetime]:
    told = (*evidence.statuses, *evidence.station_statuses, *evidence.connections)
    found = {at for at, _ in told} | {evidence.in_operation_since}
    for stretch in evidence.charges:
        found.update(stretch)
    for trouble in evidence.troubles:
        found.update((trouble.since, trouble.until))
    return {at for at in found if since < at < until} | {since, until}


class _Reader:
    """What held at a moment."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._times = [at for at, _ in changes]
        self._words = [word for _, word in changes]

    def at(self, moment: datetime) -> str:
        place = bisect_right(self._times, moment)
        return self._words[place - 1] if place else ""


def _judge(
    evidence: Evidence, at: datetime, own: str, station: str, link: str, flow: str
) -> tuple[State, str, int | None]:
    if at < evidence.in_operation_since:
        return "not-in-operation", "", None
    trouble = next((each for each in evidence.troubles if each.since <= at < each.until), None)
    incident_id = trouble.incident_id if trouble else None
    if FAULTED in (own, station):
        return "down", trouble.kind if trouble else "reported-fault", incident_id
    if flow == "y":
        return "in-use", "", None
    if link != CONNECTED:
        return ("offline", "", None) if link else ("unknown", "", None)
    if UNAVAILABLE in (own, station):
        return "down", "out-of-service", incident_id
    if trouble is not None:
        return "down", trouble.kind, incident_id
    return ("up", "", None) if own else ("unknown", "", None)
