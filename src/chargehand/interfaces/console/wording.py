"""Plain words for roles, permissions, flags and other codes, as people read them on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.accounts.permissions import Permission, Role, may
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.tokens.kinds import TokenKind

ROLES: Final[Mapping[Role, Promise]] = {
    Role.ADMIN: gettext_lazy("Admin"),
    Role.OPERATIONS: gettext_lazy("Operations"),
    Role.FINANCE: gettext_lazy("Finance"),
    Role.SUPPORT_AGENT: gettext_lazy("Support agent"),
    Role.TECHNICIAN: gettext_lazy("Technician"),
    Role.READ_ONLY: gettext_lazy("Read-only"),
    Role.SITE_HOST: gettext_lazy("Site host"),
}

PERMISSIONS: Final[Mapping[Permission, Promise]] = {
    Permission.STATIONS_VIEW: gettext_lazy("See stations"),
    Permission.STATIONS_COMMAND: gettext_lazy("Start, stop, unlock, restart"),
    Permission.STATIONS_CONFIGURE: gettext_lazy("Change settings of stations"),
    Permission.STATIONS_EDIT: gettext_lazy("Add and change stations and sites"),
    Permission.STATIONS_APPROVE: gettext_lazy("Approve waiting stations"),
    Permission.STATIONS_RAW_CALL: gettext_lazy("Send raw OCPP calls"),
    Permission.SESSIONS_VIEW: gettext_lazy("See charging sessions"),
    Permission.SESSIONS_REPAIR: gettext_lazy("Repair session records"),
    Permission.TOKENS_VIEW: gettext_lazy("See tokens"),
    Permission.TOKENS_EDIT: gettext_lazy("Add, change and block tokens"),
    Permission.TARIFFS_VIEW: gettext_lazy("See tariffs"),
    Permission.TARIFFS_EDIT: gettext_lazy("Change tariffs"),
    Permission.MONEY_VIEW: gettext_lazy("See money"),
    Permission.MONEY_EDIT: gettext_lazy("Move money"),
    Permission.INCIDENTS_VIEW: gettext_lazy("See incidents and findings"),
    Permission.INCIDENTS_EDIT: gettext_lazy("Work on incidents"),
    Permission.ALERTS_EDIT: gettext_lazy("Say who is alerted, and how"),
    Permission.WORK_VIEW: gettext_lazy("See work orders"),
    Permission.WORK_EDIT: gettext_lazy("Work on orders"),
    Permission.WORK_PLAN: gettext_lazy("Plan maintenance and exclude outages"),
    Permission.REPORTS_VIEW: gettext_lazy("See uptime and reports"),
    Permission.PEOPLE_VIEW: gettext_lazy("See people and roles"),
    Permission.PEOPLE_EDIT: gettext_lazy("Invite people, change roles"),
    Permission.KEYS_EDIT: gettext_lazy("Issue API keys"),
    Permission.AUDIT_VIEW: gettext_lazy("See who did what"),
}

TOKEN_KINDS: Final[Mapping[TokenKind, Promise]] = {
    TokenKind.RFID: gettext_lazy("RFID card"),
    TokenKind.APP: gettext_lazy("App"),
    TokenKind.ADHOC: gettext_lazy("Ad hoc"),
    TokenKind.CONTRACT: gettext_lazy("Contract (eMAID)"),
}


def role_word(role: Role | None) -> str:
    """The role in plain words."""
    return str(ROLES[role]) if role is not None else _("API key")


def who_can(permission: Permission) -> str:
    """The sentence that says which roles may do this."""
    roles = ", ".join(str(ROLES[role]) for role in Role if may(role, permission))
    return _("These roles can do this: %s.") % roles


def letter_of(position: int) -> str:
    """The letter of a plug by its position from 0: A, B, …, Z, AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


_PLUGS: Final[Mapping[str, Promise]] = {
    "IEC_62196_T2": gettext_lazy("Type 2"),
    "IEC_62196_T2_COMBO": gettext_lazy("CCS"),
    "IEC_62196_T1": gettext_lazy("Type 1"),
    "IEC_62196_T1_COMBO": gettext_lazy("CCS 1"),
    "CHADEMO": gettext_lazy("CHAdeMO"),
    "SAE_J3400": gettext_lazy("NACS"),
    "DOMESTIC_F": gettext_lazy("Schuko"),
}


def plug_word(standard: str) -> str:
    """The plug as people call it; "" where nobody said what it is."""
    return str(_PLUGS.get(standard, standard))


def token_word(principal: Principal, uid: str) -> str:
    """A token for this person: whole for who may see tokens, else its last four characters.

    Those are enough to tell two cards apart, and too few to copy one.
    """
    if principal.may(Permission.TOKENS_VIEW) or not uid:
        return uid
    return f"…{uid[-4:]}" if len(uid) > 4 else "…"
