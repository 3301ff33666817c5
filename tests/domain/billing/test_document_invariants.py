"""What breaks invoices, numbers, payments and statements is found and named."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from tests.domain.billing.making import FAY, LONG_AGO, Town, bill_everything

from chargehand.domain.billing import actions, host_statements, invariants, sharing
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.models import Invoice
from chargehand.domain.billing.shares import ShareTerms
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(town: Town) -> Iterator[Town]:
    """Books with an invoice, its credit note, a new invoice, a payment and a statement, without guards."""
    town.tariff()
    party = Party(name="Inn", country="DE", vat_id="DE136695976")
    host = sharing.set_host(operator_id=town.operator_id, party=party, language="en", actor=FAY)
    sharing.add_rule(
        operator_id=town.operator_id,
        host_id=host,
        location_id=town.location_id,
        currency="EUR",
        terms=ShareTerms(percent=Decimal(50)),
        valid_from=LONG_AGO,
        actor=FAY,
    )
    town.begins = datetime(2026, 1, 10, 8, tzinfo=UTC)
    number = town.charge(7000)
    town.price(number)
    bill_everything()
    host_statements.state_closed_months(datetime(2026, 2, 1, 12, tzinfo=UTC))
    town.amend(number, meter_stop_wh=9000)
    town.price(number)
    bill_everything()
    newest = Invoice.objects.filter(kind="invoice").latest("pk")
    actions.record_payment(
        operator_id=town.operator_id,
        invoice_id=newest.pk,
        amount_minor=100,
        method="cash",
        reference="x",
        actor=FAY,
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        yield town
        cursor.execute("SET session_replication_role = origin")


def _find() -> list[str]:
    return invariants.find_breaks(clock.now() + timedelta(days=1))


def test_sound_documents_say_nothing(books: Town) -> None:
    assert _find() == []


_FIRST = "(SELECT min(id) FROM billing_invoice)"
_NOTE = "(SELECT id FROM billing_invoice WHERE kind = 'credit-note')"
_NEWEST = "(SELECT max(id) FROM billing_invoice WHERE kind = 'invoice')"


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (f"DELETE FROM billing_invoiced_charge WHERE invoice_id = {_NEWEST}", "is on no invoice"),
        (f"DELETE FROM billing_invoiced_charge WHERE invoice_id = {_NOTE}", "there is no credit note for it"),
        ("UPDATE billing_invoiced_charge SET total_minor = total_minor + 1", "else than the prices on it"),
        ("UPDATE billing_invoiced_charge SET account = 'token:0'", "else than the prices on it"),
        (
            "UPDATE billing_invoice SET before_minor = before_minor + 1, total_minor = total_minor + 1",
            "not add up to what it is booked",
        ),
        (f"UPDATE billing_invoice SET number = 'R-9' WHERE id = {_FIRST}", "lines of invoice R-9"),
        ("UPDATE billing_number_series SET last = last + 1", "has given 3 numbers, but 2 documents"),
        (f"DELETE FROM billing_invoice WHERE id = {_FIRST}", "has given 2 numbers, but 1 documents"),
        ("UPDATE billing_invoice SET sequence = sequence + 7", "Series R-"),
        ("UPDATE billing_invoice_state SET paid_minor = 99 WHERE paid_minor = 100", "counts as paid"),
        ("UPDATE billing_invoice_payment SET minor = 99", "counts as paid"),
        ("UPDATE billing_invoice_state SET credited_minor = 0", "counts as paid or credited"),
        ("UPDATE billing_host_share SET share_minor = 1", "host's share of price"),
        ("DELETE FROM billing_host_share WHERE share_minor < 0", "but not the host's share of it"),
        ("UPDATE billing_statement SET total_minor = total_minor + 1", "is not the sum of the postings"),
        ("DELETE FROM billing_stated_share", "is not the sum of the postings"),
    ],
)
def test_each_kind_of_break_in_documents_is_found_and_named(
    books: Town, statement: str, sentence: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    found = _find()
    assert any(sentence in each for each in found), found
