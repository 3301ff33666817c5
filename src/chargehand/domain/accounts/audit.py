"""The trail of who did what: written in the transaction of the deed, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chargehand.domain.accounts.models import AuditEntry
from chargehand.domain.accounts.principals import Actor

MOST_PER_PAGE = 500


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """One deed."""

    id: int
    at: datetime
    actor: Actor
    action: str
    subject: str
    detail: Mapping[str, Any]


class AuditPage(msgspec.Struct, frozen=True):
    """Deeds, newest first. `next_before_id` asks for the page after this one; None: there is none."""

    entries: tuple[AuditView, ...]
    next_before_id: int | None


def write_audit(
    actor: Actor,
    operator_id: int | None,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Remember that `actor` did `action` (`token.blocked`) to `subject` (`token:17`).

    `detail` is JSON; put no secret and no personal data in it. Call it inside the deed's transaction.
    """
    kind, _, identity = subject.partition(":")
    AuditEntry.objects.create(
        operator_id=operator_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:200],
        action=action,
        subject_kind=kind,
        subject_id=identity,
        detail=dict(detail or {}),
    )


def list_audit(
    operator_id: int, *, before_id: int | None = None, subject: str | None = None, limit: int = 50
) -> AuditPage:
    """The deeds done for an operator, newest first, all or those to one subject (`station:4`)."""
    rows = AuditEntry.objects.filter(operator_id=operator_id).order_by("-id")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    if subject is not None:
        kind, _, identity = subject.partition(":")
        rows = rows.filter(subject_kind=kind, subject_id=identity)
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows[: limit + 1])
    entries = tuple(_view(row) for row in found[:limit])
    return AuditPage(entries, entries[-1].id if len(found) > limit else None)


def _view(row: AuditEntry) -> AuditView:
    actor_kind = row.actor_kind
    return AuditView(
        id=row.pk,
        at=row.at,
        actor=msgspec.convert({"kind": actor_kind, "id": row.actor_id, "name": row.actor_name}, type=Actor),
        action=row.action,
        subject=f"{row.subject_kind}:{row.subject_id}",
        detail=row.detail,
    )
