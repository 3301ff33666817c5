"""Merging is the same in any order and with repeats; only what two people changed unknowingly clashes."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.maintenance.edits import Envelope, merge

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def _edit(number: int, value: Any, *, author: str = "mo", minute: int = 0, base: int = 0) -> Envelope:
    return Envelope(
        id=UUID(int=number),
        field="note",
        value=value,
        made_at=NOON + timedelta(minutes=minute),
        base_version=base,
        author=author,
    )


ENVELOPES = st.lists(
    st.builds(
        _edit,
        st.integers(1, 50),
        st.sampled_from(["a", "b", "c", None]),
        author=st.sampled_from(["mo", "kim", "pat"]),
        minute=st.integers(0, 5),
        base=st.integers(0, 3),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda envelope: envelope.id,
)


@given(ENVELOPES, st.randoms(use_true_random=False))
def test_any_order_and_any_repeats_give_the_same(envelopes: list[Envelope], chance: random.Random) -> None:
    shuffled = envelopes + chance.choices(envelopes, k=5)
    chance.shuffle(shuffled)
    assert merge(shuffled) == merge(envelopes)


@given(ENVELOPES)
def test_the_last_write_wins_and_one_person_never_clashes(envelopes: list[Envelope]) -> None:
    merged = merge(envelopes)
    last = max(envelopes, key=lambda envelope: (envelope.made_at, envelope.id.int))
    assert (merged.value, merged.winner, merged.version) == (last.value, last.id, len(envelopes))
    authors = {envelope.id: envelope.author for envelope in envelopes}
    assert all(authors[kept] != authors[lost] for kept, lost in merged.clashes)


def test_two_people_who_changed_the_same_version_clash() -> None:
    mo, kim = _edit(1, "fan"), _edit(2, "filter", author="kim", minute=1)
    assert merge([kim, mo]).clashes == ((kim.id, mo.id),)
    assert merge([kim, mo]).value == "filter"


def test_the_same_words_of_two_people_are_no_clash() -> None:
    assert merge([_edit(1, "fan"), _edit(2, "fan", author="kim", minute=1)]).clashes == ()


def test_who_saw_the_other_change_does_not_clash() -> None:
    assert merge([_edit(1, "fan"), _edit(2, "filter", author="kim", minute=1, base=1)]).clashes == ()


def test_only_the_last_word_of_each_person_clashes() -> None:
    edits = [_edit(1, "f"), _edit(2, "fan", minute=1), _edit(3, "filter", author="kim", minute=2)]
    assert merge(edits).clashes == ((UUID(int=3), UUID(int=2)),)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_later_change_that_knows_both_settles_a_clash(order: tuple[int, ...]) -> None:
    edits = [
        _edit(1, "fan"),
        _edit(2, "filter", author="kim", minute=1),
        _edit(3, "fan", author="pat", minute=2, base=2),
    ]
    assert merge([edits[number] for number in order]).clashes == ()


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="nothing"):
        merge([])
