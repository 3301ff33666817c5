"""What must always be true of invoices, payments, numbers and statements: queries that find what is not."""

from datetime import timedelta
from typing import Final

#: A price that is to be billed at once is on its invoice after so long: the clock looks every hour.
BILLED_WITHIN: Final = timedelta(hours=2)

#: A price of a customer who is billed monthly is on an invoice after so long.
MONTHLY_WITHIN: Final = timedelta(days=33)

_UNBILLED: Final = """
SELECT c.id, c.transaction_id FROM billing_priced_cdr c
WHERE c.kind = 'charge' AND (c.before_minor, c.after_minor) <> (0, 0) AND c.priced_at < %(billed_by)s
    AND NOT EXISTS (SELECT FROM billing_invoiced_charge i WHERE i.priced_id = c.id)
    AND NOT EXISTS (SELECT FROM billing_priced_cdr d WHERE d.credits_id = c.id)
    AND NOT (c.priced_at >= %(monthly_by)s AND EXISTS (
        SELECT FROM tokens_token t
        LEFT JOIN billing_customer_token own ON own.token_id = t.id
        JOIN billing_customer u ON u.operator_id = t.operator_id AND (u.id = own.customer_id
            OR (own.token_id IS NULL AND t.group_uid <> '' AND u.group_uid = t.group_uid))
        WHERE 'token:' || t.id = c.customer AND u.mode = 'monthly'
    ))
ORDER BY c.id LIMIT %(most)s
"""
_UNCREDITED: Final = """
SELECT c.id, n.number FROM billing_priced_cdr c
JOIN billing_invoiced_charge i ON i.priced_id = c.credits_id JOIN billing_invoice n ON n.id = i.invoice_id
WHERE c.priced_at < %(billed_by)s
    AND NOT EXISTS (SELECT FROM billing_invoiced_charge j WHERE j.priced_id = c.id)
ORDER BY c.id LIMIT %(most)s
"""
_CHARGES: Final = """
SELECT n.number FROM billing_invoice n CROSS JOIN LATERAL (
    SELECT COALESCE(sum(i.total_minor), 0) AS told,
        COALESCE(sum(CASE n.kind WHEN 'invoice' THEN c.after_minor ELSE -c.after_minor END), 0) AS priced,
        bool_and(i.posting_id IS NOT DISTINCT FROM c.posting_id AND i.account = c.customer
            AND n.currency = c.currency) AS is_same
    FROM billing_invoiced_charge i JOIN billing_priced_cdr c ON c.id = i.priced_id WHERE i.invoice_id = n.id
) AS charges
WHERE (charges.told, charges.priced) <> (n.total_minor, n.total_minor) OR charges.is_same IS NOT TRUE
ORDER BY n.id LIMIT %(most)s
"""
_DOCUMENTS: Final = """
SELECT n.number FROM billing_invoice n CROSS JOIN LATERAL (
    SELECT COALESCE(sum((line->>'before_minor')::bigint), 0) AS before,
        COALESCE(sum((line->>'tax_minor')::bigint), 0) AS tax,
        COALESCE(sum((line->>'after_minor')::bigint), 0) AS after
    FROM jsonb_array_elements(n.document->'lines') AS line
) AS lines
WHERE (lines.before, lines.tax, lines.after + n.rounding_minor) <> (n.before_minor, n.tax_minor, n.total_minor)
    OR n.document->>'number' <> n.number OR (n.document->>'issued_on')::date <> n.issued_on
    OR (n.document->>'due_minor')::bigint <> n.total_minor - COALESCE((n.document->>'paid_minor')::bigint, 0)
ORDER BY n.id LIMIT %(most)s
"""
_GAPS: Final = """
SELECT s.series, s.last, count(d.sequence), e.name FROM billing_number_series s
JOIN billing_legal_entity e ON e.id = s.entity_id
LEFT JOIN (
    SELECT entity_id, series, sequence FROM billing_invoice
    UNION ALL SELECT entity_id, series, sequence FROM billing_statement WHERE sequence IS NOT NULL
) AS d ON d.entity_id = s.entity_id AND d.series = s.series
GROUP BY s.id, e.name
HAVING count(d.sequence) <> s.last OR COALESCE(max(d.sequence), 0) <> s.last
    OR count(DISTINCT d.sequence) <> s.last
ORDER BY s.id LIMIT %(most)s
"""
_PAYMENTS: Final = """
SELECT n.number FROM billing_invoice n JOIN billing_invoice_state s ON s.invoice_id = n.id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(p.minor), 0) AS paid, COALESCE(sum(abs(posted.minor)), 0) AS posted
    FROM billing_invoice_payment p CROSS JOIN LATERAL (
        SELECT sum(e.minor) AS minor FROM billing_entry e JOIN billing_account a ON a.id = e.account_id
        WHERE e.posting_id = p.posting_id AND a.kind = 'receivable'
    ) AS posted WHERE p.invoice_id = n.id
) AS payments
WHERE (payments.paid, payments.posted) <> (s.paid_minor, s.paid_minor)
    OR (n.kind = 'invoice' AND s.credited_minor <> (
        SELECT COALESCE(sum(c.total_minor), 0) FROM billing_invoice c WHERE c.corrects_id = n.id))
ORDER BY n.id LIMIT %(most)s
"""
_SHARES: Final = """
SELECT h.priced_id FROM billing_host_share h CROSS JOIN LATERAL (
    SELECT COALESCE(sum(e.minor) FILTER (WHERE a.kind = 'host-payable'), 0) AS payable
    FROM billing_entry e JOIN billing_account a ON a.id = e.account_id WHERE e.posting_id = h.posting_id
) AS posted WHERE posted.payable <> -h.share_minor ORDER BY h.priced_id LIMIT %(most)s
"""
_CLAWBACKS: Final = """
SELECT c.id, h.priced_id FROM billing_host_share h JOIN billing_priced_cdr c ON c.credits_id = h.priced_id
LEFT JOIN billing_host_share k ON k.priced_id = c.id
WHERE c.priced_at < %(billed_by)s AND k.share_minor IS DISTINCT FROM -h.share_minor
ORDER BY c.id LIMIT %(most)s
"""
_STATEMENTS: Final = """
SELECT s.id FROM billing_statement s CROSS JOIN LATERAL (
    SELECT COALESCE(sum(h.share_minor), 0) AS shares FROM billing_stated_share t
    JOIN billing_host_share h ON h.priced_id = t.share_id WHERE t.statement_id = s.id
) AS stated CROSS JOIN LATERAL (
    SELECT COALESCE(sum(e.minor) FILTER (WHERE a.kind = 'host-payable'), 0) AS tax
    FROM billing_entry e JOIN billing_account a ON a.id = e.account_id WHERE e.posting_id = s.posting_id
) AS posted
WHERE s.kind = 'host' AND s.total_minor <> stated.shares - posted.tax ORDER BY s.id LIMIT %(most)s
"""

SENTENCES: Final = (
    (_UNBILLED, "Price {0} of charge {1} is on no invoice."),
    (_UNCREDITED, "Credit {0} takes back what invoice {1} bills, but there is no credit note for it."),
    (_CHARGES, "Invoice {0} says something else than the prices on it."),
    (_DOCUMENTS, "The lines of invoice {0} do not add up to what it is booked with."),
    (_GAPS, "Series {0} of {3} has given {1} numbers, but {2} documents have one."),
    (_PAYMENTS, "What invoice {0} counts as paid or credited is not what was posted."),
    (_SHARES, "The host's share of price {0} is not what was posted."),
    (_CLAWBACKS, "Credit {0} took price {1} back, but not the host's share of it."),
    (_STATEMENTS, "Statement {0} is not the sum of the postings on it."),
)
