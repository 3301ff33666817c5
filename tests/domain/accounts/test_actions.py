"""Operators and people come, change and go."""

import pytest
from allauth.account.models import EmailAddress

from chargehand.domain.accounts import actions, audit, queries
from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.kernel.errors import Refused

GOOD = {"name": "Watt", "slug": "watt", "country": "SE", "time_zone": "Europe/Stockholm", "currency": "SEK"}


def test_an_operator_is_created_and_the_audit_says_so(db: None) -> None:
    identity = actions.create_operator(**GOOD, actor=SYSTEM)
    found = queries.operator(identity)
    assert found is not None
    assert found.slug == "watt"
    assert [entry.action for entry in audit.list_audit(identity).entries] == ["operator.created"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("slug", "Watt!", "bad-slug"),
        ("slug", "a--b", "bad-slug"),
        ("country", "Sweden", "unknown-country"),
        ("time_zone", "Europe/Atlantis", "unknown-time-zone"),
        ("currency", "XXX", "unknown-currency"),
    ],
)
def test_an_operator_with_nonsense_is_refused(db: None, field: str, value: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        actions.create_operator(**{**GOOD, field: value}, actor=SYSTEM)
    assert refusal.value.code == code
    assert not Operator.objects.exists()


def test_two_operators_cannot_have_one_slug(operator: Operator) -> None:
    with pytest.raises(Refused, match="volt"):
        actions.create_operator(**{**GOOD, "slug": operator.slug}, actor=SYSTEM)


def test_a_created_person_has_a_verified_address_so_that_mfa_can_be_turned_on(db: None) -> None:
    identity = actions.create_user(email="Bob@Example.org", password="a long password", actor=SYSTEM)
    address = EmailAddress.objects.get(user_id=identity)
    assert (address.email, address.verified, address.primary) == ("bob@example.org", True, True)


@pytest.mark.parametrize(("email", "code"), [("nobody", "bad-email"), ("ADA@example.org", "email-taken")])
def test_a_bad_or_taken_address_is_refused(user: User, email: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        actions.create_user(email=email, password=None, actor=SYSTEM)
    assert refusal.value.code == code


def test_inviting_a_stranger_makes_a_person_who_cannot_sign_in_yet(operator: Operator) -> None:
    identity = actions.invite_user(
        operator_id=operator.pk, email="new@example.org", role=Role.FINANCE, actor=SYSTEM
    )
    assert not User.objects.get(pk=identity).has_usable_password()
    assert [(person.email, person.role) for person in queries.people(operator.pk)] == [
        ("new@example.org", Role.FINANCE)
    ]


def test_a_person_is_invited_once(operator: Operator, user: User) -> None:
    actions.invite_user(operator_id=operator.pk, email=user.email, role=Role.ADMIN, actor=SYSTEM)
    with pytest.raises(Refused) as refusal:
        actions.invite_user(operator_id=operator.pk, email=user.email, role=Role.FINANCE, actor=SYSTEM)
    assert refusal.value.code == "already-member"
    assert Membership.objects.get(user=user).role == Role.ADMIN


def test_the_last_admin_can_neither_be_demoted_nor_removed(operator: Operator, user: User) -> None:
    actions.invite_user(operator_id=operator.pk, email=user.email, role=Role.ADMIN, actor=SYSTEM)
    with pytest.raises(Refused) as demoted:
        actions.change_role(operator_id=operator.pk, user_id=user.pk, role=Role.READ_ONLY, actor=SYSTEM)
    with pytest.raises(Refused) as removed:
        actions.remove_member(operator_id=operator.pk, user_id=user.pk, actor=SYSTEM)
    assert demoted.value.code == removed.value.code == "last-admin"
    second = actions.invite_user(
        operator_id=operator.pk, email="second@example.org", role=Role.ADMIN, actor=SYSTEM
    )
    actions.change_role(operator_id=operator.pk, user_id=user.pk, role=Role.READ_ONLY, actor=SYSTEM)
    actions.remove_member(operator_id=operator.pk, user_id=user.pk, actor=SYSTEM)
    assert [person.user_id for person in queries.people(operator.pk)] == [second]
    assert [entry.action for entry in audit.list_audit(operator.pk).entries[:2]] == [
        "member.removed",
        "member.role_changed",
    ]


def test_a_role_at_another_operator_cannot_be_changed(
    operator: Operator, other_operator: Operator, user: User
) -> None:
    actions.invite_user(operator_id=operator.pk, email=user.email, role=Role.ADMIN, actor=SYSTEM)
    with pytest.raises(Refused) as refusal:
        actions.change_role(operator_id=other_operator.pk, user_id=user.pk, role=Role.ADMIN, actor=SYSTEM)
    assert refusal.value.code == "not-member"
