"""Tokens from a table."""

from datetime import UTC, datetime

import pytest

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.tokens import csv_import, queries
from chargehand.domain.tokens.kinds import TokenKind
from chargehand.kernel.errors import Refused


def _import(operator: Operator, text: str) -> csv_import.ImportReport:
    return csv_import.import_csv(operator_id=operator.pk, text=text, actor=SYSTEM)


def test_a_table_of_a_spreadsheet_is_read_whatever_its_separator(operator: Operator) -> None:
    text = (
        '\ufeffHolder_Name;UID;valid_until;kind;status\r\n"Söhne; Volt";04AA;2030-12-31;rfid;blocked\r\n\r\n'
    )
    report = _import(operator, text)
    assert (report.issued, report.edited, report.problems) == (1, 0, ())
    token = queries.token_by_uid(operator.pk, "04aa")
    assert token is not None
    assert (token.holder_name, token.is_blocked) == ("Söhne; Volt", True)
    assert token.valid_until == datetime(2030, 12, 31, tzinfo=UTC)


def test_a_second_import_edits_what_it_names_and_leaves_the_rest(operator: Operator) -> None:
    _import(operator, "uid,holder_name,note\nA,Ada,first\n")
    report = _import(operator, "uid,note,status\na,second,blocked\n")
    assert (report.issued, report.edited) == (0, 1)
    (token,) = queries.list_tokens(operator.pk).tokens
    assert (token.holder_name, token.note, token.is_blocked) == ("Ada", "second", True)
    _import(operator, "uid,status\na,active\n")
    assert not queries.list_tokens(operator.pk).tokens[0].is_blocked


def test_bad_lines_are_named_and_the_good_ones_used(operator: Operator) -> None:
    text = "uid,kind,valid_until,status,language\nA,,,,\n,,,,\n B,nothing,,,\nC,,tomorrow,,\nD,,,gone,\n"
    text += "E,,,," + "x" * 17 + "\nF,app,,,\n"
    report = _import(operator, text)
    assert report.issued == 2
    assert [line for line, _ in report.problems] == [4, 5, 6, 7]
    assert "tomorrow" in report.problems[1][1]
    kinds = {token.uid: token.kind for token in queries.list_tokens(operator.pk).tokens}
    assert kinds == {"A": TokenKind.RFID, "F": TokenKind.APP}


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "no-uid-column"), ("name\nA\n", "no-uid-column"), ("uid,shoe\nA,44\n", "unknown-column")],
)
def test_a_table_that_is_none_is_refused_whole(operator: Operator, text: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        _import(operator, text)
    assert refusal.value.code == code


def test_a_table_that_is_too_long_is_refused_whole(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_import, "MOST_ROWS", 2)
    with pytest.raises(Refused) as refusal:
        _import(operator, "uid\nA\nB\nC\n")
    assert refusal.value.code == "too-many-rows"
    assert queries.list_tokens(operator.pk).tokens == ()
