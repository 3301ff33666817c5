"""What technicians changed without a connection arrives once, in any order, and nothing of it is lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.domain.maintenance.yard import Yard

from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import facts, order_edits, work
from chargehand.domain.maintenance.models import OrderEdit
from chargehand.domain.maintenance.order_edits import Edit, EditResult
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_id

pytestmark = pytest.mark.django_db


def _edit(field: str, value: Any, *, minute: int = 0, base: int = 0, at: datetime | None = None) -> Edit:
    made_at = (at or clock.now() - timedelta(hours=1)) + timedelta(minutes=minute)
    return Edit(id=new_id(), field=field, value=value, made_at=made_at, base_version=base)


def _send(yard: Yard, order_id: int, *edits: Edit, actor: Actor | None = None) -> list[EditResult]:
    found: list[EditResult] = yard.do(order_edits.apply_edits, order_id, edits=edits, actor=actor or yard.mo)
    return found


def test_an_edit_sent_twice_counts_once(yard: Yard) -> None:
    order_id = yard.order()
    edit = _edit("note", "wet gland")
    first = _send(yard, order_id, edit)
    assert _send(yard, order_id, edit, edit) == [first[0], first[0]]
    assert (first[0].outcome, first[0].version) == ("applied", 1)
    assert yard.view(order_id).note == "wet gland"
    assert yard.view(order_id).signed_at is None
    signature = _edit("signed_by", "Kim", minute=3)
    _send(yard, order_id, signature)
    assert yard.view(order_id).signed_at == signature.made_at


def test_an_older_edit_that_comes_later_does_not_win(yard: Yard) -> None:
    order_id = yard.order()
    _send(yard, order_id, _edit("note", "new", minute=2))
    [late] = _send(yard, order_id, _edit("note", "old", minute=1))
    assert late.outcome == "superseded"
    assert yard.view(order_id).note == "new"


def test_edits_of_different_fields_do_not_touch_each_other(yard: Yard) -> None:
    order_id = yard.order()
    _send(yard, order_id, _edit("note", "gland"))
    _send(yard, order_id, _edit("parts_used", [{"name": "Gland", "quantity": 1}]), actor=yard.kim)
    view = yard.view(order_id)
    assert (view.note, view.parts_used[0]["name"], view.clashes) == ("gland", "Gland", ())


def test_a_true_clash_is_kept_for_a_person_who_settles_it(yard: Yard) -> None:
    order_id = yard.order()
    [mine] = _send(yard, order_id, _edit("note", "fan"))
    _send(yard, order_id, _edit("note", "filter", minute=1), actor=yard.kim)
    [clash] = yard.view(order_id).clashes
    assert (clash.value, clash.author, clash.kept_value, clash.kept_author) == ("fan", "Mo", "filter", "Kim")
    assert StatedFact.objects.filter(name=facts.EditClashed.name()).count() == 1
    yard.do(order_edits.choose, order_id, edit_id=mine.id)
    assert (yard.view(order_id).note, yard.view(order_id).clashes) == ("fan", ())
    with pytest.raises(Refused, check=lambda refused: refused.code == "no-such-edit"):
        yard.do(order_edits.choose, order_id, edit_id=new_id())


def test_a_day_without_a_connection_arrives_in_one_go(yard: Yard) -> None:
    order_id = yard.order()
    results = _send(
        yard,
        order_id,
        _edit("state", "done", minute=30),
        _edit("no_test_reason", "no car came", minute=25),
        _edit("item:found", "a wasp", minute=20),
        _edit("item:look", True, minute=10),
        _edit("state", "started", minute=5),
        _edit("state", "on-way"),
    )
    assert {result.outcome for result in results} == {"applied"}
    view = yard.view(order_id)
    assert (view.card.state, view.no_test_reason) == ("done", "no car came")
    assert yard.is_in_service()


def test_what_cannot_be_done_any_more_is_kept_and_says_why(yard: Yard) -> None:
    order_id = yard.order()
    yard.do(work.cancel, order_id, reason="twice raised", actor=yard.kim)
    state, note = _send(yard, order_id, _edit("state", "started"), _edit("note", "was there", minute=1))
    assert (state.outcome, note.outcome) == ("refused", "applied")
    assert "cancelled" in state.sentence
    assert yard.view(order_id).refused == (state.sentence,)
    assert yard.view(order_id).note == "was there"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x"),
        ("operator_id", 1),
        ("item:nothing", True),
        ("item:look", "yes"),
        ("item:photo", ["x"]),
        ("note", 7),
        ("note", "x" * 10_001),
        ("parts_used", "fan"),
        ("state", "cancelled"),
        ("state", ["done"]),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_changes_nothing(yard: Yard, field: str, value: Any) -> None:
    order_id = yard.order()
    before = yard.view(order_id)
    [result] = _send(yard, order_id, _edit(field, value))
    assert result.outcome == "refused"
    assert result.sentence
    assert yard.view(order_id).items == before.items
    assert yard.view(order_id).note == ""


def test_an_id_of_another_job_is_refused(yard: Yard) -> None:
    one, other = yard.order(), yard.order()
    edit = _edit("note", "x")
    _send(yard, one, edit)
    [result] = _send(yard, other, edit)
    assert result.outcome == "refused"
    assert yard.view(other).note == ""


def test_a_clock_that_runs_ahead_does_not_win_for_ever(yard: Yard) -> None:
    order_id = yard.order()
    [ahead] = _send(yard, order_id, _edit("note", "from 2040", at=clock.now() + timedelta(days=5000)))
    kept = OrderEdit.objects.get(pk=ahead.id).made_at
    assert kept <= clock.now() + clock.FURTHEST_AHEAD


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["note", "signed_by", "item:found"]),
        st.sampled_from(["a", "b"]),
        st.booleans(),
        st.integers(0, 4),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=6,
)


@hypothesis_settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(CHANGES, st.randoms(use_true_random=False))
def test_two_phones_come_to_the_same_in_any_order(
    yard: Yard, changes: list[tuple[str, str, bool, int, int]], chance: Any
) -> None:
    began = clock.now() - timedelta(hours=1)
    sent = [
        (_edit(field, value, minute=minute, base=base, at=began), yard.mo if is_mo else yard.kim)
        for field, value, is_mo, minute, base in changes
    ]
    outcomes = []
    for _ in range(2):
        order_id = yard.order()
        chance.shuffle(sent)
        for edit, actor in [*sent, sent[0]]:
            _send(yard, order_id, edit, actor=actor)
        view = yard.view(order_id)
        found = {item.key: item.value for item in view.items}
        clashes = sorted((clash.field, clash.edit_id, clash.kept_edit_id) for clash in view.clashes)
        outcomes.append((view.note, view.signed_by, found, clashes, view.versions))
        OrderEdit.objects.filter(order_id=order_id).delete()
    assert outcomes[0] == outcomes[1]
