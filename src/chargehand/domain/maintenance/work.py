"""Work orders and their way: raised, assigned, on the way, started, done; and the plug out of service meanwhile."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission, may
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.charging import usage
from chargehand.domain.health import actions as health
from chargehand.domain.maintenance import checklists, facts
from chargehand.domain.maintenance.incident_policy import time_to_do
from chargehand.domain.maintenance.models import ChecklistItem, PlanMark, WorkOrder
from chargehand.domain.stations import commanding
from chargehand.domain.stations import queries as stations
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: From which state an order may go where.
WAYS: Final[dict[str, frozenset[str]]] = {
    "open": frozenset({"assigned", "on-way", "started", "cancelled"}),
    "assigned": frozenset({"open", "assigned", "on-way", "started", "cancelled"}),
    "on-way": frozenset({"open", "assigned", "started", "cancelled"}),
    "started": frozenset({"waiting-parts", "done", "cancelled"}),
    "waiting-parts": frozenset({"started", "assigned", "cancelled"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}
ENDED: Final = ("done", "cancelled")


class Part(msgspec.Struct, frozen=True):
    """A part and how many."""

    name: str
    quantity: int = 1


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is said when an order is raised; `key` names the cause, for which there is one order only."""

    station_id: int
    title: str
    evse: int | None = None
    why: str = ""
    checklist: str = "inspection"
    priority: int = 2
    due_at: datetime | None = None
    incident_id: int | None = None
    plan_id: int | None = None
    access_notes: str = ""
    parts: tuple[Part, ...] | None = None
    key: str | None = None


@transaction.atomic
def raise_order(*, operator_id: int, order: NewOrder, actor: Actor) -> int:
    """Make a work order with the steps of its checklist; return its id, for a known key the standing one's.

    Raises Refused `no-such-station`, `no-such-connector`, `unknown-checklist`, `bad-title`, `bad-priority`.
    """
    template = _checked(operator_id, order)
    now = clock.now()
    parts = [Part(str(name)) for name in template.parts] if order.parts is None else order.parts
    values: dict[str, Any] = {
        "station_id": order.station_id,
        "evse": order.evse or None,
        "incident_id": order.incident_id,
        "plan_id": order.plan_id,
        "checklist": order.checklist,
        "title": order.title.strip()[:255],
        "why": order.why.strip(),
        "priority": order.priority,
        "due_at": order.due_at or now + time_to_do(order.priority),
        "access_notes": order.access_notes.strip(),
        "parts_suggested": msgspec.to_builtins(parts),
        "raised_by": actor.name[:255],
        "raised_at": now,
        "changed_at": now,
    }
    if order.key is None:
        row, is_new = WorkOrder.objects.create(operator_id=operator_id, **values), True
    else:
        row, is_new = WorkOrder.objects.get_or_create(
            operator_id=operator_id, key=order.key[:200], defaults=values
        )
    if is_new:
        _add_items(row, template)
        fact = facts.WorkOrderRaised(**stated(row), title=row.title, priority=row.priority)
        journal.state([fact])
        audit.write_audit(actor, operator_id, "work_order.raised", f"work_order:{row.pk}")
    return row.pk


@transaction.atomic
def assign(*, operator_id: int, order_id: int, user_id: int | None, actor: Actor) -> None:
    """Give an order to somebody who may do work, or to nobody.

    Raises Refused `no-such-order`, `not-now`, `no-such-technician`.
    """
    row = order_for_update(operator_id, order_id)
    if user_id is not None and not any(
        person.user_id == user_id and person.is_active and may(person.role, Permission.WORK_EDIT)
        for person in accounts.people(operator_id)
    ):
        raise Refused("no-such-technician", _("Nobody of that name may do work here."))
    if row.assignee_id == user_id and row.state != "open":
        return
    _go(row, "open" if user_id is None else "assigned")
    row.assignee_id = user_id
    row.save(update_fields=["assignee", "state", "changed_at"])
    journal.state([facts.WorkOrderAssigned(**stated(row), assignee_id=user_id)])
    audit.write_audit(
        actor, operator_id, "work_order.assigned", f"work_order:{row.pk}", {"assignee": user_id}
    )


@transaction.atomic
def set_off(*, operator_id: int, order_id: int, actor: Actor) -> None:
    """Somebody is on the way; an order of nobody becomes theirs. Raises Refused `no-such-order`, `not-now`."""
    row = order_for_update(operator_id, order_id)
    if row.state == "on-way":
        return
    _go(row, "on-way")
    _take(row, actor)
    row.save(update_fields=["assignee", "state", "changed_at"])


@transaction.atomic
def start(*, operator_id: int, order_id: int, actor: Actor, at: datetime | None = None) -> None:
    """Begin at the station: the plug (or station) goes out of service for drivers. Again changes nothing.

    `at` is when it really began, for a phone that had no connection. Raises Refused `no-such-order`, `not-now`.
    """
    row = order_for_update(operator_id, order_id)
    if row.state == "started":
        return
    _go(row, "started")
    _take(row, actor)
    now = clock.now()
    row.started_at = row.started_at or min(max(at or now, row.raised_at), now)
    if not row.is_blocking and _is_in_service(row):
        row.is_blocking = True
        _set_service(row, actor, is_operative=False)
    row.save()
    journal.state([facts.WorkOrderStarted(**stated(row))])
    audit.write_audit(actor, operator_id, "work_order.started", f"work_order:{row.pk}")


@transaction.atomic
def wait_for_parts(*, operator_id: int, order_id: int, actor: Actor) -> None:
    """Leave the job until parts are there; the plug stays out of service. Raises Refused as `start`."""
    row = order_for_update(operator_id, order_id)
    if row.state == "waiting-parts":
        return
    _go(row, "waiting-parts")
    row.save(update_fields=["state", "changed_at"])
    audit.write_audit(actor, operator_id, "work_order.waits_for_parts", f"work_order:{row.pk}")


@transaction.atomic
def open_for_test(*, operator_id: int, order_id: int, actor: Actor) -> None:
    """Put the plug back into service for the test charge, while somebody stands beside it.

    Raises Refused `no-such-order`, `not-now`.
    """
    row = order_for_update(operator_id, order_id)
    if row.state != "started":
        raise Refused("not-now", _("Start the job first."))
    if row.is_blocking:
        row.is_blocking = False
        _set_service(row, actor, is_operative=True)
        row.save(update_fields=["is_blocking", "blocked_count", "changed_at"])


@transaction.atomic
def finish(*, operator_id: int, order_id: int, actor: Actor, no_test_reason: str = "") -> None:
    """End a job and let drivers charge again. Again changes nothing.

    A charge of 0.05 kWh or more at this plug since the start must have ended well, or a reason must say why
    there was none. Raises Refused `no-such-order`, `not-now`, `steps-missing`, `out-of-limits`,
    `no-test-charge`.
    """
    row = order_for_update(operator_id, order_id)
    if row.state == "done":
        return
    _go(row, "done")
    _check_steps(row)
    since = row.started_at or row.raised_at
    row.no_test_reason = no_test_reason.strip() or row.no_test_reason
    proof = usage.proof_of_repair(operator_id, row.station_id, evse=row.evse, since=since)
    row.test_transaction_id = proof
    if proof is None and not row.no_test_reason:
        raise Refused(
            "no-test-charge",
            _("No test charge of 0.05 kWh was seen since the start. Charge, or say why that cannot be done."),
        )
    _end(row, actor)
    _tell_incident(row, actor)
    fact = facts.WorkOrderDone(**stated(row), note=row.note, test_transaction_id=row.test_transaction_id)
    journal.state([fact])
    audit.write_audit(actor, operator_id, "work_order.done", f"work_order:{row.pk}")


@transaction.atomic
def cancel(*, operator_id: int, order_id: int, actor: Actor, reason: str) -> None:
    """End a job that will not be done; what it took out of service comes back. Again changes nothing.

    Raises Refused `no-such-order`, `not-now`, `no-reason`.
    """
    if not reason.strip():
        raise Refused("no-reason", _("Say why the job is cancelled."))
    row = order_for_update(operator_id, order_id)
    if row.state == "cancelled":
        return
    _go(row, "cancelled")
    row.end_note = reason.strip()
    _end(row, actor)
    journal.state([facts.WorkOrderCancelled(**stated(row), reason=row.end_note)])
    audit.write_audit(actor, operator_id, "work_order.cancelled", f"work_order:{row.pk}")


def order_for_update(operator_id: int, order_id: int) -> WorkOrder:
    """Return an order's row, locked. Raises Refused `no-such-order`."""
    row = WorkOrder.objects.select_for_update().filter(operator_id=operator_id, pk=order_id).first()
    if row is None:
        raise Refused("no-such-order", _("There is no such work order."))
    return row


def stated(row: WorkOrder) -> dict[str, Any]:
    """Return what every fact about an order says."""
    return {
        "happened_at": clock.now(),
        "operator_id": row.operator_id,
        "order_id": row.pk,
        "station_id": row.station_id,
        "evse": row.evse,
        "incident_id": row.incident_id,
    }


def checked_parts(value: Any) -> list[dict[str, Any]]:
    """Return parts as they are kept. Raises Refused `bad-parts`."""
    try:
        parts = msgspec.convert(value, type=list[Part])
    except msgspec.ValidationError:
        raise Refused("bad-parts", _("Parts have a name and a quantity.")) from None
    if len(parts) > 100 or any(
        not 0 < part.quantity <= 10_000 or not 0 < len(part.name) <= 255 for part in parts
    ):
        raise Refused("bad-parts", _("Parts have a name and a quantity of at least one."))
    return [{"name": part.name, "quantity": part.quantity} for part in parts]


def _checked(operator_id: int, order: NewOrder) -> checklists.Checklist:
    template = checklists.TEMPLATES.get(order.checklist)
    if template is None:
        raise Refused("unknown-checklist", _("There is no such checklist."))
    if not order.title.strip():
        raise Refused("bad-title", _("Say in a few words what is to be done."))
    if not 0 <= order.priority <= 3:
        raise Refused("bad-priority", _("Priorities are numbered 0 (most urgent) to 3."))
    station = stations.station(operator_id, order.station_id)
    if station is None:
        raise Refused("no-such-station", _("There is no such station."))
    if order.evse and order.evse not in {plug.evse for plug in station.connectors}:
        raise Refused("no-such-connector", _("This station has no such plug."))
    return template


def _add_items(row: WorkOrder, template: checklists.Checklist) -> None:
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            order=row,
            key=item.key,
            position=position,
            kind=item.kind,
            text=str(item.text),
            unit=item.unit,
            least=item.least,
            most=item.most,
            is_required=item.is_required,
        )
        for position, item in enumerate(template.items, 1)
    )


def _go(row: WorkOrder, state: str) -> None:
    if state not in WAYS[row.state]:
        raise Refused("not-now", _refusal(row.state))
    row.state = state
    row.changed_at = clock.now()


def _refusal(state: str) -> str:
    sentences = {
        "done": _("This job is done already. Raise a new one if there is more to do."),
        "cancelled": _("This job was cancelled. Ask whoever plans the work."),
        "started": _("Somebody is at this job already."),
    }
    return sentences.get(state, _("Start the job first."))


def _take(row: WorkOrder, actor: Actor) -> None:
    if row.assignee_id is None and actor.kind == "user":
        row.assignee_id = actor.id


def _check_steps(row: WorkOrder) -> None:
    items = list(row.items.order_by("position"))
    bad = [
        item
        for item in items
        if item.kind == "measurement"
        and item.value is not None
        and not checklists.is_measured_well(item.value, least=item.least, most=item.most)
    ]
    if bad:
        named = ", ".join(f"{item.text} {item.value} {item.unit}" for item in bad)
        raise Refused("out-of-limits", _("Out of limits: %s. Repair it, or wait for parts.") % named)
    # The test charge is not ticked off but seen.
    missing = [
        item
        for item in items
        if item.is_required and item.kind != "test-charge" and item.value in (None, False, "", [])
    ]
    if missing:
        raise Refused("steps-missing", _("Not done yet: %s.") % ", ".join(item.text for item in missing))


def _end(row: WorkOrder, actor: Actor) -> None:
    row.ended_at = clock.now()
    if row.plan_id is not None:
        # Done or cancelled, this round is over: the plan counts anew.
        mark = PlanMark.objects.filter(plan_id=row.plan_id, station_id=row.station_id, evse=row.evse or 0)
        mark.update(since=row.ended_at, round=F("round") + 1)
    if row.is_blocking:
        row.is_blocking = False
        heirs = _others_at_work(row)
        if heirs:
            # Somebody else still works there: putting it back into service becomes their job.
            WorkOrder.objects.filter(pk=heirs[0].pk).update(is_blocking=True)
        else:
            _set_service(row, actor, is_operative=True)
    row.save()


def _tell_incident(row: WorkOrder, actor: Actor) -> None:
    """Note at the incident what was done; one that is gone needs no note."""
    if row.incident_id is None:
        return
    said = row.note.strip() or _("The job was done.")
    proof = (
        _("Charge %d worked.") % row.test_transaction_id if row.test_transaction_id else row.no_test_reason
    )
    text = _("Work order %(number)d: %(said)s %(proof)s") % {"number": row.pk, "said": said, "proof": proof}
    with contextlib.suppress(Refused):
        health.add_note(
            operator_id=row.operator_id, incident_id=row.incident_id, text=text.strip(), actor=actor
        )


def _others_at_work(row: WorkOrder) -> Sequence[WorkOrder]:
    rows = WorkOrder.objects.select_for_update().filter(
        station_id=row.station_id, evse=row.evse, state__in=["started", "waiting-parts"], is_blocking=False
    )
    return list(rows.exclude(pk=row.pk).order_by("pk"))


def _is_in_service(row: WorkOrder) -> bool:
    """Tell whether people want the plug, or the station, in service: each stands for itself."""
    station = stations.station(row.operator_id, row.station_id)
    if station is None or row.evse is None:
        return station is not None and station.intent_operative
    return all(plug.intent_operative for plug in station.connectors if plug.evse == row.evse)


def _set_service(row: WorkOrder, actor: Actor, *, is_operative: bool) -> None:
    row.blocked_count += 1
    commanding.change_availability(
        operator_id=row.operator_id,
        station_id=row.station_id,
        is_operative=is_operative,
        evse=row.evse,
        asked_by=actor.name,
        idempotency_key=f"work-order|{row.pk}|{row.blocked_count}",
    )
