"""Which role may do what: one table, read by every door."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique


@unique
class Role(StrEnum):
    """What a person is to an operator."""

    ADMIN = "admin"
    OPERATIONS = "operations"
    FINANCE = "finance"
    SUPPORT_AGENT = "support_agent"
    TECHNICIAN = "technician"
    READ_ONLY = "read_only"
    SITE_HOST = "site_host"


@unique
class Permission(StrEnum):
    """What a door asks for before it lets somebody through."""

    STATIONS_VIEW = "stations.view"
    STATIONS_COMMAND = "stations.command"
    STATIONS_CONFIGURE = "stations.configure"
    STATIONS_EDIT = "stations.edit"
    STATIONS_APPROVE = "stations.approve"
    STATIONS_RAW_CALL = "stations.raw_call"
    SESSIONS_VIEW = "sessions.view"
    SESSIONS_REPAIR = "sessions.repair"
    TOKENS_VIEW = "tokens.view"
    TOKENS_EDIT = "tokens.edit"
    TARIFFS_VIEW = "tariffs.view"
    TARIFFS_EDIT = "tariffs.edit"
    MONEY_VIEW = "money.view"
    MONEY_EDIT = "money.edit"
    INCIDENTS_VIEW = "incidents.view"
    INCIDENTS_EDIT = "incidents.edit"
    ALERTS_EDIT = "alerts.edit"
    WORK_VIEW = "work.view"
    WORK_EDIT = "work.edit"
    WORK_PLAN = "work.plan"
    REPORTS_VIEW = "reports.view"
    PEOPLE_VIEW = "people.view"
    PEOPLE_EDIT = "people.edit"
    KEYS_EDIT = "keys.edit"
    AUDIT_VIEW = "audit.view"


# fmt: off
_TABLE: Mapping[Permission, str] = {
    # a admin, o operations, f finance, s support agent, t technician, r read-only, h site host
    Permission.STATIONS_VIEW:      "a o f s t r h",
    Permission.STATIONS_COMMAND:   "a o   s t    ",
    Permission.STATIONS_CONFIGURE: "a o     t    ",
    Permission.STATIONS_EDIT:      "a o          ",
    Permission.STATIONS_APPROVE:   "a o     t    ",
    Permission.STATIONS_RAW_CALL:  "a            ",
    Permission.SESSIONS_VIEW:      "a o f s t r h",
    Permission.SESSIONS_REPAIR:    "a o f        ",
    Permission.TOKENS_VIEW:        "a o f s   r  ",
    Permission.TOKENS_EDIT:        "a o   s      ",
    Permission.TARIFFS_VIEW:       "a o f s   r h",
    Permission.TARIFFS_EDIT:       "a   f        ",
    Permission.MONEY_VIEW:         "a   f     r  ",
    Permission.MONEY_EDIT:         "a   f        ",
    Permission.INCIDENTS_VIEW:     "a o   s t r h",
    Permission.INCIDENTS_EDIT:     "a o   s t    ",
    Permission.ALERTS_EDIT:        "a o          ",
    Permission.WORK_VIEW:          "a o   s t r  ",
    Permission.WORK_EDIT:          "a o     t    ",
    Permission.WORK_PLAN:          "a o          ",
    Permission.REPORTS_VIEW:       "a o f s   r h",
    Permission.PEOPLE_VIEW:        "a o f        ",
    Permission.PEOPLE_EDIT:        "a            ",
    Permission.KEYS_EDIT:          "a            ",
    Permission.AUDIT_VIEW:         "a o f        ",
}
_LETTERS: Mapping[Role, str] = {
    Role.ADMIN: "a", Role.OPERATIONS: "o", Role.FINANCE: "f", Role.SUPPORT_AGENT: "s",
    Role.TECHNICIAN: "t", Role.READ_ONLY: "r", Role.SITE_HOST: "h",
}
# fmt: on
_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    role: frozenset(permission for permission, letters in _TABLE.items() if letter in letters)
    for role, letter in _LETTERS.items()
}

BOUND_TO_LOCATIONS = frozenset({Role.SITE_HOST})
"""Roles that see only the locations named in their membership, and nothing when none is named."""


def permissions_of(role: Role) -> frozenset[Permission]:
    """Everything the table grants to `role`."""
    return _PERMISSIONS[role]


def may(role: Role, permission: Permission) -> bool:
    """Whether the table grants `permission` to `role`."""
    return permission in _PERMISSIONS[role]
