"""Spellings of tokens (field quirks: KEBA networks, payment terminals, readers that add blanks)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.tokens.normalising import VENDOR_RULES, clean_uid, uid_key


@pytest.mark.parametrize(
    ("vendor", "model", "sent", "shown"),
    [
        ("Keba AG", "KC-P30", "12345678_dummy1", "12345678"),
        ("KEBA", "", "12345678", "12345678"),
        ("ABB", "Terra", "12345678_dummy1", "12345678_dummy1"),
        ("", "", "12345678_dummy1", "12345678_dummy1"),
        ("Any", "Terminal", "0042;04A1B2C3", "04A1B2C3"),
        ("Any", "", "04A1B2C3;", "04A1B2C3;"),
    ],
)
def test_what_a_vendor_adds_to_a_token_is_taken_off(vendor: str, model: str, sent: str, shown: str) -> None:
    assert clean_uid(sent, vendor, model) == shown


@pytest.mark.parametrize("spelling", [" F6 CA 0C C5", "f6ca0cc5", "F6CA0CC5 ", "F6CA\t0CC5", "F6CA0CC5\0"])
def test_blanks_case_and_control_characters_do_not_matter(spelling: str) -> None:
    assert uid_key(spelling) == "f6ca0cc5"


@given(st.text())
def test_a_key_is_its_own_key_and_fits_the_database(text: str) -> None:
    key = uid_key(text)
    assert "\0" not in key
    assert uid_key(key) == key or any(not letter.isprintable() for letter in key)


def test_every_vendor_rule_says_why_and_where_it_is_from() -> None:
    for rule in VENDOR_RULES:
        assert rule.why.endswith(".")
        assert rule.link.startswith("https://")
