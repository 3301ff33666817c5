"""What tests of the live watch share: a watch that takes everything, and a fault that is found at once."""

from __future__ import annotations

from datetime import datetime

from tests.domain.station_talk import Talk

from chargehand.domain.health.live import Watcher
from chargehand.domain.stations.events import StatusReported
from chargehand.kernel import clock


def run(watcher: Watcher, now: datetime | None = None) -> list[str]:
    """Let a watcher take everything; return what it said of each step."""
    steps: list[str] = []
    while not steps or steps[-1] == "more":
        steps.append(watcher.step(now or clock.now()))
    return steps


def cut_cable(talk: Talk, at: datetime | None = None) -> None:
    """Report a cable that was cut: a finding at once."""
    talk.say(StatusReported(1, 1, "Faulted", "OtherError", "CX026", "", time=at), "StatusNotification", at)
