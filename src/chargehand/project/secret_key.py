"""The key that signs sessions and links, kept in the data directory unless the environment gives it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from chargehand.project.configuration import Configuration

_FILE = "secret_key"


def find_secret_key(configuration: Configuration) -> str | None:
    """The key from the environment or from the data directory; None when neither has one."""
    if configuration.secret_key:
        return configuration.secret_key
    file = configuration.data_dir / _FILE
    return file.read_text().strip() if file.is_file() else None


def ensure_secret_key(configuration: Configuration) -> str:
    """The key, made and stored (readable by its owner alone) when there is none yet."""
    found = find_secret_key(configuration)
    if found:
        return found
    configuration.data_dir.mkdir(parents=True, exist_ok=True)
    path: Path = configuration.data_dir / _FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(48)
        file.write(key + "\n")
    return key
