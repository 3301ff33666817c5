"""The two lists that scenarios are held to: field quirks A to F, and edge cases of the protocol.

Each row has a scenario whose name begins with its id, or a reason why there is nothing to do; no scenario
names a row that is none.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
_HEAD: Final = re.compile(r"^def test_((?:[a-z]\d+_(?:and_)?)+)", re.MULTILINE)

QUIRKS: Final = {"A": 19, "B": 8, "C": 21, "D": 7, "E": 18, "F": 15}
EDGES: Final = {"H": 20, "R": 18, "C": 14, "A": 6, "S": 20, "D": 6, "X": 24, "Y": 14}

REASONS_OF_QUIRKS: Final[dict[str, str]] = {
    "A16": "Pausing is smart charging, which this gateway does not do yet: it sets no limit by itself. An end by the"
    " station is recorded with the reason the station gave, as X13 and TC_E_22 show.",
}
REASONS_OF_EDGES: Final[dict[str, str]] = {}


def rows(list_: dict[str, int], width: int) -> list[str]:
    return [f"{letter}{number:0{width}}" for letter, last in list_.items() for number in range(1, last + 1)]


def told(files: Iterable[Path]) -> set[str]:
    heads = (found for file in files for found in _HEAD.findall(file.read_text()))
    return {row.upper() for head in heads for row in re.findall(r"[a-z]\d+", head)}


QUIRK_FILES: Final = sorted(HERE.glob("test_quirks_*.py"))
EDGE_FILES: Final = [
    HERE / f"test_{name}.py"
    for name in ("handshakes", "envelopes", "calls", "payloads", "reports_16", "reports_2")
]


@pytest.mark.parametrize(
    ("expected", "files", "reasons"),
    [
        pytest.param(rows(QUIRKS, 1), QUIRK_FILES, REASONS_OF_QUIRKS, id="quirks"),
        pytest.param(rows(EDGES, 2), EDGE_FILES, REASONS_OF_EDGES, id="edges"),
    ],
)
def test_every_row_has_a_scenario_or_a_reason_and_never_both(
    expected: list[str], files: list[Path], reasons: dict[str, str]
) -> None:
    found = told(files)

    assert found.isdisjoint(reasons)
    assert found | set(reasons) == set(expected)
