"""Legal entities: who sells, in which time zone, and under which numbers."""

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing import vat_ids
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.line_words import LANGUAGES
from chargehand.domain.billing.models import Invoice, LegalEntity, Statement
from chargehand.domain.tariffs.boundaries import open_zone
from chargehand.domain.tariffs.elements import TariffError
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

_SERIES: Final = ("invoice_series", "credit_series", "host_series")


class EntityDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a legal entity; series as in `LegalEntity`, days until an invoice is due."""

    party: Party
    time_zone: str
    language: str = "en"
    invoice_series: str = "R-{year}-"
    credit_series: str = "C-{year}-"
    host_series: str = "H-{year}-"
    payment_days: int = 14
    payment_text: str = ""


class EntityView(msgspec.Struct, frozen=True, kw_only=True):
    """A legal entity; `is_default` bills what no other one does."""

    id: int
    operator_id: int
    is_default: bool
    details: EntityDetails
    changed_at: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which its days, months and years begin."""
        return ZoneInfo(self.details.time_zone)

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment in the entity's zone."""
        return moment.astimezone(self.zone).date()


def entities(operator_id: int) -> list[EntityView]:
    """Return the legal entities of an operator, the default one first."""
    rows = LegalEntity.objects.filter(operator_id=operator_id).order_by("-is_default", "pk")
    return [_view(row) for row in rows]


def entity(operator_id: int, entity_id: int) -> EntityView | None:
    """Return a legal entity."""
    row = LegalEntity.objects.filter(operator_id=operator_id, pk=entity_id).first()
    return None if row is None else _view(row)


def default_entity(operator_id: int) -> EntityView:
    """Return the entity that bills by default; made from what is known of the operator when asked for first.

    Raises Refused `unknown-operator`.
    """
    row = LegalEntity.objects.filter(operator_id=operator_id, is_default=True).first()
    if row is not None:
        return _view(row)
    home = accounts.operator(operator_id)
    if home is None:
        raise Refused("unknown-operator", _("There is no such operator."))
    row = LegalEntity(
        operator_id=operator_id,
        is_default=True,
        name=home.name,
        country=home.country,
        time_zone=home.time_zone,
        language={"DE": "de", "AT": "de", "FR": "fr", "NL": "nl", "ES": "es"}.get(home.country, "en"),
        changed_at=clock.now(),
    )
    # Two may come at once: the first one's row stands.
    LegalEntity.objects.bulk_create([row], ignore_conflicts=True)
    return _view(LegalEntity.objects.get(operator_id=operator_id, is_default=True))


@transaction.atomic
def add_entity(*, operator_id: int, details: EntityDetails, actor: Actor) -> int:
    """Add a legal entity beside the default one. Raises Refused as `change_entity` does."""
    default_entity(operator_id)
    _check(details)
    row = LegalEntity(operator_id=operator_id)
    _write(row, details)
    audit.write_audit(actor, operator_id, "billing.entity_added", f"legal_entity:{row.pk}")
    return row.pk


@transaction.atomic
def change_entity(*, operator_id: int, entity_id: int, details: EntityDetails, actor: Actor) -> None:
    """Change what documents say of the seller from now on; those that were issued stay as they are.

    Raises Refused `unknown-entity`, `bad-entity`, `bad-series`, `zone-in-use` (documents were numbered by
    its days already, so its years must not move).
    """
    row = LegalEntity.objects.select_for_update().filter(operator_id=operator_id, pk=entity_id).first()
    if row is None:
        raise Refused("unknown-entity", _("There is no such legal entity."))
    _check(details)
    has_documents = (
        Invoice.objects.filter(entity=row).exists() or Statement.objects.filter(entity=row).exists()
    )
    if has_documents and details.time_zone != row.time_zone:
        raise Refused(
            "zone-in-use",
            _("Invoices were issued by the days of this time zone. Add another legal entity instead."),
        )
    _write(row, details)
    audit.write_audit(actor, operator_id, "billing.entity_changed", f"legal_entity:{row.pk}")


def party_fields(party: Party) -> dict[str, Any]:
    """Return the columns of a party's row, cut to what they hold."""
    return {
        "name": party.name.strip()[:200],
        "address": [line.strip()[:200] for line in party.address if line.strip()],
        "postal_code": party.postal_code.strip()[:16],
        "city": party.city.strip()[:100],
        "country": party.country.strip().upper()[:2],
        "vat_id": party.vat_id.replace(" ", "").upper()[:20],
        "tax_number": party.tax_number.strip()[:30],
        "email": party.email.strip()[:254],
        "registration": party.registration.strip()[:200],
        "changed_at": clock.now(),
    }


def party_of(row: Any) -> Party:
    """Return what a document says of a row of `parties`."""
    return Party(
        name=row.name,
        address=tuple(row.address),
        postal_code=row.postal_code,
        city=row.city,
        country=row.country,
        vat_id=row.vat_id,
        tax_number=row.tax_number,
        email=row.email,
        registration=row.registration,
    )


def check_party(party: Party, code: str) -> None:
    """Refuse, under a code, a party without a name, or with a country or a VAT id that is none."""
    country = party.country.strip()
    if not party.name.strip():
        raise Refused(code, _("Give a name."))
    if country and (len(country) != 2 or not country.isascii() or not country.isalpha()):
        raise Refused(code, _("Give the country by its two letters, such as DE."))
    fault = vat_ids.find_fault(party.vat_id)
    if fault:
        raise Refused(code, fault)


def _check(details: EntityDetails) -> None:
    check_party(details.party, "bad-entity")
    if not details.party.country.strip():
        raise Refused("bad-entity", _("An invoice needs the country of the seller."))
    try:
        open_zone(details.time_zone)
    except TariffError as error:
        raise Refused("bad-entity", str(error)) from None
    if details.language not in LANGUAGES or not 0 <= details.payment_days <= 365:
        raise Refused("bad-entity", _("Choose a language of the list and 0 to 365 days to pay."))
    series = [getattr(details, name) for name in _SERIES]
    plain = [each.replace("{year}", "") for each in series]
    if any(not 1 <= len(each) <= 30 or "{" in each or "}" in each for each in plain):
        raise Refused("bad-series", _("A series is 1 to 30 characters, in which {year} stands for the year."))
    if len(set(series)) < len(series):
        raise Refused(
            "bad-series", _("Invoices, credit notes and statements each need a series of their own.")
        )


def _write(row: LegalEntity, details: EntityDetails) -> None:
    for name, value in party_fields(details.party).items():
        setattr(row, name, value)
    for name in (*_SERIES, "time_zone", "language", "payment_days", "payment_text"):
        setattr(row, name, getattr(details, name))
    row.save()


def _view(row: LegalEntity) -> EntityView:
    return EntityView(
        id=row.pk,
        operator_id=row.operator_id,
        is_default=row.is_default,
        details=EntityDetails(
            party=party_of(row),
            time_zone=row.time_zone,
            language=row.language,
            invoice_series=row.invoice_series,
            credit_series=row.credit_series,
            host_series=row.host_series,
            payment_days=row.payment_days,
            payment_text=row.payment_text,
        ),
        changed_at=row.changed_at,
    )
