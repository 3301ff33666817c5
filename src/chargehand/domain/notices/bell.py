"""Waking the sender as soon as messages are committed, instead of at its next turn."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

#: The job that sends; `project.timetable` makes it.
JOB: Final = "timetable.tell_people"


def ring() -> None:
    """Ask for the sender in the current transaction; once is enough however much there is to send."""
    try:
        with transaction.atomic():
            app.configure_task(JOB, queueing_lock=JOB).defer(timestamp=0)
    except AlreadyEnqueued:
        return
