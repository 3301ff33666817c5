"""What the room tells of its tariffs: the shapes that questions are answered in."""

from datetime import datetime

import msgspec

from chargehand.domain.tariffs import canonical
from chargehand.domain.tariffs.elements import Tariff


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody charges; what is not known is None."""

    location_id: int | None = None
    station_id: int | None = None
    evse: int | None = None
    connector: int | None = None


class Beginning(msgspec.Struct, frozen=True):
    """A charge that begins: where, for the group of which token, and when."""

    place: Place
    token_group: str
    at: datetime


class TariffVersionView(msgspec.Struct, frozen=True, kw_only=True):
    """An immutable version of a tariff. `text` is OCPI JSON of `ocpi_version`, in its canonical spelling."""

    id: int
    tariff_id: int
    ocpi_id: str
    name: str
    number: int
    currency: str
    country: str
    ocpi_version: str
    text: str
    digest: str
    valid_from: datetime
    created_at: datetime
    created_by: str

    @property
    def tariff(self) -> Tariff:
        """The version, ready for pricing."""
        return canonical.read(self.text)


class TariffView(msgspec.Struct, frozen=True, kw_only=True):
    """A tariff; `current` is the version that counts now, None before the first one does."""

    id: int
    ocpi_id: str
    name: str
    currency: str
    country: str
    created_at: datetime
    version_count: int
    current: TariffVersionView | None


class AssignmentView(msgspec.Struct, frozen=True, kw_only=True):
    """Where and for whom a tariff counts; `words` says it to people."""

    id: int
    tariff_id: int
    tariff_name: str
    location_id: int | None
    station_id: int | None
    evse: int | None
    connector: int | None
    token_group: str
    priority: int
    valid_from: datetime
    valid_until: datetime | None
    created_by: str
    words: str


class TariffChoice(msgspec.Struct, frozen=True):
    """Which version counts, None where none does, and the reasons in sentences, the decisive one first."""

    version: TariffVersionView | None
    assignment_id: int | None
    sentences: tuple[str, ...]
