"""What can have happened to a tariff."""

from datetime import datetime
from typing import ClassVar

from chargehand.kernel.facts import Fact


class TariffFact(Fact, frozen=True, kw_only=True):
    """Something happened to a tariff."""

    room: ClassVar[str] = "tariffs"

    tariff_id: int


class TariffVersionMade(TariffFact, frozen=True, kw_only=True):
    """A tariff has a new version, its first one too; it counts from `valid_from` on."""

    version_id: int
    valid_from: datetime


class TariffAssigned(TariffFact, frozen=True, kw_only=True):
    """A tariff prices charging at a place, or of a group of tokens, from `valid_from` on."""

    assignment_id: int
    valid_from: datetime


class AssignmentEnded(TariffFact, frozen=True, kw_only=True):
    """An assignment ends at `valid_until`."""

    assignment_id: int
    valid_until: datetime
