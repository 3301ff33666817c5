"""The stream of a page: server-sent events over ASGI, answered before Django so that it holds no thread."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse

from chargehand.interfaces.console.news import newsroom as desk
from chargehand.interfaces.console.news.newsroom import FullError, Watcher
from chargehand.interfaces.console.news.viewers import read_viewer

#: Seconds between two messages of a stream at least, and at most: a proxy takes a silent stream for dead.
SPACING_S: Final = 1.0
BEAT_S: Final = 15.0

#: Milliseconds after which a browser comes back when the stream broke off.
_RETRY: Final = b"retry: 3000\n\n"
_BEAT: Final = b"event: beat\ndata: 1\n\n"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def no_stream(_request: HttpRequest) -> HttpResponse:
    """Answer where the web runs without ASGI: 204 tells a browser not to come back; pages ask by the clock."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


async def send_news(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer a request for the stream (ASGI 3) until either side ends it.

    Events: `changed` and `counts` at most once a second, `beat` in silence, `bye` when the browser is not to
    come back by itself: the person signed out, or opened more pages than one may watch.
    """
    viewer = await sync_to_async(read_viewer, thread_sensitive=False)(scope)
    if viewer is None or scope["method"] != "GET":
        await _refuse(send, HTTPStatus.NO_CONTENT)
        return
    try:
        watcher = desk.newsroom.open(viewer)
    except FullError:
        await _refuse(send, HTTPStatus.NO_CONTENT)
        return
    gone = asyncio.create_task(_wait_until_gone(receive))
    telling = asyncio.create_task(_tell(watcher, send))
    try:
        await asyncio.wait({gone, telling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        telling.cancel()
        desk.newsroom.close(watcher)
        await asyncio.gather(gone, telling, return_exceptions=True)


async def _tell(watcher: Watcher, send: Any) -> None:
    await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _RETRY, "more_body": True})
    while True:
        names = await watcher.news(BEAT_S)
        if watcher.ended:
            break
        body = b"".join(b"event: %b\ndata: 1\n\n" % name.encode() for name in names) or _BEAT
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await watcher.rest(SPACING_S)
    last = b"" if watcher.ended == "stopping" else b"event: bye\ndata: %b\n\n" % watcher.ended.encode()
    await send({"type": "http.response.body", "body": last, "more_body": False})


async def _wait_until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Any, status: HTTPStatus) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
