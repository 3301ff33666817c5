"""Rows for spreadsheets and bookkeeping: records, invoices, the journal of the ledger, a posting batch.

All are generators that read as they go, by pages of the primary key, so that years of rows take no memory.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

from django.db.models import Model, QuerySet

from chargehand.domain.billing.account_numbers import AccountNumbers
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.entities import EntityView
from chargehand.domain.billing.invoices import start_of
from chargehand.domain.billing.models import Entry, Invoice, Posting, PricedCdr
from chargehand.kernel.money import Money

Row = tuple[str, ...]
_PAGE: Final = 1000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_Table = TypeVar("_Table", bound=Model)

RECORD_COLUMNS: Final[Row] = (
    *("transaction", "record", "kind", "price", "account", "location", "charger", "started_at", "ended_at"),
    *("energy_kwh", "currency", "before_taxes", "tax", "after_taxes", "invoice"),
)
INVOICE_COLUMNS: Final[Row] = (
    *("number", "kind", "issued_on", "period_from", "period_to", "buyer", "country", "vat_id", "currency"),
    *("before_taxes", "tax", "rounding", "total", "paid", "credited", "state", "due_on", "corrects"),
)
JOURNAL_COLUMNS: Final[Row] = (
    *("posting", "key", "kind", "happened_at", "posted_at", "account", "detail", "number", "currency"),
    *("debit", "credit", "memo"),
)


def record_rows(operator_id: int, *, since: datetime, until: datetime) -> Iterator[Row]:
    """Yield the priced records of charges that ended from `since` on and before `until`, credits too."""
    yield RECORD_COLUMNS
    rows = PricedCdr.objects.filter(operator_id=operator_id, ended_at__gte=since, ended_at__lt=until)
    places = ("transaction__station", "transaction__station__location")
    for page in _pages(rows.select_related(*places)):
        numbers = dict(
            Invoice.objects.filter(charges__in=[row.pk for row in page]).values_list("charges", "number")
        )
        for row in page:
            station = row.transaction.station
            yield (
                *(str(row.transaction_id), str(row.cdr_id), row.kind, str(row.pk), row.customer),
                *(text_cell(station.location.name if station.location else ""),),
                *(text_cell(station.name or station.identity),),
                *(_moment(row.started_at), _moment(row.ended_at), f"{row.energy_wh / 1000:f}", row.currency),
                *_amounts(row.currency, row.before_minor, row.tax_minor, row.after_minor),
                numbers.get(row.pk, ""),
            )


def invoice_rows(operator_id: int, *, since: date, until: date) -> Iterator[Row]:
    """Yield the invoices and credit notes that were issued on the days, both included."""
    yield INVOICE_COLUMNS
    rows = Invoice.objects.filter(operator_id=operator_id, issued_on__gte=since, issued_on__lte=until)
    for page in _pages(rows.select_related("standing", "corrects")):
        for row in page:
            buyer = row.document.get("buyer") or {}
            totals = (row.before_minor, row.tax_minor, row.rounding_minor, row.total_minor)
            settled = (row.standing.paid_minor, row.standing.credited_minor)
            yield (
                *(row.number, row.kind, row.issued_on.isoformat()),
                *(row.period_from.isoformat(), row.period_to.isoformat()),
                *(text_cell(buyer.get(name, "")) for name in ("name", "country", "vat_id")),
                row.currency,
                *_amounts(row.currency, *totals, *settled),
                row.standing.state,
                row.standing.due_on.isoformat() if row.standing.due_on else "",
                row.corrects.number if row.corrects else "",
            )


def journal_rows(operator_id: int, *, since: datetime, until: datetime) -> Iterator[Row]:
    """Yield the entries of the ledger for what happened from `since` on and before `until`; holds are not
    among them.
    """
    yield JOURNAL_COLUMNS
    numbers = AccountNumbers(operator_id)
    rows = Entry.objects.filter(
        posting__operator_id=operator_id,
        posting__is_pending=False,
        posting__happened_at__gte=since,
        posting__happened_at__lt=until,
    )
    for page in _pages(rows.select_related("posting", "account")):
        for row in page:
            account, posting = row.account, row.posting
            [amount] = _amounts(row.currency, abs(row.minor))
            yield (
                *(str(posting.pk), posting.key, posting.kind),
                *(_moment(posting.happened_at), _moment(posting.posted_at)),
                *(account.kind, text_cell(account.detail)),
                *(numbers.number_of(AccountKind(account.kind), account.detail), row.currency),
                *((amount, "") if row.minor > 0 else ("", amount)),
                text_cell(posting.memo),
            )


def batch_lines(entity: EntityView, *, since: date, until: date, now: datetime) -> Iterator[bytes]:
    """Yield a posting batch in the layout of DATEV's EXTF 700 ("Buchungsstapel", category 21, version 13).

    Days are those of the entity's zone, both included, within one year. Consultant and client are left for
    the importing program to ask. Lines end with CR LF and are in Windows-1252.
    """
    numbers = AccountNumbers(entity.operator_id)
    for line in _batch_head(since, until, now.astimezone(entity.zone)):
        yield _encoded(line)
    rows = Posting.objects.filter(
        operator_id=entity.operator_id,
        is_pending=False,
        happened_at__gte=start_of(entity, since),
        happened_at__lt=start_of(entity, until + timedelta(days=1)),
    )
    for page in _pages(rows):
        entries = Entry.objects.filter(posting__in=[row.pk for row in page]).select_related("account")
        by_posting: dict[int, list[Entry]] = {}
        for entry in entries.order_by("pk"):
            by_posting.setdefault(entry.posting_id, []).append(entry)
        for row in page:
            for line in _batch_rows(row, by_posting.get(row.pk, []), numbers, entity):
                yield _encoded(line)


def pair(legs: Sequence[tuple[str, int]]) -> Iterator[tuple[str, str, int]]:
    """Yield (debit account, credit account, minor units) pairs that move the same as balanced legs do."""
    debits = [(account, minor) for account, minor in legs if minor > 0]
    credit_legs = [(account, -minor) for account, minor in legs if minor < 0]
    while debits and credit_legs:
        (debit, left), (other, right) = debits.pop(0), credit_legs.pop(0)
        moved = min(left, right)
        yield debit, other, moved
        if left > moved:
            debits.insert(0, (debit, left - moved))
        if right > moved:
            credit_legs.insert(0, (other, right - moved))


def text_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _batch_head(since: date, until: date, now: datetime) -> Iterator[tuple[str, ...]]:
    made = f"{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}"
    yield (
        *('"EXTF"', "700", "21", '"Buchungsstapel"', "13", made, "", '"RE"', '""', '""', "", ""),
        *(f"{since:%Y}0101", "4", f"{since:%Y%m%d}", f"{until:%Y%m%d}", '"Chargehand"', '""', "1", "0", "0"),
        *('"EUR"', "", '""', "", "", '""', "", "", '""', '""'),
    )
    yield (
        *("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz"),
        *("WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum"),
        *("Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext"),
    )


def _batch_rows(
    row: Posting, entries: Sequence[Entry], numbers: AccountNumbers, entity: EntityView
) -> Iterator[tuple[str, ...]]:
    day = entity.day_of(row.happened_at)
    for currency in sorted({entry.currency for entry in entries}):
        legs = [
            (numbers.number_of(AccountKind(entry.account.kind), entry.account.detail), entry.minor)
            for entry in entries
            if entry.currency == currency
        ]
        for debit, credit, minor in pair(legs):
            amount = f"{Money(minor, currency).amount:f}".replace(".", ",")
            yield (
                *(amount, '"S"', f'"{currency}"', "", "", '""', debit, credit, '""', f"{day:%d%m}"),
                *(_quoted(row.memo or str(row.pk), 36), _quoted(str(row.pk), 12), "", _quoted(row.key, 60)),
            )


def _encoded(cells: Sequence[str]) -> bytes:
    return (";".join(cells) + "\r\n").encode("cp1252", errors="replace")


def _quoted(text: str, most: int) -> str:
    return '"' + text.replace('"', "'").replace("\r", " ").replace("\n", " ")[:most] + '"'


def _pages(rows: QuerySet[_Table]) -> Iterator[list[_Table]]:
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:_PAGE]):
        yield page
        last = page[-1].pk


def _amounts(currency: str, *minors: int) -> list[str]:
    return [f"{Money(minor, currency).amount:f}" for minor in minors]


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
