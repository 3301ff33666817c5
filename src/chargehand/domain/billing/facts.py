"""What can have happened to the money of a charge."""

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
