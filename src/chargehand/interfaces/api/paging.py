"""Lists by pages: a cursor that nobody need read, and a Link header to the page after."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Schema
from pydantic import Field

from chargehand.interfaces.api.problems import Problem

T = TypeVar("T")
C = TypeVar("C")

MOST_PER_PAGE: Final = 500
DEFAULT_PER_PAGE: Final = 50

Limit = Annotated[int, Query(ge=1, le=MOST_PER_PAGE, description="Most items in the answer.")]
Cursor = Annotated[
    str | None,
    Query(max_length=1000, description="`next_cursor` of the page before; opaque."),
]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Text = Annotated[str, msgspec.Meta(max_length=300, pattern="^[^\x00]*$")]


class Page(Schema, Generic[T]):
    """A page of a list. `next_cursor` null: this is the last one."""

    items: list[T]
    next_cursor: Annotated[str | None, Field(description="Asks for the page after this one.")]


def write_cursor(value: object) -> str:
    """Write where a page ended as one opaque word."""
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


def read_cursor(text: str | None, kind: Callable[..., C] | Any) -> C | None:
    """Read a cursor of this type. Raises Problem `bad-cursor`."""
    if text is None:
        return None
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        value: C = msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, binascii.Error, UnicodeError, ValueError, OverflowError):
        raise Problem(
            400, "bad-cursor", _("This cursor is none of ours. Begin with the first page.")
        ) from None
    return value


def page(
    request: HttpRequest, response: HttpResponse, items: Sequence[object], following: object | None
) -> dict[str, Any]:
    """Return a page and link to the one after it (RFC 8288); `following` is what the next cursor holds."""
    cursor = None if following is None else write_cursor(following)
    if cursor is not None:
        given = {name: value for name, value in request.GET.items() if name != "cursor"}
        response["Link"] = f'<{request.path}?{urlencode({**given, "cursor": cursor})}>; rel="next"'
    return {"items": list(items), "next_cursor": cursor}


def slice_after(
    items: Sequence[T], key: Callable[[T], Any], after: Any | None, limit: int
) -> tuple[list[T], Any | None]:
    """Cut a page out of a list that is held as a whole; it is sorted by `key`, which is unique."""
    ordered = sorted(items, key=key)
    rest = ordered if after is None else [item for item in ordered if key(item) > after]
    cut = rest[:limit]
    return cut, key(cut[-1]) if len(rest) > limit else None


def cut_by_time(
    fetch: Callable[[int], Sequence[T]], time_of: Callable[[T], datetime], limit: int
) -> tuple[list[T], datetime | None]:
    """Cut a page out of a stream, newest first, whose pages are asked for by time alone.

    What happened at the same moment stays on one page, so that nothing is lost between two.
    """
    found = list(fetch(limit + 1))
    if len(found) <= limit:
        return found, None
    last = time_of(found[-1])
    cut = [item for item in found if time_of(item) > last]
    if not cut:
        cut = [item for item in fetch(MOST_PER_PAGE) if time_of(item) == last]
    return cut, time_of(cut[-1])
