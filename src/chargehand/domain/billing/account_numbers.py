"""Which number an account of the ledger has in an operator's bookkeeping."""

from collections.abc import Mapping
from typing import Final

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.models import AccountNumber
from chargehand.kernel.errors import Refused

#: Numbers to begin with, from the German standard chart SKR 03; an accountant must look at them.
DEFAULTS: Final[Mapping[AccountKind, str]] = {
    AccountKind.RECEIVABLE: "1400",
    AccountKind.REVENUE: "8400",
    AccountKind.VAT_PAYABLE: "1776",
    AccountKind.VAT_RECEIVABLE: "1576",
    AccountKind.PSP_CLEARING: "1360",
    AccountKind.PSP_FEES: "4970",
    AccountKind.BANK: "1200",
    AccountKind.HOLDS: "1590",
    AccountKind.WALLET_PURCHASED: "1710",
    AccountKind.WALLET_GRANTED: "1711",
    AccountKind.HOST_PAYABLE: "1600",
    AccountKind.HOST_COST: "3100",
    AccountKind.ROAMING_RECEIVABLE: "1410",
    AccountKind.ROAMING_PAYABLE: "1610",
    AccountKind.ROUNDING: "2150",
    AccountKind.WRITE_OFF: "2400",
    AccountKind.DISPUTE: "1500",
}


class NumberView(msgspec.Struct, frozen=True):
    """The number of an account; `detail` "": of all of a kind that have none of their own."""

    kind: AccountKind
    detail: str
    number: str
    is_default: bool


class AccountNumbers:
    """The numbers of an operator's accounts, read once."""

    def __init__(self, operator_id: int) -> None:
        rows = AccountNumber.objects.filter(operator_id=operator_id)
        self._own = {(row.kind, row.detail): row.number for row in rows}

    def number_of(self, kind: AccountKind, detail: str) -> str:
        """Return the number of an account: its own, else that of its kind, else the default one."""
        return self._own.get((kind, detail)) or self._own.get((kind, "")) or DEFAULTS[kind]


def account_numbers(operator_id: int) -> list[NumberView]:
    """Return the numbers of all kinds, and of accounts that have one of their own."""
    own = {
        (row.kind, row.detail): row.number for row in AccountNumber.objects.filter(operator_id=operator_id)
    }
    kinds = [
        NumberView(kind, "", own.get((kind, ""), number), (kind, "") not in own)
        for kind, number in DEFAULTS.items()
    ]
    single = [
        NumberView(AccountKind(kind), detail, number, is_default=False)
        for (kind, detail), number in sorted(own.items())
        if detail
    ]
    return kinds + single


@transaction.atomic
def set_account_number(
    *, operator_id: int, kind: AccountKind, detail: str, number: str, actor: Actor
) -> None:
    """Give a kind of account, or one account by its detail, a number; "" takes it away again.

    Raises Refused `bad-number`.
    """
    rows = AccountNumber.objects.filter(operator_id=operator_id, kind=kind, detail=detail)
    if number == "":
        rows.delete()
    elif number.isascii() and number.isdecimal() and len(number) <= 9:
        AccountNumber.objects.update_or_create(
            operator_id=operator_id, kind=kind, detail=detail, defaults={"number": number}
        )
    else:
        raise Refused("bad-number", _("The number of an account has 1 to 9 digits."))
    told = {"kind": kind, "detail": detail, "number": number}
    audit.write_audit(actor, operator_id, "billing.account_number_set", f"operator:{operator_id}", told)
