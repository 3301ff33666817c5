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
from chargehand.domain.charging.facts import (
    CdrIssued,
    TransactionEnded,
    TransactionIdentified,
    TransactionStarted,
)
from chargehand.domain.stations.facts import RequestAnswered
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact


def fix_tariffs(stated: Sequence[Fact]) -> None:
    """Fix the tariffs of charges that began or learnt whose they are, and give each its receipt key."""
    started: dict[int, set[int]] = {}
    for fact in stated:
        if isinstance(fact, TransactionStarted | TransactionIdentified) and fact.operator_id is not None:
            started.setdefault(fact.operator_id, set()).add(fact.transaction_id)
    for operator_id, transaction_ids in sorted(started.items()):
        receipts.receipt_keys(operator_id, snapshots.fix_tariffs(operator_id, transaction_ids))


def price_records(stated: Sequence[Fact]) -> None:
    """Price records that were issued."""
    issued: dict[int, list[int]] = {}
    for fact in stated:
        if isinstance(fact, CdrIssued) and fact.operator_id is not None:
            issued.setdefault(fact.operator_id, []).append(fact.cdr_id)
    for operator_id, cdr_ids in sorted(issued.items()):
        prices.price_cdrs(operator_id, cdr_ids)


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
    ended: dict[int, set[int]] = {}
    for fact in stated:
        if isinstance(fact, TransactionEnded) and fact.operator_id is not None and fact.happened_at > since:
            ended.setdefault(fact.operator_id, set()).add(fact.transaction_id)
    for operator_id, transaction_ids in sorted(ended.items()):
        issued = cdrs.issue_all(transaction_ids)
        outcomes = prices.price_cdrs(operator_id, list(issued.values()))
        priced = [each.id for each in outcomes.values() if each.kind == "priced" and each.id is not None]
        invoices.issue_invoices(operator_id, priced, now=clock.now())


def share_prices(stated: Sequence[Fact]) -> None:
    """Give site hosts their share of prices, and take it back with them."""
    priced: dict[int, set[int]] = {}
    for fact in stated:
        if isinstance(fact, CdrPriced | CdrCredited) and fact.operator_id is not None:
            priced.setdefault(fact.operator_id, set()).add(fact.priced_id)
    for operator_id, priced_ids in sorted(priced.items()):
        sharing.share_prices(operator_id, priced_ids)


def tell_stations(stated: Sequence[Fact]) -> None:
    """Tell stations prices of charges that began and costs of those that are over; learn what they refuse."""
    now = clock.now()
    told = {
        fact.transaction_id for fact in stated if isinstance(fact, TransactionStarted | CdrPriced | CdrWaived)
    }
    fresh = telling.fresh_charges(told, now)
    for fact in stated:
        if isinstance(fact, RequestAnswered) and fact.command in SHOWN:
            telling.keep_refusal(fact)
            if fact.command == "set-default-tariff":
                station_tariffs.keep_answer(fact)
        elif fact.operator_id is None:
            continue
        elif isinstance(fact, TransactionStarted) and fact.transaction_id in fresh:
            telling.tell_price(fact.operator_id, fact.transaction_id, fact.token_uid, now)
        elif isinstance(fact, CdrPriced | CdrWaived) and fact.transaction_id in fresh:
            telling.tell_final(fact.operator_id, fact.transaction_id, now)


#: A charge that ended longer ago waits its turn.
FRESH: Final = timedelta(minutes=15)

STARTS: Final = (TransactionStarted, TransactionIdentified)
ENDINGS: Final = (TransactionEnded,)
RECORDS: Final = (CdrIssued,)
PRICES: Final = (CdrPriced, CdrCredited)
TOLD: Final = (TransactionStarted, CdrPriced, CdrWaived, RequestAnswered)
SHOWN: Final = frozenset({"show-cost", "show-price", "set-default-tariff"})
