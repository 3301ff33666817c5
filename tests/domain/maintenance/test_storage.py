"""Every storage keeps the same promises."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chargehand.domain.maintenance.storage import DirectoryStorage, MemoryStorage, Storage

MAKERS: list[Callable[[Path], Storage]] = [DirectoryStorage, lambda _: MemoryStorage()]


@pytest.fixture(params=MAKERS, ids=["directory", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    made: Storage = request.param(tmp_path / "files")
    return made


def test_what_was_put_can_be_read(storage: Storage) -> None:
    storage.put("orders/7/a", b"x" * 200_000)
    assert b"".join(storage.read("orders/7/a")) == b"x" * 200_000


def test_a_file_exists_once_it_is_finished(storage: Storage) -> None:
    writing = storage.begin("a/b")
    writing.write(b"half")
    with pytest.raises(FileNotFoundError):
        storage.read("a/b")
    writing.write(b" whole")
    writing.finish()
    assert b"".join(storage.read("a/b")) == b"half whole"


def test_what_is_discarded_was_never_there(storage: Storage) -> None:
    writing = storage.begin("a/b")
    writing.write(b"half")
    writing.discard()
    writing.discard()
    with pytest.raises(FileNotFoundError):
        storage.read("a/b")
    storage.put("a/b", b"anew")
    assert b"".join(storage.read("a/b")) == b"anew"


def test_deleting_twice_is_no_error(storage: Storage) -> None:
    storage.put("a", b"x")
    storage.delete("a")
    storage.delete("a")
    with pytest.raises(FileNotFoundError):
        storage.read("a")


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "A", "a\0b", "a.b", "a" * 300]
)
def test_no_key_leads_out_of_a_storage(storage: Storage, key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        storage.begin(key)
    with pytest.raises(ValueError, match="no key"):
        storage.delete(key)


def test_nobody_else_on_the_machine_reads_the_directory(tmp_path: Path) -> None:
    DirectoryStorage(tmp_path / "files").put("orders/7", b"x")
    assert (tmp_path / "files" / "orders").stat().st_mode & 0o077 == 0
