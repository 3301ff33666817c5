"""Verbs of the room: tokens are issued, edited, blocked and unblocked."""

from __future__ import annotations

import secrets
from datetime import datetime

import msgspec
from django.db import IntegrityError, transaction

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.tokens.facts import TokenBlocked, TokenChanged, TokenFact, TokenIssued, TokenUnblocked
from chargehand.domain.tokens.kinds import TokenKind
from chargehand.domain.tokens.models import Token
from chargehand.domain.tokens.normalising import uid_key
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

LONGEST_UID = 255  # OCPP 2.1 3.32 IdTokenType.idToken; 2.0.1 has 36, 1.6 has 20


class TokenDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may say about a token. `valid_until` is aware; None: for ever."""

    holder_name: str = ""
    group_uid: str = ""
    valid_until: datetime | None = None
    language: str = ""
    note: str = ""


def new_uid() -> str:
    """A uid for a token of our own: 64 random bits as 16 ASCII characters, which no firmware spoils."""
    return secrets.token_hex(8).upper()


@transaction.atomic
def issue_token(
    *,
    operator_id: int,
    uid: str,
    actor: Actor,
    kind: TokenKind = TokenKind.RFID,
    details: TokenDetails | None = None,
) -> int:
    """Make a token known to an operator and return its id.

    Raises Refused `bad-uid`, `uid-taken` (blanks and case do not make two uids different).
    """
    said = details or TokenDetails()
    key = uid_key(uid)
    if not key or len(uid) > LONGEST_UID or "\0" in uid:
        raise Refused("bad-uid", f"A token has 1 to {LONGEST_UID} printable characters.")
    try:
        with transaction.atomic():
            row = Token.objects.create(
                operator_id=operator_id,
                uid=uid.strip(),
                uid_key=key,
                kind=kind,
                **msgspec.structs.asdict(said),
            )
    except IntegrityError:
        raise Refused("uid-taken", f"The token {uid.strip()} is there already.") from None
    _state(row, TokenIssued, actor, "token.issued")
    return row.pk


@transaction.atomic
def edit_token(*, operator_id: int, token_id: int, details: TokenDetails, actor: Actor) -> None:
    """Replace what is said about a token. Raises Refused `unknown-token`."""
    row = _locked(operator_id, token_id)
    for name, value in msgspec.structs.asdict(details).items():
        setattr(row, name, value)
    row.save()
    _state(row, TokenChanged, actor, "token.edited")


@transaction.atomic
def block_token(*, operator_id: int, token_id: int, actor: Actor) -> None:
    """Refuse a token from now on; a second time changes nothing. Raises Refused `unknown-token`."""
    _set_status(operator_id, token_id, "blocked", TokenBlocked, actor)


@transaction.atomic
def unblock_token(*, operator_id: int, token_id: int, actor: Actor) -> None:
    """Let a token charge again; a second time changes nothing. Raises Refused `unknown-token`."""
    _set_status(operator_id, token_id, "active", TokenUnblocked, actor)


def _set_status(operator_id: int, token_id: int, status: str, fact: type[TokenFact], actor: Actor) -> None:
    row = _locked(operator_id, token_id)
    if row.status == status:
        return
    row.status = status
    row.save(update_fields=["status", "changed_at"])
    _state(row, fact, actor, "token.blocked" if status == "blocked" else "token.unblocked")


def _locked(operator_id: int, token_id: int) -> Token:
    row = Token.objects.select_for_update().filter(operator_id=operator_id, pk=token_id).first()
    if row is None:
        raise Refused("unknown-token", "There is no such token.")
    return row


def _state(row: Token, fact: type[TokenFact], actor: Actor, deed: str) -> None:
    journal.state([fact(happened_at=clock.now(), operator_id=row.operator_id, token_id=row.pk)])
    audit.write_audit(actor, row.operator_id, deed, f"token:{row.pk}")
