"""What happens by the clock, once however many workers there are. Times are UTC."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from procrastinate.contrib.django import app

from chargehand.kernel import clock
from chargehand.project import retention


@app.periodic(cron="12 2 * * *")
@app.task(name="timetable.keep_partitions", queueing_lock="timetable.keep_partitions")
def keep_partitions(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every night: tables that grow get room and lose what is too old."""
    retention.keep_partitions(settings.CONFIGURATION, clock.now().date())


@app.periodic(cron="32 2 * * *")
@app.task(name="timetable.clear_sessions", queueing_lock="timetable.clear_sessions")
def clear_sessions(timestamp: int) -> None:  # noqa: ARG001  # procrastinate gives the planned time
    """Every night: forget the sign-ins that have run out."""
    call_command("clearsessions")
