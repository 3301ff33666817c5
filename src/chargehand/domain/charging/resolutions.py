"""What people decide about cases of the repair queue; each writes the audit and what follows from it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.charging import facts
from chargehand.domain.charging.energy import find_energy
from chargehand.domain.charging.evidence import gather
from chargehand.domain.charging.models import RepairCase, Transaction
from chargehand.domain.charging.reckoning import BY_HAND
from chargehand.domain.charging.transactions import close_by_evidence, energy_between
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.facts import Fact


@transaction.atomic
def attach_stop(*, operator_id: int, case_id: int, transaction_id: int, actor: Actor, note: str = "") -> None:
    """End a transaction by the stop of an orphan-stop case.

    Raises Refused `no-such-case`, `case-resolved`, `not-a-stop`, `no-such-transaction`, `other-station`,
    `transaction-ended`, `ends-before-start`.
    """
    case = _case(operator_id, case_id)
    if case.kind != "orphan-stop":
        raise Refused("not-a-stop", _("This case holds no stop to attach."))
    row = _transaction(operator_id, transaction_id)
    if row.station_id != case.station_id:
        raise Refused("other-station", _("This charge belongs to another station."))
    if row.state == Transaction.State.ENDED:
        raise Refused("transaction-ended", _("This charge was ended by its own stop already."))
    told = case.evidence
    station_time = datetime.fromisoformat(told["station_time"]) if told.get("station_time") else None
    ended_at = clock.best_time(station_time, case.opened_at)
    if ended_at < row.started_at:
        raise Refused("ends-before-start", _("This stop lies before the start of the charge."))
    was_open = row.state == Transaction.State.OPEN
    meter = None if told.get("meter_stop_wh") is None else Decimal(str(told["meter_stop_wh"]))
    energy, marks = energy_between(row.meter_start_wh, meter)
    row.state, row.charging_state = Transaction.State.ENDED, ""
    row.ended_at, row.ended_station_time, row.ended_received_at = ended_at, station_time, case.opened_at
    row.meter_stop_wh, row.energy_wh = meter, energy
    row.stop_reason = str(told.get("reason") or "Local")[:64]
    row.stopped_by = str(told.get("token") or "")
    row.flags = list(dict.fromkeys([*row.flags, *marks, "stop-attached"]))
    row.save()
    _state(row, is_amended=not was_open)
    _resolve(case, actor, "attach", note, transaction_id=row.pk)


@transaction.atomic
def use_samples(*, operator_id: int, case_id: int, actor: Actor, note: str = "") -> Decimal:
    """Take the rise of the samples as the energy of the case's transaction; return it, Wh.

    Raises Refused `no-such-case`, `case-resolved`, `no-transaction`, `transaction-open`, `no-samples`.
    """
    case = _case(operator_id, case_id)
    row = _ended(case)
    assert row.ended_at is not None
    found = find_energy(
        started_at=row.started_at,
        ended_at=row.ended_at,
        meter_start_wh=None,
        meter_stop_wh=None,
        samples=gather(row).registers,
        most_w=None,
        is_duration_known=False,
    )
    if found.wh is None:
        raise Refused("no-samples", _("There are no samples to add up. Enter the energy by hand."))
    _set_energy(row, found.wh)
    _resolve(case, actor, "use-samples", note, energy_wh=str(found.wh))
    return found.wh


@transaction.atomic
def set_energy(*, operator_id: int, case_id: int, energy_wh: Decimal, actor: Actor, note: str) -> None:
    """Enter the energy of the case's transaction by hand, Wh; `note` says why.

    Raises Refused `no-such-case`, `case-resolved`, `no-transaction`, `transaction-open`, `no-reason`,
    `bad-energy`.
    """
    if not note.strip():
        raise Refused("no-reason", _("Say why this is the energy."))
    if not energy_wh.is_finite() or not 0 <= energy_wh <= 10**9:
        raise Refused("bad-energy", _("Energy lies between 0 and 1,000,000 kWh."))
    case = _case(operator_id, case_id)
    row = _ended(case)
    _set_energy(row, energy_wh)
    _resolve(case, actor, "set-energy", note, energy_wh=str(energy_wh))


@transaction.atomic
def close_record(*, operator_id: int, case_id: int, ended_at: datetime, actor: Actor, note: str = "") -> None:
    """Close the case's open transaction: it ended no later than `ended_at`, its last sample tells when.

    Raises Refused `no-such-case`, `case-resolved`, `no-transaction`, `transaction-ended`, `bad-time`.
    """
    case = _case(operator_id, case_id)
    row = _of(case)
    if row.state != Transaction.State.OPEN:
        raise Refused("transaction-ended", _("This charge has ended already."))
    if not row.started_at <= ended_at <= clock.now():
        raise Refused("bad-time", _("The end lies between the start of the charge and now."))
    stated: list[Fact] = []
    close_by_evidence(
        transaction_id=row.pk,
        station_id=row.station_id,
        operator_id=operator_id,
        at=ended_at,
        why="closed-by-person",
        stated=stated,
    )
    journal.state(stated)
    _resolve(case, actor, "close", note, ended_at=ended_at.isoformat())


@transaction.atomic
def dismiss_case(*, operator_id: int, case_id: int, actor: Actor, note: str = "") -> None:
    """Close a case and leave the record as it is. Raises Refused `no-such-case`, `case-resolved`."""
    _resolve(_case(operator_id, case_id), actor, "dismiss", note)


def _case(operator_id: int, case_id: int) -> RepairCase:
    case = RepairCase.objects.select_for_update().filter(operator_id=operator_id, pk=case_id).first()
    if case is None:
        raise Refused("no-such-case", _("There is no such case."))
    if case.state != RepairCase.State.OPEN:
        raise Refused("case-resolved", _("This case was settled already."))
    return case


def _transaction(operator_id: int, transaction_id: int) -> Transaction:
    rows = Transaction.objects.select_for_update().filter(operator_id=operator_id, pk=transaction_id)
    row = rows.first()
    if row is None:
        raise Refused("no-such-transaction", _("There is no such charge."))
    return row


def _of(case: RepairCase) -> Transaction:
    if case.transaction_id is None:
        raise Refused("no-transaction", _("This case belongs to no charge; attach it to one first."))
    return _transaction(case.operator_id, case.transaction_id)


def _ended(case: RepairCase) -> Transaction:
    row = _of(case)
    if row.state == Transaction.State.OPEN or row.ended_at is None:
        raise Refused("transaction-open", _("This charge still goes on; close it first."))
    return row


def _set_energy(row: Transaction, energy_wh: Decimal) -> None:
    row.energy_wh = energy_wh
    row.flags = list(dict.fromkeys([*row.flags, BY_HAND]))
    row.save(update_fields=["energy_wh", "flags"])
    _state(row, is_amended=True)


def _state(row: Transaction, *, is_amended: bool) -> None:
    about: dict[str, Any] = {
        "happened_at": clock.now(),
        "operator_id": row.operator_id,
        "station_id": row.station_id,
        "transaction_id": row.pk,
    }
    if is_amended:
        journal.state([facts.TransactionAmended(**about)])
    else:
        journal.state([facts.TransactionEnded(**about, reason=row.stop_reason, is_by_system=True)])


def _resolve(case: RepairCase, actor: Actor, resolution: str, note: str, **detail: Any) -> None:
    case.state, case.resolution = RepairCase.State.RESOLVED, resolution
    case.resolved_at, case.resolved_by, case.note = clock.now(), actor.name[:255], note
    case.save(update_fields=["state", "resolution", "resolved_at", "resolved_by", "note"])
    audit.write_audit(
        actor,
        case.operator_id,
        f"repair.{resolution.replace('-', '_')}",
        f"repair_case:{case.pk}",
        {"kind": case.kind, "transaction": case.transaction_id, "note": note, **detail},
    )
