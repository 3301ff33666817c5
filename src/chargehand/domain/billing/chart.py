"""The chart of accounts: what kinds there are, and on which side each one grows."""

from enum import StrEnum, unique
from typing import Final, NamedTuple


@unique
class AccountKind(StrEnum):
    """What an account is for; its `detail` tells several of a kind apart."""

    RECEIVABLE = "receivable"  # detail: who owes, `token:7` or `transaction:9`
    REVENUE = "revenue"  # detail: type of price line, `ENERGY`
    VAT_PAYABLE = "vat-payable"  # detail: country and rate, `DE 19`
    PSP_CLEARING = "psp-clearing"  # detail: the provider
    PSP_FEES = "psp-fees"  # detail: the provider
    BANK = "bank"  # detail: how it came, `bank-transfer`
    VAT_RECEIVABLE = "vat-receivable"  # detail: country and rate, `DE 19`
    HOST_COST = "host-cost"  # detail: the site host
    HOLDS = "holds"  # detail: the provider
    WALLET_PURCHASED = "wallet-purchased"  # detail: whose
    WALLET_GRANTED = "wallet-granted"  # detail: whose
    HOST_PAYABLE = "host-payable"  # detail: the site host
    ROAMING_RECEIVABLE = "roaming-receivable"  # detail: the partner
    ROAMING_PAYABLE = "roaming-payable"  # detail: the partner
    ROUNDING = "rounding"
    WRITE_OFF = "write-off"
    DISPUTE = "dispute"  # detail: the provider


#: Accounts that grow by debits: assets and expenses. All others grow by credits.
DEBIT_NORMAL: Final = frozenset(
    {
        AccountKind.RECEIVABLE,
        AccountKind.PSP_CLEARING,
        AccountKind.PSP_FEES,
        AccountKind.BANK,
        AccountKind.VAT_RECEIVABLE,
        AccountKind.HOST_COST,
        AccountKind.ROAMING_RECEIVABLE,
        AccountKind.ROUNDING,
        AccountKind.WRITE_OFF,
        AccountKind.DISPUTE,
    }
)


class AccountName(NamedTuple):
    """An account of an operator: kind, ISO 4217 currency, and what tells it from others of its kind."""

    kind: AccountKind
    currency: str
    detail: str = ""


class Leg(NamedTuple):
    """One side of a posting: whole minor units, debits above zero and credits below."""

    account: AccountName
    minor: int


def sign_of(kind: AccountKind) -> int:
    """Return 1 for an account that grows by debits, -1 for one that grows by credits."""
    return 1 if kind in DEBIT_NORMAL else -1
