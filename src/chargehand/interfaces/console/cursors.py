"""Reading where a page of a list ended from an address that anybody may have written."""

from __future__ import annotations

from datetime import datetime


def read_time(text: str) -> datetime | None:
    """An aware time as ISO 8601 (a blank stands for the plus an address loses); None for anything else."""
    try:
        time = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return time if time.tzinfo is not None else None


def read_number(text: str) -> int | None:
    """A whole number that fits an id; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
