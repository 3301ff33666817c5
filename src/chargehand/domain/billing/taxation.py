"""Value added tax by country and day: what to expect of a tariff, and what a host's share is taxed with.

Electricity for cars is taxed where the charger stands. The tariff's own rates are what the driver was shown,
and they win; this table is for defaults, for warnings, and for the shares of site hosts.

Standard rates of national VAT laws, as the European Commission lists them ("VAT rates applied in the Member
States of the European Union", and its database "Taxes in Europe") and, outside the Union, the tax offices of
Switzerland, the United Kingdom, Norway and Iceland.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from chargehand.domain.billing.documents.shapes import Category

_ALWAYS: Final = date(2015, 1, 1)

#: Standard rate in percent from a day on, by ISO 3166-1 alpha-2; the days go up.
STANDARD: Final[Mapping[str, tuple[tuple[date, str], ...]]] = {
    "AT": ((_ALWAYS, "20"),),
    "BE": ((_ALWAYS, "21"),),
    "BG": ((_ALWAYS, "20"),),
    "CH": ((_ALWAYS, "8"), (date(2018, 1, 1), "7.7"), (date(2024, 1, 1), "8.1")),
    "CY": ((_ALWAYS, "19"),),
    "CZ": ((_ALWAYS, "21"),),
    "DE": ((_ALWAYS, "19"), (date(2020, 7, 1), "16"), (date(2021, 1, 1), "19")),
    "DK": ((_ALWAYS, "25"),),
    "EE": ((_ALWAYS, "20"), (date(2024, 1, 1), "22"), (date(2025, 7, 1), "24")),
    "ES": ((_ALWAYS, "21"),),
    "FI": ((_ALWAYS, "24"), (date(2024, 9, 1), "25.5")),
    "FR": ((_ALWAYS, "20"),),
    "GB": ((_ALWAYS, "20"),),
    "GR": ((_ALWAYS, "23"), (date(2016, 6, 1), "24")),
    "HR": ((_ALWAYS, "25"),),
    "HU": ((_ALWAYS, "27"),),
    "IE": ((_ALWAYS, "23"), (date(2020, 9, 1), "21"), (date(2021, 3, 1), "23")),
    "IS": ((_ALWAYS, "24"),),
    "IT": ((_ALWAYS, "22"),),
    "LI": ((_ALWAYS, "8"), (date(2018, 1, 1), "7.7"), (date(2024, 1, 1), "8.1")),
    "LT": ((_ALWAYS, "21"),),
    "LU": ((_ALWAYS, "17"), (date(2023, 1, 1), "16"), (date(2024, 1, 1), "17")),
    "LV": ((_ALWAYS, "21"),),
    "MT": ((_ALWAYS, "18"),),
    "NL": ((_ALWAYS, "21"),),
    "NO": ((_ALWAYS, "25"),),
    "PL": ((_ALWAYS, "23"),),
    "PT": ((_ALWAYS, "23"),),
    "RO": ((_ALWAYS, "24"), (date(2016, 1, 1), "20"), (date(2017, 1, 1), "19"), (date(2025, 8, 1), "21")),
    "SE": ((_ALWAYS, "25"),),
    "SI": ((_ALWAYS, "22"),),
    "SK": ((_ALWAYS, "20"), (date(2025, 1, 1), "23")),
}

#: Members of the European Union, whose traders charge each other no tax on services (Directive 2006/112/EC
#: articles 44 and 196).
UNION: Final = frozenset(STANDARD) - {"CH", "GB", "IS", "LI", "NO"}

NO_TAX: Final = "No value added tax is charged."
NOT_REGISTERED: Final = "The recipient is not registered for value added tax."
REVERSE_CHARGE: Final = "Reverse charge: the recipient of the service owes the tax."
ABROAD: Final = "Service to a business outside the country: not taxable here."


class Tax(msgspec.Struct, frozen=True):
    """How something is taxed: category of UNCL 5305, percent, and the reason where there is no tax."""

    category: Category
    percent: Decimal
    reason: str = ""


def standard_rate(country: str, day: date) -> Decimal | None:
    """Return the standard rate of a country on a day in percent; None where the table does not tell."""
    known = [percent for since, percent in STANDARD.get(country, ()) if since <= day]
    return Decimal(known[-1]) if known else None


def find_deviation(country: str, day: date, percent: Decimal | None) -> str | None:
    """Return a warning where a tariff has another rate than the table has for the place and the day."""
    expected = standard_rate(country, day)
    if expected is None or percent == expected:
        return None
    told = "no tax rate" if percent is None else f"{percent.normalize():f} % tax"
    return f"The tariff has {told}; in {country} it was {expected:f} % on {day.isoformat()}."


def tax_of_supply(percent: Decimal | None, *, is_all_untaxed: bool = False) -> Tax:
    """Return how a line is taxed that the tariff gives a rate; `percent` None: the tariff names none.

    Without any rate in the whole document it is outside the scope of the tax; beside other rates it counts as
    rated zero, for what is outside the scope stands alone (EN 16931 BR-O-11).
    """
    if percent is None and is_all_untaxed:
        return Tax("O", Decimal(0), NO_TAX)
    if not percent:
        return Tax("Z", Decimal(0))
    return Tax("S", percent)


def tax_of_host(*, payer_country: str, host_country: str, host_vat_id: str, day: date) -> Tax:
    """Return how a host's share is taxed when the operator writes the host's invoice (self-billing).

    A host without a VAT id is not registered; within a country the standard rate counts, between two of the
    Union the payer owes the tax (Directive 2006/112/EC article 196).
    """
    if not host_vat_id:
        return Tax("O", Decimal(0), NOT_REGISTERED)
    if host_country == payer_country:
        rate = standard_rate(host_country, day)
        return Tax("O", Decimal(0), NO_TAX) if rate is None else Tax("S", rate)
    if {host_country, payer_country} <= UNION:
        return Tax("AE", Decimal(0), REVERSE_CHARGE)
    return Tax("O", Decimal(0), ABROAD)
