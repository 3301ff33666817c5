"""What must be looked after from time to time, whether or not anything happens: plain functions of the time."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import transaction

from chargehand.domain.stations import connections, passwords, requests, sightings

#: Proof of a command is looked for so long after it was sent.
LOOK_BACK: Final = timedelta(minutes=15)


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep did: how many requests expired, connections were freed, passwords struck out."""

    expired: int
    released: int
    scrubbed: int


def sweep_stations() -> Swept:
    """Give up requests nobody came for, free stations of dead gateways, strike out passwords."""
    expired = requests.expire()
    passwords.forget_unsent()
    return Swept(expired=expired, released=connections.release_gone(), scrubbed=passwords.scrub())


@transaction.atomic
def look_for_proof(now: datetime) -> int:
    """Look whether commands worked that no fact tells of (messages that were triggered); return how many."""
    return sightings.look(since=now - LOOK_BACK)
