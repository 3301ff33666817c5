"""The trail of who did what."""

import functools

import pytest
from django.db import DatabaseError, transaction

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.models import AuditEntry, Operator
from chargehand.domain.accounts.principals import SYSTEM, Actor

ADA = Actor("user", 7, "Ada")


def test_a_deed_is_read_as_it_was_written(operator: Operator) -> None:
    audit.write_audit(ADA, operator.pk, "station.reset", "station:4", {"kind": "hard"})
    (entry,) = audit.list_audit(operator.pk).entries
    assert (entry.actor, entry.action, entry.subject) == (ADA, "station.reset", "station:4")
    assert entry.detail == {"kind": "hard"}
    assert entry.at.tzinfo is not None


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_the_database_refuses_to_change_the_trail(operator: Operator, deed: str) -> None:
    audit.write_audit(SYSTEM, operator.pk, "a", "b:1")
    rows = AuditEntry.objects.filter(operator=operator)
    change = functools.partial(rows.update, action="c") if deed == "update" else rows.delete
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()
    assert rows.get().action == "a"


def test_pages_hold_every_deed_once_newest_first(operator: Operator, other_operator: Operator) -> None:
    for number in range(7):
        audit.write_audit(SYSTEM, operator.pk, f"deed.{number}", f"thing:{number % 2}")
        audit.write_audit(SYSTEM, other_operator.pk, "foreign", "thing:0")
    seen: list[str] = []
    before: int | None = None
    while True:
        page = audit.list_audit(operator.pk, before_id=before, limit=3)
        seen += [entry.action for entry in page.entries]
        before = page.next_before_id
        if before is None:
            break
    assert seen == [f"deed.{number}" for number in reversed(range(7))]
    of_one = audit.list_audit(operator.pk, subject="thing:1").entries
    assert [entry.action for entry in of_one] == ["deed.5", "deed.3", "deed.1"]
