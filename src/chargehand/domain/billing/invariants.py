"""What must always be true of the books; each break in a sentence that says where to look."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from chargehand.domain.billing import document_invariants

#: Followers get so long to decide about a record before its missing decision counts as a break.
GRACE: Final = timedelta(minutes=15)

#: Most breaks told of one kind.
MOST: Final = 20

_UNBALANCED: Final = """
SELECT posting_id, currency, sum(minor) FROM billing_entry GROUP BY posting_id, currency
HAVING sum(minor) <> 0 ORDER BY posting_id LIMIT %(most)s
"""
_EMPTY: Final = """
SELECT p.id FROM billing_posting p
WHERE p.resolves_id IS NULL AND NOT EXISTS (SELECT FROM billing_entry e WHERE e.posting_id = p.id)
ORDER BY p.id LIMIT %(most)s
"""
_STRANGERS: Final = """
SELECT e.id, e.posting_id FROM billing_entry e
JOIN billing_posting p ON p.id = e.posting_id JOIN billing_account a ON a.id = e.account_id
WHERE a.operator_id <> p.operator_id OR a.currency <> e.currency ORDER BY e.id LIMIT %(most)s
"""
_REVERSALS: Final = """
SELECT p.id, p.reverses_id FROM billing_posting p WHERE p.reverses_id IS NOT NULL AND EXISTS (
    SELECT FROM billing_entry e WHERE e.posting_id IN (p.id, p.reverses_id)
    GROUP BY e.account_id HAVING sum(e.minor) <> 0
) ORDER BY p.id LIMIT %(most)s
"""
_OVERTAKEN: Final = """
SELECT p.id, p.resolves_id FROM billing_posting p WHERE p.resolves_id IS NOT NULL AND EXISTS (
    SELECT FROM (
        SELECT COALESCE(sum(e.minor) FILTER (WHERE e.posting_id = p.id), 0) AS taken,
            COALESCE(sum(e.minor) FILTER (WHERE e.posting_id = p.resolves_id), 0) AS held
        FROM billing_entry e WHERE e.posting_id IN (p.id, p.resolves_id) GROUP BY e.account_id
    ) AS each WHERE taken * held < 0 OR abs(taken) > abs(held)
) ORDER BY p.id LIMIT %(most)s
"""
_STALE_HOLDS: Final = """
SELECT p.id, p.expires_at FROM billing_posting p
WHERE p.is_pending AND p.expires_at < %(now)s
    AND NOT EXISTS (SELECT FROM billing_posting r WHERE r.resolves_id = p.id)
ORDER BY p.expires_at LIMIT %(most)s
"""
_LINES: Final = """
SELECT c.id FROM billing_priced_cdr c CROSS JOIN LATERAL (
    SELECT COALESCE(sum((line->>'before_minor')::bigint), 0) AS before,
        COALESCE(sum((line->>'tax_minor')::bigint), 0) AS tax,
        COALESCE(sum((line->>'after_minor')::bigint), 0) AS after
    FROM jsonb_array_elements(c.lines) AS line
) AS lines
WHERE (lines.before, lines.tax, lines.after) <> (c.before_minor, c.tax_minor, c.after_minor)
ORDER BY c.id LIMIT %(most)s
"""
_POSTED: Final = """
SELECT c.id, c.posting_id FROM billing_priced_cdr c CROSS JOIN LATERAL (
    SELECT COALESCE(sum(e.minor) FILTER (WHERE a.kind = 'receivable'), 0) AS owed,
        COALESCE(sum(e.minor) FILTER (WHERE a.kind = 'revenue'), 0) AS earned,
        COALESCE(sum(e.minor) FILTER (WHERE a.kind = 'vat-payable'), 0) AS tax
    FROM billing_entry e JOIN billing_account a ON a.id = e.account_id WHERE e.posting_id = c.posting_id
) AS posted
WHERE (posted.owed, posted.earned, posted.tax) <> (c.after_minor, -c.before_minor, -c.tax_minor)
ORDER BY c.id LIMIT %(most)s
"""
_CREDITS: Final = """
SELECT c.id, c.credits_id FROM billing_priced_cdr c JOIN billing_priced_cdr b ON b.id = c.credits_id
WHERE (c.before_minor, c.tax_minor, c.after_minor, c.currency, c.cdr_id)
    <> (-b.before_minor, -b.tax_minor, -b.after_minor, b.currency, b.cdr_id)
ORDER BY c.id LIMIT %(most)s
"""
_TWICE: Final = """
SELECT c.transaction_id, count(*) FROM billing_priced_cdr c
WHERE c.kind = 'charge' AND NOT EXISTS (SELECT FROM billing_priced_cdr d WHERE d.credits_id = c.id)
GROUP BY c.transaction_id HAVING count(*) > 1 ORDER BY c.transaction_id LIMIT %(most)s
"""
_OUTCOMES: Final = """
SELECT n.id, n.transaction_id, n.outcomes FROM (
    SELECT r.id, r.transaction_id, r.issued_at,
        (SELECT count(*) FROM billing_priced_cdr c WHERE c.cdr_id = r.id AND c.kind = 'charge'
            AND NOT EXISTS (SELECT FROM billing_priced_cdr d WHERE d.credits_id = c.id))
        + (SELECT count(*) FROM billing_waived_cdr w WHERE w.cdr_id = r.id)
        + (SELECT count(*) FROM billing_price_review v WHERE v.cdr_id = r.id AND v.state = 'open') AS outcomes
    FROM charging_cdr r
    WHERE NOT EXISTS (
        SELECT FROM charging_cdr s WHERE s.transaction_id = r.transaction_id AND s.version > r.version
    )
) AS n WHERE n.outcomes <> 1 AND n.issued_at < %(decided_by)s ORDER BY n.id LIMIT %(most)s
"""

_SENTENCES: Final = (
    (_UNBALANCED, "Posting {0} does not balance: {2} minor units of {1} are left."),
    (_EMPTY, "Posting {0} has no entries."),
    (_STRANGERS, "Entry {0} of posting {1} is in an account of another operator or currency."),
    (_REVERSALS, "Posting {0} is not the exact opposite of posting {1}, which it reverses."),
    (_OVERTAKEN, "Posting {0} takes more than hold {1} had."),
    (_STALE_HOLDS, "Hold {0} expired at {1} and is neither taken nor released."),
    (_LINES, "The lines of priced record {0} do not add up to its total."),
    (_POSTED, "Priced record {0} says something else than the books (posting {1})."),
    (_CREDITS, "Credit {0} is not the exact opposite of price {1}."),
    (_TWICE, "Charge {0} is billed {1} times."),
    (
        _OUTCOMES,
        "Record {0} of charge {1} was decided {2} times; once is right: priced, waived or in review.",
    ),
)


def find_breaks(now: datetime) -> list[str]:
    """Return a sentence for each thing that does not add up, at most twenty of a kind; [] is as it must be."""
    values = {
        "now": now,
        "decided_by": now - GRACE,
        "billed_by": now - document_invariants.BILLED_WITHIN,
        "monthly_by": now - document_invariants.MONTHLY_WITHIN,
        "most": MOST,
    }
    table = (*_SENTENCES, *document_invariants.SENTENCES)
    return [sentence for query, words in table for sentence in _ask(query, words, values)]


def _ask(query: str, words: str, values: dict[str, Any]) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        for row in cursor.fetchall():
            yield words.format(*row)
