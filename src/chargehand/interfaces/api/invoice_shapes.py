"""Invoices, credit notes, payments and statements on the wire."""

from datetime import date
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, Field, StringConstraints

from chargehand.interfaces.api.amounts import Amount, AmountAsked
from chargehand.interfaces.api.cdr_shapes import Reason
from chargehand.interfaces.api.wire import Asked, Id, Text, Time, TimeAsked, Words

InvoiceKind = Literal["invoice", "credit-note"]
InvoiceState = Literal["open", "overdue", "paid", "credited"]
Method = Annotated[
    str,
    StringConstraints(pattern=r"^(bank-transfer|direct-debit|cash|psp:[a-z0-9-]{1,28})$"),
    Field(description="bank-transfer, direct-debit, cash or psp:<provider>"),
]


def _days(value: Any) -> Any:
    return {"since": value[0], "until": value[1]} if isinstance(value, tuple) else value


class Days(Schema):
    """Days, both included."""

    since: date
    until: date


Period = Annotated[Days, BeforeValidator(_days)]


class Invoice(Schema):
    """An invoice or a credit note (`corrects_id` names its invoice), whose amounts are above zero too.

    `open` is still to be paid, or back for a credit note. `buyer` null: nobody known by name.
    """

    id: int
    kind: InvoiceKind
    number: str
    customer_id: int | None
    buyer: Text
    issued_on: date
    period: Period
    before: Amount
    tax: Amount
    rounding: Amount
    total: Amount
    paid: Amount
    credited: Amount
    open: Amount
    state: InvoiceState
    due_on: date | None
    corrects_id: int | None
    warnings: list[str]
    issued_at: Time


class InvoicedCharge(Schema):
    """A price or credit (see CDRs) on a document."""

    cdr_id: Annotated[int, Field(validation_alias="priced_id")]
    session_id: Annotated[int, Field(validation_alias="transaction_id")]
    posting_id: int | None
    total: Amount


class Payment(Schema):
    """Money that came for an invoice, or went back for a credit note."""

    id: int
    posting_id: int
    method: str
    reference: str
    amount: Amount
    received_at: Time
    recorded_by: str


class InvoiceDetail(Invoice):
    """A document with what is on it, and what was paid."""

    charges: list[InvoicedCharge]
    payments: list[Payment]
    credit_notes: list[int]


class InvoiceFilter(Schema):
    """Which documents a list is to show; `since` and `until` are days of issue, both included."""

    kind: InvoiceKind | None = None
    state: InvoiceState | None = None
    customer_id: Id | None = None
    text: Words = ""
    since: date | None = None
    until: date | None = None


class PaymentAsked(Asked):
    """A payment in the invoice's currency; the same method and reference again is the same payment."""

    amount: AmountAsked
    method: Method = "bank-transfer"
    reference: Annotated[str, StringConstraints(min_length=1, max_length=140, pattern=r"^[^\x00]*$")]
    received_at: TimeAsked | None = None


class CreditNoteAsked(Asked):
    """Which charges of an invoice are taken back (none named: all that stand), and why."""

    note: Reason
    cdr_ids: Annotated[list[Id], Field(max_length=500)] = []


class Statement(Schema):
    """A statement to a fleet (`customer_id`) or a site host (`host_id`) for a period."""

    id: int
    kind: Literal["fleet", "host"]
    customer_id: int | None
    host_id: int | None
    number: Text
    recipient: Text
    issued_on: date
    period: Period
    total: Amount
    issued_at: Time


class StatementFilter(Schema):
    """Which statements a list is to show."""

    kind: Literal["fleet", "host"] | None = None
    customer_id: Id | None = None
