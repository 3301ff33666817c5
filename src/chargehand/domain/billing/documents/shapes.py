"""What a receipt, an invoice, a credit note or a statement says: pure, complete, and never changed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

#: What a document is; `statement-fleet` tells a fleet what its cars took, `statement-host` a host its share.
Kind = Literal["invoice", "credit-note", "receipt", "statement-fleet", "statement-host"]

#: UNCL 5305: standard rate, zero rate, exempt, reverse charge, outside the scope of the tax.
Category = Literal["S", "Z", "E", "AE", "O"]

#: UN/ECE recommendation 20: kilowatt hour, minute, hour, one.
Unit = Literal["KWH", "MIN", "H", "C62"]


class Party(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who sells or buys. `country` is ISO 3166-1 alpha-2; what is not known is "".

    `registration` is the entry in a trade register, `tax_number` a national one that is no VAT id.
    """

    name: str
    address: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""
    tax_number: str = ""
    email: str = ""
    registration: str = ""


class DocumentLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line: `unit_price` is exact, in major units, before taxes, None where there is none (a price limit).

    The minor units are the rounded share of the line exactly as it was priced and posted; they may differ
    from quantity x unit price by a minor unit. Of a credit note they are above zero for what goes back.
    `text` is plain words in the document's language; `session_ref` names a `SessionProof.session`.
    """

    text: str
    quantity: Decimal
    unit: Unit
    unit_price: Decimal | None
    before_minor: int
    tax_percent: Decimal
    tax_minor: int
    after_minor: int
    category: Category = "S"
    note: str = ""
    session_ref: str = ""


class TaxGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The tax of one category and rate: base and tax are the sums of those of its lines, in minor units.

    So the tax may differ from base x percent by half a minor unit for each session (EN 16931 BR-CO-17
    allows it). `reason` says why there is none, for E, AE and O.
    """

    category: Category
    percent: Decimal
    base_minor: int
    tax_minor: int
    reason: str = ""


class SignedProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signed meter record: its `format` (OCMF …), the meter's key, the verdict in a sentence, the record."""

    format: str
    public_key: str
    verdict: str
    data: str


class SessionProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was charged, where, and by which readings; meters in kWh, times aware, in `time_zone`'s day.

    `session` is the number of the charge, `place` the name of the location, `station` what is written on the
    charger, `plug` its letter, `token_label` a masked token.
    """

    session: str
    station: str
    plug: str
    place: str
    address: str
    started_at: datetime
    ended_at: datetime
    time_zone: str
    energy_kwh: Decimal
    meter_start_kwh: Decimal | None = None
    meter_stop_kwh: Decimal | None = None
    token_label: str = ""
    signed: tuple[SignedProof, ...] = ()


class Reference(msgspec.Struct, frozen=True):
    """Another document, by its number and date (EN 16931 BG-3)."""

    number: str
    issued_on: date


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A whole document. Days are those of the seller's time zone and the periods include both their days.

    Totals obey EN 16931: `before_minor` BT-109 and `tax_minor` BT-110 are the sums of `taxes` and of `lines`,
    `after_minor` BT-112 is their sum, `due_minor` BT-115 = `after_minor` - `paid_minor` (BT-113)
    + `rounding_minor` (BT-114). All minor units are those of `currency` (ISO 4217). A credit note has
    positive amounts: they go back to the buyer, and `corrects` names the invoice.

    `buyer` None: nobody is known by name. `number` "" and `series` "": a receipt or statement without one.
    A `statement-host` is written by who pays: `seller` is the operator, `buyer` the host who is paid, and a
    line is a share (below zero: taken back). A `statement-fleet` has a line for each token and rate, with the
    energy of the token in the first of them; the money is that of the invoices, nothing is due by it.
    `help` is whom to ask, a telephone number or an address or both.
    `time_zone` is that of the seller. `language` is one of en, de, fr, nl, es.
    """

    kind: Kind
    number: str
    series: str
    issued_on: date
    tax_period: tuple[date, date]
    supplied: tuple[date, date]
    language: str
    time_zone: str
    currency: str
    seller: Party
    buyer: Party | None
    lines: tuple[DocumentLine, ...]
    taxes: tuple[TaxGroup, ...]
    before_minor: int
    tax_minor: int
    after_minor: int
    rounding_minor: int = 0
    paid_minor: int = 0
    due_minor: int
    due_on: date | None = None
    payment_text: str = ""
    corrects: Reference | None = None
    sessions: tuple[SessionProof, ...] = ()
    notes: tuple[str, ...] = ()
    receipt_url: str = ""
    help: str = ""
