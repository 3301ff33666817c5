"""What can have happened: the base of every fact a room states."""

from datetime import datetime
from typing import ClassVar

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, in the past tense; immutable and complete in itself.

    `room` names the room that states it; the journal keeps it as `room.ClassName`.
    """

    room: ClassVar[str]

    happened_at: datetime
    operator_id: int | None = None

    @classmethod
    def name(cls) -> str:
        """Return the name under which the journal keeps facts of this class."""
        return f"{cls.room}.{cls.__name__}"
