"""What must be looked after from time to time: plain functions of the time, for the timetable."""

from datetime import datetime

from chargehand.domain.maintenance import admittance, drift, log_files, plans, risk_scores, updates


def sweep_maintenance(now: datetime) -> None:
    """End uploads that will not come, lead firmware campaigns on, set up what is new or forgot."""
    log_files.sweep(now)
    updates.lead_on(now)
    drift.enforce_after_boots(now)
    admittance.admit_stations(now)


def keep_settings(now: datetime) -> int:
    """Write what enforced profiles want to stations that drifted; return how many were asked."""
    return drift.enforce_everywhere(now)


def plan_work(now: datetime) -> int:
    """Raise the preventive work that is due, compute risks, forget old logs; return how many jobs are due."""
    log_files.forget_old(now)
    risk_scores.compute_everywhere(now)
    return plans.raise_due(now)
