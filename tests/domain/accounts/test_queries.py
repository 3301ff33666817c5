"""Who somebody is to an operator."""

import pytest

from chargehand.domain.accounts import actions, queries
from chargehand.domain.accounts.models import Operator, User
from chargehand.domain.accounts.permissions import Permission, Role, permissions_of
from chargehand.domain.accounts.principals import SYSTEM


def _join(operator: Operator, user: User, role: Role, locations: tuple[int, ...] = ()) -> None:
    actions.invite_user(
        operator_id=operator.pk, email=user.email, role=role, actor=SYSTEM, location_ids=locations
    )


def test_a_person_without_a_role_is_nobody(operator: Operator, user: User) -> None:
    assert queries.principal_of(user.pk) is None
    assert queries.principal_of(user.pk, operator.slug) is None
    assert queries.operators_of(user.pk) == []


def test_a_member_gets_what_the_role_grants_and_all_locations(operator: Operator, user: User) -> None:
    _join(operator, user, Role.TECHNICIAN)
    principal = queries.principal_of(user.pk)
    assert principal is not None
    assert principal.operator_id == operator.pk
    assert principal.permissions == permissions_of(Role.TECHNICIAN)
    assert principal.may(Permission.STATIONS_COMMAND)
    assert not principal.may(Permission.MONEY_VIEW)
    assert principal.may_see_location(123)
    assert principal.actor.name == "Ada"


def test_a_member_of_one_operator_is_nobody_to_another(
    operator: Operator, other_operator: Operator, user: User
) -> None:
    _join(operator, user, Role.ADMIN)
    assert queries.principal_of(user.pk, other_operator.slug) is None
    assert [each.slug for each in queries.operators_of(user.pk)] == [operator.slug]


@pytest.mark.parametrize(("locations", "sees_seven"), [((7,), True), ((), False)])
def test_a_site_host_sees_only_named_locations(
    operator: Operator, user: User, locations: tuple[int, ...], sees_seven: bool
) -> None:
    _join(operator, user, Role.SITE_HOST, locations)
    principal = queries.principal_of(user.pk, operator.slug)
    assert principal is not None
    assert principal.may_see_location(7) is sees_seven
    assert not principal.may_see_location(8)


def test_an_inactive_person_is_nobody(operator: Operator, user: User) -> None:
    _join(operator, user, Role.ADMIN)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert queries.principal_of(user.pk, operator.slug) is None
    assert queries.operators_of(user.pk) == []


def test_whoever_runs_the_installation_is_admin_everywhere(
    operator: Operator, other_operator: Operator
) -> None:
    root = actions.create_user(email="root@example.org", password=None, actor=SYSTEM, runs_installation=True)
    principal = queries.principal_of(root, operator.slug)
    assert principal is not None
    assert principal.role is Role.ADMIN
    assert {each.slug for each in queries.operators_of(root)} == {operator.slug, other_operator.slug}
    assert queries.principal_of(root, "nobody") is None


def test_operators_are_found_by_id_and_slug(operator: Operator) -> None:
    found = queries.operator_by_slug("volt")
    assert found is not None
    assert (found.name, found.currency) == ("Volt & Söhne", "EUR")
    assert queries.operator(operator.pk) == found
    assert queries.operator(0) is None
    assert queries.operator_by_slug("none") is None
