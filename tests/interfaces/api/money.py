"""The money of a network: a tariff, a price, a review, an invoice of it, a statement and the books behind them."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing import (
    customers,
    entities,
    fleet_statements,
    invoices,
    objections,
    prices,
    receipts,
    second_person,
    statements,
)
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.charging.models import Cdr, Transaction
from chargehand.domain.tariffs import actions as tariffs
from chargehand.domain.tokens.models import Token
from chargehand.kernel import clock

FAY = Actor("user", 9, "Fay")
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
#: 0.40 a kWh, 19 % on top, as the operator of the CDRs CH*CHA.
SIMPLE = tariff(
    element(component("ENERGY", "0.40", vat="19")), id="SIMPLE", country_code="DE", party_id="CHA"
)
BUYER = Party(
    name="Fleet Ltd",
    address=("Kai 1",),
    postal_code="20457",
    city="Hamburg",
    country="DE",
    email="ap@example.org",
)
SELLER = Party(
    name="Example Energy",
    address=("Weg 2",),
    postal_code="10115",
    city="Berlin",
    country="DE",
    vat_id="DE136695976",
    email="billing@example.org",
)


def add_money(session: Transaction, *, blocked: Transaction) -> dict[str, Any]:
    """Bill an ended session with a record to a customer; leave one of a blocked token to a person."""
    home = session.operator_id
    saved = tariffs.create_tariff(
        operator_id=home,
        name="Simple",
        ocpi_json=msgspec.json.encode(SIMPLE),
        actor=FAY,
        valid_from=LONG_AGO,
    )
    assigned = tariffs.assign_tariff(
        operator_id=home, tariff_id=saved.tariff_id, actor=FAY, valid_from=LONG_AGO
    )
    seller = entities.default_entity(home)
    details = msgspec.structs.replace(seller.details, party=SELLER)
    entities.change_entity(operator_id=home, entity_id=seller.id, details=details, actor=FAY)
    token, _is_new = Token.objects.get_or_create(operator_id=home, uid="CAFE01", uid_key="cafe01")
    buyer = customers.add_customer(
        operator_id=home,
        details=CustomerDetails(party=BUYER, entity_id=seller.id),
        actor=FAY,
        token_ids=[token.pk],
    )
    Transaction.objects.filter(pk=session.pk).update(token_id=token.pk)
    return {
        "tariff_id": saved.tariff_id,
        "assignment_id": assigned,
        "entity_id": seller.id,
        "customer_id": buyer,
        "review_id": _leave(blocked),
        **_bill(session, buyer),
    }


def _bill(session: Transaction, buyer: int) -> dict[str, Any]:
    home, now = session.operator_id, clock.now()
    priced = prices.price_cdr(home, Cdr.objects.get(transaction=session).pk)
    assert priced is not None
    assert priced.id is not None
    invoice_id = invoices.issue_invoice(home, priced.id, now=now)
    zone = entities.default_entity(home).zone
    assert session.ended_at is not None
    month = session.ended_at.astimezone(zone).date().replace(day=1)
    [statement_id] = fleet_statements.issue_fleet_statements(home, buyer, month=month, now=now)
    account = next(each for each in statements.balances(home) if each.kind == "receivable")
    [entry] = statements.statement(home, account.account_id).lines
    return {
        "cdr_id": priced.id,
        "invoice_id": invoice_id,
        "statement_id": statement_id,
        "account_id": account.account_id,
        "posting_id": entry.posting_id,
        **_doubt(session, priced.id),
    }


def _doubt(session: Transaction, priced_id: int) -> dict[str, Any]:
    """Let the driver object to the price, and somebody ask that it is taken back."""
    home = session.operator_id
    receipts.receipt_key(home, session.pk)
    return {
        "objection_id": objections.object_to_charge(
            operator_id=home, transaction_id=session.pk, words="Less than that."
        ),
        "request_id": second_person.ask_for_credit(
            operator_id=home, priced_id=priced_id, actor=FAY, note="The screen was broken."
        ),
    }


def _leave(blocked: Transaction) -> int:
    assert blocked.ended_at is not None
    record = Cdr.objects.create(
        transaction=blocked,
        operator_id=blocked.operator_id,
        started_at=blocked.started_at,
        ended_at=blocked.ended_at,
        energy_wh=blocked.energy_wh,
        periods=[
            {
                "start_date_time": blocked.started_at.isoformat(),
                "dimensions": [{"type": "ENERGY", "volume": "12.345"}],
            }
        ],
        issued_at=clock.now(),
    )
    left = prices.price_cdr(blocked.operator_id, record.pk)
    assert left is not None
    assert left.id is not None
    return left.id
