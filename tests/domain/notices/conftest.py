"""An operator with people, a charger, and a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.domain.notices.making import Crew

from chargehand.domain.accounts.models import Operator
from chargehand.kernel import clock


class Clock:
    """The time of day as the house reads it; a Tuesday noon in Berlin to begin with."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def pass_by(self, **duration: Any) -> datetime:
        """Let time pass, in the words of timedelta."""
        self.time += timedelta(**duration)
        return self.time


@pytest.fixture
def time_of_day(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr(clock, "now", standing.now)
    return standing


@pytest.fixture
def crew(time_of_day: Clock, operator: Operator) -> Crew:
    return Crew(operator)


@pytest.fixture
def make_crew() -> Callable[[Operator], Crew]:
    return Crew
