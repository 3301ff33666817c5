"""The first person who can sign in, and the operator they run."""

from __future__ import annotations

import re
import unicodedata

from django.db import transaction

from chargehand.domain.accounts import actions, queries
from chargehand.domain.accounts.models import User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.kernel.errors import Refused


def slug_of(name: str) -> str:
    """The short name of an operator in addresses: small ASCII letters, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "operator"


@transaction.atomic
def found(
    *,
    operator_name: str,
    country: str,
    time_zone: str,
    currency: str,
    email: str,
    password: str,
    name: str = "",
) -> str:
    """Make an admin who runs the installation, and their operator unless it is there; return its slug.

    Raises Refused as `create_operator` and `create_user` do.
    """
    slug = slug_of(operator_name)
    known = queries.operator_by_slug(slug)
    operator_id = (
        known.id
        if known
        else actions.create_operator(
            name=operator_name,
            slug=slug,
            country=country,
            time_zone=time_zone,
            currency=currency,
            actor=SYSTEM,
        )
    )
    if User.objects.filter(email=email.strip().lower()).exists():
        raise Refused("email-taken", f"Somebody with the address {email} is there already.")
    actions.create_user(email=email, password=password, name=name, actor=SYSTEM, runs_installation=True)
    actions.invite_user(operator_id=operator_id, email=email, role=Role.ADMIN, actor=SYSTEM)
    return slug
