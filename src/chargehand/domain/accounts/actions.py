"""Verbs of the room: operators are created, people invited, roles given and taken."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.facts import PersonInvited
from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.accounts.principals import Actor
from chargehand.journal import log
from chargehand.kernel import clock, money
from chargehand.kernel.errors import Refused


@transaction.atomic
def create_operator(
    *, name: str, slug: str, country: str, time_zone: str, currency: str, actor: Actor
) -> int:
    """Make a tenant and return its id.

    Raises Refused `bad-slug`, `slug-taken`, `unknown-country`, `unknown-time-zone`, `unknown-currency`.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise Refused("bad-slug", "The short name takes small letters, digits and single hyphens.")
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise Refused("unknown-country", f"{country!r} is not a country code of two capitals.")
    if time_zone not in zoneinfo.available_timezones():
        raise Refused("unknown-time-zone", f"{time_zone!r} is not a time zone such as Europe/Berlin.")
    if currency not in money.EXPONENTS:
        raise Refused("unknown-currency", f"{currency!r} is not a currency code such as EUR.")
    try:
        with transaction.atomic():
            row = Operator.objects.create(
                name=name.strip(), slug=slug, country=country, time_zone=time_zone, currency=currency
            )
    except IntegrityError:
        raise Refused("slug-taken", f"Another operator is called {slug!r}.") from None
    audit.write_audit(actor, row.pk, "operator.created", f"operator:{row.pk}")
    return row.pk


@transaction.atomic
def create_user(
    *,
    email: str,
    password: str | None,
    actor: Actor,
    name: str = "",
    language: str = "",
    runs_installation: bool = False,
) -> int:
    """Make a person and return their id. Without a password they set one by the reset mail.

    The address counts as verified: whoever may invite vouches for it.
    Raises Refused `bad-email`, `email-taken`.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("bad-email", f"{email!r} is not an e-mail address.") from None
    try:
        with transaction.atomic():
            person = User.objects.create_user(
                address, password, name=name.strip(), language=language, is_superuser=runs_installation
            )
    except IntegrityError:
        raise Refused("email-taken", f"Somebody with the address {address} is there already.") from None
    EmailAddress.objects.create(user=person, email=address, verified=True, primary=True)
    audit.write_audit(actor, None, "user.created", f"user:{person.pk}")
    return person.pk


@transaction.atomic
def invite_user(
    *,
    operator_id: int,
    email: str,
    role: Role,
    actor: Actor,
    name: str = "",
    location_ids: Iterable[int] = (),
) -> int:
    """Give a person, new or known, a role at an operator and return their id.

    They are told by mail, unless the system itself gives the role: then whoever installs it sits there.
    Raises Refused `bad-email`, `already-member`.
    """
    known = User.objects.filter(email=email.strip().lower()).first()
    user_id = known.pk if known else create_user(email=email, password=None, name=name, actor=actor)
    locations = sorted(set(location_ids))
    try:
        with transaction.atomic():
            Membership.objects.create(
                user_id=user_id, operator_id=operator_id, role=role, location_ids=locations
            )
    except IntegrityError:
        raise Refused("already-member", "This person has a role here already; change that one.") from None
    audit.write_audit(actor, operator_id, "member.invited", f"user:{user_id}", {"role": role})
    if actor.kind != "system":
        invited = PersonInvited(
            happened_at=clock.now(),
            operator_id=operator_id,
            user_id=user_id,
            role=role.value,
            by=actor.name,
            needs_password=known is None or not known.has_usable_password(),
        )
        log.state([invited])
    return user_id


@transaction.atomic
def change_role(
    *, operator_id: int, user_id: int, role: Role, actor: Actor, location_ids: Iterable[int] = ()
) -> None:
    """Give a member another role. Raises Refused `not-member`, `last-admin`."""
    row = _member(operator_id, user_id)
    if role is not Role.ADMIN:
        _keep_an_admin(row)
    before, row.role, row.location_ids = row.role, role, sorted(set(location_ids))
    row.save(update_fields=["role", "location_ids"])
    audit.write_audit(
        actor, operator_id, "member.role_changed", f"user:{user_id}", {"from": before, "to": role}
    )


@transaction.atomic
def remove_member(*, operator_id: int, user_id: int, actor: Actor) -> None:
    """Take a person's role away. Raises Refused `not-member`, `last-admin`."""
    row = _member(operator_id, user_id)
    _keep_an_admin(row)
    row.delete()
    audit.write_audit(actor, operator_id, "member.removed", f"user:{user_id}")


def _member(operator_id: int, user_id: int) -> Membership:
    # The operator's row is the lock: two admins who demote each other must not both succeed.
    Operator.objects.select_for_update().filter(pk=operator_id).first()
    row = Membership.objects.filter(operator_id=operator_id, user_id=user_id).first()
    if row is None:
        raise Refused("not-member", "This person has no role here.")
    return row


def _keep_an_admin(row: Membership) -> None:
    others = Membership.objects.filter(
        operator_id=row.operator_id, role=Role.ADMIN, user__is_active=True
    ).exclude(pk=row.pk)
    if row.role == Role.ADMIN and not others.exists():
        raise Refused("last-admin", "This is the last admin. Make somebody else admin first.")
