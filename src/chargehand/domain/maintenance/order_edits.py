"""Edits of technicians to work orders, made with or without a connection: each kept, merged field by field."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import checklists, facts, work
from chargehand.domain.maintenance.edits import Envelope, Merged, merge
from chargehand.domain.maintenance.models import ChecklistItem, OrderEdit, WorkOrder
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_id

#: Fields of an order that hold a text, and how long it may be.
TEXTS: Final = {"note": 10_000, "signed_by": 255, "no_test_reason": 2_000}
ITEM: Final = "item:"
MOST_AT_ONCE: Final = 500


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A change as the phone sends it.

    `id` is made by the phone; `field` is note, parts_used, signed_by, no_test_reason, `item:<key>`, or state
    with the value on-way, started, waiting-parts or done. `base_version` is the version of the field that was
    on the screen (0: never changed). `made_at` by the phone's clock, aware.
    """

    id: UUID
    field: str
    value: Any
    made_at: datetime
    base_version: int = 0


class EditResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an edit: applied, superseded (by a later one), clash, or refused with a sentence.

    `version` is the field's now.
    """

    id: UUID
    outcome: str
    sentence: str
    version: int


@transaction.atomic
def apply_edits(*, operator_id: int, order_id: int, edits: Sequence[Edit], actor: Actor) -> list[EditResult]:
    """Take in edits, in the order in which they were made; one that came before changes nothing.

    Nothing is lost: what cannot be done is kept as refused, what clashes waits for a person.
    Raises Refused `no-such-order`, `too-many-edits`.
    """
    if len(edits) > MOST_AT_ONCE:
        raise Refused("too-many-edits", _("Send at most %d changes at once.") % MOST_AT_ONCE)
    order = work.order_for_update(operator_id, order_id)
    for edit in sorted(edits, key=lambda each: (each.made_at, each.id.int)):
        _take(order, edit, actor)
    known = {row.pk: row for row in OrderEdit.objects.filter(order=order, pk__in=[edit.id for edit in edits])}
    return [_result(edit, known.get(edit.id)) for edit in edits]


@transaction.atomic
def choose(*, operator_id: int, order_id: int, edit_id: UUID, actor: Actor) -> None:
    """Settle a clash by taking the value of one of its edits. Raises Refused `no-such-order`, `no-such-edit`."""
    order = work.order_for_update(operator_id, order_id)
    row = OrderEdit.objects.filter(order=order, pk=edit_id).exclude(outcome="refused").first()
    if row is None or row.field == "state":
        raise Refused("no-such-edit", _("There is no such change."))
    same_field = OrderEdit.objects.filter(order=order, field=row.field).exclude(outcome="refused")
    latest = max(same_field.values_list("made_at", flat=True))
    chosen = Edit(
        id=new_id(),
        field=row.field,
        value=row.value,
        made_at=max(clock.now(), latest),
        base_version=same_field.count(),
    )
    _take(order, chosen, actor)


def _take(order: WorkOrder, edit: Edit, actor: Actor) -> None:
    now = clock.now()
    row, is_new = OrderEdit.objects.get_or_create(
        pk=edit.id,
        defaults={
            "order": order,
            "field": edit.field[:80],
            "value": edit.value,
            "made_at": min(edit.made_at, now + clock.FURTHEST_AHEAD),
            "base_version": edit.base_version,
            "author": f"{actor.kind}:{actor.id}"[:80],
            "author_name": actor.name[:255],
            "received_at": now,
            "outcome": "applied",
        },
    )
    if not is_new:
        return
    try:
        with transaction.atomic():
            _apply(order, row, actor)
    except Refused as refusal:
        row.outcome, row.sentence = "refused", refusal.sentence[:500]
        row.save(update_fields=["outcome", "sentence"])


def _apply(order: WorkOrder, row: OrderEdit, actor: Actor) -> None:
    if row.field == "state":
        _change_state(order, row, actor)
        return
    item = _checked(order, row)
    envelopes, merged = _merge(order, row.field)
    _write(order, item, row.field, merged, {each.id: each for each in envelopes})
    lost = {pair[1] for pair in merged.clashes}
    rows = OrderEdit.objects.filter(order=order, field=row.field).exclude(outcome="refused")
    before = set(rows.filter(outcome="clash").values_list("pk", flat=True))
    rows.update(outcome="superseded")
    rows.filter(pk=merged.winner).update(outcome="applied")
    rows.filter(pk__in=lost).update(outcome="clash")
    if lost - before:
        journal.state([facts.EditClashed(**work.stated(order), field=row.field)])


def _change_state(order: WorkOrder, row: OrderEdit, actor: Actor) -> None:
    whom: dict[str, Any] = {"operator_id": order.operator_id, "order_id": order.pk, "actor": actor}
    verbs: dict[str, Callable[[], None]] = {
        "on-way": lambda: work.set_off(**whom),
        "started": lambda: work.start(**whom, at=row.made_at),
        "waiting-parts": lambda: work.wait_for_parts(**whom),
        "done": lambda: work.finish(**whom),
    }
    verb = verbs.get(row.value) if isinstance(row.value, str) else None
    if verb is None:
        raise Refused("bad-state", _("A job is on the way, started, waiting for parts or done."))
    verb()


def _checked(order: WorkOrder, row: OrderEdit) -> ChecklistItem | None:
    """Return the step an edit is about, if any. Raises Refused `bad-value`, `bad-parts`, `no-such-field`."""
    if row.field in TEXTS:
        if not isinstance(row.value, str) or len(row.value) > TEXTS[row.field]:
            raise Refused("bad-value", _("Write a text of %d characters at most.") % TEXTS[row.field])
        return None
    if row.field == "parts_used":
        work.checked_parts(row.value)
        return None
    key = row.field.removeprefix(ITEM)
    item = order.items.filter(key=key).first() if row.field.startswith(ITEM) else None
    if item is None:
        raise Refused("no-such-field", _("This job has no such step."))
    if problem := checklists.problem_with(item.kind, row.value):
        raise Refused("bad-value", problem)
    return item


def _merge(order: WorkOrder, field: str) -> tuple[list[Envelope], Merged]:
    rows = OrderEdit.objects.filter(order=order, field=field).exclude(outcome="refused")
    envelopes = [
        Envelope(
            id=row.pk,
            field=row.field,
            value=row.value,
            made_at=row.made_at,
            base_version=row.base_version,
            author=row.author,
        )
        for row in rows
    ]
    return envelopes, merge(envelopes)


def _write(
    order: WorkOrder, item: ChecklistItem | None, field: str, merged: Merged, known: dict[UUID, Envelope]
) -> None:
    winner = known[merged.winner]
    if item is not None:
        item.value, item.recorded_at = merged.value, winner.made_at
        item.recorded_by = OrderEdit.objects.values_list("author_name", flat=True).get(pk=winner.id)
        item.save(update_fields=["value", "recorded_at", "recorded_by"])
        return
    value = work.checked_parts(merged.value) if field == "parts_used" else merged.value
    setattr(order, field, value)
    order.changed_at = clock.now()
    order.save(update_fields=[field, "changed_at"])


def _result(edit: Edit, row: OrderEdit | None) -> EditResult:
    if row is None:
        # The id was used for another order: nothing is told of that one.
        return EditResult(id=edit.id, outcome="refused", sentence=_("This change has a used id."), version=0)
    version = 0
    if row.field != "state":
        version = (
            OrderEdit.objects.filter(order=row.order_id, field=row.field).exclude(outcome="refused").count()
        )
    return EditResult(id=row.pk, outcome=row.outcome, sentence=row.sentence, version=version)
