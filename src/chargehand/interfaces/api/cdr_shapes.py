"""Priced records, reviews and running costs on the wire."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from chargehand.interfaces.api.amounts import Amount
from chargehand.interfaces.api.session_shapes import Kwh
from chargehand.interfaces.api.wire import Asked, Exact, Id, Prose, Text, Time, TimeAsked

Reason = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class PricedCdr(Schema):
    """The price of a record, or a credit that takes one back (`credits_id`); a credit's amounts are below zero.

    `credited_by` null: it stands. `account` is who owes: `token:7` or `transaction:9`.
    """

    id: int
    kind: Literal["charge", "credit"]
    session_id: Annotated[int, Field(validation_alias="transaction_id")]
    record_id: Annotated[int, Field(validation_alias="cdr_id")]
    credits_id: int | None
    credited_by: int | None
    tariff_version_id: Annotated[int, Field(validation_alias="version_id")]
    posting_id: int | None
    account: Annotated[str, Field(validation_alias="customer")]
    time_zone: str
    country: Text
    started_at: Time
    ended_at: Time
    energy_wh: Exact
    energy_kwh: Kwh
    before: Amount
    tax: Amount
    after: Amount
    priced_at: Time
    decided_by: Text


class CdrLine(Schema):
    """A line: exact texts in major units, and the rounded share that was posted. `element` null: a price limit."""

    type: str
    volume: str
    price: str | None
    tax_percent: str | None
    element: int | None
    before_taxes: str
    after_taxes: str
    before: Amount
    tax: Amount
    after: Amount


class CdrTax(Schema):
    """The tax of a rate; `percent` null: what a price limit shifts."""

    percent: str | None
    amount: Annotated[Amount, Field(validation_alias="minor")]


class PricedCdrDetail(PricedCdr):
    """A price with its lines, taxes and trace: which element priced what, and why."""

    before_exact: str
    after_exact: str
    lines: list[CdrLine]
    taxes: list[CdrTax]
    trace: list[dict[str, Any]]


class CdrFilter(Schema):
    """Which prices and credits a list is to show."""

    session_id: Id | None = None


class OcpiWindow(Schema):
    """Which CDRs, by when they were written: `date_from` included, `date_to` not (OCPI mod_cdrs, GET)."""

    date_from: TimeAsked | None = None
    date_to: TimeAsked | None = None
    offset: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class LeftOut(Schema):
    """A CDR that OCPI cannot say, and which fields nobody has told."""

    id: str
    missing: list[str]


class OcpiCdrs(Schema):
    """An answer as OCPI's: `data` holds CDR objects. `left_out` names those of the page that cannot be written."""

    data: list[dict[str, Any]]
    status_code: int
    status_message: str
    timestamp: Time
    left_out: list[LeftOut]


class Credit(Asked):
    """Why a price is taken back."""

    note: Reason


class RunningCost(Schema):
    """What a session costs so far by the tariff of its start; `is_final`: it is over, this is what it costs."""

    session_id: Annotated[int, Field(validation_alias="transaction_id")]
    tariff_version_id: Annotated[int, Field(validation_alias="version_id")]
    before: Amount
    after: Amount
    before_exact: str
    after_exact: str
    energy_wh: Exact
    energy_kwh: Kwh
    lines: list[CdrLine]
    as_of: Time
    is_final: bool


class PriceReview(Schema):
    """A record that waits, or waited, for a decision; `resolution` null, then priced, waived or superseded."""

    id: int
    session_id: Annotated[int, Field(validation_alias="transaction_id")]
    record_id: Annotated[int, Field(validation_alias="cdr_id")]
    kind: str
    sentence: str
    evidence: dict[str, Any]
    suggestion: str
    state: Literal["open", "resolved"]
    opened_at: Time
    resolved_at: Time | None
    resolved_by: Text
    resolution: Text
    note: Text


class ReviewFilter(Schema):
    """Which reviews a list is to show."""

    state: Literal["open", "resolved", "all"] = "open"
    session_id: Id | None = None


class ReviewPriced(Asked):
    """Bill it all the same, and why: by its own tariff, or by this version of one."""

    note: Reason
    tariff_version_id: Id | None = None


class ReviewWaived(Asked):
    """Bill nothing, and why."""

    note: Reason


class Note(Asked):
    """A few words."""

    text: Prose
