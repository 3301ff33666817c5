"""The tax of a price component: what a price is before and after it, and where nobody can tell."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from chargehand.domain.tariffs.elements import Tariff, TaxIncluded

# Countries where sales tax depends on the place and is added at the till, so that a tariff without a
# rate does not say what is paid in the end (OCPI 2.3.0 mod_tariffs, North American examples).
_COUNTRIES: Final = frozenset({"USA", "CAN", "US", "CA"})
_CURRENCIES: Final = frozenset({"USD", "CAD"})
_PREFIXES: Final = ("US/", "Canada/", "America/Indiana/", "America/Kentucky/", "America/North_Dakota/")
_PLACELESS: Final = ("Etc/", "GMT", "UTC", "UCT", "Universal", "Zulu", "Greenwich")
_CITIES_US: Final = """
New_York Detroit Chicago Menominee Denver Boise Phoenix Los_Angeles Anchorage Juneau Sitka Metlakatla
Yakutat Nome Adak Atka Fort_Wayne Indianapolis Louisville Knox_IN Shiprock
"""
_CITIES_CA: Final = """
St_Johns Halifax Glace_Bay Moncton Goose_Bay Toronto Montreal Nipigon Thunder_Bay Iqaluit Pangnirtung
Atikokan Coral_Harbour Winnipeg Rainy_River Resolute Rankin_Inlet Regina Swift_Current Edmonton
Cambridge_Bay Yellowknife Inuvik Creston Dawson_Creek Fort_Nelson Whitehorse Dawson Vancouver Blanc-Sablon
"""
_CITIES: Final = frozenset((_CITIES_US + _CITIES_CA).split())
_OTHER_ZONES: Final = frozenset(
    {"Pacific/Honolulu", "HST", "EST", "MST", "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "Navajo"}
)

Amounts = tuple[Fraction | None, Fraction | None]
"""An amount before and after taxes; ``None`` where the tariff can't tell."""


def adds_tax_later(zone: str, currency: str, country: str | None = None) -> bool:
    """Tell whether a missing rate leaves the tax open (United States and Canada) or means no tax.

    The country of the location (ISO 3166 alpha-3, by mistake also alpha-2) decides, else its time zone,
    else the currency.
    """
    if country is not None:
        return country in _COUNTRIES
    if zone.startswith(_PLACELESS):
        return currency in _CURRENCIES
    if zone.startswith(_PREFIXES) or zone in _OTHER_ZONES:
        return True
    return zone.startswith("America/") and zone.removeprefix("America/") in _CITIES


def make_taxing(tariff: Tariff, *, is_open: bool) -> Callable[[Fraction, Decimal | None], Amounts]:
    """Return the function from (price of a volume, VAT percentage) to amounts before and after taxes.

    OCPI 2.2.1 prices are before VAT and no ``vat`` means no VAT. OCPI 2.3.0: NO is before taxes, and
    without a rate the amount after them is unknown where ``is_open``; YES is after taxes, and without a
    rate the amount before them is unknown; N/A has no taxes. Nothing is nothing on both sides.
    """

    def included(amount: Fraction, vat: Decimal | None) -> Amounts:
        if vat is None:
            return (None if amount else amount), amount
        return amount / (1 + Fraction(vat) / 100), amount

    def excluded(amount: Fraction, vat: Decimal | None) -> Amounts:
        if vat is None:
            unknown = is_open and tariff.tax_included is TaxIncluded.NO and amount != 0
            return amount, None if unknown else amount
        return amount, amount * (1 + Fraction(vat) / 100)

    def untaxed(amount: Fraction, _vat: Decimal | None) -> Amounts:
        return amount, amount

    if tariff.tax_included is TaxIncluded.YES:
        return included
    return untaxed if tariff.tax_included is TaxIncluded.NOT_APPLICABLE else excluded


def find_tax_factor(tariff: Tariff, *, is_open: bool) -> Fraction | None:
    """Return what an amount before taxes is multiplied with to be one after taxes.

    ``None`` where the tariff can't tell: its prices have different rates, or no rate where taxes come on
    top or are inside all the same (see `make_taxing`). What reservations cost does not count.
    """
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        return Fraction(1)
    rates = {
        component.vat
        for element in tariff.elements
        if element.restrictions.reservation is None
        for component in element.price_components
    }
    if len(rates) != 1:
        return None
    (rate,) = rates
    if rate is not None:
        return 1 + Fraction(rate) / 100
    is_unknown = tariff.tax_included is TaxIncluded.YES or (is_open and tariff.tax_included is TaxIncluded.NO)
    return None if is_unknown else Fraction(1)
