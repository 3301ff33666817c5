"""`chargehand ledger check` on a real database."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import ledger
from chargehand.domain.billing.chart import AccountKind, AccountName, Leg
from chargehand.project import cli


@pytest.mark.django_db(transaction=True)
def test_the_command_says_whether_the_books_add_up(
    operator: Operator,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CHARGEHAND_DATABASE_URL", database_url)
    legs = [
        Leg(AccountName(AccountKind.RECEIVABLE, "EUR"), 500),
        Leg(AccountName(AccountKind.REVENUE, "EUR"), -500),
    ]
    posting = ledger.post(
        operator_id=operator.pk,
        key="a",
        kind="manual",
        legs=legs,
        happened_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert cli.main(["ledger", "check"]) == 0
    assert capsys.readouterr().out == "The books add up.\n"
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE billing_entry SET minor = 499 WHERE minor = 500")
        cursor.execute("SET session_replication_role = origin")
    assert cli.main(["ledger", "check"]) == 1
    said = capsys.readouterr()
    assert said.err == f"Posting {posting} does not balance: -1 minor units of EUR are left.\n"
    assert said.out == ""


def test_anything_but_a_check_is_refused() -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["ledger", "burn"])
    assert end.value.code == 2
