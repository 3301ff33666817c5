"""What every tracked file must be."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
MADE_BY_MACHINE = re.compile(
    r"/(migrations|generated)/|^package-lock\.json$|^requirements/.*\.txt$|^LICENSE$"
)

# Split, so that this file does not find itself.
ADDRESSES_OF_REGISTRIES = (
    "pypi" + ".org/simple",
    "registry" + ".npmjs",
    "--index" + "-url",
    "arti" + "factory",
)
PATHS_OF_MACHINES = ("/wo" + "rk/main", "/wo" + "rk/shared", "/wo" + "rk/.", "/ro" + "ot/", "/tmp/" + "bash")
TOOLS_OF_AUTHORS = ("cla" + "ude", "anth" + "ropic", "chat" + "gpt", "co" + "pilot", "language " + "model")


def _tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


TRACKED = _tracked()
PYTHON = [name for name in TRACKED if name.endswith(".py")]
OURS = [name for name in PYTHON if not MADE_BY_MACHINE.search(name)]
PRODUCT = [name for name in OURS if name.startswith("src/")]


def _text(name: str) -> str | None:
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None  # a picture or a font


@pytest.mark.parametrize("words", [ADDRESSES_OF_REGISTRIES, PATHS_OF_MACHINES, TOOLS_OF_AUTHORS])
def test_no_file_names_a_registry_a_machine_or_the_tools_of_its_authors(words: tuple[str, ...]) -> None:
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    found = [
        f"{name}:{number}"
        for name in TRACKED
        if (text := _text(name)) is not None
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_every_module_of_the_product_opens_with_what_it_is_for() -> None:
    silent = [name for name in PRODUCT if (ROOT / name).stat().st_size and not _docstring(name)]
    assert silent == []


def _docstring(name: str) -> str | None:
    return ast.get_docstring(ast.parse((ROOT / name).read_text()))


def test_no_file_is_too_long_to_read() -> None:
    long = {name: len((ROOT / name).read_text().splitlines()) for name in OURS}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long_to_read() -> None:
    long = {
        f"{name}:{node.name}": lines
        for name in PRODUCT
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := _lines_of_code(node)) > LONGEST_FUNCTION
    }
    assert long == {}


def _lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, its docstring not counted."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_module_is_a_drawer_for_leftovers() -> None:
    drawers = re.compile(r"(^|/)(utils?|helpers?|common|misc|part\d+)(\.py|/)")
    assert [name for name in OURS if drawers.search(name)] == []


def test_nothing_is_imported_inside_a_function() -> None:
    found = [
        f"{name}:{inner.lineno}"
        for name in PRODUCT
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_tests_mirror_the_product() -> None:
    rooms = {Path(name).parent.relative_to("src/chargehand").as_posix() for name in PRODUCT}
    own = {
        "tests",
        "tests/architecture",
        "tests/stories",
        "tests/conformance",
        "tests/robustness",
        "tests/reliability",
    }
    strangers = {
        Path(name).parent.as_posix()
        for name in OURS
        if name.startswith("tests/") and Path(name).name.startswith("test_")
    }
    wrong = {
        folder
        for folder in strangers - own
        if folder.removeprefix("tests/") not in rooms
        and not any(folder.startswith(f"{each}/") for each in own - {"tests"})
    }
    assert wrong == set()
