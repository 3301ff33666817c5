"""Recovery: what the system tries by itself, step by step, each step asked once and seen to work or not.

A step is a row and a request in one transaction, so a crash neither loses nor doubles it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.charging.attempts import Place
from chargehand.domain.health import driver_messages, guard_rails, incidents, signs
from chargehand.domain.health.facts import RecoveryStepped
from chargehand.domain.health.guard_rails import Policy
from chargehand.domain.health.models import Incident, RecoveryStep
from chargehand.domain.health.neighbours import neighbour
from chargehand.domain.health.places import name_plug
from chargehand.domain.health.treatments import BLOCK_ONLY, RESTARTS, treatment_of
from chargehand.domain.stations import command_cards, commanding
from chargehand.domain.stations.command_cards import CommandCard
from chargehand.domain.stations.commands import VariableAsked
from chargehand.domain.stations.plates import Plate, plates
from chargehand.journal import log as journal
from chargehand.kernel.errors import Refused

ASKED_BY: Final = "Chargehand recovery"

_State: Final = RecoveryStep.State


def advance(operator_id: int, incident_id: int, now: datetime) -> None:
    """Settle what was asked, and take the next step where one is due."""
    with transaction.atomic():
        incidents.lock_operator(operator_id)
        row = Incident.objects.select_for_update().get(pk=incident_id)
        ladder = treatment_of(row.kind).ladder
        if row.state not in incidents.SHOWN or row.scope == "cohort" or not ladder:
            return
        policy = guard_rails.policy_of(operator_id)
        for place in incidents.places_of(row):
            _advance_place(row, place, policy, now)


def _advance_place(row: Incident, place: Place, policy: Policy, now: datetime) -> None:
    plate = plates(row.operator_id, [place[0]]).get(place[0])
    if plate is None:
        return
    taken = list(row.steps.filter(run=row.run, station_id=place[0], evse=place[1]).order_by("asked_at", "id"))
    last = taken[-1] if taken else None
    if last is not None and last.state == _State.ASKED and not _settle(row, last, plate, policy, now):
        return
    if last is not None and last.step == "block" and guard_rails.is_forced(row, "block"):
        _block_again(row, last, plate, policy, now)
        return
    is_due = row.state == Incident.State.OPEN or row.kind in BLOCK_ONLY
    if is_due and not _must_wait(row, last, policy, now):
        _take_next(row, plate, place[1], {step.step for step in taken}, policy, now)


def _block_again(row: Incident, step: RecoveryStep, plate: Plate, policy: Policy, now: datetime) -> None:
    """A plug that endangers people is blocked as soon as its station can be reached, however often it takes."""
    count = int(step.detail.get("again", 0))
    pause = timedelta(seconds=policy.pause_s * min(60, 2**count))
    is_due = step.state in {_State.FAILED, _State.REFUSED} and now >= (step.settled_at or now) + pause
    if not is_due or not plate.is_connected:
        return
    key = f"recovery|{row.pk}|{row.run}|{plate.id}|{step.evse}|block|{count + 1}"
    step.detail = step.detail | {"again": count + 1}
    _send(row, step, plate, key, now)


def _send(row: Incident, step: RecoveryStep, plate: Plate, key: str, now: datetime) -> None:
    """Ask the station for a step, and write down that it was asked, or could not be."""
    step.state, step.asked_at, step.settled_at = _State.ASKED, now, None
    try:
        step.request_id = _COMMANDS[step.step](row.operator_id, plate, step.evse, key)
    except Refused as refused:
        step.state, step.settled_at, step.sentence = _State.REFUSED, now, refused.sentence[:500]
    step.save()
    _state(row, plate.id, step.evse, step.step, step.state, now)


def _must_wait(row: Incident, last: RecoveryStep | None, policy: Policy, now: datetime) -> bool:
    """Tell whether it is too early for another step, or none is called for."""
    if last is None or last.state == _State.WITHHELD:
        return False
    settled = last.settled_at or last.asked_at
    if last.state == _State.WORKED:
        showing = signs.shows(row, now)
        is_again = row.last_seen_at > settled or showing is True
        return not is_again or now < settled + timedelta(seconds=policy.pause_s)
    return now < settled + timedelta(seconds=policy.pause_s)


def _take_next(
    row: Incident, plate: Plate, evse: int, taken: set[str], policy: Policy, now: datetime
) -> None:
    for step in treatment_of(row.kind).ladder:
        if step in taken:
            continue
        withheld = guard_rails.reason_to_withhold(row, step, plate, policy, now)
        if withheld:
            _withhold(row, plate, evse, step, withheld, now)
            continue
        wait = guard_rails.reason_to_wait(row, step, plate, evse, policy, now)
        _say(row, wait)
        if not wait:
            _ask(row, plate, evse, step, policy, now)
        return
    _say(row, _("Everything that may be tried from afar has been tried."))


def _say(row: Incident, sentence: str) -> None:
    if row.recovery_note != sentence:
        row.recovery_note = sentence
        row.save(update_fields=["recovery_note"])


def _withhold(row: Incident, plate: Plate, evse: int, step: str, sentence: str, now: datetime) -> None:
    RecoveryStep.objects.create(
        incident=row,
        run=row.run,
        station_id=plate.id,
        evse=evse,
        step=step,
        state=_State.WITHHELD,
        sentence=sentence,
        asked_at=now,
        settled_at=now,
    )
    _state(row, plate.id, evse, step, _State.WITHHELD, now)


def _ask(row: Incident, plate: Plate, evse: int, step: str, policy: Policy, now: datetime) -> None:
    taken, is_new = RecoveryStep.objects.get_or_create(
        incident=row,
        run=row.run,
        station_id=plate.id,
        evse=evse,
        step=step,
        defaults={"asked_at": now, "sentence": _about(step, plate, evse)},
    )
    if not is_new:
        return
    key = f"recovery|{row.pk}|{row.run}|{plate.id}|{evse}|{step}"
    if step == "block":
        taken.detail = _point_elsewhere(row, plate, evse, policy)
    _send(row, taken, plate, key, now)


def _settle(row: Incident, step: RecoveryStep, plate: Plate, policy: Policy, now: datetime) -> bool:
    """Write down how a step went, if that can be told already; tell whether it can."""
    card = command_cards.request(row.operator_id, step.request_id) if step.request_id else None
    if card is None:
        return _finish(row, step, _State.FAILED, _("The request is gone."), now)
    match card.progress:
        case "queued" | "sent" | "answered":
            return False
        case "refused":
            return _finish(row, step, _State.REFUSED, card.sentence, now)
        case "unseen" if step.step == "block" and _is_out(plate, step.evse):
            return _finish(row, step, _State.WORKED, _("The plug is faulted: no driver can use it."), now)
        case "failed" | "expired" | "unseen":
            return _finish(row, step, _State.FAILED, card.sentence, now)
    return _settle_seen(row, step, card, policy, now)


def _settle_seen(row: Incident, step: RecoveryStep, card: CommandCard, policy: Policy, now: datetime) -> bool:
    """The command itself worked; whether the fault went with it shows after a pause at the latest.

    Where only the next driver can tell, a restart counts as having worked until one fails; questions do not.
    """
    showing = signs.shows(row, now)
    is_repair = step.step in RESTARTS or step.step == "block"
    if step.step == "block" or showing is False or (showing is None and is_repair):
        return _finish(row, step, _State.WORKED, card.sentence, now)
    seen = card.seen_at or card.answered_at or now
    if now < seen + timedelta(seconds=policy.pause_s):
        return False
    sentence = _("The command worked (%s), but the fault still shows.") % (card.seen_as or card.word)
    return _finish(row, step, _State.FAILED, sentence, now)


def _is_out(plate: Plate, evse: int) -> bool:
    """Tell whether no driver can use the plug: one that is faulted need not say that it is out of service."""
    plugs = [plug for plug in plate.plugs if evse in {0, plug.evse}]
    return bool(plugs) and all(plug.status in {"Faulted", "Unavailable"} for plug in plugs)


def _finish(row: Incident, step: RecoveryStep, state: str, sentence: str, now: datetime) -> bool:
    step.state, step.sentence, step.settled_at = state, sentence[:500], now
    step.save(update_fields=["state", "sentence", "settled_at"])
    if step.step == "block" and state == _State.WORKED:
        driver_messages.announce(row, [(step.station_id, step.evse)], now, by=incidents.SYSTEM)
    _state(row, step.station_id, step.evse, step.step, state, now)
    return True


def _state(row: Incident, station_id: int, evse: int, step: str, outcome: str, now: datetime) -> None:
    journal.state(
        [
            RecoveryStepped(
                happened_at=now,
                operator_id=row.operator_id,
                incident_id=row.pk,
                station_id=station_id,
                evse=evse,
                step=step,
                outcome=outcome,
            )
        ]
    )


def _point_elsewhere(row: Incident, plate: Plate, evse: int, policy: Policy) -> dict[str, Any]:
    found = neighbour(row.operator_id, plate.id, evse, within_km=policy.neighbour_km)
    if found is None:
        return {}
    return {
        "neighbour": {
            "station_id": found.station_id,
            "station": found.station_name or found.identity,
            "evse": found.evse,
            "letter": found.letter,
            "location": found.location_name,
            "distance_km": found.distance_km,
        }
    }


def _about(step: str, plate: Plate, evse: int) -> str:
    plug = name_plug(plate, evse)
    return {
        "probe": _("Asked whether the station answers."),
        "trigger": _("Asked for the status of %s.") % plug,
        "soft-reset": _("Asked the station to restart while nobody charges."),
        "hard-reset": _("Asked the station to restart at once."),
        "block": _("Took %s out of service, so that no driver tries in vain.") % plug,
    }[step]


def _probe(operator_id: int, plate: Plate, evse: int, key: str) -> UUID:  # noqa: ARG001 -- one form for all
    """Read one harmless value (1.6 9.1.8 HeartbeatInterval, 2.0.1 OCPPCommCtrlr.HeartbeatInterval)."""
    component = "OCPPCommCtrlr" if plate.version.startswith("ocpp2") else ""
    asked = VariableAsked(name="HeartbeatInterval", component=component)
    return commanding.get_variables(
        operator_id=operator_id,
        station_id=plate.id,
        variables=[asked],
        asked_by=ASKED_BY,
        idempotency_key=key,
    )


def _trigger(operator_id: int, plate: Plate, evse: int, key: str) -> UUID:
    plug = next((plug for plug in plate.plugs if plug.evse == evse), None)
    return commanding.trigger(
        operator_id=operator_id,
        station_id=plate.id,
        message="StatusNotification" if plug is not None else "Heartbeat",
        evse=evse or None,
        connector=plug.connector if plug is not None else None,
        asked_by=ASKED_BY,
        idempotency_key=key,
    )


def _soft_reset(operator_id: int, plate: Plate, evse: int, key: str) -> UUID:  # noqa: ARG001 -- one form for all
    return commanding.reset(
        operator_id=operator_id, station_id=plate.id, asked_by=ASKED_BY, idempotency_key=key
    )


def _hard_reset(operator_id: int, plate: Plate, evse: int, key: str) -> UUID:  # noqa: ARG001 -- one form for all
    return commanding.reset(
        operator_id=operator_id,
        station_id=plate.id,
        is_immediate=True,
        asked_by=ASKED_BY,
        idempotency_key=key,
    )


def _block(operator_id: int, plate: Plate, evse: int, key: str) -> UUID:
    return commanding.change_availability(
        operator_id=operator_id,
        station_id=plate.id,
        is_operative=False,
        evse=evse or None,
        asked_by=ASKED_BY,
        idempotency_key=key,
    )


_COMMANDS: Final[dict[str, Callable[[int, Plate, int, str], UUID]]] = {
    "probe": _probe,
    "trigger": _trigger,
    "soft-reset": _soft_reset,
    "hard-reset": _hard_reset,
    "block": _block,
}
