"""Tokens come, change, are blocked and unblocked."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM, Actor
from chargehand.domain.tokens import actions, queries
from chargehand.domain.tokens.kinds import OCPI_TYPES, TokenKind, kind_of_ocpp_type
from chargehand.kernel.errors import Refused

ADA = Actor("user", 7, "Ada")


def _facts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM journal_fact ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_a_token_keeps_the_spelling_it_was_issued_with(operator: Operator) -> None:
    identity = actions.issue_token(operator_id=operator.pk, uid=" 04 Ab ", actor=ADA)
    token = queries.token(operator.pk, identity)
    assert token is not None
    assert (token.uid, token.kind, token.is_blocked) == ("04 Ab", TokenKind.RFID, False)


@pytest.mark.parametrize("uid", ["", "  ", "\t\n", "x" * 256, "a\0b"])
def test_a_token_that_cannot_be_shown_is_refused(operator: Operator, uid: str) -> None:
    with pytest.raises(Refused) as refusal:
        actions.issue_token(operator_id=operator.pk, uid=uid, actor=ADA)
    assert refusal.value.code == "bad-uid"


def test_one_uid_is_issued_once_whatever_its_spelling(operator: Operator, other_operator: Operator) -> None:
    actions.issue_token(operator_id=operator.pk, uid="04ab", actor=ADA)
    with pytest.raises(Refused) as refusal:
        actions.issue_token(operator_id=operator.pk, uid="04 AB", actor=ADA)
    assert refusal.value.code == "uid-taken"
    assert actions.issue_token(operator_id=other_operator.pk, uid="04AB", actor=ADA)


def test_every_deed_is_stated_and_audited_once(operator: Operator) -> None:
    identity = actions.issue_token(operator_id=operator.pk, uid="A", actor=ADA)
    for _ in range(2):
        actions.block_token(operator_id=operator.pk, token_id=identity, actor=ADA)
    for _ in range(2):
        actions.unblock_token(operator_id=operator.pk, token_id=identity, actor=ADA)
    details = actions.TokenDetails(holder_name="Bob", valid_until=datetime(2030, 1, 1, tzinfo=UTC))
    actions.edit_token(operator_id=operator.pk, token_id=identity, details=details, actor=ADA)
    assert _facts() == [
        "tokens.TokenIssued",
        "tokens.TokenBlocked",
        "tokens.TokenUnblocked",
        "tokens.TokenChanged",
    ]
    trail = audit.list_audit(operator.pk, subject=f"token:{identity}").entries
    assert [entry.action for entry in trail] == [
        "token.edited",
        "token.unblocked",
        "token.blocked",
        "token.issued",
    ]
    assert {entry.actor for entry in trail} == {ADA}


def test_a_token_of_another_operator_cannot_be_touched(operator: Operator, other_operator: Operator) -> None:
    identity = actions.issue_token(operator_id=operator.pk, uid="A", actor=SYSTEM)
    with pytest.raises(Refused) as refusal:
        actions.block_token(operator_id=other_operator.pk, token_id=identity, actor=ADA)
    assert refusal.value.code == "unknown-token"
    with pytest.raises(Refused):
        actions.edit_token(
            operator_id=other_operator.pk, token_id=identity, details=actions.TokenDetails(), actor=ADA
        )
    token = queries.token(operator.pk, identity)
    assert token is not None
    assert not token.is_blocked


def test_our_own_uids_survive_the_firmware_that_spoils_long_ones() -> None:
    made = {actions.new_uid() for _ in range(100)}
    assert len(made) == 100
    assert all(len(uid) == 16 and uid.isascii() and uid.isalnum() and uid == uid.upper() for uid in made)


def test_every_kind_has_an_ocpi_type_and_every_ocpp_type_a_kind() -> None:
    assert set(OCPI_TYPES) == set(TokenKind)
    assert kind_of_ocpp_type("eMAID") is TokenKind.CONTRACT
    assert kind_of_ocpp_type("ISO14443") is TokenKind.RFID
    assert kind_of_ocpp_type("DirectPayment") is TokenKind.ADHOC
    assert kind_of_ocpp_type("Central") is TokenKind.APP
    assert kind_of_ocpp_type("of tomorrow") is TokenKind.RFID
