"""Verbs of the people who run alerts: rotas with overrides, escalation policies and routes."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Sequence
from datetime import datetime, time

import msgspec
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.notices.duty import ShiftTime
from chargehand.domain.notices.models import (
    EscalationPolicy,
    EscalationStep,
    Override,
    Rota,
    Route,
    Shift,
)
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

MOST_STEPS = 10
LONGEST_WAIT = 24 * 60


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to tell (a rota, a person, or with neither all of operations), and how long to wait then."""

    wait_minutes: int
    rota_id: int | None = None
    user_id: int | None = None


class RouteTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Which incidents go to which policy, None: to nobody. Empty and None mean any."""

    policy_id: int | None
    least_severity: int
    kinds: Sequence[str] = ()
    location_ids: Sequence[int] = ()
    weekdays: Sequence[int] = ()
    hours_from: time | None = None
    hours_to: time | None = None


@transaction.atomic
def save_rota(
    *,
    operator_id: int,
    rota_id: int | None,
    name: str,
    time_zone: str,
    shifts: Sequence[ShiftTime],
    actor: Actor,
) -> int:
    """Make a rota or replace its weekly shifts; return its id.

    Raises Refused `unknown-rota`, `no-name`, `name-taken`, `unknown-time-zone`, `unknown-person`, `bad-shift`.
    """
    if time_zone not in zoneinfo.available_timezones():
        raise Refused("unknown-time-zone", _("There is no such time zone."))
    _check_people(operator_id, [each.user_id for each in shifts])
    if any(not 0 <= each.weekday <= 6 for each in shifts):
        raise Refused("bad-shift", _("A shift begins on a day of the week."))
    row = (
        Rota(operator_id=operator_id, created_at=clock.now())
        if rota_id is None
        else _rota(operator_id, rota_id)
    )
    row.time_zone = time_zone
    _save(row, name)
    Shift.objects.filter(rota=row).delete()
    Shift.objects.bulk_create(
        Shift(rota=row, user_id=each.user_id, weekday=each.weekday, starts=each.starts, ends=each.ends)
        for each in shifts
    )
    audit.write_audit(actor, operator_id, "rota.saved", f"rota:{row.pk}", {"shifts": len(shifts)})
    return row.pk


@transaction.atomic
def remove_rota(*, operator_id: int, rota_id: int, actor: Actor) -> None:
    """Remove a rota. Raises Refused `unknown-rota`, `in-use`."""
    row = _rota(operator_id, rota_id)
    if EscalationStep.objects.filter(rota=row).exists():
        raise Refused("in-use", _("An escalation tells this rota. Change the escalation first."))
    row.delete()
    audit.write_audit(actor, operator_id, "rota.removed", f"rota:{rota_id}")


@transaction.atomic
def add_override(
    *,
    operator_id: int,
    rota_id: int,
    user_id: int | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    actor: Actor,
) -> int:
    """Put somebody else (None: nobody) on duty for a time; the last one said counts. Return its id.

    Raises Refused `unknown-rota`, `unknown-person`, `ends-first`.
    """
    row = _rota(operator_id, rota_id)
    _check_people(operator_id, [] if user_id is None else [user_id])
    if ends_at <= starts_at:
        raise Refused("ends-first", _("It must end after it begins."))
    made = Override.objects.create(
        rota=row, user_id=user_id, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()[:120]
    )
    audit.write_audit(actor, operator_id, "rota.override_added", f"rota:{row.pk}")
    return made.pk


@transaction.atomic
def remove_override(*, operator_id: int, rota_id: int, override_id: int, actor: Actor) -> None:
    """Let the week hold again. Raises Refused `unknown-rota`."""
    row = _rota(operator_id, rota_id)
    Override.objects.filter(rota=row, pk=override_id).delete()
    audit.write_audit(actor, operator_id, "rota.override_removed", f"rota:{row.pk}")


@transaction.atomic
def save_policy(
    *,
    operator_id: int,
    policy_id: int | None,
    name: str,
    repeats: int,
    steps: Sequence[Step],
    actor: Actor,
) -> int:
    """Make an escalation policy or replace its steps; return its id.

    Raises Refused `unknown-policy`, `no-name`, `name-taken`, `no-steps`, `bad-wait`, `unknown-person`,
    `unknown-rota`.
    """
    if not 1 <= len(steps) <= MOST_STEPS:
        raise Refused("no-steps", _("Give one to ten steps."))
    if any(not 1 <= each.wait_minutes <= LONGEST_WAIT for each in steps) or not 0 <= repeats <= 10:
        raise Refused("bad-wait", _("Wait between a minute and a day, and repeat at most ten times."))
    _check_people(operator_id, [each.user_id for each in steps if each.user_id is not None])
    for each in steps:
        if each.rota_id is not None:
            _rota(operator_id, each.rota_id)
    if policy_id is None:
        row = EscalationPolicy(operator_id=operator_id, created_at=clock.now())
    else:
        row = _policy(operator_id, policy_id)
    row.repeats = repeats
    _save(row, name)
    EscalationStep.objects.filter(policy=row).delete()
    EscalationStep.objects.bulk_create(
        EscalationStep(
            policy=row,
            position=position,
            rota_id=each.rota_id,
            user_id=None if each.rota_id is not None else each.user_id,
            wait_minutes=each.wait_minutes,
        )
        for position, each in enumerate(steps)
    )
    audit.write_audit(actor, operator_id, "escalation.saved", f"escalation:{row.pk}", {"steps": len(steps)})
    return row.pk


@transaction.atomic
def remove_policy(*, operator_id: int, policy_id: int, actor: Actor) -> None:
    """Remove a policy. Raises Refused `unknown-policy`, `in-use`."""
    row = _policy(operator_id, policy_id)
    if Route.objects.filter(policy=row).exists():
        raise Refused("in-use", _("A route leads to this escalation. Change the route first."))
    row.delete()
    audit.write_audit(actor, operator_id, "escalation.removed", f"escalation:{policy_id}")


@transaction.atomic
def save_routes(*, operator_id: int, routes: Sequence[RouteTerms], actor: Actor) -> None:
    """Replace all routes; the first that fits holds. Raises Refused `unknown-policy`, `bad-hours`."""
    for each in routes:
        if each.policy_id is not None:
            _policy(operator_id, each.policy_id)
        if (each.hours_from is None) != (each.hours_to is None):
            raise Refused("bad-hours", _("Hours need a beginning and an end."))
    # The operator's routes are replaced as a whole: two people who save at once must not mix theirs.
    list(Route.objects.select_for_update().filter(operator_id=operator_id))
    Route.objects.filter(operator_id=operator_id).delete()
    Route.objects.bulk_create(
        Route(operator_id=operator_id, position=position, **_columns(each))
        for position, each in enumerate(routes)
    )
    audit.write_audit(
        actor, operator_id, "alert_routes.saved", f"operator:{operator_id}", {"routes": len(routes)}
    )


def _columns(terms: RouteTerms) -> dict[str, object]:
    columns = msgspec.structs.asdict(terms)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in columns.items()}


def _check_people(operator_id: int, user_ids: Collection[int]) -> None:
    known = {each.user_id for each in accounts.people(operator_id)}
    if not set(user_ids) <= known:
        raise Refused("unknown-person", _("One of these people has no role here."))


def _rota(operator_id: int, rota_id: int) -> Rota:
    row = Rota.objects.select_for_update().filter(operator_id=operator_id, pk=rota_id).first()
    if row is None:
        raise Refused("unknown-rota", _("This rota was removed meanwhile."))
    return row


def _policy(operator_id: int, policy_id: int) -> EscalationPolicy:
    rows = EscalationPolicy.objects.select_for_update().filter(operator_id=operator_id, pk=policy_id)
    row = rows.first()
    if row is None:
        raise Refused("unknown-policy", _("This escalation was removed meanwhile."))
    return row


def _save(row: Rota | EscalationPolicy, name: str) -> None:
    row.name = name.strip()[:80]
    if not row.name:
        raise Refused("no-name", _("Give it a name."))
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused("name-taken", _("Another one has this name.")) from None
