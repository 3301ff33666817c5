"""Tariffs, their versions and assignments, and priced sessions on the wire."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field, StringConstraints, model_validator

from chargehand.interfaces.api.wire import Asked, Id, Ordinal, Text, Time, TimeAsked, Words

OcpiWord = Literal["2.2.1", "2.3.0"]
OcpiTariff = Annotated[
    dict[str, Any], Field(description="A Tariff object of OCPI 2.2.1 or 2.3.0; numbers are taken exactly.")
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class TariffVersion(Schema):
    """An immutable version. `ocpi_version` is the one it was written in; `digest` is SHA-256 of what it says."""

    id: int
    tariff_id: int
    number: int
    currency: str
    ocpi_version: str
    digest: str
    valid_from: Time
    created_at: Time
    created_by: str


class Tariff(Schema):
    """A tariff. `current` is the version that counts now; null: none does yet."""

    id: int
    ocpi_id: str
    name: str
    currency: str
    country: Text
    created_at: Time
    version_count: int
    current: TariffVersion | None


class Caution(Schema):
    """What the writer of a tariff should know; `element` counts from 0, null: the whole tariff."""

    kind: str
    sentence: str
    element: int | None


class TariffSaved(Schema):
    """What was saved; `is_new` false: the newest version said the same already."""

    tariff: Tariff
    version_id: int
    is_new: bool
    cautions: list[Caution]


class VersionAsked(Asked):
    """What a tariff says from a time on (now if not given)."""

    tariff: OcpiTariff
    valid_from: TimeAsked | None = None


class TariffAsked(VersionAsked):
    """A new tariff with its first version; without an `id` in it, it gets one."""

    name: Name


class TariffChange(Asked):
    """What a tariff is called."""

    name: Name


class Assignment(Schema):
    """Where and for whom a tariff counts; null and empty: everywhere, for everybody."""

    id: int
    tariff_id: int
    tariff_name: str
    location_id: int | None
    station_id: int | None
    evse: int | None
    connector: int | None
    token_group: Text
    priority: int
    valid_from: Time
    valid_until: Time | None
    created_by: str
    words: str


class AssignmentAsked(Asked):
    """Where and for whom a tariff is to count: at a location or a station, nowhere named: everywhere."""

    tariff_id: Id
    location_id: Id | None = None
    station_id: Id | None = None
    evse: Ordinal | None = None
    connector: Ordinal | None = None
    token_group: Words = ""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    valid_from: TimeAsked | None = None
    valid_until: TimeAsked | None = None


class AssignmentEnd(Asked):
    """When an assignment ends: now if not given."""

    at: TimeAsked | None = None


class AssignmentFilter(Schema):
    """Which assignments a list is to show: of a tariff, those that count at a time."""

    tariff_id: Id | None = None
    at: TimeAsked | None = None


class PriceAsked(Asked):
    """A session to price, by a tariff given or one that is known (its version that counts now)."""

    tariff: OcpiTariff | None = None
    tariff_id: Id | None = None
    session: Annotated[
        dict[str, Any], Field(description="A Session or CDR of OCPI with its charging periods.")
    ]
    time_zone: Annotated[
        str, Field(max_length=64, description="IANA name of the location's; without it the operator's.")
    ] = ""
    reservation_expired: bool = False

    @model_validator(mode="after")
    def _has_one_tariff(self) -> "PriceAsked":
        if (self.tariff is None) == (self.tariff_id is None):
            raise ValueError("give tariff or tariff_id, and not both")
        return self


class ReportLine(Schema):
    """A line of a price, exact; `element` of the tariff counts from 0, null: a price limit."""

    type: str
    volume: str
    price: str | None
    before_taxes: str | None
    tax_percent: str | None
    after_taxes: str | None
    element: int | None


class RoundedTotals(Schema):
    """The totals as they are paid; null: the tariff does not tell."""

    before_taxes: str | None
    after_taxes: str | None


class PriceReport(Schema):
    """What a session costs: exact totals, rounded ones, lines, and why (`trace`)."""

    currency: str
    before_taxes: str | None
    after_taxes: str | None
    rounded: RoundedTotals
    lines: list[ReportLine]
    trace: list[dict[str, Any]]
