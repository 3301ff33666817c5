"""The ledger, revenue and exports on the wire."""

from datetime import date
from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints, model_validator

from chargehand.domain.billing.chart import AccountKind
from chargehand.interfaces.api.amounts import Amount
from chargehand.interfaces.api.session_shapes import Kwh
from chargehand.interfaces.api.wire import Exact, Id, Text, Time, TimeAsked

Currency = Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")]
FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2199, 12, 31)


class Account(Schema):
    """An account with its balance, above zero on the side it grows on; `held` is what open holds take away."""

    id: Annotated[int, Field(validation_alias="account_id")]
    kind: str
    currency: str
    detail: Text
    posted: Amount
    held: Amount
    available: Amount


class AccountFilter(Schema):
    """Which accounts a list is to show, and as of when (now if not given)."""

    kind: AccountKind | None = None
    currency: Currency = ""
    at: TimeAsked | None = None


class LedgerEntry(Schema):
    """An entry of an account and the balance after it."""

    id: Annotated[int, Field(validation_alias="entry_id")]
    posting_id: int
    kind: str
    key: str
    memo: Text
    happened_at: Time
    posted_at: Time
    amount: Amount
    balance: Amount


class PostingLeg(Schema):
    """A side of a posting: debits above zero, credits below."""

    kind: str
    detail: Text
    amount: Amount


class Posting(Schema):
    """A business event in the books; its legs add up to zero in each currency. Later postings are named."""

    id: int
    key: str
    kind: str
    memo: Text
    is_pending: bool
    expires_at: Time | None
    happened_at: Time
    posted_at: Time
    legs: list[PostingLeg]
    reverses_id: int | None
    resolves_id: int | None
    reversed_by: int | None
    resolved_by: int | None


class DaysAsked(Schema):
    """Days, both included: of the operator's time zone."""

    since: date
    until: date

    @model_validator(mode="after")
    def _are_in_order(self) -> "DaysAsked":
        if not FIRST_DAY <= self.since <= self.until <= LAST_DAY:
            raise ValueError("since and until lie between 2000 and 2199, and until is not before since")
        return self


class RevenueFilter(DaysAsked):
    """Which days and site."""

    location_id: Id | None = None


class RevenueDay(Schema):
    """A day at a site in one currency: what was priced, less what was taken back; `share` is the site host's."""

    day: date
    location_id: int | None
    location: Text
    currency: str
    charges: int
    energy_wh: Exact
    energy_kwh: Kwh
    before: Amount
    tax: Amount
    after: Amount
    share: Amount
    fee: Amount


class Revenue(Schema):
    """Revenue by day, site and currency."""

    items: list[RevenueDay]


class BatchFilter(DaysAsked):
    """Which days (of one year) and seller; without one it is the default one."""

    entity_id: Id | None = None
