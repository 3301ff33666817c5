"""CDRs for partners and other systems: gathered from what was priced, one by one or by the time they were written."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.billing import queries
from chargehand.domain.billing.models import Invoice, PricedCdr
from chargehand.domain.billing.ocpi_cdrs import CdrSource, IncompleteCdrError, write_cdr, write_id
from chargehand.domain.billing.queries import PricedView
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.signed_judgement import judge
from chargehand.domain.stations import queries as stations
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.elements import Tariff, TariffError
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion, read_tariff
from chargehand.domain.tariffs.views import TariffVersionView

MOST_PER_PAGE: Final = 500


class Incomplete(msgspec.Struct, frozen=True):
    """A CDR that cannot be written: its OCPI id, and the fields that nobody has told."""

    id: str
    missing: tuple[str, ...]


class CdrPage(msgspec.Struct, frozen=True):
    """CDRs as JSON values, in the order they were written; `total` counts all in the window.

    `left_out` are those of the page that cannot be written as OCPI demands.
    """

    cdrs: tuple[dict[str, Any], ...]
    left_out: tuple[Incomplete, ...]
    total: int


def ocpi_cdr(
    operator_id: int, priced_id: int, version: OcpiVersion, *, party_id: str = ""
) -> dict[str, Any] | None:
    """Return a price or a credit as a CDR; None where there is none.

    `party_id` "": the one that the tariff names. Raises IncompleteCdrError.
    """
    priced = queries.priced_cdr(operator_id, priced_id)
    source = None if priced is None else _gather(operator_id, priced, version, party_id)
    return None if source is None else write_cdr(source, version)


def ocpi_cdrs(
    operator_id: int,
    version: OcpiVersion,
    *,
    party_id: str = "",
    date_from: datetime | None = None,
    date_to: datetime | None = None,
    location_ids: Collection[int] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> CdrPage:
    """Return CDRs written from a time on (included) until another (excluded), as OCPI's pull model does."""
    rows = PricedCdr.objects.filter(operator_id=operator_id)
    wanted = {
        "priced_at__gte": date_from,
        "priced_at__lt": date_to,
        "transaction__station__location_id__in": None if location_ids is None else list(location_ids),
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.order_by("pk").values_list("pk", flat=True)[offset : offset + limit])
    cdrs, left_out = _write_all(operator_id, found, version, party_id)
    return CdrPage(tuple(cdrs), tuple(left_out), rows.count())


def _write_all(
    operator_id: int, priced_ids: Sequence[int], version: OcpiVersion, party_id: str
) -> tuple[list[dict[str, Any]], list[Incomplete]]:
    cdrs, left_out = [], []
    for priced_id in priced_ids:
        priced = queries.priced_cdr(operator_id, priced_id)
        source = None if priced is None else _gather(operator_id, priced, version, party_id)
        if priced is None or source is None:
            continue
        try:
            cdrs.append(write_cdr(source, version))
        except IncompleteCdrError as error:
            left_out.append(Incomplete(write_id(priced), error.missing))
    return cdrs, left_out


def _gather(operator_id: int, written: PricedView, version: OcpiVersion, party_id: str) -> CdrSource | None:
    is_credit = written.credits_id is not None
    charge = queries.priced_cdr(operator_id, written.credits_id or 0) if is_credit else written
    home = accounts.operator(operator_id)
    record = charging.cdr(operator_id, written.cdr_id)
    detail = charging.transaction(operator_id, written.transaction_id)
    if charge is None or home is None or record is None or detail is None:
        return None
    view = detail.transaction
    station = stations.station(operator_id, view.station_id)
    priced_by = tariffs.version(operator_id, charge.version_id)
    if station is None or priced_by is None:
        return None
    own = priced_by.tariff
    country = home.country if party_id or not own.country_code else own.country_code
    party = party_id or own.party_id
    return CdrSource(
        country_code=country.upper(),
        party_id=party.upper(),
        priced=charge,
        credit=written if is_credit else None,
        record=record,
        transaction=view,
        station=station,
        place=None if view.location_id is None else stations.location(operator_id, view.location_id),
        tariff_id=priced_by.ocpi_id,
        tariff=_tariff(operator_id, priced_by, version, (country.upper(), party.upper())),
        invoice_number=_invoice_number(operator_id, written.id),
        signed=judge(operator_id, detail).readings if detail.signed else (),
    )


def _tariff(
    operator_id: int, priced_by: TariffVersionView, version: OcpiVersion, party: tuple[str, str]
) -> Tariff | None:
    """Return the tariff in the words of a version, with the fields that OCPI demands; None: it cannot say it."""
    try:
        text = tariffs.version_json(operator_id, priced_by.id, version)
    except TariffError:
        return None
    if text is None:
        return None
    return msgspec.structs.replace(
        read_tariff(text),
        id=priced_by.ocpi_id,
        country_code=party[0],
        party_id=party[1],
        last_updated=priced_by.created_at.replace(microsecond=0),
    )


def _invoice_number(operator_id: int, priced_id: int) -> str:
    rows = Invoice.objects.filter(operator_id=operator_id, charges__priced_id=priced_id)
    return rows.values_list("number", flat=True).first() or ""
