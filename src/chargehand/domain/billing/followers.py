"""What billing does when something happened to a charge: fix its tariff, price its record."""

from collections.abc import Sequence
from typing import Final

from chargehand.domain.billing import prices, snapshots
from chargehand.domain.charging.facts import CdrIssued, TransactionStarted
from chargehand.kernel.facts import Fact


def fix_tariffs(stated: Sequence[Fact]) -> None:
    """Fix the tariffs of charges that began."""
    for fact in stated:
        if isinstance(fact, TransactionStarted) and fact.operator_id is not None:
            snapshots.fix_tariff(fact.operator_id, fact.transaction_id)


def price_records(stated: Sequence[Fact]) -> None:
    """Price records that were issued."""
    for fact in stated:
        if isinstance(fact, CdrIssued) and fact.operator_id is not None:
            prices.price_cdr(fact.operator_id, fact.cdr_id)


STARTS: Final = (TransactionStarted,)
RECORDS: Final = (CdrIssued,)
