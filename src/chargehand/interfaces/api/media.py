"""Answers that are files, not JSON of a schema: described as what they are."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

from django.http import HttpResponse, StreamingHttpResponse
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

F = TypeVar("F", bound=Callable[..., Any])

JSON: Final = "application/json"
PDF: Final = "application/pdf"
XML: Final = "application/xml"
CSV: Final = "text/csv"
_ROWS_AT_ONCE: Final = 500


def sends(media_type: str) -> Callable[[F], F]:
    """Say in the description what a successful answer is; stands above `door.needs`."""
    schema = {"type": "object"} if media_type == JSON else {"type": "string"}

    def mark(view: F) -> F:
        def describe(operation: Operation) -> None:
            extra = operation.openapi_extra or {}
            told = {"description": "OK", "content": {media_type: {"schema": schema}}}
            operation.openapi_extra = {**extra, "responses": {**extra.get("responses", {}), 200: told}}

        contribute_operation_callback(view, describe)
        return view

    return mark


def file(content: bytes, media_type: str, name: str) -> HttpResponse:
    """Return a file under a name."""
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{_safe(name)}"'
    return answer


def table(rows: Iterable[tuple[str, ...]], name: str) -> StreamingHttpResponse:
    """Return rows as CSV (RFC 4180), sent as they are read."""
    return pieces(_written(rows), "text/csv; charset=utf-8", name)


def pieces(parts: Iterable[bytes], media_type: str, name: str) -> StreamingHttpResponse:
    """Return a long file, sent as it is made."""
    answer = StreamingHttpResponse(parts, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{_safe(name)}"'
    return answer


def _written(rows: Iterable[tuple[str, ...]]) -> Iterator[bytes]:
    block: list[str] = []
    for row in rows:
        block.append(",".join(_cell(cell) for cell in row) + "\r\n")
        if len(block) >= _ROWS_AT_ONCE:
            yield "".join(block).encode()
            block.clear()
    yield "".join(block).encode()


def _cell(text: str) -> str:
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _safe(name: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in name)
