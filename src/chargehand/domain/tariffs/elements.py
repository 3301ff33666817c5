"""A tariff as the house knows it, whichever OCPI version it came in.

The names are OCPI's (mod_tariffs 2.2.1 and 2.3.0). Numbers are exact decimals: prices per kWh, per
hour or per session in major units of the currency, energy in kWh, power in kW, current in A summed
over the phases, durations in seconds.
"""

import datetime as dt
import enum
from decimal import Decimal

import msgspec


class TariffError(ValueError):
    """The reason a tariff or a session cannot be priced, as one sentence."""


class TariffDimensionType(enum.Enum):
    """What a price component prices (OCPI TariffDimensionType)."""

    ENERGY = "ENERGY"
    FLAT = "FLAT"
    PARKING_TIME = "PARKING_TIME"
    TIME = "TIME"


class DayOfWeek(enum.Enum):
    """A weekday, in the order of ``dt.date.weekday()``."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


WEEKDAYS: tuple[DayOfWeek, ...] = tuple(DayOfWeek)


class ReservationRestrictionType(enum.Enum):
    """Says that an element prices a reservation rather than charging."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"


class TaxIncluded(enum.Enum):
    """Whether prices contain taxes (OCPI 2.3.0 TaxIncluded); 2.2.1 prices never do."""

    YES = "YES"
    NO = "NO"
    NOT_APPLICABLE = "N/A"


class PriceComponent(msgspec.Struct, frozen=True):
    """The price of one dimension: per kWh, per hour, or once for FLAT.

    ``vat`` is a percentage; ``None`` means the tariff names no rate, which is not a rate of zero.
    ``step_size`` counts Wh or seconds; 0 and 1 for FLAT mean nothing.
    """

    type: TariffDimensionType
    price: Decimal
    vat: Decimal | None = None
    step_size: int = 1


class TariffRestrictions(msgspec.Struct, frozen=True, omit_defaults=True):
    """When an element is active; all restrictions given must hold at once.

    Times and dates are wall clock at the location. ``end_time`` is exclusive, 00:00 as an end is the
    end of the day, and an end before the start wraps over midnight. Minimums are inclusive, maximums
    and ``end_date`` exclusive.
    """

    start_time: dt.time | None = None
    end_time: dt.time | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    day_of_week: tuple[DayOfWeek, ...] = ()
    reservation: ReservationRestrictionType | None = None


class TariffElement(msgspec.Struct, frozen=True):
    """Price components that share their restrictions."""

    price_components: tuple[PriceComponent, ...]
    restrictions: TariffRestrictions = TariffRestrictions()


class PriceLimit(msgspec.Struct, frozen=True):
    """The least or the most a session costs, before and after taxes; either side may be missing."""

    before_taxes: Decimal | None = None
    after_taxes: Decimal | None = None


class DisplayText(msgspec.Struct, frozen=True):
    """A text for drivers in one language (ISO 639-1)."""

    language: str
    text: str


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable version of a tariff.

    ``tax_included`` is ``None`` for a tariff of OCPI 2.2.1, whose prices are before VAT and where a
    missing ``vat`` means that no VAT applies. ``energy_mix`` is kept as the JSON it came in.
    """

    currency: str
    elements: tuple[TariffElement, ...]
    id: str = ""
    tax_included: TaxIncluded | None = None
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    start_date_time: dt.datetime | None = None
    end_date_time: dt.datetime | None = None
    country_code: str = ""
    party_id: str = ""
    type: str | None = None
    alt_texts: tuple[DisplayText, ...] = ()
    alt_url: str | None = None
    preauthorize_amount: Decimal | None = None
    energy_mix: bytes = b""
    last_updated: dt.datetime | None = None
