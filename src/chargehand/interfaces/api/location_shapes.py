"""Locations on the wire."""

from decimal import Decimal
from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints

from chargehand.interfaces.api.wire import Asked, Exact, Text, Time, Words

Degrees = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=9, decimal_places=6)]


class Location(Schema):
    """A place with stations. Degrees are WGS 84, as exact text; `time_zone` is an IANA name."""

    id: int
    name: str
    address: Text
    postal_code: Text
    city: Text
    country: Annotated[Text, Field(description="ISO 3166-1 alpha-2")]
    latitude: Exact | None
    longitude: Exact | None
    time_zone: str
    station_count: int
    created_at: Time


class LocationAsked(Asked):
    """What is said about a location."""

    name: Words
    address: Words = ""
    postal_code: Annotated[str, StringConstraints(max_length=16, pattern=r"^[^\x00]*$")] = ""
    city: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = ""
    country: Annotated[str, Field(max_length=2, description="ISO 3166-1 alpha-2")] = ""
    latitude: Degrees | None = None
    longitude: Degrees | None = None
    time_zone: Annotated[str, Field(max_length=64, description="IANA name")] = "UTC"


class LocationChange(LocationAsked):
    """What is to change about a location; what is left out stays."""

    name: Words = ""
