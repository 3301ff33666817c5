"""Whether a token may charge, and which tokens there are."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.tokens import actions, queries
from chargehand.domain.tokens.actions import TokenDetails
from chargehand.domain.tokens.kinds import AuthorizationStatus, TokenKind
from chargehand.domain.tokens.queries import Question
from chargehand.kernel import clock


def _issue(operator: Operator, uid: str, **details: object) -> int:
    return actions.issue_token(
        operator_id=operator.pk,
        uid=uid,
        actor=SYSTEM,
        details=TokenDetails(**details),  # type: ignore[arg-type]
    )


def test_a_known_token_is_accepted_in_any_spelling(operator: Operator) -> None:
    until = clock.now() + timedelta(days=1)
    identity = _issue(operator, "04A1B2C3", group_uid="FLEET", valid_until=until, language="sv")
    answer = queries.authorize(operator.pk, " 04 a1 b2 c3", clock.now())
    assert answer.is_accepted
    assert (answer.token_id, answer.token_uid, answer.group_uid) == (identity, "04A1B2C3", "FLEET")
    assert (answer.expires, answer.language, answer.kind) == (until, "sv", TokenKind.RFID)


@pytest.mark.parametrize("uid", ["nobody", "", "   ", "\0", "x" * 5_000, "'; DROP TABLE tokens_token"])
def test_a_token_nobody_knows_is_not_accepted(operator: Operator, uid: str) -> None:
    answer = queries.authorize(operator.pk, uid, clock.now())
    expected = AuthorizationStatus.UNKNOWN if uid.strip(" \0") else AuthorizationStatus.INVALID
    assert answer.status is expected
    assert answer.token_id is None


def test_a_token_expires_at_the_moment_it_is_valid_until(operator: Operator) -> None:
    until = clock.now()
    _issue(operator, "A", valid_until=until)
    before = queries.authorize(operator.pk, "A", until - timedelta(microseconds=1))
    after = queries.authorize(operator.pk, "A", until)
    assert (before.status, after.status) == (AuthorizationStatus.ACCEPTED, AuthorizationStatus.EXPIRED)


def test_a_blocked_token_is_blocked_even_when_it_has_expired_too(operator: Operator) -> None:
    identity = _issue(operator, "A", valid_until=clock.now() - timedelta(days=1))
    actions.block_token(operator_id=operator.pk, token_id=identity, actor=SYSTEM)
    assert queries.authorize(operator.pk, "A", clock.now()).status is AuthorizationStatus.BLOCKED


def test_a_token_of_another_operator_is_unknown(operator: Operator, other_operator: Operator) -> None:
    _issue(other_operator, "A")
    assert queries.authorize(operator.pk, "A", clock.now()).status is AuthorizationStatus.UNKNOWN


def test_a_token_with_a_keba_suffix_is_known_at_a_keba(operator: Operator) -> None:
    identity = _issue(operator, "12345678")
    at_keba = queries.authorize(operator.pk, "12345678_box2", clock.now(), vendor="KEBA AG")
    elsewhere = queries.authorize(operator.pk, "12345678_box2", clock.now(), vendor="ABB")
    assert (at_keba.token_id, elsewhere.token_id) == (identity, None)


def test_the_spelling_as_sent_goes_before_the_cleaned_one(operator: Operator) -> None:
    _issue(operator, "DE")
    whole = _issue(operator, "DE_1")
    assert queries.authorize(operator.pk, "DE_1", clock.now(), vendor="keba").token_id == whole


def test_many_questions_are_answered_in_order_by_one_query(
    operator: Operator, other_operator: Operator
) -> None:
    first, second = _issue(operator, "A"), _issue(other_operator, "B")
    questions = [
        Question(operator.pk, "A"),
        Question(operator.pk, "B"),
        Question(other_operator.pk, "0;b", "Any"),
        Question(operator.pk, ""),
        Question(operator.pk, "a"),
    ]
    with CaptureQueriesContext(connection) as sent:
        answers = queries.authorize_many(questions, clock.now())
    assert len(sent) == 1
    assert [answer.token_id for answer in answers] == [first, None, second, None, first]


def test_no_question_costs_no_query(db: None) -> None:
    with CaptureQueriesContext(connection) as sent:
        assert queries.authorize_many([], clock.now()) == []
    assert len(sent) == 0


def test_pages_hold_every_token_once_newest_first(operator: Operator, other_operator: Operator) -> None:
    made = [_issue(operator, f"T{number}") for number in range(5)]
    _issue(other_operator, "foreign")
    seen: list[int] = []
    before: int | None = None
    while True:
        page = queries.list_tokens(operator.pk, before_id=before, limit=2)
        seen += [token.id for token in page.tokens]
        before = page.next_before_id
        if before is None:
            break
    assert seen == made[::-1]


def test_tokens_are_searched_and_filtered(operator: Operator) -> None:
    ada = _issue(operator, "04 AA", holder_name="Ada")
    bob = _issue(operator, "04 BB", note="Lent by ada")
    actions.block_token(operator_id=operator.pk, token_id=bob, actor=SYSTEM)

    def found(**asked: object) -> set[int]:
        page = queries.list_tokens(operator.pk, **asked)  # type: ignore[arg-type]
        return {token.id for token in page.tokens}

    assert found(search="ADA") == {ada, bob}
    assert found(search="04aa") == {ada}
    assert found(search="%") == set()
    assert found(is_blocked=True) == {bob}
    assert found(kind=TokenKind.APP) == set()
    assert found(kind=TokenKind.RFID, is_blocked=False) == {ada}


def test_a_token_is_found_by_id_and_by_uid_for_its_operator_alone(
    operator: Operator, other_operator: Operator
) -> None:
    identity = _issue(operator, "04AA")
    by_id, by_uid = queries.token(operator.pk, identity), queries.token_by_uid(operator.pk, "04 aa")
    assert by_id is not None
    assert by_id == by_uid
    assert queries.token(other_operator.pk, identity) is None
    assert queries.token_by_uid(other_operator.pk, "04AA") is None
    assert set(queries.tokens_named(operator.pk, [identity, 0])) == {identity}
    assert queries.tokens_named(other_operator.pk, [identity]) == {}
