"""The register of statements to fleets and site hosts: written once for each period, listed and read."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

import msgspec
from django.db.models import Q

from chargehand.domain.billing.documents.arithmetic import find_problems
from chargehand.domain.billing.documents.shapes import Document, DocumentLine, TaxGroup
from chargehand.domain.billing.facts import StatementIssued
from chargehand.domain.billing.models import Statement
from chargehand.domain.billing.numbering import take_number
from chargehand.journal import log as journal
from chargehand.kernel.errors import Refused
from chargehand.kernel.jsontext import json_text

MOST_PER_PAGE: Final = 500


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """A statement: `kind` is fleet (then `customer_id`) or host (then `host_id`); minor units."""

    id: int
    kind: str
    customer_id: int | None
    host_id: int | None
    number: str
    recipient: str
    issued_on: date
    period: tuple[date, date]
    currency: str
    total_minor: int
    issued_at: datetime


class StatementPage(msgspec.Struct, frozen=True):
    """Statements, newest first; `before_id` asks for the page after this one."""

    statements: tuple[StatementView, ...]
    before_id: int | None


def issued_statements(
    operator_id: int,
    *,
    kind: str = "",
    customer_id: int | None = None,
    host_ids: Collection[int] | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> StatementPage:
    """Return a page of statements of a kind (fleet, host, "" for both), to a fleet or some hosts."""
    rows = Statement.objects.filter(operator_id=operator_id)
    wanted = {
        "kind": kind or None,
        "customer_id": customer_id,
        "host_id__in": None if host_ids is None else list(host_ids),
        "pk__lt": before_id,
    }
    rows = rows.filter(Q(**{name: value for name, value in wanted.items() if value is not None}))
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.select_related("customer", "host").order_by("-pk")[: limit + 1])
    views = tuple(_view(row) for row in found[:limit])
    return StatementPage(views, views[-1].id if len(found) > limit else None)


def issued_statement(operator_id: int, statement_id: int) -> StatementView | None:
    """Return a statement."""
    row = Statement.objects.filter(operator_id=operator_id, pk=statement_id).first()
    return None if row is None else _view(row)


def statement_document(operator_id: int, statement_id: int) -> Document | None:
    """Return the document of a statement."""
    row = Statement.objects.filter(operator_id=operator_id, pk=statement_id).first()
    return None if row is None else msgspec.convert(row.document, type=Document, strict=False)


def with_totals(
    document: Document, lines: tuple[DocumentLine, ...], taxes: tuple[TaxGroup, ...], rounding_minor: int
) -> Document:
    """Return a document with lines, taxes and the totals they make."""
    before, tax = sum(line.before_minor for line in lines), sum(line.tax_minor for line in lines)
    return msgspec.structs.replace(
        document,
        lines=lines,
        taxes=taxes,
        before_minor=before,
        tax_minor=tax,
        after_minor=before + tax,
        rounding_minor=rounding_minor,
        due_minor=before + tax + rounding_minor,
    )


def write_statement(row: Statement, document: Document, *, series: str, now: datetime) -> Statement:
    """Write a statement down, with a number where it has a series, last in its transaction.

    Raises Refused `bad-document`.
    """
    problems = find_problems(msgspec.structs.replace(document, number="1"))
    if problems:
        raise Refused("bad-document", " ".join(problems))
    if series:
        number = take_number(entity_id=row.entity_id, series=series, year=document.issued_on.year)
        row.series, row.sequence, row.number = number.series, number.sequence, number.text
        document = msgspec.structs.replace(document, number=number.text, series=number.series)
    row.issued_on, (row.period_from, row.period_to) = document.issued_on, document.tax_period
    row.currency, row.total_minor, row.issued_at = document.currency, document.due_minor, now
    row.document = msgspec.json.decode(json_text(document))
    row.save(force_insert=True)
    journal.state(
        [
            StatementIssued(
                happened_at=now,
                operator_id=row.operator_id,
                number=row.number,
                currency=row.currency,
                total_minor=row.total_minor,
                statement_id=row.pk,
                customer_id=row.customer_id,
                host_id=row.host_id,
            )
        ]
    )
    return row


def _view(row: Statement) -> StatementView:
    recipient = row.customer or row.host
    return StatementView(
        id=row.pk,
        kind=row.kind,
        customer_id=row.customer_id,
        host_id=row.host_id,
        number=row.number,
        recipient="" if recipient is None else recipient.name,
        issued_on=row.issued_on,
        period=(row.period_from, row.period_to),
        currency=row.currency,
        total_minor=row.total_minor,
        issued_at=row.issued_at,
    )
