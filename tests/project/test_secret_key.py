"""The key that signs sessions."""

from pathlib import Path

from chargehand.project.configuration import Configuration
from chargehand.project.secret_key import ensure_secret_key, find_secret_key


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    configuration = Configuration(data_dir=tmp_path / "data")
    assert find_secret_key(configuration) is None
    key = ensure_secret_key(configuration)
    assert len(key) >= 50
    assert ensure_secret_key(configuration) == find_secret_key(configuration) == key
    assert (tmp_path / "data/secret_key").stat().st_mode & 0o077 == 0


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    ensure_secret_key(Configuration(data_dir=tmp_path))
    given = Configuration(data_dir=tmp_path, secret_key="given")
    assert ensure_secret_key(given) == find_secret_key(given) == "given"
