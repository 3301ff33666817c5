"""Keys for machines."""

from datetime import timedelta

import pytest

from chargehand.domain.accounts import actions, api_keys, queries
from chargehand.domain.accounts.models import ApiKey, Operator, User
from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.domain.accounts.principals import SYSTEM, Principal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused


@pytest.fixture
def admin(operator: Operator, user: User) -> Principal:
    actions.invite_user(operator_id=operator.pk, email=user.email, role=Role.ADMIN, actor=SYSTEM)
    principal = queries.principal_of(user.pk, operator.slug)
    assert principal is not None
    return principal


def _issue(admin: Principal) -> api_keys.IssuedApiKey:
    return api_keys.issue_api_key(
        operator_id=admin.operator_id, name="backup", scopes=[Permission.STATIONS_VIEW], issuer=admin
    )


def test_a_key_lets_its_holder_do_its_scopes_and_no_more(admin: Principal) -> None:
    principal = api_keys.authenticate_api_key(_issue(admin).secret)
    assert principal is not None
    assert principal.operator_id == admin.operator_id
    assert principal.permissions == {Permission.STATIONS_VIEW}
    assert (principal.actor.kind, principal.actor.name) == ("api_key", "backup")


def test_the_secret_is_not_in_the_database(admin: Principal) -> None:
    issued = _issue(admin)
    row = ApiKey.objects.get(pk=issued.id)
    tail = issued.secret.rpartition("_")[2]
    assert tail not in repr([getattr(row, field.attname) for field in row._meta.concrete_fields])
    assert len(bytes(row.secret_hash)) == 32


def test_a_wrong_cut_or_foreign_secret_opens_nothing(admin: Principal) -> None:
    issued = _issue(admin)
    wrong = [issued.secret[:-1], issued.secret + "A", issued.secret.replace(issued.prefix, "0" * 12), ""]
    wrong += ["chk_", "chk__", f"xyz{issued.secret[3:]}", "chk_\0_x", "é" * 40]
    assert [api_keys.authenticate_api_key(each) for each in wrong] == [None] * len(wrong)


def test_a_revoked_key_opens_nothing(admin: Principal) -> None:
    issued = _issue(admin)
    for _ in range(2):
        api_keys.revoke_api_key(operator_id=admin.operator_id, api_key_id=issued.id, actor=admin.actor)
    assert api_keys.authenticate_api_key(issued.secret) is None
    assert [key.revoked_at is not None for key in queries.api_keys(admin.operator_id)] == [True]


def test_an_expired_key_opens_nothing(admin: Principal) -> None:
    issued = api_keys.issue_api_key(
        operator_id=admin.operator_id,
        name="old",
        scopes=[Permission.STATIONS_VIEW],
        issuer=admin,
        expires_at=clock.now() - timedelta(minutes=10),
    )
    assert api_keys.authenticate_api_key(issued.secret) is None


def test_nobody_revokes_the_key_of_another_operator(admin: Principal, other_operator: Operator) -> None:
    issued = _issue(admin)
    with pytest.raises(Refused) as refusal:
        api_keys.revoke_api_key(operator_id=other_operator.pk, api_key_id=issued.id, actor=SYSTEM)
    assert refusal.value.code == "unknown-key"
    assert api_keys.authenticate_api_key(issued.secret) is not None


def test_nobody_hands_on_more_than_they_may_do(admin: Principal) -> None:
    weak = Principal(
        operator_id=admin.operator_id,
        operator_slug=admin.operator_slug,
        operator_name=admin.operator_name,
        actor=admin.actor,
        permissions=frozenset({Permission.STATIONS_VIEW, Permission.KEYS_EDIT}),
    )
    with pytest.raises(Refused, match="money"):
        api_keys.issue_api_key(
            operator_id=admin.operator_id, name="x", scopes=[Permission.MONEY_VIEW], issuer=weak
        )


@pytest.mark.parametrize(
    ("name", "scopes", "code"), [(" ", [Permission.STATIONS_VIEW], "name-missing"), ("x", [], "no-scope")]
)
def test_a_key_needs_a_name_and_a_scope(
    admin: Principal, name: str, scopes: list[Permission], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        api_keys.issue_api_key(operator_id=admin.operator_id, name=name, scopes=scopes, issuer=admin)
    assert refusal.value.code == code


def test_an_admin_issues_no_key_for_another_operator(admin: Principal, other_operator: Operator) -> None:
    with pytest.raises(Refused) as refusal:
        api_keys.issue_api_key(
            operator_id=other_operator.pk, name="x", scopes=[Permission.STATIONS_VIEW], issuer=admin
        )
    assert refusal.value.code == "wrong-operator"


def test_the_last_use_of_a_key_is_noted(admin: Principal) -> None:
    issued = _issue(admin)
    assert queries.api_keys(admin.operator_id)[0].last_used_at is None
    api_keys.authenticate_api_key(issued.secret)
    assert queries.api_keys(admin.operator_id)[0].last_used_at is not None
