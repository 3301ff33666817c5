"""An operator with people, a charger, and a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

import pytest
from tests.domain.notices.making import Crew
from tests.patience import PATIENCE_S

from chargehand.domain.accounts.models import Operator
from chargehand.domain.notices import calls
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
def first_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of calls made together the first is given up at once, and the others are waited for."""
    readings = chain((0.0, PATIENCE_S), repeat(0.0))
    monkeypatch.setattr(calls, "time", SimpleNamespace(monotonic=lambda: next(readings)))


@pytest.fixture
def make_crew() -> Callable[[Operator], Crew]:
    return Crew
