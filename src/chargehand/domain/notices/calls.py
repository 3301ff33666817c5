"""Calling outside services side by side with a time limit, so that one that hangs holds up no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import msgspec

from chargehand.domain.notices.providers.base import Message, Outcome, Provider

LIMIT_S = 10.0


class Call(msgspec.Struct, frozen=True):
    """A message to carry, and by whom."""

    provider: Provider
    target: str
    message: Message


def call_all(calls: Sequence[Call], limit_s: float = LIMIT_S) -> list[Outcome]:
    """Make all calls at once and return how each ended, in their order.

    A call that is not back after `limit_s` seconds is left to itself; its outcome is unknown.
    """
    outcomes: list[Outcome | None] = [None] * len(calls)
    threads = [
        threading.Thread(target=_run, args=(call, outcomes, at), name="notice", daemon=True)
        for at, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + limit_s
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return [each or Outcome("unknown", f"No answer within {limit_s:g} seconds.") for each in outcomes]


def _run(call: Call, outcomes: list[Outcome | None], at: int) -> None:
    try:
        outcomes[at] = call.provider.send(call.target, call.message)
    except Exception as error:  # noqa: BLE001 -- whatever a service does must not end the worker
        outcomes[at] = Outcome("unknown", f"{type(error).__name__} while sending")
