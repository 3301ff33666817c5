"""Statements to fleets: what each of its tokens took and cost in a month."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec
import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from chargehand.domain.accounts.help_contacts import help_contact
from chargehand.domain.billing import prices
from chargehand.domain.billing.charge_lines import align, charge_lines, tax_groups
from chargehand.domain.billing.composition import month_of
from chargehand.domain.billing.customers import CustomerView, customer, customer_of_account
from chargehand.domain.billing.documents.formats import write_day
from chargehand.domain.billing.documents.shapes import Document, DocumentLine, SessionProof
from chargehand.domain.billing.documents.words import words_of
from chargehand.domain.billing.entities import EntityView, default_entity, entity
from chargehand.domain.billing.invoices import MONTH_CLOSES_AT, month_after, start_of
from chargehand.domain.billing.line_words import speak, word
from chargehand.domain.billing.models import Customer, PricedCdr, Statement
from chargehand.domain.billing.session_proofs import kwh_of, mask, session_proof
from chargehand.domain.billing.statement_register import with_totals, write_statement
from chargehand.domain.billing.taxation import NO_TAX
from chargehand.domain.tokens import queries as tokens
from chargehand.kernel.errors import Refused

log = structlog.get_logger(__name__)


@transaction.atomic
def issue_fleet_statements(operator_id: int, customer_id: int, *, month: date, now: datetime) -> list[int]:
    """Issue a fleet's statement of a month for each currency, and return the new ones.

    It holds the prices that stand now of charges that ended in the month. A statement that was issued stays as
    it is; once its charges were taken back, or others came, another one replaces it. Raises Refused
    `unknown-customer`, `bad-document`.
    """
    Customer.objects.select_for_update(no_key=True).filter(operator_id=operator_id, pk=customer_id).first()
    fleet = customer(operator_id, customer_id)
    if fleet is None:
        raise Refused("unknown-customer", _("There is no such customer."))
    seller = _seller(operator_id, fleet)
    groups: dict[str, list[PricedCdr]] = {each: [] for each in _stated_currencies(seller, fleet, month)}
    for row in _prices(seller, fleet, month):
        groups.setdefault(row.currency, []).append(row)
    made = []
    for currency, rows in sorted(groups.items()):
        key = f"fleet:{customer_id}:{month:%Y-%m}:{currency}"
        before = _statements(operator_id, key)
        if before and not _is_changed(seller, before[-1], rows, month):
            continue
        statement = Statement(
            operator_id=operator_id,
            entity_id=seller.id,
            kind=Statement.Kind.FLEET,
            key=f"{key}:{len(before) + 1}" if before else key,
            customer_id=customer_id,
        )
        document = _document(seller, fleet, rows, currency=currency, month=month, now=now)
        if before:
            document = _replacing(document, before[-1])
        made.append(write_statement(statement, document, series="", now=now).pk)
    return made


def state_closed_months(now: datetime) -> int:
    """Issue the statements of the last month to all fleets (customers with a token group); return how many."""
    made = 0
    fleets = (
        Customer.objects.exclude(group_uid="").order_by("pk").values_list("operator_id", "pk", "entity_id")
    )
    for operator_id, customer_id, entity_id in fleets:
        seller = entity(operator_id, entity_id) or default_entity(operator_id)
        local = now.astimezone(seller.zone)
        if local.day == 1 and local.hour < MONTH_CLOSES_AT:
            continue
        closed = month_of(month_of(local.date())[0] - timedelta(days=1))[0]
        for month in _due_months(seller, customer_id, closed):
            try:
                made += len(issue_fleet_statements(operator_id, customer_id, month=month, now=now))
            except Exception:
                log.exception("statement_not_issued", operator=operator_id, customer=customer_id)
    return made


def _due_months(seller: EntityView, customer_id: int, closed: date) -> list[date]:
    """Return the closed month where nothing was stated, and those of a year for which prices came since."""
    rows = Statement.objects.filter(
        operator_id=seller.operator_id, customer_id=customer_id, period_from__gte=closed - timedelta(days=366)
    )
    stated = dict(rows.order_by("issued_at").values_list("period_from", "issued_at"))
    found = [] if closed in stated else [closed]
    return found + [
        month for month, issued_at in sorted(stated.items()) if _has_news(seller, month, issued_at)
    ]


def _has_news(seller: EntityView, month: date, since: datetime) -> bool:
    """Tell whether anything of a month was priced or taken back after a moment."""
    rows = PricedCdr.objects.filter(
        operator_id=seller.operator_id,
        ended_at__gte=start_of(seller, month),
        ended_at__lt=start_of(seller, month_after(month)),
        priced_at__gt=since,
    )
    return rows.exists()


def _statements(operator_id: int, key: str) -> list[Statement]:
    """Return the statements of a period and currency, the first and those that replaced it."""
    rows = Statement.objects.filter(Q(key=key) | Q(key__startswith=f"{key}:"), operator_id=operator_id)
    return list(rows.order_by("pk"))


def _stated_currencies(seller: EntityView, fleet: CustomerView, month: date) -> set[str]:
    rows = Statement.objects.filter(
        operator_id=seller.operator_id, customer_id=fleet.id, period_from=month_of(month)[0]
    )
    return set(rows.values_list("currency", flat=True))


def _is_changed(seller: EntityView, stated: Statement, rows: Sequence[PricedCdr], month: date) -> bool:
    """Tell whether other charges, or other amounts, stand now than were stated."""
    if not _has_news(seller, month, stated.issued_at):
        return False
    said = msgspec.convert(stated.document, type=Document, strict=False)
    charges = {proof.session for proof in said.sessions}
    return charges != {str(row.transaction_id) for row in rows} or stated.total_minor != sum(
        row.after_minor for row in rows
    )


def _replacing(document: Document, stated: Statement) -> Document:
    words = words_of(document.language)
    day = write_day(stated.issued_on, document.language)
    return msgspec.structs.replace(document, notes=(words["replaces"].format(day=day), *document.notes))


def _seller(operator_id: int, fleet: CustomerView) -> EntityView:
    known = None if fleet.details.entity_id is None else entity(operator_id, fleet.details.entity_id)
    return known or default_entity(operator_id)


def _prices(seller: EntityView, fleet: CustomerView, month: date) -> list[PricedCdr]:
    rows = PricedCdr.objects.filter(
        ~Exists(PricedCdr.objects.filter(credits_id=OuterRef("pk"))),
        operator_id=seller.operator_id,
        kind=PricedCdr.Kind.CHARGE,
        ended_at__gte=start_of(seller, month),
        ended_at__lt=start_of(seller, month_after(month)),
    )
    accounts = set(rows.order_by().values_list("customer", flat=True).distinct())
    own = [each for each in accounts if _is_of(seller.operator_id, each, fleet.id)]
    return list(rows.filter(customer__in=own).order_by("ended_at", "pk"))


def _is_of(operator_id: int, account: str, customer_id: int) -> bool:
    found = customer_of_account(operator_id, account)
    return found is not None and found.id == customer_id


def _document(
    seller: EntityView,
    fleet: CustomerView,
    rows: Sequence[PricedCdr],
    *,
    currency: str,
    month: date,
    now: datetime,
) -> Document:
    language = speak(fleet.details.language)
    lines, rounding = _lines(seller.operator_id, rows, language)
    days = [seller.day_of(row.ended_at) for row in rows] or list(month_of(month))
    bare = Document(
        kind="statement-fleet",
        number="",
        series="",
        issued_on=seller.day_of(now),
        tax_period=month_of(month),
        supplied=(min(days), max(days)),
        language=language,
        time_zone=seller.details.time_zone,
        currency=currency,
        seller=seller.details.party,
        buyer=fleet.details.party,
        lines=(),
        taxes=(),
        before_minor=0,
        tax_minor=0,
        after_minor=0,
        due_minor=0,
        help=help_contact(seller.operator_id).text,
        sessions=_sessions(seller.operator_id, rows),
    )
    return with_totals(bare, lines, tax_groups(lines, reason=NO_TAX), rounding)


def _lines(
    operator_id: int, rows: Sequence[PricedCdr], language: str
) -> tuple[tuple[DocumentLine, ...], int]:
    """Return a line for each token and tax rate, with its energy, and the sum of the roundings."""
    rounding = 0
    flat: list[tuple[str, DocumentLine]] = []
    energy: dict[str, Decimal] = {}
    for row in rows:
        found = charge_lines(prices.rated_of(row), language=language, session_ref="")
        rounding += found.rounding_minor
        flat += [(row.customer, line) for line in found.lines]
        energy[row.customer] = energy.get(row.customer, Decimal(0)) + row.energy_wh
    aligned = align([line for _account, line in flat])
    groups: dict[tuple[str, str, Decimal], list[DocumentLine]] = {}
    for (account, _line), line in zip(flat, aligned, strict=True):
        groups.setdefault((account, line.category, line.tax_percent), []).append(line)
    labels = {account: _label(operator_id, account) for account in energy}
    ordered = sorted(groups.items(), key=lambda item: (labels[item[0][0]], item[0][0], -item[0][2]))
    return _token_lines(ordered, labels, energy, language), rounding


def _token_lines(
    groups: Sequence[tuple[tuple[str, str, Decimal], list[DocumentLine]]],
    labels: Mapping[str, str],
    energy: Mapping[str, Decimal],
    language: str,
) -> tuple[DocumentLine, ...]:
    told: set[str] = set()
    lines = []
    for (account, _category, percent), own in groups:
        is_first = account not in told
        told.add(account)
        before, tax = sum(line.before_minor for line in own), sum(line.tax_minor for line in own)
        lines.append(
            DocumentLine(
                text=f"{labels[account]}: {word('OTHER', language)}",
                quantity=kwh_of(energy[account]) if is_first else Decimal(0),
                unit="KWH",
                unit_price=None,
                before_minor=before,
                tax_percent=percent,
                tax_minor=tax,
                after_minor=before + tax,
                category=own[0].category,
            )
        )
    return tuple(lines) or (_nothing(language),)


def _nothing(language: str) -> DocumentLine:
    """The line of a month whose charges were all taken back."""
    return DocumentLine(
        text=word("OTHER", language),
        quantity=Decimal(0),
        unit="KWH",
        unit_price=None,
        before_minor=0,
        tax_percent=Decimal(0),
        tax_minor=0,
        after_minor=0,
        category="Z",
    )


def _label(operator_id: int, account: str) -> str:
    """Name a token by who holds it and its last characters."""
    _kind, _colon, number = account.partition(":")
    token = tokens.token(operator_id, int(number)) if account.startswith("token:") else None
    if token is None:
        return account
    return f"{token.holder_name} {mask(token.uid)}".strip()


def _sessions(operator_id: int, rows: Sequence[PricedCdr]) -> tuple[SessionProof, ...]:
    found = [
        session_proof(operator_id, row.transaction_id, energy_wh=row.energy_wh, time_zone=row.time_zone)
        for row in rows
    ]
    return tuple(msgspec.structs.replace(proof, signed=()) for proof in found if proof is not None)
