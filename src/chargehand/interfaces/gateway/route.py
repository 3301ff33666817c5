"""What the routing table is made of: how a message becomes an event, and an outcome its answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chargehand.domain.charging.record import Outcome
from chargehand.domain.stations.events import Event
from chargehand.domain.stations.told import Told

#: What an answer tells besides, as JSON objects have it: objects within are joined with those of the answer.
More = dict[str, Any]

#: Asked in a thread, once the message is stored; it is given what tells whether the answer still waits for it.
Question = Callable[[Callable[[], bool]], More | None]


class Context(msgspec.Struct, frozen=True):
    """What an answer may need besides the outcome: the time, and the seconds between heartbeats."""

    now: datetime
    heartbeat_interval: int


def always(_: Event) -> bool:
    """Tell that every answer is empty."""
    return True


class Route(msgspec.Struct, frozen=True):
    """One message from stations: `read` gives the event; `answer` the response, `{}` where it is None.

    `has_time` marks messages with a time of their own, so that one sent again can be known by its content.
    `more` gives the question to be asked before the answer goes out, None where there is none. `is_empty` tells
    of an event that the answer will be `{}`, whatever comes of it, and without a question.
    """

    read: Callable[[Any], Event]
    answer: Callable[[Any, Outcome, Context], msgspec.Struct] | None = None
    has_time: bool = False
    more: Callable[[Told, Outcome], Question | None] | None = None
    is_empty: Callable[[Any], bool] | None = None


def spread_interval(interval: int, station_id: int) -> int:
    """Return a station's own interval, up to a tenth shorter, so that a fleet does not beat as one (E11)."""
    return interval - interval * (station_id * 37 % 101) // 1000
