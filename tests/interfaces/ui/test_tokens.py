"""The token file keeps WCAG 2.2 contrast in both themes, and its two dark blocks agree."""

import re
from itertools import product

import pytest
from tools.build_frontend import UI

from chargehand.interfaces.ui import states

TOKENS = (UI / "assets/css/tokens.css").read_text(encoding="utf-8")
COLOUR = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});")
BLOCKS = [dict(COLOUR.findall(part)) for part in re.split(r"\n(?::root|@media)", "\n" + TOKENS)]
LIGHT, DARK_WISHED, DARK_CHOSEN = (block for block in BLOCKS if "canvas" in block)
THEMES = {"light": LIGHT, "dark": DARK_CHOSEN}
PAPERS = ("canvas", "surface")

TEXT_PAIRS = [
    *product(("text", "text-2", "text-3", "accent", "link"), PAPERS),
    ("text", "sunken"),
    ("text-2", "sunken"),
    ("text-3", "sunken"),
    ("text", "hover"),
    ("text-2", "hover"),
    ("text-3", "hover"),
    ("link", "hover"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("text", "offline-fill"),
    *((state, f"{state}-fill") for state in states.WORDS if state != states.UNKNOWN),
    *((state, "surface") for state in states.WORDS if state != states.UNKNOWN),
    *(("text", f"{state}-fill") for state in states.WORDS if state != states.UNKNOWN),
    *(("link", f"{state}-fill") for state in states.WORDS if state != states.UNKNOWN),
]
SHAPE_PAIRS = [
    *product(("control", "focus"), PAPERS),
    ("control", "sunken"),
    *((f"series-{number}", "surface") for number in range(1, 7)),
    *((state, "sunken") for state in states.WORDS if state != states.UNKNOWN),
]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_the_formula_gives_the_known_extremes() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "paper"), TEXT_PAIRS)
def test_text_can_be_read(theme: str, ink: str, paper: str) -> None:
    tokens = THEMES[theme]
    assert contrast(tokens[ink], tokens[paper]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "paper"), SHAPE_PAIRS)
def test_shapes_and_outlines_can_be_seen(theme: str, ink: str, paper: str) -> None:
    tokens = THEMES[theme]
    assert contrast(tokens[ink], tokens[paper]) >= 3


def test_both_dark_blocks_are_the_same() -> None:
    assert DARK_WISHED == DARK_CHOSEN


def test_dark_names_every_colour_that_light_names() -> None:
    assert DARK_CHOSEN.keys() == LIGHT.keys()


def test_no_other_stylesheet_names_a_colour_itself() -> None:
    others = [path for path in (UI / "assets/css").glob("*.css") if path.name != "tokens.css"]
    assert len(others) > 5
    assert [
        path.name for path in others if re.search(r"#[0-9a-fA-F]{3,8}\b|\brgb\(", path.read_text("utf-8"))
    ] == []
