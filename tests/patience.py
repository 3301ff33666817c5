"""How long tests wait for what must happen: far longer than a machine that stalls keeps them waiting."""

import time
from collections.abc import Callable
from typing import Any, Final

#: Seconds until something that must happen counts as not happening. No test waits so long for its absence.
PATIENCE_S: Final = 120.0

#: The same in milliseconds, for browsers.
PATIENCE_MS: Final = PATIENCE_S * 1000


def wait_for(question: Callable[[], Any]) -> Any:
    """Ask until the answer is yes, and return it."""
    give_up = time.monotonic() + PATIENCE_S
    while not (answer := question()):
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.02)
    return answer
