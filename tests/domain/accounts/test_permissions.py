"""The table of roles."""

import pytest
from django.apps import apps

from chargehand.domain.accounts.permissions import Permission, Role, may, permissions_of


def test_an_admin_may_do_everything() -> None:
    assert permissions_of(Role.ADMIN) == frozenset(Permission)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_an_admin_sends_raw_calls_edits_people_and_keys(role: Role) -> None:
    assert not may(role, Permission.STATIONS_RAW_CALL)
    assert not may(role, Permission.PEOPLE_EDIT)
    assert not may(role, Permission.KEYS_EDIT)


def test_read_only_people_may_only_look() -> None:
    assert {permission.partition(".")[2] for permission in permissions_of(Role.READ_ONLY)} == {"view"}


def test_a_site_host_sees_stations_sessions_tariffs_faults_and_reports_and_nothing_else() -> None:
    assert permissions_of(Role.SITE_HOST) == {
        Permission.STATIONS_VIEW,
        Permission.SESSIONS_VIEW,
        Permission.TARIFFS_VIEW,
        Permission.INCIDENTS_VIEW,
        Permission.REPORTS_VIEW,
    }


def test_whoever_may_change_a_thing_may_see_it() -> None:
    for role in Role:
        for permission in permissions_of(role):
            room = permission.partition(".")[0]
            if f"{room}.view" in set(Permission):
                assert may(role, Permission(f"{room}.view")), (role, permission)


def test_the_database_knows_the_same_roles() -> None:
    constraints = apps.get_model("accounts", "Membership")._meta.constraints
    known = next(each for each in constraints if each.name == "membership_role_known")
    assert known.deconstruct()[2]["condition"].children == [("role__in", [role.value for role in Role])]
