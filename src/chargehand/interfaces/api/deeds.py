"""Doing what a request asks: with a line in the audit, and once however often it is sent."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _
from ninja import Header

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.api import door
from chargehand.interfaces.api.models import IdempotentDeed
from chargehand.interfaces.api.problems import Problem
from chargehand.kernel import clock

T = TypeVar("T")

#: A key is remembered for so long; a repetition after that is a new deed.
REMEMBERED_FOR: Final = timedelta(days=2)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x20-\x7e]*$",
        description="The same key with the same body is the same command, for two days.",
    ),
]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the audit is to say: `station.command` about `station:4`."""

    action: str
    subject: str
    detail: Mapping[str, Any] = {}


@transaction.atomic
def perform(principal: Principal, entry: Entry | Callable[[T], Entry], deed: Callable[[], T]) -> T:
    """Do a deed and write the audit, in one transaction. Raises Refused as the deed does."""
    result = deed()
    said = entry if isinstance(entry, Entry) else entry(result)
    audit.write_audit(principal.actor, principal.operator_id, said.action, said.subject, said.detail)
    return result


def perform_once(
    principal: Principal, key: str | None, asked: object, entry: Entry, deed: Callable[[], UUID]
) -> UUID:
    """Do a deed for a key once and write the audit, as `once` does."""
    return once(principal, key, asked, lambda: perform(principal, entry, deed))


def number_once(principal: Principal, key: str | None, asked: object, deed: Callable[[], int]) -> int:
    """Do a deed that makes something with a number for a key once, as `once` does."""
    return once(principal, key, asked, lambda: UUID(int=deed())).int


@transaction.atomic
def once(principal: Principal, key: str | None, asked: object, deed: Callable[[], UUID]) -> UUID:
    """Do a deed for a key once; a repetition with the same `asked` returns what the first one made.

    A repetition that comes while the first is under way waits for it. Raises Problem `idempotency-mismatch`
    where the key came with something else, and Refused as the deed does; a refused deed leaves no trace.
    """
    if key is None:
        return deed()
    fingerprint = hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).digest()
    now = clock.now()
    IdempotentDeed.objects.filter(at__lt=now - REMEMBERED_FOR).delete()
    # The row is the lock: whoever sends the same key now waits at the unique index until we commit.
    held, is_new = IdempotentDeed.objects.get_or_create(
        operator_id=principal.operator_id,
        asker=door.asker(principal),
        key=key,
        defaults={"fingerprint": fingerprint, "made": UUID(int=0), "at": now},
    )
    if is_new:
        made = deed()
        IdempotentDeed.objects.filter(pk=held.pk).update(made=made)
        return made
    if bytes(held.fingerprint) != fingerprint:
        raise Problem(422, "idempotency-mismatch", _("This idempotency key was used for another request."))
    return held.made
