"""Tables of billing, by what they hold."""

from chargehand.domain.billing.models.books import Account, AccountNumber, Entry, Posting
from chargehand.domain.billing.models.displays import AskedDisplay, RefusedDisplay, ToldCost, ToldTariff
from chargehand.domain.billing.models.invoices import (
    Invoice,
    InvoicedCharge,
    InvoicePayment,
    InvoiceState,
    NumberSeries,
    ReceiptKey,
)
from chargehand.domain.billing.models.objections import CreditRequest, Objection
from chargehand.domain.billing.models.parties import Customer, CustomerToken, LegalEntity, SiteHost
from chargehand.domain.billing.models.prices import (
    BillingPolicy,
    PricedCdr,
    PriceReview,
    TariffSnapshot,
    WaivedCdr,
)
from chargehand.domain.billing.models.sharing import HostShare, RevenueShare, StatedShare, Statement

__all__ = [
    "Account",
    "AccountNumber",
    "AskedDisplay",
    "BillingPolicy",
    "CreditRequest",
    "Customer",
    "CustomerToken",
    "Entry",
    "HostShare",
    "Invoice",
    "InvoicePayment",
    "InvoiceState",
    "InvoicedCharge",
    "LegalEntity",
    "NumberSeries",
    "Objection",
    "Posting",
    "PriceReview",
    "PricedCdr",
    "ReceiptKey",
    "RefusedDisplay",
    "RevenueShare",
    "SiteHost",
    "StatedShare",
    "Statement",
    "TariffSnapshot",
    "ToldCost",
    "ToldTariff",
    "WaivedCdr",
]
