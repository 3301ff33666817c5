"""What an operator allows the system to do by itself, on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from chargehand.interfaces.api.wire import Asked

Step = Literal["probe", "trigger", "soft-reset", "hard-reset", "block"]
Hour = Annotated[int | None, Field(ge=0, le=24)]


class WatchTerms(Asked):
    """What may be set on stations so that faults show: the values they tell and how often, monitors (OCPP 2.x).

    Stations that tell meter values more often than every `sample_interval_s` seconds stay as they are.
    """

    sets_measurands: bool
    sets_monitors: bool
    sample_interval_s: Annotated[int, Field(ge=10, le=3600)]


class RecoveryTerms(Asked):
    """What may be tried when a fault stands, in this order, at most `per_day` times in 24 hours at a station.

    Hours are those of the site's own day, both or none. `target_min`: drivers are to be able to charge again
    within so many minutes, 0 for no target. A plug that endangers people is blocked whatever is set.
    """

    is_enabled: bool
    steps: list[Step]
    per_day: Annotated[int, Field(ge=0, le=24)]
    from_hour: Hour = None
    until_hour: Hour = None
    pause_s: Annotated[int, Field(ge=0, le=3600)] = 60
    neighbour_km: Annotated[float, Field(ge=0, le=50)] = 2.0
    target_min: Annotated[int, Field(ge=0, le=43_200)] = 240
