"""Merging what several people changed without a connection: the same result in whatever order it comes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A change to one field of an order, made on a phone.

    `id` is the phone's; `base_version` is the version of the field that the person saw; `author` tells
    people apart.
    """

    id: UUID
    field: str
    value: Any
    made_at: datetime
    base_version: int
    author: str


class Merged(msgspec.Struct, frozen=True):
    """What a field is after all its edits: who won, and pairs (kept, lost) that a person must look at.

    `version` is what the next edit is based on.
    """

    value: Any
    winner: UUID
    version: int
    clashes: tuple[tuple[UUID, UUID], ...]


def merge(envelopes: Iterable[Envelope]) -> Merged:
    """Return what the edits of one field come to; repeats count once. Raises ValueError for no edits.

    The last write by `made_at` wins. Two people who changed the same version to different values clash,
    until somebody who saw a later version changes the field again.
    """
    known = {envelope.id: envelope for envelope in envelopes}
    if not known:
        raise ValueError("There is nothing to merge.")
    ordered = sorted(known.values(), key=_rank)
    clashes = [
        pair
        for base in sorted({envelope.base_version for envelope in ordered})
        for pair in _clashes(ordered, base)
    ]
    return Merged(ordered[-1].value, ordered[-1].id, len(ordered), tuple(clashes))


def _rank(envelope: Envelope) -> tuple[datetime, int]:
    return envelope.made_at, envelope.id.int


def _clashes(ordered: list[Envelope], base: int) -> list[tuple[UUID, UUID]]:
    """Return the clashes among the edits of one version: each person's last word against the latest."""
    last_words: dict[str, Envelope] = {}
    for envelope in ordered:
        if envelope.base_version == base:
            last_words.pop(envelope.author, None)
            last_words[envelope.author] = envelope
    kept = list(last_words.values())[-1]
    if any(later.base_version > base and _rank(later) > _rank(kept) for later in ordered):
        return []
    return [(kept.id, lost.id) for lost in last_words.values() if lost.value != kept.value]
