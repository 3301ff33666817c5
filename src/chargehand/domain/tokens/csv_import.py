"""Tokens brought in from a table: what can be used is used, what cannot is said line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from django.db import transaction

from chargehand.domain.accounts.principals import Actor
from chargehand.domain.tokens import actions
from chargehand.domain.tokens.kinds import TokenKind
from chargehand.domain.tokens.models import Token
from chargehand.domain.tokens.normalising import uid_key
from chargehand.kernel.errors import Refused

COLUMNS = ("uid", "kind", "holder_name", "group_uid", "valid_until", "language", "note", "status")
MOST_ROWS = 10_000


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import. `problems` are (line in the file from 1, sentence)."""

    issued: int
    edited: int
    problems: tuple[tuple[int, str], ...]


@transaction.atomic
def import_csv(*, operator_id: int, text: str, actor: Actor) -> ImportReport:
    """Issue the tokens of a table, and edit those that are there already.

    The first line names the columns, in any order, separated by comma, semicolon or tab: `uid` and, if
    wanted, those in COLUMNS. `valid_until` is ISO 8601, UTC when it names no zone; `status` is `active` or
    `blocked`. Raises Refused `no-uid-column`, `unknown-column`, `too-many-rows`.
    """
    rows = _rows(text)
    issued = edited = 0
    problems: list[tuple[int, str]] = []
    for line, cells in rows:
        try:
            with transaction.atomic():
                is_new = _import_row(operator_id, cells, actor)
        except Refused as refusal:
            problems.append((line, refusal.sentence))
        else:
            issued, edited = (issued + 1, edited) if is_new else (issued, edited + 1)
    return ImportReport(issued=issued, edited=edited, problems=tuple(problems))


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    body = text.removeprefix("\ufeff").replace("\0", "")
    head = body.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator)
    names = [name.strip().lower() for name in next(reader, [])]
    if "uid" not in names:
        raise Refused("no-uid-column", "The first line must name the columns, and one of them must be uid.")
    if unknown := sorted(set(names) - set(COLUMNS)):
        raise Refused("unknown-column", f"These columns are not known: {', '.join(unknown)}.")
    rows: list[tuple[int, dict[str, str]]] = []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            found = dict(zip(names, (cell.strip() for cell in cells), strict=False))
            rows.append((reader.line_num, found))
        if len(rows) > MOST_ROWS:
            raise Refused("too-many-rows", f"At most {MOST_ROWS} tokens at once; split the file.")
    return rows


def _import_row(operator_id: int, cells: Mapping[str, str], actor: Actor) -> bool:
    uid = cells.get("uid", "")
    status = cells.get("status", "").lower()
    if status not in {"", "active", "blocked"}:
        raise Refused("bad-status", f"{status!r} is no status: active or blocked.")
    kind = _kind(cells.get("kind", ""))
    known = Token.objects.filter(operator_id=operator_id, uid_key=uid_key(uid)).first()
    details = _details(cells, known)
    if known is None:
        token_id = actions.issue_token(
            operator_id=operator_id, uid=uid, kind=kind, details=details, actor=actor
        )
    else:
        token_id = known.pk
        actions.edit_token(operator_id=operator_id, token_id=token_id, details=details, actor=actor)
    if status == "blocked":
        actions.block_token(operator_id=operator_id, token_id=token_id, actor=actor)
    elif status == "active":
        actions.unblock_token(operator_id=operator_id, token_id=token_id, actor=actor)
    return known is None


def _details(cells: Mapping[str, str], known: Token | None) -> actions.TokenDetails:
    """What the row says; what it does not say stays as it is."""

    def said(name: str, before: str, longest: int) -> str:
        value = cells.get(name, before)
        if len(value) > longest:
            raise Refused("too-long", f"{name} has more than {longest} characters.")
        return value

    valid_until = known.valid_until if known else None
    if "valid_until" in cells:
        valid_until = _moment(cells["valid_until"])
    return actions.TokenDetails(
        holder_name=said("holder_name", known.holder_name if known else "", 200),
        group_uid=said("group_uid", known.group_uid if known else "", 255),
        valid_until=valid_until,
        language=said("language", known.language if known else "", 16),
        note=said("note", known.note if known else "", 10_000),
    )


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("bad-date", f"{text!r} is not a date such as 2030-12-31.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _kind(text: str) -> TokenKind:
    try:
        return TokenKind(text.lower() or TokenKind.RFID)
    except ValueError:
        raise Refused("bad-kind", f"{text!r} is no kind: {', '.join(TokenKind)}.") from None
