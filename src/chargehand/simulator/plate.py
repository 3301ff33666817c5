"""What a station is, apart from what happens at it: its plate, its site, and what is true of every sound one."""

import msgspec

from chargehand.simulator.outlet import Rating
from chargehand.simulator.surroundings import Grid, Weather

#: Reception below which a modem calls its signal weak (dBm).
WEAK_DBM = -100.0
#: How long a sound contactor takes to close (s); wear adds to it.
CONTACTOR_CLOSES_S = 4.0


class Hardware(msgspec.Struct, frozen=True):
    """What is written on the plate; `cabinet_power_w` is what all connectors share."""

    vendor: str = "Chargehand"
    model: str = "Simulated 22"
    firmware: str = "1.0.0"
    serial: str = "S-0001"
    rating: Rating = Rating("AC", 22_000, 32.0)
    connectors: int = 2
    cabinet_power_w: int = 44_000


class Site(msgspec.Struct, frozen=True):
    """What a station shares with its neighbours."""

    grid: Grid
    weather: Weather
