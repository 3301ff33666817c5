"""Rows for bookkeeping: complete, in the right digits, and harmless in a spreadsheet."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.billing.making import FAY, Town, bill_everything

from chargehand.domain.billing import account_numbers, customers, entities, exports, statements
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.exports import pair, text_cell
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

JANUARY = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


@pytest.fixture
def billed(town: Town) -> Town:
    """A town with a charge that was billed, credited and billed again in January."""
    town.tariff()
    details = CustomerDetails(party=Party(name='=HYPERLINK("x")', country="DE"))
    customers.add_customer(
        operator_id=town.operator_id, details=details, actor=FAY, token_ids=[town.token_id]
    )
    town.begins = datetime(2026, 1, 20, 8, tzinfo=UTC)
    number = town.charge(7000)
    town.price(number)
    bill_everything()
    town.amend(number, meter_stop_wh=9000)
    town.price(number)
    bill_everything()
    return town


def test_records_come_with_their_credits_and_invoices(billed: Town) -> None:
    head, *rows = exports.record_rows(billed.operator_id, since=JANUARY[0], until=JANUARY[1])
    table = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["kind"], row["after_taxes"]) for row in table] == [
        ("charge", "4.17"),
        ("credit", "-4.17"),
        ("charge", "4.76"),
    ]
    assert {row["invoice"][:2] for row in table} == {"R-", "C-"}
    assert table[0]["location"] == "Harbour"
    empty = list(exports.record_rows(billed.operator_id, since=JANUARY[1], until=JANUARY[1]))
    assert empty == [exports.RECORD_COLUMNS]


def test_invoices_tell_what_is_settled_and_no_name_is_a_formula(billed: Town) -> None:
    day = datetime.now(UTC).date()
    about = {"since": day - timedelta(days=1), "until": day + timedelta(days=1)}
    head, *rows = exports.invoice_rows(billed.operator_id, **about)
    table = [dict(zip(head, row, strict=True)) for row in rows]
    assert sorted(row["total"] for row in table) == ["4.17", "4.17", "4.76"]
    assert {row["buyer"] for row in table} == {'\'=HYPERLINK("x")'}
    [note] = [row for row in table if row["kind"] == "credit-note"]
    assert (note["corrects"], note["credited"]) == (table[0]["number"], "4.17")


def test_the_journal_balances_and_is_the_ledger(billed: Town) -> None:
    since, until = JANUARY[0], datetime.now(UTC) + timedelta(days=1)
    head, *rows = exports.journal_rows(billed.operator_id, since=since, until=until)
    table = [dict(zip(head, row, strict=True)) for row in rows]
    debits = sum(Decimal(row["debit"] or 0) for row in table)
    assert debits == sum(Decimal(row["credit"] or 0) for row in table) > 0
    owed = sum(
        Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
        for row in table
        if row["account"] == "receivable"
    )
    [balance] = statements.balances(billed.operator_id, kind=AccountKind.RECEIVABLE)
    assert owed * 100 == balance.posted_minor
    assert {row["number"] for row in table if row["account"] == "revenue"} == {"8400"}


def test_a_posting_batch_has_its_head_and_moves_what_the_ledger_moves(billed: Town) -> None:
    account_numbers.set_account_number(
        operator_id=billed.operator_id, kind=AccountKind.VAT_PAYABLE, detail="DE 19", number="3806", actor=FAY
    )
    seller = entities.default_entity(billed.operator_id)
    january = {"since": date(2026, 1, 1), "until": date(2026, 1, 31)}
    raw = b"".join(exports.batch_lines(seller, **january, now=datetime(2026, 2, 1, 8, tzinfo=UTC)))
    head, names, *lines = raw.decode("cp1252").split("\r\n")[:-1]
    assert head.startswith('"EXTF";700;21;"Buchungsstapel";13;20260201090000000;')
    assert (len(head.split(";")), len(names.split(";"))) == (31, 14)
    rows = [line.split(";") for line in lines]
    assert [(row[0], row[1], row[6], row[7], row[9]) for row in rows] == [
        ("3,50", '"S"', "1400", "8400", "2001"),
        ("0,67", '"S"', "1400", "3806", "2001"),
        ("4,00", '"S"', "1400", "8400", "2001"),
        ("0,76", '"S"', "1400", "3806", "2001"),
    ]


def test_an_account_has_its_own_number_before_that_of_its_kind(town: Town) -> None:
    kind = AccountKind.BANK
    for detail, number in (("", "1800"), ("cash", "1600")):
        account_numbers.set_account_number(
            operator_id=town.operator_id, kind=kind, detail=detail, number=number, actor=FAY
        )
    numbers = account_numbers.AccountNumbers(town.operator_id)
    found = [numbers.number_of(kind, detail) for detail in ("cash", "bank-transfer")]
    assert found == ["1600", "1800"]
    assert numbers.number_of(AccountKind.REVENUE, "ENERGY") == "8400"
    views = account_numbers.account_numbers(town.operator_id)
    assert len(views) == len(AccountKind) + 1
    account_numbers.set_account_number(
        operator_id=town.operator_id, kind=kind, detail="", number="", actor=FAY
    )
    assert account_numbers.AccountNumbers(town.operator_id).number_of(kind, "") == "1200"
    with pytest.raises(Refused) as refused:
        account_numbers.set_account_number(
            operator_id=town.operator_id, kind=kind, detail="", number="12a", actor=FAY
        )
    assert refused.value.code == "bad-number"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert text_cell(text) == f"'{text}"
    assert text_cell(f"a{text}") == f"a{text}"


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(-(10**9), 10**9)), max_size=9))
def test_pairs_move_the_same_as_the_legs_they_are_made_of(legs: list[tuple[str, int]]) -> None:
    balanced = [*legs, ("rest", -sum(minor for _, minor in legs))]
    moved: dict[str, int] = {}
    for debit, credit, minor in pair(balanced):
        assert minor > 0
        moved[debit] = moved.get(debit, 0) + minor
        moved[credit] = moved.get(credit, 0) - minor
    wanted: dict[str, int] = {}
    for account, minor in balanced:
        wanted[account] = wanted.get(account, 0) + minor
    assert {a: m for a, m in moved.items() if m} == {a: m for a, m in wanted.items() if m}
