"""An operator's books: charges that are billed, free, in review and taken back, with everybody who is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.billing.making import FAY, LONG_AGO, Town, bill_everything

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import customers, host_statements, invoice_register, sharing
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.entities import default_entity
from chargehand.domain.billing.invoices import last_month
from chargehand.domain.billing.shares import ShareTerms
from chargehand.kernel import clock


@dataclass
class Books:
    """What the pages are about."""

    town: Town
    version_id: int
    billed: int
    empty: int
    doubtful: int
    tiny: int
    review_id: int
    tiny_review_id: int
    invoice_id: int
    customer_id: int
    host_id: int

    @property
    def operator_id(self) -> int:
        return self.town.operator_id


@pytest.fixture
def town(operator: Operator) -> Town:
    return Town(operator)


@pytest.fixture
def books(town: Town) -> Books:
    """A charge of 4.17 EUR on an invoice, one without energy, and two in review (7 kWh and 0.2 kWh)."""
    version = town.tariff()
    party = Party(name="Acme", country="DE", email="bills@acme.example", city="Hamburg")
    customer_id = customers.add_customer(
        operator_id=town.operator_id,
        details=CustomerDetails(party=party, mode="immediate"),
        actor=FAY,
        token_ids=[town.token_id],
    )
    host_id = sharing.set_host(
        operator_id=town.operator_id, party=Party(name="Parkhaus KG", country="DE"), language="de", actor=FAY
    )
    sharing.add_rule(
        operator_id=town.operator_id,
        host_id=host_id,
        location_id=town.location_id,
        currency="EUR",
        terms=ShareTerms(percent=Decimal(20), fee_fixed=Decimal("0.1")),
        valid_from=LONG_AGO,
        actor=FAY,
    )
    billed, empty = town.charge(7000), town.charge(0, minutes=1)
    town.price(billed)
    town.decide(empty)
    doubtful, tiny = town.charge(7000), town.charge(200)
    reviews = []
    for number in (doubtful, tiny):
        town.amend(number, flags=["events-missing"])
        reviews.append(town.review(number).id)
    bill_everything()
    [invoice] = invoice_register.invoices(town.operator_id).invoices
    of_doubtful, of_tiny = reviews
    return Books(
        town, version, billed, empty, doubtful, tiny, of_doubtful, of_tiny, invoice.id, customer_id, host_id
    )


@pytest.fixture
def host_statement(books: Books) -> int:
    """The statement of the host over what was shared until now, as of next month."""
    now = clock.now() + timedelta(days=32)
    seller = default_entity(books.operator_id)
    month = last_month(seller, now)
    [made] = host_statements.issue_host_statements(books.operator_id, books.host_id, month=month, now=now)
    return made
