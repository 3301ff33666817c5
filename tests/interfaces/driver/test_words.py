"""Every sentence is there in every language, with the same gaps."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from chargehand.domain.billing.documents.words import LANGUAGES
from chargehand.domain.tariffs import wording
from chargehand.domain.tariffs.card_words import price_words
from chargehand.interfaces.driver import words
from chargehand.interfaces.driver.words import NAMES, page_words


def gaps(text: str) -> list[str]:
    return sorted(re.findall(r"{\w+}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_whole_in_every_language(language: str) -> None:
    english, told = page_words("en"), page_words(language)
    assert told.keys() == english.keys()
    assert [key for key, text in told.items() if not text.strip()] == []
    assert [key for key, text in told.items() if gaps(text) != gaps(english[key])] == []
    assert language in NAMES


def test_every_word_is_used_on_some_page() -> None:
    folder = Path(words.__file__).parent
    pages = "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.suffix in {".py", ".html"})
    own = [key for key in words._TABLE if len(re.findall(rf'["\']{key}["\']|words\.{key}\b', pages)) < 2]
    assert own == []


def marked_in_the_price_card() -> list[str]:
    """All templates that the wording of tariffs marks for translation."""
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(wording))) if isinstance(node, ast.Call))
    return [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "_"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    ]


@pytest.mark.parametrize("language", ["de", "fr", "nl", "es"])
def test_every_sentence_of_a_price_card_is_translated(language: str) -> None:
    translate = price_words(language)
    templates = marked_in_the_price_card()
    assert len(templates) > 30
    same = {"kWh", "kW", "A", "minute", "minutes", "{price} per kWh"}
    assert [text for text in templates if translate(text) == text and text not in same] == []
    assert [text for text in templates if gaps(translate(text)) != gaps(text)] == []
    assert price_words("en")("{price} per kWh") == "{price} per kWh"
