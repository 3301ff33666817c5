"""Questions about operators, people and keys."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chargehand.domain.accounts.models import ApiKey, Membership, Operator, User
from chargehand.domain.accounts.permissions import BOUND_TO_LOCATIONS, Permission, Role, permissions_of
from chargehand.domain.accounts.principals import Actor, Principal


class OperatorView(msgspec.Struct, frozen=True, kw_only=True):
    """An operator. `country` is ISO 3166-1 alpha-2, `currency` ISO 4217, `time_zone` an IANA name."""

    id: int
    name: str
    slug: str
    country: str
    time_zone: str
    currency: str


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a role at an operator."""

    user_id: int
    email: str
    name: str
    role: Role
    location_ids: tuple[int, ...]
    is_active: bool
    last_login: datetime | None
    language: str = ""


class ApiKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """An API key without its secret."""

    id: int
    name: str
    prefix: str
    scopes: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


def operator(operator_id: int) -> OperatorView | None:
    """The operator with this id."""
    found = Operator.objects.filter(pk=operator_id).first()
    return None if found is None else _operator_view(found)


def operator_by_slug(slug: str) -> OperatorView | None:
    """The operator with this slug."""
    found = Operator.objects.filter(slug=slug).first()
    return None if found is None else _operator_view(found)


def operators() -> list[OperatorView]:
    """All operators of the installation, by name."""
    return [_operator_view(each) for each in Operator.objects.order_by("name", "pk")]


def is_only_operator(operator_id: int) -> bool:
    """Whether the installation serves this operator alone."""
    return not Operator.objects.exclude(pk=operator_id).exists()


def runs_installation(user_id: int) -> bool:
    """Whether this person runs the installation and may act for every operator."""
    return User.objects.filter(pk=user_id, is_active=True, is_superuser=True).exists()


def operators_of(user_id: int) -> list[OperatorView]:
    """Operators a person may act for, by name; all of them for those who run the installation."""
    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is None:
        return []
    if person.is_superuser:
        return operators()
    of_person = Operator.objects.filter(pk__in=Membership.objects.filter(user=person).values("operator"))
    return [_operator_view(each) for each in of_person.order_by("name", "pk")]


def principal_of(user_id: int, operator_slug: str | None = None) -> Principal | None:
    """What a person is to an operator, or to the first of theirs by name when none is named.

    None when they are nothing to it, or inactive. People who run the installation are admin everywhere.
    """
    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is None:
        return None
    memberships = Membership.objects.filter(user=person).select_related("operator").order_by("operator__name")
    if operator_slug is not None:
        memberships = memberships.filter(operator__slug=operator_slug)
    membership = memberships.first()
    if person.is_superuser:
        wanted = Operator.objects.order_by("name", "pk")
        if operator_slug is not None:
            wanted = wanted.filter(slug=operator_slug)
        home = membership.operator if membership else wanted.first()
        return None if home is None else _principal(person, home, Role.ADMIN, None)
    if membership is None:
        return None
    role = Role(membership.role)
    is_bound = bool(membership.location_ids) or role in BOUND_TO_LOCATIONS
    return _principal(
        person, membership.operator, role, frozenset(membership.location_ids) if is_bound else None
    )


def people(operator_id: int) -> list[PersonView]:
    """Everybody with a role at an operator, by e-mail address."""
    memberships = Membership.objects.filter(operator_id=operator_id).select_related("user")
    return [
        PersonView(
            user_id=each.user.pk,
            email=each.user.email,
            name=each.user.name,
            role=Role(each.role),
            location_ids=tuple(each.location_ids),
            is_active=each.user.is_active,
            last_login=each.user.last_login,
            language=each.user.language,
        )
        for each in memberships.order_by("user__email")
    ]


def api_keys(operator_id: int) -> list[ApiKeyView]:
    """All API keys of an operator, newest first, revoked ones too."""
    return [
        ApiKeyView(
            id=each.pk,
            name=each.name,
            prefix=each.prefix,
            scopes=tuple(Permission(scope) for scope in each.scopes),
            created_at=each.created_at,
            expires_at=each.expires_at,
            revoked_at=each.revoked_at,
            last_used_at=each.last_used_at,
        )
        for each in ApiKey.objects.filter(operator_id=operator_id).order_by("-pk")
    ]


def _principal(person: User, home: Operator, role: Role, location_ids: frozenset[int] | None) -> Principal:
    return Principal(
        operator_id=home.pk,
        operator_slug=home.slug,
        operator_name=home.name,
        actor=Actor("user", person.pk, person.name or person.email),
        permissions=permissions_of(role),
        role=role,
        user_id=person.pk,
        location_ids=location_ids,
    )


def _operator_view(row: Operator) -> OperatorView:
    return OperatorView(
        id=row.pk,
        name=row.name,
        slug=row.slug,
        country=row.country,
        time_zone=row.time_zone,
        currency=row.currency,
    )
