"""What people do with incidents: take them, give them to somebody, put them off, act, end them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.charging import queries as charging
from chargehand.domain.health import incidents
from chargehand.domain.health.facts import IncidentAcknowledged
from chargehand.domain.health.models import Debounce, Incident, RecoveryPolicy, RecoveryStep
from chargehand.domain.health.service_clock import USUAL_TARGET_MIN
from chargehand.domain.health.treatments import STEPS, TREATMENTS
from chargehand.domain.stations import commanding
from chargehand.domain.stations.plates import Plate, plates
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

LONGEST_SNOOZE: Final = timedelta(days=30)
LONGEST_TARGET_MIN: Final = 30 * 24 * 60


@transaction.atomic
def acknowledge(*, operator_id: int, incident_id: int, actor: Actor) -> None:
    """Say that somebody looks after it; the system stops repairing. A second time changes nothing.

    Raises Refused `no-such-incident`, `incident-over`.
    """
    _acknowledge(incidents.living(operator_id, incident_id), actor, clock.now())


@transaction.atomic
def assign(*, operator_id: int, incident_id: int, user_id: int | None, actor: Actor) -> None:
    """Give it to a person of the operator, or to nobody; the one it is given to looks after it.

    Raises Refused `no-such-incident`, `incident-over`, `no-such-person`.
    """
    row, now = incidents.living(operator_id, incident_id), clock.now()
    name = _name_of(operator_id, user_id)
    row.assignee_id, row.assignee_name = user_id, name
    row.save(update_fields=["assignee", "assignee_name"])
    sentence = _("Given to %s.") % name if name else _("Given back.")
    incidents.note(row, "assigned", at=now, by=actor.name, sentence=sentence, user_id=user_id)
    _audit(actor, row, "assigned", user_id=user_id)
    if user_id is not None:
        _acknowledge(row, actor, now)


@transaction.atomic
def snooze(*, operator_id: int, incident_id: int, until: datetime, actor: Actor) -> None:
    """Put it off until a moment within 30 days; meanwhile the system does not repair.

    Raises Refused `no-such-incident`, `incident-over`, `bad-time`.
    """
    row, now = incidents.living(operator_id, incident_id), clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise Refused("bad-time", _("Choose a time from now on, at most 30 days ahead."))
    row.snoozed_until = until
    row.save(update_fields=["snoozed_until"])
    incidents.note(row, "snoozed", at=now, by=actor.name, sentence=_("Put off."), until=until.isoformat())
    _audit(actor, row, "snoozed", until=until.isoformat())


@transaction.atomic
def wake(*, operator_id: int, incident_id: int, actor: Actor) -> None:
    """End a snooze before its time. Raises Refused `no-such-incident`, `incident-over`."""
    row = incidents.living(operator_id, incident_id)
    if row.snoozed_until is None:
        return
    row.snoozed_until = None
    row.save(update_fields=["snoozed_until"])
    incidents.note(row, "woke", at=clock.now(), by=actor.name, sentence=_("Taken up again."))
    _audit(actor, row, "woken")


@transaction.atomic
def add_note(*, operator_id: int, incident_id: int, text: str, actor: Actor) -> None:
    """Write something down about it, also after its end. Raises Refused `no-such-incident`, `empty-note`."""
    row = incidents.seen(operator_id, incident_id)
    if not text.strip():
        raise Refused("empty-note", _("Write a few words."))
    incidents.note(row, "note", at=clock.now(), by=actor.name, sentence=text.strip()[:5000])
    _audit(actor, row, "noted")


@transaction.atomic
def resolve(
    *,
    operator_id: int,
    incident_id: int,
    cause: str,
    fix: str,
    actor: Actor,
    frees_plugs: bool = True,
) -> None:
    """End it by a person's word; plugs that recovery took out of service are given back (`frees_plugs`).

    Raises Refused `no-such-incident`, `incident-over`, `cause-missing`.
    """
    row, now = incidents.living(operator_id, incident_id), clock.now()
    if not cause.strip() or not fix.strip():
        raise Refused("cause-missing", _("Say in a few words what the cause was and what fixed it."))
    incidents.resolve(
        row, now, by=actor.name, cause=cause.strip()[:2000], fix=fix.strip()[:2000], is_by_charge=False
    )
    if frees_plugs:
        _free_plugs(row, actor)
    _audit(actor, row, "resolved", cause=cause.strip()[:200], fix=fix.strip()[:200])


@transaction.atomic
def reopen(*, operator_id: int, incident_id: int, reason: str, actor: Actor) -> None:
    """Open one again that had ended. Raises Refused `no-such-incident`, `incident-open`, `incident-replaced`."""
    row = incidents.seen(operator_id, incident_id)
    if row.state in incidents.ALIVE:
        raise Refused("incident-open", _("This incident is still open."))
    if row.state == Incident.State.MERGED or incidents.has_living(row):
        raise Refused("incident-replaced", _("Another incident stands for this place by now."))
    sentence = reason.strip()[:2000] or _("Opened again.")
    incidents.reopen(row, clock.now(), by=actor.name, sentence=sentence)
    _audit(actor, row, "reopened")


@transaction.atomic
def attach_work_order(*, operator_id: int, incident_id: int, work_order_id: int, actor: Actor) -> None:
    """Write down which work order somebody is sent with. Raises Refused `no-such-incident`."""
    row = incidents.seen(operator_id, incident_id)
    if row.work_order_id == work_order_id:
        return
    row.work_order_id = work_order_id
    row.save(update_fields=["work_order_id"])
    incidents.note(
        row,
        "work-order",
        at=clock.now(),
        by=actor.name,
        sentence=_("Work order %d.") % work_order_id,
        work_order_id=work_order_id,
    )


@transaction.atomic
def carry_out(
    *, operator_id: int, incident_id: int, act: str, actor: Actor, idempotency_key: str | None = None
) -> list[UUID]:
    """Do a suggested action at the incident's places and return the requests' ids, one a place.

    The same idempotency key asks for nothing a second time.
    Raises Refused `no-such-incident`, `incident-over`, `by-hand` (what no command can do), `no-such-plug`,
    `somebody-charges`.
    """
    row = incidents.living(operator_id, incident_id)
    places = incidents.places_of(row)
    asked = [_ask(row, act, station_id, evse, actor, idempotency_key) for station_id, evse in places]
    incidents.note(
        row,
        "act",
        at=clock.now(),
        by=actor.name,
        sentence=act,
        requests=[str(request_id) for request_id in asked],
    )
    _audit(actor, row, "acted", act=act)
    return asked


@transaction.atomic
def set_recovery_policy(
    *,
    operator_id: int,
    is_enabled: bool,
    steps: Sequence[str],
    per_day: int,
    from_hour: int | None,
    until_hour: int | None,
    actor: Actor,
    pause_s: int = 60,
    neighbour_km: float = 2.0,
    target_min: int = USUAL_TARGET_MIN,
) -> None:
    """Replace what the system may try by itself; hours are those of the sites.

    `target_min`: within so many minutes drivers shall be able to charge again, 0 for no target.

    Raises Refused `unknown-step`, `bad-limit`, `bad-hours`.
    """
    if unknown := set(steps) - set(STEPS):
        raise Refused("unknown-step", _("There is no step %s.") % ", ".join(sorted(unknown)))
    if not 0 <= per_day <= 24 or not 0 <= pause_s <= 3600 or not 0 <= neighbour_km <= 50:
        raise Refused("bad-limit", _("At most 24 a day, pauses up to an hour, neighbours up to 50 km away."))
    if (from_hour is None) != (until_hour is None) or not {from_hour, until_hour} <= {None, *range(25)}:
        raise Refused("bad-hours", _("Hours lie between 0 and 24; give both or none."))
    if not 0 <= target_min <= LONGEST_TARGET_MIN:
        raise Refused("bad-limit", _("Choose a target of at most thirty days."))
    values: dict[str, Any] = {
        "is_enabled": is_enabled,
        "steps": [step for step in STEPS if step in steps],
        "per_day": per_day,
        "from_hour": from_hour,
        "until_hour": until_hour,
        "pause_s": pause_s,
        "neighbour_km": neighbour_km,
        "target_min": target_min,
    }
    RecoveryPolicy.objects.update_or_create(operator_id=operator_id, defaults=values)
    audit.write_audit(actor, operator_id, "recovery.changed", f"operator:{operator_id}", values)


@transaction.atomic
def set_debounce(
    *,
    operator_id: int,
    family: str,
    vendor: str = "",
    model: str = "",
    seconds: int | None,
    actor: Actor,
) -> None:
    """Say how long faults of a family may stand at a model before they are incidents; None: as usual.

    Raises Refused `unknown-family`, `bad-limit`.
    """
    if family not in {treatment.family for treatment in TREATMENTS.values()}:
        raise Refused("unknown-family", _("There is no such family of faults."))
    if seconds is not None and not 0 <= seconds <= 86_400:
        raise Refused("bad-limit", _("Choose between nothing and a day."))
    place: dict[str, Any] = {
        "operator_id": operator_id,
        "family": family,
        "vendor": vendor,
        "model": model,
    }
    if seconds is None:
        Debounce.objects.filter(**place).delete()
    else:
        Debounce.objects.update_or_create(**place, defaults={"seconds": seconds})
    detail = {"family": family, "vendor": vendor, "model": model, "seconds": seconds}
    audit.write_audit(actor, operator_id, "debounce.changed", f"operator:{operator_id}", detail)


def _acknowledge(row: Incident, actor: Actor, now: datetime) -> None:
    if row.acknowledged_at is not None:
        return
    row.acknowledged_at, row.acknowledged_by = now, actor.name[:255]
    row.save(update_fields=["acknowledged_at", "acknowledged_by"])
    incidents.note(row, "acknowledged", at=now, by=actor.name, sentence=_("Taken."))
    _audit(actor, row, "acknowledged")
    journal.state(
        [
            IncidentAcknowledged(
                happened_at=now, operator_id=row.operator_id, incident_id=row.pk, by=actor.name
            )
        ]
    )


def _name_of(operator_id: int, user_id: int | None) -> str:
    if user_id is None:
        return ""
    for person in accounts.people(operator_id):
        if person.user_id == user_id:
            return (person.name or person.email)[:255]
    raise Refused("no-such-person", _("There is no such person at this operator."))


def _ask(row: Incident, act: str, station_id: int, evse: int, actor: Actor, key: str | None) -> UUID:
    place: dict[str, Any] = {
        "operator_id": row.operator_id,
        "station_id": station_id,
        "asked_by": actor.name,
        "idempotency_key": None if key is None else f"{key}|{station_id}|{evse}",
    }
    plate = plates(row.operator_id, [station_id])[station_id]
    plug = next((plug for plug in plate.plugs if evse in {0, plug.evse}), None)
    match act:
        case "ask-status":
            connector = plug.connector if plug is not None and evse else None
            return commanding.trigger(
                **place, message="StatusNotification", evse=evse or None, connector=connector
            )
        case "restart-when-idle":
            _refuse_busy(plate)
            return commanding.reset(**place)
        case "restart-at-once":
            return commanding.reset(**place, is_immediate=True)
        case "block":
            return commanding.change_availability(**place, is_operative=False, evse=evse or None)
        case "unlock":
            if plug is None:
                raise Refused("no-such-plug", _("This station has no such plug."))
            return commanding.unlock(**place, evse=plug.evse, connector=plug.connector)
    raise Refused("by-hand", _("No command can do this; somebody must see to it."))


def _refuse_busy(plate: Plate) -> None:
    """A station of 1.6 ends charges before it restarts (1.6 5.14); one of 2.x waits (2.0.1 B12, OnIdle)."""
    is_2 = plate.version.startswith("ocpp2")
    if not is_2 and charging.open_transactions(plate.operator_id, station_id=plate.id):
        raise Refused(
            "somebody-charges",
            _("Somebody is charging, and this station would end the charge. Try again when nobody charges."),
        )


def _free_plugs(row: Incident, actor: Actor) -> None:
    """Give back what recovery took out of service and nobody has given back since."""
    steps = row.steps.filter(step="block").exclude(state=RecoveryStep.State.WITHHELD)
    for station_id, evse in sorted(set(steps.values_list("station_id", "evse"))):
        plate = plates(row.operator_id, [station_id]).get(station_id)
        if plate is None:
            continue
        is_blocked = (
            any(plug.evse == evse and not plug.intent_operative for plug in plate.plugs)
            if evse
            else not plate.intent_operative
        )
        if is_blocked:
            commanding.change_availability(
                operator_id=row.operator_id,
                station_id=station_id,
                is_operative=True,
                evse=evse or None,
                asked_by=actor.name,
            )


def _audit(actor: Actor, row: Incident, verb: str, **detail: Any) -> None:
    audit.write_audit(actor, row.operator_id, f"incident.{verb}", f"incident:{row.pk}", detail)
