"""What must be looked after from time to time: plain functions of the time, for the timetable."""

from datetime import datetime

from chargehand.domain.maintenance import log_files


def sweep_maintenance(now: datetime) -> None:
    """End uploads that will not come."""
    log_files.sweep(now)
