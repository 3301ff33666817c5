"""The generated message modules are what the official schemas give today."""

from pathlib import Path

import pytest
from tools.generate_ocpp import TARGET, generate
from tools.ocpp_layout import VERSIONS


@pytest.fixture(scope="module")
def expected() -> dict[Path, str]:
    return generate()


def test_the_committed_files_are_what_the_generator_writes(expected: dict[Path, str]) -> None:
    committed = {path: path.read_text() for package in VERSIONS for path in (TARGET / package).glob("*.py")}
    assert sorted(committed) == sorted(expected)
    drifted = [str(path) for path in expected if committed[path] != expected[path]]
    assert not drifted


def test_no_generated_file_is_too_long_to_read(expected: dict[Path, str]) -> None:
    assert [str(path) for path, text in expected.items() if text.count("\n") >= 400] == []
