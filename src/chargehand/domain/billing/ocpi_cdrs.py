"""Priced records as OCPI CDR objects, versions 2.2.1 and 2.3.0: pure, for partners and other systems."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import msgspec

from chargehand.domain.billing.ocpi_periods import four_decimals, write_periods, write_time
from chargehand.domain.billing.ocpi_places import find_plug, missing_parts, write_location
from chargehand.domain.billing.ocpi_proofs import write_signed_data
from chargehand.domain.billing.queries import PricedView
from chargehand.domain.billing.rating import Rated, RatedLine
from chargehand.domain.charging.queries import CdrView, TransactionView
from chargehand.domain.charging.signed_judgement import JudgedReading
from chargehand.domain.stations.queries import LocationView, StationView
from chargehand.domain.tariffs.elements import Tariff, TariffError
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion, write_tariff
from chargehand.domain.tokens.kinds import OCPI_TYPES, TokenKind
from chargehand.kernel.money import Money

#: Costs of a CDR by the type of price line; what a least or highest price shifts is in the total alone.
_COSTS: Final = {
    "FLAT": "total_fixed_cost",
    "ENERGY": "total_energy_cost",
    "TIME": "total_time_cost",
    "PARKING_TIME": "total_parking_cost",
}
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_MICROSECONDS_PER_HOUR: Final = 3_600_000_000


class IncompleteCdrError(ValueError):
    """A record that OCPI cannot say, because fields it demands are not known; `missing` names them."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"Not known: {', '.join(missing)}.")
        self.missing = tuple(missing)


class CdrSource(msgspec.Struct, frozen=True, kw_only=True):
    """All that a CDR tells. `priced` is the charge; `credit`, where the CDR is a credit, what takes it back.

    `country_code` (two letters) and `party_id` (three, ISO 15118) are those of the operator, `party_id` "" where
    it is not known. `tariff` None: the version of OCPI cannot say it. `invoice_number` "": not billed yet.
    """

    country_code: str
    party_id: str
    priced: PricedView
    credit: PricedView | None
    record: CdrView
    transaction: TransactionView
    station: StationView
    place: LocationView | None
    tariff_id: str
    tariff: Tariff | None
    invoice_number: str
    signed: tuple[JudgedReading, ...] = ()


def encode(value: object) -> bytes:
    """Write CDRs as JSON; exact numbers become JSON numbers with all their digits."""
    return _ENCODER.encode(value)


def write_id(priced: PricedView) -> str:
    """Return the id of a CDR: the price's own; of a credit that of its charge with `-C` (OCPI mod_cdrs)."""
    return str(priced.id) if priced.credits_id is None else f"{priced.credits_id}-C"


def write_cdr(source: CdrSource, version: OcpiVersion) -> dict[str, Any]:
    """Return a CDR object (OCPI mod_cdrs) as JSON values, numbers exact.

    A credit has all data of its charge, and `total_cost` alone with the sign turned. The costs by kind are the
    rounded shares that were posted, so that with what a price limit shifts they add up to the total.

    Raises:
        IncompleteCdrError: a field that OCPI demands is not known.
    """
    plug = find_plug(source.station, source.transaction)
    missing = [] if source.party_id else ["party_id"]
    missing += missing_parts(source.place, plug, version)
    if missing or source.place is None or plug is None:
        raise IncompleteCdrError(missing)
    party = (source.country_code, source.party_id)
    written = source.credit or source.priced
    cdr = {
        "country_code": source.country_code,
        "party_id": source.party_id,
        "id": write_id(written),
        "start_date_time": write_time(source.priced.started_at),
        "end_date_time": write_time(source.priced.ended_at),
        "session_id": str(source.transaction.id),
        "cdr_token": _token(source, version),
        "auth_method": "WHITELIST" if source.transaction.remote_start_id is None else "COMMAND",
        "cdr_location": write_location(source.place, source.station, plug, party=party),
        "meter_id": source.station.meter_serial_number[:255] or None,
        "currency": source.priced.rated.currency,
        "tariffs": _tariffs(source, version),
        **_volumes(source),
        "signed_data": write_signed_data(source.signed, version),
        **_costs(source, version),
        "remark": source.transaction.stop_reason[:255] or None,
        "invoice_reference_id": source.invoice_number[:39] or None,
        "last_updated": write_time(written.priced_at),
    }
    if source.credit is not None:
        cdr |= {"credit": True, "credit_reference_id": write_id(source.priced)}
    return {name: value for name, value in cdr.items() if value is not None}


def write_price(
    before_minor: int, taxes: Iterable[tuple[str | None, int]], currency: str, version: OcpiVersion
) -> dict[str, Any]:
    """Return a Price: `{excl_vat, incl_vat}` (2.2.1), `{before_taxes, taxes}` with an entry a rate (2.3.0)."""
    shares = [(percent, minor) for percent, minor in taxes if minor]
    before = Money(before_minor, currency)
    if version is OcpiVersion.V2_2_1:
        after = Money(before_minor + sum(minor for _percent, minor in shares), currency)
        return {"excl_vat": before.amount, "incl_vat": after.amount}
    if not shares:
        return {"before_taxes": before.amount}
    return {
        "before_taxes": before.amount,
        "taxes": [
            {"name": "VAT", "amount": Money(minor, currency).amount}
            if percent is None
            else {"name": "VAT", "percentage": Decimal(percent), "amount": Money(minor, currency).amount}
            for percent, minor in shares
        ],
    }


def _volumes(source: CdrSource) -> dict[str, Any]:
    found = write_periods(
        source.record.periods,
        ended_at=source.priced.ended_at,
        trace=source.priced.rated.trace,
        tariff_id=source.tariff_id,
    )
    lasted = source.priced.ended_at - source.priced.started_at
    hours = Fraction(round(lasted.total_seconds() * 1_000_000), _MICROSECONDS_PER_HOUR)
    return {
        "charging_periods": list(found.periods),
        "total_energy": found.energy,
        "total_time": four_decimals(hours),
        "total_parking_time": found.parking,
    }


def _costs(source: CdrSource, version: OcpiVersion) -> dict[str, Any]:
    owed: Rated = (source.credit or source.priced).rated
    taxes = [(share.percent, share.minor) for share in owed.taxes]
    costs = {"total_cost": write_price(owed.before_minor, taxes, owed.currency, version)}
    kinds: dict[str, list[RatedLine]] = {}
    for line in source.priced.rated.lines:
        if line.type in _COSTS:
            kinds.setdefault(_COSTS[line.type], []).append(line)
    for name, lines in kinds.items():
        before = sum(line.before_minor for line in lines)
        costs[name] = write_price(before, _by_rate(lines), owed.currency, version)
    return costs


def _by_rate(lines: Iterable[RatedLine]) -> list[tuple[str | None, int]]:
    shares: dict[str | None, int] = {}
    for line in lines:
        shares[line.tax_percent] = shares.get(line.tax_percent, 0) + line.tax_minor
    return list(shares.items())


def _token(source: CdrSource, version: OcpiVersion) -> dict[str, Any]:
    """Return the CdrToken. A charge that nobody presented a token for has an ad-hoc one of its own."""
    view = source.transaction
    word = "AD_HOC_USER"
    if view.token_uid:
        word = OCPI_TYPES[TokenKind(view.token_kind)] if view.token_kind in set(TokenKind) else "RFID"
        word = "OTHER" if word == "EMAID" and version is OcpiVersion.V2_2_1 else word
    uid = view.token_uid[:36] or f"session-{view.id}"
    return {
        "country_code": source.country_code,
        "party_id": source.party_id,
        "uid": uid,
        "type": word,
        "contract_id": uid,
    }


def _tariffs(source: CdrSource, version: OcpiVersion) -> list[msgspec.Raw] | None:
    if source.tariff is None:
        return None
    try:
        return [msgspec.Raw(write_tariff(source.tariff, version))]
    except TariffError:
        return None
