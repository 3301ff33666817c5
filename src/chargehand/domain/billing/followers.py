"""What billing does when something happened to a charge: fix its tariff, price its record, write its bill."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chargehand.domain.billing import (
    credit_notes,
    invoices,
    prices,
    receipts,
    sharing,
    snapshots,
    station_tariffs,
    telling,
)
from chargehand.domain.billing.facts import CdrCredited, CdrPriced, CdrWaived
from chargehand.domain.charging import cdrs
from chargehand.domain.charging.facts import CdrIssued, TransactionEnded, TransactionStarted
from chargehand.domain.stations.facts import RequestAnswered
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact


def fix_tariffs(stated: Sequence[Fact]) -> None:
    """Fix the tariffs of charges that began, and give each its receipt key."""
    for fact in stated:
        if isinstance(fact, TransactionStarted) and fact.operator_id is not None:
            if snapshots.fix_tariff(fact.operator_id, fact.transaction_id) is None:
                continue  # nobody knows this charge
            receipts.receipt_key(fact.operator_id, fact.transaction_id)


def price_records(stated: Sequence[Fact]) -> None:
    """Price records that were issued."""
    for fact in stated:
        if isinstance(fact, CdrIssued) and fact.operator_id is not None:
            prices.price_cdr(fact.operator_id, fact.cdr_id)


def bill_prices(stated: Sequence[Fact]) -> None:
    """Invoice prices of customers who are billed at once, and correct what was invoiced and taken back."""
    priced: dict[int, list[int]] = {}
    for fact in stated:
        if isinstance(fact, CdrPriced) and fact.operator_id is not None:
            priced.setdefault(fact.operator_id, []).append(fact.priced_id)
    for operator_id, priced_ids in sorted(priced.items()):
        invoices.issue_invoices(operator_id, priced_ids, now=clock.now())
    for fact in stated:
        if isinstance(fact, CdrCredited) and fact.operator_id is not None:
            credit_notes.issue_credit_note(fact.operator_id, fact.priced_id, now=clock.now())


def bill_at_once(stated: Sequence[Fact]) -> None:
    """Record, price and invoice charges that ended just now, ahead of a backlog of older ones.

    The followers that do each step in its turn find it done. A driver who unplugs reads the receipt within
    seconds, also while a station that was offline tells its last weeks.
    """
    since = clock.now() - FRESH
    ended = {
        (fact.operator_id, fact.transaction_id)
        for fact in stated
        if isinstance(fact, TransactionEnded) and fact.operator_id is not None and fact.happened_at > since
    }
    priced: dict[int, list[int]] = {}
    for operator_id, transaction_id in sorted(ended):
        cdr_id = cdrs.issue(transaction_id)
        outcome = None if cdr_id is None else prices.price_cdr(operator_id, cdr_id)
        if outcome is not None and outcome.kind == "priced" and outcome.id is not None:
            priced.setdefault(operator_id, []).append(outcome.id)
    for operator_id, priced_ids in priced.items():
        invoices.issue_invoices(operator_id, priced_ids, now=clock.now())


def share_prices(stated: Sequence[Fact]) -> None:
    """Give site hosts their share of prices, and take it back with them."""
    for fact in stated:
        if isinstance(fact, (CdrPriced, CdrCredited)) and fact.operator_id is not None:
            sharing.share_price(fact.operator_id, fact.priced_id)


def tell_stations(stated: Sequence[Fact]) -> None:
    """Tell stations prices of charges that began and costs of those that are over; learn what they refuse."""
    for fact in stated:
        if isinstance(fact, RequestAnswered) and fact.command in SHOWN:
            telling.keep_refusal(fact)
            if fact.command == "set-default-tariff":
                station_tariffs.keep_answer(fact)
        elif isinstance(fact, TransactionStarted) and fact.operator_id is not None:
            telling.tell_price(fact.operator_id, fact.transaction_id, fact.token_uid, clock.now())
        elif isinstance(fact, CdrPriced | CdrWaived) and fact.operator_id is not None:
            telling.tell_final(fact.operator_id, fact.transaction_id, clock.now())


#: A charge that ended longer ago waits its turn.
FRESH: Final = timedelta(minutes=15)

STARTS: Final = (TransactionStarted,)
ENDINGS: Final = (TransactionEnded,)
RECORDS: Final = (CdrIssued,)
PRICES: Final = (CdrPriced, CdrCredited)
TOLD: Final = (TransactionStarted, CdrPriced, CdrWaived, RequestAnswered)
SHOWN: Final = frozenset({"show-cost", "show-price", "set-default-tariff"})
