"""Where stations upload logs: PUT or POST to a one-time address, streamed, before Django reads anything.

Stations write the address's end themselves (`/uploads/<token>/<name>`), and some send a form instead of bytes.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import unquote

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import connections
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from chargehand.domain.maintenance import log_files
from chargehand.kernel.errors import Refused

P = ParamSpec("P")
T = TypeVar("T")

PREFIX: Final = "/uploads/"
#: Seconds without a byte, and for a whole file, after which a station is let go.
IDLE_S: Final = 60.0
WHOLE_S: Final = 1800.0
MOST_AT_ONCE: Final = 20

#: What a form may add to the file in it.
_FORM_EXTRA: Final = 65_536
_PIECE: Final = 262_144
_STATUS: Final = {
    "no-such-upload": HTTPStatus.NOT_FOUND,
    "used": HTTPStatus.CONFLICT,
    "busy": HTTPStatus.CONFLICT,
    "expired": HTTPStatus.GONE,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "empty": HTTPStatus.BAD_REQUEST,
    "bad-form": HTTPStatus.BAD_REQUEST,
    "too-slow": HTTPStatus.REQUEST_TIMEOUT,
}
_at_once = asyncio.Semaphore(MOST_AT_ONCE)


class BrokenOffError(Exception):
    """The station closed the connection before the end."""


async def receive_upload(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer a request below `/uploads/` (ASGI 3)."""
    if scope["method"] not in {"PUT", "POST"}:
        await _answer(send, HTTPStatus.METHOD_NOT_ALLOWED, "Upload by PUT or POST.", {b"allow": b"PUT, POST"})
        return
    if _at_once.locked():
        await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE, "Try again later.", {b"retry-after": b"60"})
        return
    async with _at_once:
        try:
            async with asyncio.timeout(WHOLE_S):
                await _take(scope, receive)
        except Refused as refusal:
            await _answer(send, _STATUS[refusal.code], refusal.sentence)
        except TimeoutError:
            await _answer(send, HTTPStatus.REQUEST_TIMEOUT, "The upload took too long.")
        except BrokenOffError:
            return
        else:
            await _answer(send, HTTPStatus.CREATED, "Received.")


async def _take(scope: dict[str, Any], receive: Any) -> None:
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    content_type = headers.get(b"content-type", "")
    is_form = content_type.lower().startswith("multipart/form-data")
    most = settings.LOG_UPLOAD_BYTES + (_FORM_EXTRA if is_form else 0)
    announced = headers.get(b"content-length", "")
    token, _, name = scope["path"].removeprefix(PREFIX).partition("/")
    receiving = await _in_thread(log_files.begin_upload, token, unquote(name))
    why = "The upload broke off."
    try:
        _check_length(announced, most)
        if is_form:
            await _take_form(receive, receiving, content_type, most)
        else:
            await _pour(receive, receiving.write)
        await _in_thread(receiving.finish)
    except Refused as refusal:
        why = refusal.sentence
        raise
    finally:
        # After `finish` this changes nothing: only what is still on its way in can be discarded.
        await asyncio.shield(_in_thread(receiving.discard, why))


def _check_length(announced: str, most: int) -> None:
    if announced.isdecimal() and int(announced) > most:
        raise Refused("too-large", "The file is larger than is allowed here.")


async def _pour(receive: Any, write: Callable[[bytes], Any]) -> int:
    """Write the body as it comes, some hundred kB at a time; return its length."""
    pending, length = bytearray(), 0
    while True:
        async with asyncio.timeout(IDLE_S):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise BrokenOffError
        pending += message.get("body", b"")
        is_last = not message.get("more_body", False)
        if pending and (is_last or len(pending) >= _PIECE):
            await _in_thread(write, bytes(pending))
            length += len(pending)
            pending.clear()
        if is_last:
            return length


async def _take_form(receive: Any, receiving: log_files.Receiving, content_type: str, most: int) -> None:
    with tempfile.SpooledTemporaryFile(max_size=_PIECE) as form:
        written = 0

        def write(chunk: bytes) -> None:
            nonlocal written
            written += len(chunk)
            _check_length(str(written), most)
            form.write(chunk)

        length = await _pour(receive, write)
        form.seek(0)
        await _in_thread(
            _parse_form, form, receiving, {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": length}
        )


def _parse_form(form: Any, receiving: log_files.Receiving, meta: dict[str, Any]) -> None:
    try:
        MultiPartParser(meta, form, [_FirstFile(receiving)]).parse()
    except MultiPartParserError:
        raise Refused("bad-form", "This form cannot be read.") from None


class _FirstFile(FileUploadHandler):
    """Hands on the first file of a form and skips all others."""

    def __init__(self, receiving: log_files.Receiving) -> None:
        super().__init__()
        self._receiving = receiving
        self._count = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._count += 1
        if self._count > 1:
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 -- Django's signature
        self._receiving.write(raw_data)

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 -- Django's signature
        return None


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    def run() -> T:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(run, thread_sensitive=False)()


async def _answer(
    send: Any, status: HTTPStatus, sentence: str, more: dict[bytes, bytes] | None = None
) -> None:
    body = f"{sentence}\n".encode()
    headers = {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": b"%d" % len(body),
        b"x-content-type-options": b"nosniff",
        b"cache-control": b"no-store",
        # What was not read of a refused body must not be taken for the next request.
        **({b"connection": b"close"} if status >= HTTPStatus.BAD_REQUEST else {}),
        **(more or {}),
    }
    await send({"type": "http.response.start", "status": int(status), "headers": list(headers.items())})
    await send({"type": "http.response.body", "body": body})
