"""Keys by which machines come in: issued once in clear, kept as a hash, revoked at once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.db.models import Q

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.models import ApiKey, Operator
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Actor, Principal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

_MARK = "chk"
_PREFIX_BYTES = 6
_SECRET_BYTES = 32  # 256 bits: a plain SHA-256 is enough, there is nothing to guess
_NO_HASH = bytes(32)
_REMEMBER_USE_EVERY = timedelta(minutes=1)


class IssuedApiKey(msgspec.Struct, frozen=True):
    """A new key. `secret` (`chk_<12 hex>_<43 characters>`) is shown once and never again."""

    id: int
    prefix: str
    secret: str


@transaction.atomic
def issue_api_key(
    *,
    operator_id: int,
    name: str,
    scopes: Iterable[Permission],
    issuer: Principal,
    expires_at: datetime | None = None,
) -> IssuedApiKey:
    """Make a key that may do `scopes` for an operator.

    Raises Refused `wrong-operator`, `scope-beyond-own` when the issuer lacks a scope they would hand on,
    `no-scope`, `name-missing`.
    """
    wanted = frozenset(scopes)
    if issuer.operator_id != operator_id:
        raise Refused("wrong-operator", "You act for another operator.")
    if not name.strip():
        raise Refused("name-missing", "Give the key a name, so that it can be recognised later.")
    if not wanted:
        raise Refused("no-scope", "Choose at least one thing the key may do.")
    if beyond := sorted(wanted - issuer.permissions):
        raise Refused("scope-beyond-own", f"You may not do this yourself: {', '.join(beyond)}.")
    prefix = secrets.token_hex(_PREFIX_BYTES)
    secret = f"{_MARK}_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    row = ApiKey.objects.create(
        operator_id=operator_id,
        name=name.strip(),
        prefix=prefix,
        secret_hash=_hash(secret),
        scopes=sorted(wanted),
        created_by_id=issuer.user_id,
        expires_at=expires_at,
    )
    audit.write_audit(
        issuer.actor, operator_id, "api_key.issued", f"api_key:{row.pk}", {"scopes": sorted(wanted)}
    )
    return IssuedApiKey(row.pk, prefix, secret)


@transaction.atomic
def revoke_api_key(*, operator_id: int, api_key_id: int, actor: Actor) -> None:
    """Make a key useless from now on; a second time changes nothing. Raises Refused `unknown-key`."""
    row = ApiKey.objects.select_for_update().filter(pk=api_key_id, operator_id=operator_id).first()
    if row is None:
        raise Refused("unknown-key", "There is no such key.")
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
        audit.write_audit(actor, operator_id, "api_key.revoked", f"api_key:{row.pk}")


def authenticate_api_key(secret: str) -> Principal | None:
    """Whoever holds this secret; None when it is wrong, revoked or expired.

    Takes the same time for a wrong secret as for an unknown key, and notes the last use to the minute.
    """
    parts = secret.split("_", 2)
    prefix = parts[1] if len(parts) == 3 and parts[0] == _MARK and parts[1].isalnum() else ""
    row = ApiKey.objects.filter(prefix=prefix).first() if prefix else None
    expected = bytes(row.secret_hash) if row is not None else _NO_HASH
    is_right = hmac.compare_digest(_hash(secret), expected)
    now = clock.now()
    if row is None or not is_right or row.revoked_at is not None:
        return None
    if row.expires_at is not None and row.expires_at <= now:
        return None
    ApiKey.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lt=now - _REMEMBER_USE_EVERY), pk=row.pk
    ).update(last_used_at=now)
    home = Operator.objects.get(pk=row.operator_id)
    known = {permission.value for permission in Permission}
    return Principal(
        operator_id=home.pk,
        operator_slug=home.slug,
        operator_name=home.name,
        actor=Actor("api_key", row.pk, row.name),
        permissions=frozenset(Permission(scope) for scope in row.scopes if scope in known),
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
