"""JSON text that PostgreSQL's jsonb accepts, whatever a station put into its strings."""

from typing import Any

import msgspec


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value


def json_text(value: object) -> str:
    """Return `value` as JSON; a NUL in a text, which jsonb cannot hold, stands as U+FFFD."""
    text = msgspec.json.encode(value).decode()
    if "\\u0000" in text:
        return msgspec.json.encode(_without_nul(msgspec.json.decode(text))).decode()
    return text
