"""Customers and legal entities on the wire."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, Field, StringConstraints

from chargehand.interfaces.api.wire import Asked, Id, Prose, Text, Time, Words

Mode = Literal["immediate", "monthly"]
Language = Literal["en", "de", "fr", "nl", "es"]


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


class Party(Schema):
    """Who sells or buys; `address` is lines of street and house, `country` ISO 3166-1 alpha-2."""

    name: str
    address: Annotated[list[str], BeforeValidator(_listed)]
    postal_code: Text
    city: Text
    country: Text
    vat_id: Text
    tax_number: Text
    email: Text
    registration: Text


class PartyChange(Asked):
    """What is to change about a party; what is left out stays."""

    name: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = ""
    address: Annotated[list[Words], Field(max_length=5)] = []
    postal_code: Annotated[str, StringConstraints(max_length=16, pattern=r"^[^\x00]*$")] = ""
    city: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = ""
    country: Annotated[str, StringConstraints(max_length=2, pattern=r"^[^\x00]*$")] = ""
    vat_id: Annotated[str, StringConstraints(max_length=30, pattern=r"^[^\x00]*$")] = ""
    tax_number: Annotated[str, StringConstraints(max_length=30, pattern=r"^[^\x00]*$")] = ""
    email: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\x00]*$")] = ""
    registration: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = ""


class Customer(Schema):
    """Who is billed by name: at once or monthly, for tokens of their own and for those of a group."""

    id: int
    party: Party
    is_business: bool
    language: Language
    mode: Mode
    group_uid: Text
    entity_id: int | None
    token_ids: list[int]
    created_at: Time
    changed_at: Time


class CustomerChange(Asked):
    """What is to change about a customer; what is left out stays."""

    party: PartyChange = PartyChange()
    is_business: bool = False
    language: Language = "en"
    mode: Mode = "immediate"
    group_uid: Words = ""
    entity_id: Id | None = None
    token_ids: Annotated[list[Id], Field(max_length=1000)] = []


class CustomerAsked(CustomerChange):
    """A new customer; the party needs a name."""

    party: PartyChange


class CustomerFilter(Schema):
    """Which customers a list is to show: `text` is part of a name."""

    text: Words = ""


class LegalEntity(Schema):
    """Who sells. `{year}` in a series stands for the year of issue; a number follows the series."""

    id: int
    is_default: bool
    party: Party
    time_zone: str
    language: Language
    invoice_series: str
    credit_series: str
    host_series: str
    payment_days: int
    payment_text: Text
    changed_at: Time


class LegalEntityChange(Asked):
    """What documents say of the seller from now on; what is left out stays."""

    party: PartyChange = PartyChange()
    time_zone: Annotated[str, Field(max_length=64)] = "UTC"
    language: Language = "en"
    invoice_series: Words = "R-{year}-"
    credit_series: Words = "C-{year}-"
    host_series: Words = "H-{year}-"
    payment_days: Annotated[int, Field(ge=0, le=365)] = 14
    payment_text: Prose = ""


class LegalEntityAsked(LegalEntityChange):
    """Another seller beside the default one."""

    party: PartyChange
