"""Plain words for what became of prices, documents, accounts and postings."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.billing.charge_list import ChargeRow
from chargehand.domain.billing.chart import AccountKind
from chargehand.interfaces.console import session_words
from chargehand.interfaces.ui import formats

PROBLEMS: Final[Mapping[str, Promise]] = {
    "": gettext_lazy("All charges"),
    "no-energy": gettext_lazy("Without energy"),
    "waived": gettext_lazy("Not billed"),
    "review": gettext_lazy("In review"),
    "credited": gettext_lazy("Taken back"),
    "waiting": gettext_lazy("Without a price yet"),
}
WAIVED: Final[Mapping[str, Promise]] = {
    "tiny": gettext_lazy("Not billed: too little, too short or broken off by the charger"),
    "no-tariffs": gettext_lazy("Not billed: there were no tariffs"),
    "by-person": gettext_lazy("Not billed: decided by a person"),
}
WAIVED_SHORT: Final[Mapping[str, Promise]] = {
    "tiny": gettext_lazy("too little"),
    "no-tariffs": gettext_lazy("no tariffs"),
    "by-person": gettext_lazy("by a person"),
}
KINDS: Final[Mapping[str, Promise]] = {
    "meter": gettext_lazy("Meter"),
    "incomplete": gettext_lazy("Messages missing"),
    "clock": gettext_lazy("Clock wrong"),
    "authorization": gettext_lazy("Token not accepted"),
    "tariff": gettext_lazy("No tariff"),
    "price": gettext_lazy("Price cannot be told"),
}
SUGGESTIONS: Final[Mapping[str, Promise]] = {
    "settle-repair": gettext_lazy("Settle the charge in the repair queue first."),
    "price": gettext_lazy("Price it as it is."),
    "waive": gettext_lazy("Bill nothing."),
    "choose-tariff": gettext_lazy("Choose a tariff."),
}
RESOLUTIONS: Final[Mapping[str, Promise]] = {
    "priced": gettext_lazy("Priced"),
    "waived": gettext_lazy("Not billed"),
    "superseded": gettext_lazy("A newer record came"),
}
INVOICE_STATES: Final[Mapping[str, tuple[str, Promise]]] = {
    "open": ("charging", gettext_lazy("Open")),
    "overdue": ("broken", gettext_lazy("Overdue")),
    "paid": ("ready", gettext_lazy("Paid")),
    "credited": ("offline", gettext_lazy("Credited")),
}
METHODS: Final[Mapping[str, Promise]] = {
    "bank-transfer": gettext_lazy("Bank transfer"),
    "direct-debit": gettext_lazy("Direct debit"),
    "cash": gettext_lazy("Cash"),
}
POSTINGS: Final[Mapping[str, Promise]] = {
    "cdr": gettext_lazy("Price of a charge"),
    "reversal": gettext_lazy("Taken back"),
    "payment": gettext_lazy("Payment"),
    "host-share": gettext_lazy("Share of a site host"),
    "host-payout": gettext_lazy("Payout to a site host"),
    "payout": gettext_lazy("Paid back"),
    "host-tax": gettext_lazy("Tax on a site host's statement"),
    "hold": gettext_lazy("Hold"),
    "hold-settled": gettext_lazy("Hold taken"),
    "hold-released": gettext_lazy("Hold released"),
}
LINES: Final[Mapping[str, Promise]] = {
    "ENERGY": gettext_lazy("Energy"),
    "TIME": gettext_lazy("Charging time"),
    "PARKING_TIME": gettext_lazy("Plugged in without charging"),
    "RESERVATION_TIME": gettext_lazy("Reservation"),
    "FLAT": gettext_lazy("Session fee"),
    "MIN_PRICE": gettext_lazy("Up to the minimum price"),
    "MAX_PRICE": gettext_lazy("Down to the maximum price"),
}
ACCOUNTS: Final[Mapping[AccountKind, Promise]] = {
    AccountKind.RECEIVABLE: gettext_lazy("Owed by customers"),
    AccountKind.REVENUE: gettext_lazy("Revenue"),
    AccountKind.VAT_PAYABLE: gettext_lazy("Tax owed"),
    AccountKind.VAT_RECEIVABLE: gettext_lazy("Tax to be claimed"),
    AccountKind.PSP_CLEARING: gettext_lazy("With payment providers"),
    AccountKind.PSP_FEES: gettext_lazy("Fees of payment providers"),
    AccountKind.BANK: gettext_lazy("Bank"),
    AccountKind.HOST_COST: gettext_lazy("Shares of site hosts"),
    AccountKind.HOST_PAYABLE: gettext_lazy("Owed to site hosts"),
    AccountKind.HOLDS: gettext_lazy("Holds"),
    AccountKind.WALLET_PURCHASED: gettext_lazy("Wallets, paid in"),
    AccountKind.WALLET_GRANTED: gettext_lazy("Wallets, granted"),
    AccountKind.ROAMING_RECEIVABLE: gettext_lazy("Owed by roaming partners"),
    AccountKind.ROAMING_PAYABLE: gettext_lazy("Owed to roaming partners"),
    AccountKind.ROUNDING: gettext_lazy("Rounding"),
    AccountKind.WRITE_OFF: gettext_lazy("Written off"),
    AccountKind.DISPUTE: gettext_lazy("Disputed"),
}


def outcome(row: ChargeRow) -> dict[str, Any]:
    """State and word of a charge, as a table shows it."""
    if row.outcome == "review":
        return {"state": "attention", "word": _("In review")}
    if row.outcome == "waiting":
        return {"state": "offline", "word": _("No price yet")}
    if row.outcome == "waived":
        why = str(WAIVED_SHORT.get(row.waived_reason, row.waived_reason))
        return {"state": "offline", "word": _("Not billed: %s") % why}
    if not row.invoice_id:
        return (
            {"state": "charging", "word": _("Not invoiced yet")}
            if row.after_minor
            else {
                "state": "ready",
                "word": _("Free"),
            }
        )
    state, word = INVOICE_STATES.get(row.invoice_state, ("unknown", row.invoice_state))
    return {"state": state, "word": str(word)}


def evidence(found: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """What a review knows, as terms and values."""
    energy = None if found.get("energy_wh") is None else Decimal(str(found["energy_wh"]))
    stop = str(found.get("stop_reason") or "")
    flags = [session_words.flag_sentence(str(flag)) for flag in found.get("flags", ())]
    return [
        (_("Energy"), None if energy is None else formats.write_energy(energy, 3)),
        (_("Peculiar"), " ".join(flags) or None),
        (_("Answer to the token"), str(found.get("authorization") or "") or None),
        (_("Why it ended"), session_words.reason_sentence(stop) if stop else None),
        (_("Tariff at the start"), " ".join(str(each) for each in found.get("tariff", ())) or None),
    ]
