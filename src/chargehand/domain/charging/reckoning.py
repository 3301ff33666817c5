"""What a transaction comes to by its evidence: energy and periods, the same while it goes on and at its end."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from chargehand.domain.charging.energy import Energy, find_energy
from chargehand.domain.charging.evidence import Evidence
from chargehand.domain.charging.models import Transaction
from chargehand.domain.charging.periods import ChargingPeriod, find_periods

#: What a person decided stands against what the meter says.
BY_HAND: Final = "energy-by-hand"

#: A station whose clock was wrong, or who told no times, says nothing of the duration.
_UNSURE: Final = frozenset(
    {"clock-not-credible", "end-clock-not-credible", "ends-before-start", "start-missing"}
)


def reckon(row: Transaction, evidence: Evidence, *, until: datetime) -> tuple[Energy, list[ChargingPeriod]]:
    """Return energy and periods of a transaction up to its end, or up to a time while it goes on.

    Up to a time, what the last register before it says counts, and the clock goes on.
    """
    is_whole = row.ended_at is not None and until >= row.ended_at
    if is_whole and BY_HAND in row.flags and row.energy_wh is not None:
        energy = _by_hand(row, row.energy_wh, until)
    else:
        energy = find_energy(
            started_at=row.started_at,
            ended_at=until,
            meter_start_wh=row.meter_start_wh,
            meter_stop_wh=row.meter_stop_wh if is_whole else None,
            samples=evidence.registers,
            most_w=evidence.most_w,
            is_duration_known=not _UNSURE.intersection(row.flags),
        )
    periods = find_periods(
        started_at=row.started_at, ended_at=until, track=energy.track, states=evidence.states
    )
    return energy, periods


def _by_hand(row: Transaction, wh: Decimal, until: datetime) -> Energy:
    found = find_energy(
        started_at=row.started_at,
        ended_at=until,
        meter_start_wh=Decimal(0),
        meter_stop_wh=wh,
        samples=(),
        most_w=None,
        is_duration_known=False,
    )
    return Energy(wh, (), found.track)
