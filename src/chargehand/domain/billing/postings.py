"""How the price of a charge goes into the books: receivable against revenue and value added tax."""

from datetime import datetime

from chargehand.domain.billing import ledger
from chargehand.domain.billing.chart import AccountKind, AccountName, Leg
from chargehand.domain.billing.rating import Rated


def legs_of(rated: Rated, *, customer: str, country: str) -> list[Leg]:
    """Return the legs of a price: who owes it, revenue by type of line, tax by country and rate."""
    currency = rated.currency
    legs = [Leg(AccountName(AccountKind.RECEIVABLE, currency, customer), rated.after_minor)]
    legs += [
        Leg(AccountName(AccountKind.REVENUE, currency, line.type), -line.before_minor) for line in rated.lines
    ]
    legs += [
        Leg(AccountName(AccountKind.VAT_PAYABLE, currency, _rate(country, share.percent)), -share.minor)
        for share in rated.taxes
    ]
    return legs


def charge_event(
    *, cdr_id: int, customer: str, country: str, rated: Rated, happened_at: datetime
) -> ledger.Event | None:
    """Return what is to be posted for a price; None where nothing is owed for anything."""
    legs = legs_of(rated, customer=customer, country=country)
    if not any(leg.minor for leg in legs):
        return None
    return ledger.Event(key=f"cdr:{cdr_id}:charge", kind="cdr", legs=tuple(legs), happened_at=happened_at)


def post_credit(*, operator_id: int, cdr_id: int, posting_id: int, happened_at: datetime) -> int:
    """Take the posting of a price back, once."""
    return ledger.reverse(
        operator_id=operator_id, posting_id=posting_id, key=f"cdr:{cdr_id}:credit", happened_at=happened_at
    )


def _rate(country: str, percent: str | None) -> str:
    """Name the tax account; what a minimum or maximum price shifts has no rate of its own."""
    return f"{country or '--'} {'limit' if percent is None else percent}"
