"""Questions about tokens: may it charge, which ones are there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import connection
from django.db.models import Q

from chargehand.domain.tokens.kinds import AuthorizationStatus, TokenKind
from chargehand.domain.tokens.models import Token
from chargehand.domain.tokens.normalising import clean_uid, uid_key

MOST_PER_PAGE = 500


class Question(NamedTuple):
    """A token as a station sent it. `vendor` and `model` are the station's words at boot, if known."""

    operator_id: int
    uid: str
    vendor: str = ""
    model: str = ""


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """The answer about a token. All but the status is empty for tokens nobody knows.

    `token_uid` is the token as the operator entered it, whatever the station made of it.
    """

    status: AuthorizationStatus
    token_id: int | None = None
    token_uid: str = ""
    kind: TokenKind | None = None
    group_uid: str = ""
    expires: datetime | None = None
    language: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether the driver may charge."""
        return self.status is AuthorizationStatus.ACCEPTED


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token."""

    id: int
    uid: str
    kind: TokenKind
    is_blocked: bool
    holder_name: str
    group_uid: str
    valid_until: datetime | None
    language: str
    note: str
    created_at: datetime
    changed_at: datetime


class TokenPage(msgspec.Struct, frozen=True):
    """Tokens, newest first. `next_before_id` asks for the page after this one; None: there is none."""

    tokens: tuple[TokenView, ...]
    next_before_id: int | None


# One row per question and spelling; the spelling as sent (0) goes before the cleaned one (1).
_FIND = """
SELECT DISTINCT ON (asked.question)
       asked.question, token.id, token.uid, token.kind, token.status, token.group_uid, token.valid_until,
       token.language
FROM unnest(%s::int[], %s::int[], %s::bigint[], %s::text[])
     AS asked (question, spelling, operator_id, uid_key)
JOIN tokens_token AS token ON token.operator_id = asked.operator_id AND token.uid_key = asked.uid_key
ORDER BY asked.question, asked.spelling
"""


def authorize(
    operator_id: int, uid: str, now: datetime, *, vendor: str = "", model: str = ""
) -> Authorization:
    """Whether a token may charge with an operator at `now`."""
    return authorize_many([Question(operator_id, uid, vendor, model)], now)[0]


def authorize_many(questions: Sequence[Question], now: datetime) -> list[Authorization]:
    """The answers to `questions`, in their order, by one SQL query whatever their number."""
    asked: list[tuple[int, int, int, str]] = []
    answers: list[Authorization] = []
    for number, question in enumerate(questions):
        as_sent = uid_key(question.uid)
        cleaned = uid_key(clean_uid(question.uid, question.vendor, question.model))
        asked += [
            (number, spelling, question.operator_id, key)
            for spelling, key in enumerate(dict.fromkeys((as_sent, cleaned)))
            if key
        ]
        status = AuthorizationStatus.UNKNOWN if as_sent else AuthorizationStatus.INVALID
        answers.append(Authorization(status=status))
    if not asked:
        return answers
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [list(column) for column in zip(*asked, strict=True)])
        for number, token_id, uid, kind, status, group_uid, valid_until, language in cursor.fetchall():
            answers[number] = Authorization(
                status=_judge(status, valid_until, now),
                token_id=token_id,
                token_uid=uid,
                kind=TokenKind(kind),
                group_uid=group_uid,
                expires=valid_until,
                language=language,
            )
    return answers


def token(operator_id: int, token_id: int) -> TokenView | None:
    """The token with this id."""
    row = Token.objects.filter(operator_id=operator_id, pk=token_id).first()
    return None if row is None else _view(row)


def token_by_uid(operator_id: int, uid: str) -> TokenView | None:
    """The token with this uid, in whatever spelling."""
    row = Token.objects.filter(operator_id=operator_id, uid_key=uid_key(uid)).first()
    return None if row is None else _view(row)


def tokens_named(operator_id: int, token_ids: Sequence[int]) -> dict[int, TokenView]:
    """The tokens with these ids, by id."""
    return {row.pk: _view(row) for row in Token.objects.filter(operator_id=operator_id, pk__in=token_ids)}


def list_tokens(
    operator_id: int,
    *,
    search: str = "",
    kind: TokenKind | None = None,
    is_blocked: bool | None = None,
    token_ids: Collection[int] | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> TokenPage:
    """An operator's tokens, newest first; `search` looks into uid, holder and note. `token_ids` None: all."""
    rows = Token.objects.filter(operator_id=operator_id).order_by("-id")
    if token_ids is not None:
        rows = rows.filter(pk__in=token_ids)
    if search:
        rows = rows.filter(
            Q(uid_key__contains=uid_key(search))
            | Q(holder_name__icontains=search)
            | Q(note__icontains=search)
        )
    if kind is not None:
        rows = rows.filter(kind=kind)
    if is_blocked is not None:
        rows = rows.filter(status="blocked" if is_blocked else "active")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows[: limit + 1])
    views = tuple(_view(row) for row in found[:limit])
    return TokenPage(views, views[-1].id if len(found) > limit else None)


def _judge(status: str, valid_until: datetime | None, now: datetime) -> AuthorizationStatus:
    if status == "blocked":
        return AuthorizationStatus.BLOCKED
    if valid_until is not None and valid_until <= now:
        return AuthorizationStatus.EXPIRED
    return AuthorizationStatus.ACCEPTED


def _view(row: Token) -> TokenView:
    return TokenView(
        id=row.pk,
        uid=row.uid,
        kind=TokenKind(row.kind),
        is_blocked=row.status == "blocked",
        holder_name=row.holder_name,
        group_uid=row.group_uid,
        valid_until=row.valid_until,
        language=row.language,
        note=row.note,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
