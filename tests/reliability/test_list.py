"""The list of mistakes names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "reference" / "money-mistakes.md"
NAMED = re.compile(r"`(?P<file>[\w/]+\.py)::(?P<test>test_\w+)`")


def test_each_mistake_of_the_list_names_a_test_that_is_there() -> None:
    lines = [line for line in LIST.read_text().splitlines() if line.startswith("| ") and "`test" not in line]
    named = [NAMED.search(line) for line in lines[1:]]
    missing = [
        line if found is None else found[0]
        for line, found in zip(lines[1:], named, strict=True)
        if found is None
        or f"def {found['test']}(" not in (ROOT / "tests" / found["file"]).read_text(encoding="utf-8")
    ]
    assert missing == []
    assert len(named) > 25
