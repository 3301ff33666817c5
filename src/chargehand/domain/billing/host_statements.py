"""Statements to site hosts: the month's shares, each a posting to what is payable to the host, and the tax."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import msgspec
import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts.help_contacts import help_contact
from chargehand.domain.billing import ledger, statements
from chargehand.domain.billing.chart import AccountKind, AccountName, Leg
from chargehand.domain.billing.composition import month_of
from chargehand.domain.billing.documents.shapes import Document, DocumentLine, SessionProof, TaxGroup
from chargehand.domain.billing.entities import EntityView, default_entity
from chargehand.domain.billing.invoices import MONTH_CLOSES_AT, month_after, start_of
from chargehand.domain.billing.line_words import speak, word
from chargehand.domain.billing.models import HostShare, SiteHost, StatedShare, Statement
from chargehand.domain.billing.rating import share_out
from chargehand.domain.billing.session_proofs import session_proof
from chargehand.domain.billing.sharing import HostView, host
from chargehand.domain.billing.statement_register import with_totals, write_statement
from chargehand.domain.billing.taxation import Tax, tax_of_host
from chargehand.kernel.errors import Refused
from chargehand.kernel.money import Rounding, round_to_int

log = structlog.get_logger(__name__)


@transaction.atomic
def issue_host_statements(operator_id: int, host_id: int, *, month: date, now: datetime) -> list[int]:
    """Issue a host's statement of a month for each currency: what was shared until its end and not yet stated.

    Once for each month; returns the new ones. Raises Refused `unknown-host`, `bad-document`.
    """
    SiteHost.objects.select_for_update(no_key=True).filter(operator_id=operator_id, pk=host_id).first()
    recipient = host(operator_id, host_id)
    if recipient is None:
        raise Refused("unknown-host", _("There is no such site host."))
    seller = default_entity(operator_id)
    rows = HostShare.objects.filter(
        operator_id=operator_id,
        host_id=host_id,
        happened_at__lt=start_of(seller, month_after(month)),
    ).exclude(pk__in=StatedShare.objects.values("pk"))
    groups: dict[str, list[HostShare]] = {}
    for row in rows.select_related("priced").order_by("happened_at", "pk"):
        groups.setdefault(row.currency, []).append(row)
    made = []
    for currency, shares in sorted(groups.items()):
        key = f"host:{host_id}:{month:%Y-%m}:{currency}"
        if not Statement.objects.filter(operator_id=operator_id, key=key).exists():
            made.append(_issue(seller, recipient, shares, key=key, month=month, now=now))
    return made


def state_closed_months(now: datetime) -> int:
    """Issue the statements of months that are over; return how many. What cannot be issued is logged."""
    stated = StatedShare.objects.values("pk")
    waiting = HostShare.objects.exclude(pk__in=stated).order_by().values_list("operator_id", "host_id")
    made = 0
    for operator_id, host_id in sorted(set(waiting.distinct())):
        seller = default_entity(operator_id)
        local = now.astimezone(seller.zone)
        if local.day == 1 and local.hour < MONTH_CLOSES_AT:
            continue
        month = month_of(month_of(local.date())[0] - timedelta(days=1))[0]
        try:
            made += len(issue_host_statements(operator_id, host_id, month=month, now=now))
        except Exception:
            log.exception("statement_not_issued", operator=operator_id, host=host_id)
    return made


def _issue(
    seller: EntityView,
    recipient: HostView,
    shares: Sequence[HostShare],
    *,
    key: str,
    month: date,
    now: datetime,
) -> int:
    tax = tax_of_host(
        payer_country=seller.details.party.country,
        host_country=recipient.party.country,
        host_vat_id=recipient.party.vat_id,
        day=month_of(month)[1],
    )
    document = _document(seller, recipient, shares, tax=tax, month=month, now=now)
    row = Statement(
        operator_id=seller.operator_id,
        entity_id=seller.id,
        kind=Statement.Kind.HOST,
        key=key,
        host_id=recipient.id,
    )
    if document.tax_minor:
        row.posting_id = _post_tax(row, document, tax, now)
    write_statement(row, document, series=seller.details.host_series, now=now)
    StatedShare.objects.bulk_create(StatedShare(share=share, statement=row) for share in shares)
    return row.pk


def _document(
    seller: EntityView,
    recipient: HostView,
    shares: Sequence[HostShare],
    *,
    tax: Tax,
    month: date,
    now: datetime,
) -> Document:
    language = speak(recipient.language)
    days = [seller.day_of(share.happened_at) for share in shares]
    lines = _lines(shares, tax, language)
    group = TaxGroup(
        category=tax.category,
        percent=tax.percent,
        base_minor=sum(line.before_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        reason=tax.reason,
    )
    bare = Document(
        kind="statement-host",
        number="",
        series="",
        issued_on=seller.day_of(now),
        tax_period=month_of(month),
        supplied=(min(days), max(days)),
        language=language,
        time_zone=seller.details.time_zone,
        currency=shares[0].currency,
        seller=seller.details.party,
        buyer=recipient.party,
        lines=(),
        taxes=(),
        before_minor=0,
        tax_minor=0,
        after_minor=0,
        due_minor=0,
        help=help_contact(seller.operator_id).text,
        sessions=_sessions(shares),
    )
    return with_totals(bare, lines, (group,), 0)


def _lines(shares: Sequence[HostShare], tax: Tax, language: str) -> tuple[DocumentLine, ...]:
    """Return a line for each share; the tax of them all is rounded once."""
    exact = [share.share_minor * Fraction(tax.percent) / 100 for share in shares]
    taxes = share_out(round_to_int(sum(exact, Fraction(0)), Rounding.HALF_UP), exact)
    return tuple(
        DocumentLine(
            text=word("CLAWBACK" if share.share_minor < 0 else "SHARE", language),
            quantity=Decimal(1),
            unit="C62",
            unit_price=None,
            before_minor=share.share_minor,
            tax_percent=tax.percent,
            tax_minor=minor,
            after_minor=share.share_minor + minor,
            category=tax.category,
            session_ref=str(share.priced.transaction_id),
        )
        for share, minor in zip(shares, taxes, strict=True)
    )


def _sessions(shares: Sequence[HostShare]) -> tuple[SessionProof, ...]:
    """Return the charges, once each, without what would tell who charged."""
    found = {
        share.priced.transaction_id: session_proof(
            share.operator_id,
            share.priced.transaction_id,
            energy_wh=share.priced.energy_wh,
            time_zone=share.priced.time_zone,
        )
        for share in shares
    }
    proofs = [proof for proof in found.values() if proof is not None]
    return tuple(msgspec.structs.replace(proof, token_label="", signed=()) for proof in proofs)


def _post_tax(row: Statement, document: Document, tax: Tax, now: datetime) -> int:
    """Post the tax that is paid to the host on top of the shares."""
    country = document.buyer.country if document.buyer else ""
    rate = f"{country} {tax.percent.normalize():f}"
    payable = AccountName(AccountKind.HOST_PAYABLE, document.currency, f"host:{row.host_id}")
    return ledger.post(
        operator_id=row.operator_id,
        key=f"statement-tax:{row.key}",
        kind="host-tax",
        legs=[
            Leg(AccountName(AccountKind.VAT_RECEIVABLE, document.currency, rate), document.tax_minor),
            Leg(payable, -document.tax_minor),
        ],
        happened_at=now,
    )


@transaction.atomic
def pay_host(
    *, operator_id: int, host_id: int, currency: str, minor: int, reference: str, paid_at: datetime
) -> int:
    """Write down that a host was paid by the bank and return the posting, once for each reference.

    Raises Refused `unknown-host`, `bad-payment`, `overpaid`.
    """
    if (
        SiteHost.objects.select_for_update(no_key=True).filter(operator_id=operator_id, pk=host_id).first()
        is None
    ):
        raise Refused("unknown-host", _("There is no such site host."))
    if minor <= 0 or not 1 <= len(reference.strip()) <= 140:
        raise Refused("bad-payment", _("Give an amount above zero and a reference of up to 140 characters."))
    account = AccountName(AccountKind.HOST_PAYABLE, currency, f"host:{host_id}")
    key = f"host-payout:{host_id}:{reference.strip()}"
    known = statements.postings_keyed(operator_id, key)
    owed = statements.balance(operator_id, account)
    if not known and (owed is None or minor > owed.posted_minor):
        raise Refused("overpaid", _("This is more than the host is owed."))
    return ledger.post(
        operator_id=operator_id,
        key=key,
        kind="host-payout",
        legs=[Leg(account, minor), Leg(AccountName(AccountKind.BANK, currency, "bank-transfer"), -minor)],
        happened_at=paid_at,
    )
