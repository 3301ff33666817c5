"""What is open of invoices: paid in parts, never too much, set off against credit notes, overdue in time."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.domain.billing.making import FAY, Town, bill_everything

from chargehand.domain.accounts import audit
from chargehand.domain.billing import (
    actions,
    customers,
    invariants,
    invoice_register,
    invoices,
    outstanding,
    statements,
)
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.invoice_register import InvoiceView
from chargehand.domain.billing.outstanding import allocate
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def _bill(town: Town, wh: int = 7000) -> int:
    priced = town.price(town.charge(wh))
    found = invoices.issue_invoice(town.operator_id, priced.id, now=clock.now())
    assert found is not None
    return found


def _view(town: Town, invoice_id: int) -> InvoiceView:
    found = invoice_register.invoice(town.operator_id, invoice_id)
    assert found is not None
    return found.invoice


def _pay(town: Town, invoice_id: int, minor: int, reference: str, method: str = "bank-transfer") -> int:
    return actions.record_payment(
        operator_id=town.operator_id,
        invoice_id=invoice_id,
        amount_minor=minor,
        method=method,
        reference=reference,
        actor=FAY,
    )


def _balance(town: Town, kind: AccountKind) -> int:
    return sum(each.posted_minor for each in statements.balances(town.operator_id, kind=kind))


def _breaks() -> list[str]:
    return invariants.find_breaks(clock.now() + timedelta(days=1))


def test_an_invoice_is_paid_in_parts_and_then_nothing_is_open(town: Town) -> None:
    town.tariff()
    number = _bill(town)
    first = _pay(town, number, 100, "A")
    assert _pay(town, number, 100, "A") == first
    assert (_view(town, number).state, _view(town, number).open_minor) == ("open", 317)
    _pay(town, number, 317, "B", "psp:fake")
    assert (_view(town, number).state, _view(town, number).open_minor) == ("paid", 0)
    assert _balance(town, AccountKind.RECEIVABLE) == 0
    assert (_balance(town, AccountKind.BANK), _balance(town, AccountKind.PSP_CLEARING)) == (100, 317)
    assert StatedFact.objects.filter(name="billing.InvoicePaid").count() == 1
    assert (
        audit.list_audit(town.operator_id, subject=f"invoice:{number}").entries[0].action.endswith("recorded")
    )
    assert _breaks() == []


@pytest.mark.parametrize(
    ("minor", "method", "reference", "code"),
    [
        (418, "bank-transfer", "A", "overpaid"),
        (0, "bank-transfer", "A", "bad-payment"),
        (-5, "bank-transfer", "A", "bad-payment"),
        (5, "barter", "A", "bad-payment"),
        (5, "psp:", "A", "bad-payment"),
        (5, "cash", "  ", "bad-payment"),
        (5, "cash", "KNOWN", "reference-used"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(
    town: Town, minor: int, method: str, reference: str, code: str
) -> None:
    town.tariff()
    number = _bill(town)
    _pay(town, _bill(town), 1, "KNOWN", "cash")
    with pytest.raises(Refused) as refused:
        _pay(town, number, minor, reference, method)
    assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        _pay(town, number + 1000, 1, "Z")
    assert refused.value.code == "unknown-invoice"


def test_a_credit_note_for_what_was_not_paid_leaves_nothing_open_on_either_side(town: Town) -> None:
    town.tariff()
    transaction = town.charge(7000)
    town.price(transaction)
    bill_everything()
    town.amend(transaction, meter_stop_wh=9000)
    town.price(transaction)
    bill_everything()
    old, note, new = sorted(invoice_register.invoices(town.operator_id).invoices, key=lambda each: each.id)
    if note.kind == "invoice":
        note, new = new, note
    assert (old.state, note.state, new.state) == ("credited", "credited", "open")
    assert (old.open_minor, note.open_minor, new.open_minor) == (0, 0, 476)
    with pytest.raises(Refused, match="more than is open"):
        _pay(town, note.id, 1, "back")
    assert _breaks() == []


def test_what_was_paid_before_it_was_credited_is_paid_back(town: Town) -> None:
    town.tariff()
    transaction = town.charge(7000)
    town.price(transaction)
    bill_everything()
    [invoice] = invoice_register.invoices(town.operator_id).invoices
    _pay(town, invoice.id, 300, "A")
    town.amend(transaction, meter_stop_wh=9000)
    town.price(transaction)
    bill_everything()
    [note] = invoice_register.invoices(town.operator_id, kind="credit-note").invoices
    assert (note.credited_minor, note.open_minor, note.state) == (117, 300, "open")
    with pytest.raises(Refused, match="more than is open"):
        _pay(town, note.id, 301, "back")
    _pay(town, note.id, 300, "back")
    assert _view(town, note.id).state == "paid"
    assert (_balance(town, AccountKind.BANK), _balance(town, AccountKind.RECEIVABLE)) == (0, 476)
    assert _breaks() == []


def test_an_open_invoice_is_overdue_the_day_after_it_was_due_in_the_sellers_zone(town: Town) -> None:
    town.tariff()
    details = CustomerDetails(party=Party(name="Acme", country="DE"))
    customers.add_customer(
        operator_id=town.operator_id, details=details, actor=FAY, token_ids=[town.token_id]
    )
    number = _bill(town)
    due_on = _view(town, number).due_on
    assert due_on is not None
    last = datetime(due_on.year, due_on.month, due_on.day, 23, 59, tzinfo=ZoneInfo("Europe/Berlin"))
    assert outstanding.mark_overdue(last) == 0
    assert outstanding.mark_overdue(last + timedelta(minutes=1)) == 1
    assert outstanding.mark_overdue(last + timedelta(hours=3)) == 0
    assert _view(town, number).state == "overdue"
    assert StatedFact.objects.filter(name="billing.InvoiceOverdue").count() == 1
    _pay(town, number, _view(town, number).open_minor, "late")
    assert _view(town, number).state == "paid"


def test_an_amount_is_shared_over_accounts_up_to_what_each_needs() -> None:
    assert allocate(15, {"a": 10, "b": 10}) == {"a": 10, "b": 5}
    assert allocate(5, {"a": -3, "b": 10}) == {"b": 5}
    assert allocate(25, {"a": 10, "b": 10}) == {"a": 15, "b": 10}
