"""What can have happened to the money of a charge."""

from datetime import date
from typing import ClassVar

from chargehand.kernel.facts import Fact


class BillingFact(Fact, frozen=True, kw_only=True):
    """Something happened to the price of a charge detail record."""

    room: ClassVar[str] = "billing"

    transaction_id: int
    cdr_id: int


class CdrPriced(BillingFact, frozen=True, kw_only=True):
    """A record has its price: minor units of `currency`, before and after taxes."""

    priced_id: int
    currency: str
    before_minor: int
    after_minor: int


class CdrCredited(BillingFact, frozen=True, kw_only=True):
    """The price of a record was taken back by a credit; `credited_id` is the price, `priced_id` the credit."""

    priced_id: int
    credited_id: int
    currency: str
    after_minor: int


class CdrWaived(BillingFact, frozen=True, kw_only=True):
    """A record is not billed."""

    reason: str


class PriceReviewOpened(BillingFact, frozen=True, kw_only=True):
    """A record waits for a person before it has a price."""

    review_id: int
    kind: str


class PriceReviewSettled(BillingFact, frozen=True, kw_only=True):
    """A waiting record was decided: priced, waived, or superseded by a newer one."""

    review_id: int
    resolution: str


class ObjectionFact(Fact, frozen=True, kw_only=True):
    """Something happened to what a driver says is not right about a charge."""

    room: ClassVar[str] = "billing"

    transaction_id: int
    objection_id: int


class ChargeObjected(ObjectionFact, frozen=True, kw_only=True):
    """A driver said on the receipt that something is not right."""


class ObjectionSettled(ObjectionFact, frozen=True, kw_only=True):
    """Somebody answered a driver."""


class DocumentFact(Fact, frozen=True, kw_only=True):
    """Something happened to a document; minor units of `currency`, days of the seller's time zone."""

    room: ClassVar[str] = "billing"

    number: str
    currency: str
    total_minor: int


class InvoiceIssued(DocumentFact, frozen=True, kw_only=True):
    """An invoice was issued; `customer_id` None: to nobody known by name."""

    invoice_id: int
    customer_id: int | None
    transaction_ids: tuple[int, ...]


class CreditNoteIssued(DocumentFact, frozen=True, kw_only=True):
    """A credit note was issued; `corrects_id` is the invoice, `refund_minor` what must be paid back."""

    invoice_id: int
    corrects_id: int
    customer_id: int | None
    transaction_ids: tuple[int, ...]
    refund_minor: int


class InvoicePaid(DocumentFact, frozen=True, kw_only=True):
    """Nothing is left open of an invoice, or to be paid back of a credit note."""

    invoice_id: int


class InvoiceOverdue(DocumentFact, frozen=True, kw_only=True):
    """The day has passed until which an invoice was to be paid."""

    invoice_id: int
    due_on: date


class StatementIssued(DocumentFact, frozen=True, kw_only=True):
    """A statement was issued to a fleet (`customer_id`) or a site host (`host_id`)."""

    statement_id: int
    customer_id: int | None
    host_id: int | None
