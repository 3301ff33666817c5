"""Where files lie: a small contract, a directory that keeps it, and a memory for tests."""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*")
_CHUNK: Final = 65_536


class Writing(ABC):
    """A file on its way into a storage: it exists for readers once `finish` returned, else never."""

    @abstractmethod
    def write(self, chunk: bytes) -> None:
        """Add bytes at the end."""

    @abstractmethod
    def finish(self) -> None:
        """Make the file durable and let readers see it."""

    @abstractmethod
    def discard(self) -> None:
        """Forget what was written; also after a failure, and more than once."""


class Storage(ABC):
    """Files by key: lower-case words, digits and dashes, parted by slashes; written once, never changed."""

    @abstractmethod
    def begin(self, key: str) -> Writing:
        """Begin a file. Raises ValueError where the key is none."""

    @abstractmethod
    def read(self, key: str) -> Iterator[bytes]:
        """Return a file's bytes in pieces. Raises FileNotFoundError, at once."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete a file; one that does not exist is no error."""

    def put(self, key: str, content: bytes) -> None:
        """Write a whole file."""
        writing = self.begin(key)
        try:
            writing.write(content)
            writing.finish()
        except BaseException:
            writing.discard()
            raise


def checked_key(key: str) -> str:
    """Return a key that cannot lead out of a storage. Raises ValueError."""
    if not _KEY.fullmatch(key) or len(key) > 200:
        raise ValueError(f"{key!r} is no key of a file.")
    return key


class _FileWriting(Writing):
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._file = self._part.open("xb")

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)

    def finish(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self._path)

    def discard(self) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)


class DirectoryStorage(Storage):
    """Files in a directory; hosts that serve one installation share it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def begin(self, key: str) -> Writing:
        return _FileWriting(self._directory / checked_key(key))

    def read(self, key: str) -> Iterator[bytes]:
        file = (self._directory / checked_key(key)).open("rb")

        def pieces() -> Iterator[bytes]:
            with file:
                while chunk := file.read(_CHUNK):
                    yield chunk

        return pieces()

    def delete(self, key: str) -> None:
        path = self._directory / checked_key(key)
        path.unlink(missing_ok=True)
        path.with_name(path.name + ".part").unlink(missing_ok=True)


class _MemoryWriting(Writing):
    def __init__(self, files: dict[str, bytes], key: str) -> None:
        self._files, self._key, self._bytes = files, key, bytearray()

    def write(self, chunk: bytes) -> None:
        self._bytes += chunk

    def finish(self) -> None:
        self._files[self._key] = bytes(self._bytes)

    def discard(self) -> None:
        self._bytes.clear()


class MemoryStorage(Storage):
    """Files that end with the process."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def begin(self, key: str) -> Writing:
        return _MemoryWriting(self._files, checked_key(key))

    def read(self, key: str) -> Iterator[bytes]:
        if key not in self._files:
            raise FileNotFoundError(key)
        return iter([self._files[checked_key(key)]])

    def delete(self, key: str) -> None:
        self._files.pop(checked_key(key), None)


def installed() -> Storage:
    """Return the storage of this installation."""
    return DirectoryStorage(settings.STORAGE_DIR)
