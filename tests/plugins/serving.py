"""What the live server is at: a page may still be served when its browser has gone and its test is over."""

import threading
from typing import Any, Final

from django.core.signals import request_finished, request_started
from tests.patience import wait_for

#: How socketserver's threads are called, each of which answers a connection.
_OF_A_SERVER: Final = "process_request_thread"

_busy: set[int] = set()


def _begin(**_: Any) -> None:
    if _OF_A_SERVER in threading.current_thread().name:
        _busy.add(threading.get_ident())


def _end(**_: Any) -> None:
    _busy.discard(threading.get_ident())


request_started.connect(_begin)
request_finished.connect(_end)


def wait_until_idle() -> None:
    """Wait until no request is being answered: what empties the tables would meet its queries."""
    wait_for(lambda: _busy.isdisjoint([each.ident for each in threading.enumerate()]))
