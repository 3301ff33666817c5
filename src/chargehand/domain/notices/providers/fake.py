"""A provider that carries messages nowhere: for tests and for looking around without accounts elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chargehand.domain.notices.providers.base import Message, Outcome, Provider


class FakeProvider(Provider):
    """Keeps what it was given; addresses of the form `json://…?fails` fail, `?hangs` do not return.

    `behave` replaces that: it gets the address and returns the outcome.
    """

    def __init__(self, behave: Callable[[str], Outcome] | None = None) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.release = threading.Event()
        self._behave = behave or self._as_address_says

    def send(self, target: str, message: Message) -> Outcome:
        outcome = self._behave(target)
        if outcome.ending == "sent":
            self.sent.append((target, message))
        return outcome

    def _as_address_says(self, target: str) -> Outcome:
        if target.endswith("?fails"):
            return Outcome("failed", "refused")
        if target.endswith("?bad"):
            return Outcome("failed", "not an address", is_final=True)
        if target.endswith("?hangs"):
            self.release.wait()
        return Outcome("sent", "accepted")
