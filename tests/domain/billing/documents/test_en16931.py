"""What the official rules say of our electronic invoices, and that ours say it first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from tests.domain.billing.documents.making import BUYER, SELLER, document, line
from tests.domain.billing.documents.schematron import broken_rules

from chargehand.domain.billing.documents.arithmetic import find_problems
from chargehand.domain.billing.documents.en16931 import NotElectronicError, find_obstacles, write_xml
from chargehand.domain.billing.documents.shapes import Document, DocumentLine, Reference

REVERSE = line(percent="0", category="AE")

GOOD = {
    "one line at 19 %": document(),
    "two rates": document([line(), line("3", "1.20", percent="7", unit="H", text="Parking")]),
    "zero rated": document([line(percent="0", category="Z")]),
    "exempt": document([line(percent="0", category="E")]),
    "reverse charge": document([REVERSE]),
    "out of scope": document([line(percent="0", category="O")]),
    "credit note": document(
        kind="credit-note", number="G-2026-3", corrects=Reference("R-2026-17", date(2026, 3, 5))
    ),
    "maximum price takes something off": document(
        [line(), line("1", None, before=-529, text="Maximum price")]
    ),
    "minimum price adds something": document(
        [line("0.2"), line("1", None, before=402, text="Minimum price")]
    ),
    "limit that moves only the tax": document([line(), line("1", None, before=0, text="Maximum price")]),
    "month of 40 lines": document(
        [line(f"{10 + place}.37", "0.4875", session_ref=str(place)) for place in range(40)],
        supplied=(date(2026, 3, 1), date(2026, 3, 31)),
    ),
    "paid, with cash rounding": document(paid_minor=1815, rounding_minor=-5, due_on=None, payment_text=""),
    "yen": document([line(currency="JPY", price="49")], currency="JPY"),
    "fraction of a cent as price": document([line("12.345", "0.48739495798319327731")]),
    "without due date": document(due_on=None),
    "long address": document(seller=replace(SELLER, address=("a", "b", "c", "d", "e"))),
    "hostile words": document(
        [line(text="</ram:Name><x> \x00\x0b\ufffe & \u202e ]]> 😀", note="#panic() $x$")],
        buyer=replace(BUYER, name="<script>alert(1)</script>\x1b", vat_id="", email='"a"@example.org'),
        notes=("one\ntwo", "\x07"),
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_document_that_adds_up_passes_the_official_rules(name: str) -> None:
    good = GOOD[name]
    assert find_problems(good) == ()
    assert broken_rules(write_xml(good)) == set()


def _group(of: Document, **more: Any) -> Document:
    return replace(of, taxes=(replace(of.taxes[0], **more), *of.taxes[1:]))


def _line(of: Document, **more: Any) -> Document:
    return replace(of, lines=(replace(of.lines[0], **more), *of.lines[1:]))


PLAIN = document()
#: A broken document, the rule of the standard that its XML breaks, and a part of our own sentence.
BROKEN: dict[str, tuple[Document, str, str]] = {
    "line sum": (_line(PLAIN, before_minor=1530, after_minor=1821), "BR-CO-10", "BR-CO-10"),
    "total before tax": (
        replace(PLAIN, before_minor=1530, after_minor=1821, due_minor=1821),
        "BR-CO-10",
        "CO-13",
    ),
    "tax total": (replace(PLAIN, tax_minor=300, after_minor=1829, due_minor=1829), "BR-CO-14", "BR-CO-14"),
    "total with tax": (replace(PLAIN, after_minor=1821, due_minor=1821), "BR-CO-15", "BR-CO-15"),
    "due": (replace(PLAIN, due_minor=1821), "BR-CO-16", "BR-CO-16"),
    "due after payment": (replace(PLAIN, paid_minor=20), "BR-CO-16", "BR-CO-16"),
    "rounding": (replace(PLAIN, rounding_minor=2), "BR-CO-16", "BR-CO-16"),
    "base of a rate": (_group(PLAIN, base_minor=1528), "BR-S-08", "base"),
    "tax of a rate": (
        replace(_group(PLAIN, tax_minor=491), tax_minor=491, after_minor=2020, due_minor=2020),
        "BR-CO-17",
        "BR-CO-17",
    ),
    "tax where none is": (
        replace(_group(document([REVERSE]), tax_minor=5), tax_minor=5, after_minor=1534, due_minor=1534),
        "BR-AE-09",
        "BR-AE-09",
    ),
    "rate where none is": (
        _line(document([line(percent="0", category="E")]), tax_percent=Decimal(5)),
        "BR-E-05",
        "BR-E-05",
    ),
    "standard rate of nothing": (
        _group(_line(document([line(percent="0", category="Z")]), category="S"), category="S"),
        "BR-S-05",
        "BR-S-05",
    ),
    "no reason": (_group(document([line(percent="0", category="E")]), reason=""), "BR-E-10", "BR-E-10"),
    "reason too much": (_group(PLAIN, reason="why not"), "BR-S-10", "BR-S-10"),
    "price below zero": (_line(PLAIN, unit_price=Decimal(-1)), "BR-27", "BR-27"),
    "no number": (replace(PLAIN, number=" "), "BR-02", "BR-02"),
    "no text": (_line(PLAIN, text=""), "BR-25", "BR-25"),
    "no line": (replace(document([]), taxes=PLAIN.taxes), "BR-16", "BR-16"),
    "period backwards": (replace(PLAIN, supplied=(date(2026, 3, 5), date(2026, 3, 1))), "BR-29", "BR-29"),
    "reverse charge to nobody": (
        document([REVERSE], buyer=replace(BUYER, vat_id="")),
        "BR-AE-02",
        "BR-AE-02",
    ),
    "group twice": (
        replace(
            document([line(percent="0", category="Z")]),
            taxes=document([line(percent="0", category="Z")]).taxes * 2,
        ),
        "BR-Z-01",
        "BR-Z-01",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_the_official_rules_refuse_is_refused_before_issue(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, rule, ours = BROKEN[name]
    said = find_problems(broken)
    assert any(ours in sentence for sentence in said), said
    with pytest.raises(NotElectronicError, match=r"BR-|base"):
        write_xml(broken)
    assert rule in broken_rules(_written_unchecked(broken, monkeypatch))


def test_what_is_due_says_when_and_how() -> None:
    """The schematron at hand has no BR-CO-25; the standard does."""
    silent = replace(PLAIN, due_on=None, payment_text="")
    assert find_problems(silent) == (
        "Something is due, but neither a day nor terms of payment are told (BR-CO-25).",
    )
    assert find_problems(replace(silent, paid_minor=silent.after_minor, due_minor=0)) == ()


OBSTACLES: dict[str, tuple[Document, str]] = {
    "a receipt": (document(kind="receipt"), "Only invoices"),
    "buyer unknown": (document(buyer=None), "BR-07"),
    "buyer without a country": (document(buyer=replace(BUYER, country="")), "BR-11"),
    "country that is none": (document(buyer=replace(BUYER, country="QQ")), "BR-CL-14"),
    "number of no country": (document(seller=replace(SELLER, vat_id="123")), "BR-CO-09"),
    "seller without identity": (
        document(seller=replace(SELLER, vat_id="", registration="")),
        "BR-CO-26",
    ),
    "seller without a tax number": (document(seller=replace(SELLER, vat_id="", tax_number="")), "BR-S-02"),
    "three decimals": (document([line(currency="KWD")], currency="KWD"), "BR-DEC"),
    "out of scope and not": (document([line(), line(percent="0", category="O")]), "BR-O-11"),
    "yen a whole yen off": (
        document([line(currency="JPY", price="49") for _ in range(30)], currency="JPY"),
        "BR-CO-17",
    ),
}


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_only_the_xml_cannot_say_does_not_stop_the_document(name: str) -> None:
    found, rule = OBSTACLES[name]
    assert find_problems(found) == ()
    assert any(rule in sentence for sentence in find_obstacles(found)), find_obstacles(found)
    with pytest.raises(NotElectronicError):
        write_xml(found)


def test_three_decimals_are_what_the_official_rules_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    dinars, _rule = OBSTACLES["three decimals"]
    broken = broken_rules(_written_unchecked(dinars, monkeypatch))
    assert {"BR-DEC-12", "BR-DEC-14", "BR-DEC-19", "BR-DEC-23"} <= broken


def test_the_same_document_gives_the_same_bytes() -> None:
    assert write_xml(document()) == write_xml(document())


def test_hostile_words_stay_words() -> None:
    tree = etree.fromstring(write_xml(GOOD["hostile words"]))
    names = [name.text for name in tree.iter("{*}Name")]
    assert "</ram:Name><x> & ]]> 😀" in names
    assert "<script>alert(1)</script>" in names
    assert [note.text for note in tree.iter("{*}Content")] == ["one two", "#panic() $x$"]


def _written_unchecked(broken: Document, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Write what would be refused, to hear what the official rules say of it."""
    module = "chargehand.domain.billing.documents.en16931"
    monkeypatch.setattr(f"{module}.find_problems", lambda _document: ())
    monkeypatch.setattr(f"{module}.find_obstacles", lambda _document: ())
    monkeypatch.setattr(f"{module}.SCHEMA", None)
    return write_xml(broken)


_amounts = st.decimals("0", "400", places=3)
_prices = st.decimals("0.01", "2", places=4)
_lines = st.builds(
    lambda quantity, price, percent, limit: (
        line("1", None, before=limit, percent=percent, text="Limit")
        if limit
        else line(f"{quantity:f}", f"{price:f}", percent=percent)
    ),
    _amounts,
    _prices,
    st.sampled_from(["7", "19", "20", "5.5"]),
    st.one_of(st.just(0), st.integers(-5000, 5000)),
)


@st.composite
def documents(draw: st.DrawFn, most: int = 40) -> Document:
    lines: list[DocumentLine] = draw(st.lists(_lines, min_size=1, max_size=most))
    paid = draw(st.integers(0, 2000))
    return document(lines, paid_minor=paid, rounding_minor=draw(st.integers(-2, 2)))


@given(documents())
@settings(max_examples=200, deadline=None)
def test_whatever_is_made_line_by_line_adds_up(made: Document) -> None:
    assert find_problems(made) == ()
    assert find_obstacles(made) == ()


@given(documents(most=12))
@settings(max_examples=15, deadline=None)
def test_whatever_is_made_line_by_line_passes_the_official_rules(made: Document) -> None:
    assert broken_rules(write_xml(made)) == set()


@given(documents(), st.data())
@settings(max_examples=200, deadline=None)
def test_no_single_amount_can_be_changed_unnoticed(made: Document, data: st.DataObject) -> None:
    by = data.draw(st.integers(-10_000, 10_000).filter(bool))
    names = ("before_minor", "tax_minor", "after_minor", "rounding_minor", "paid_minor", "due_minor")
    place = data.draw(st.integers(0, len(made.lines) - 1))
    own = data.draw(st.sampled_from(("before_minor", "tax_minor", "after_minor")))
    changed = [replace(made, **{name: getattr(made, name) + by}) for name in names]
    lines = list(made.lines)
    lines[place] = replace(lines[place], **{own: getattr(lines[place], own) + by})
    changed.append(replace(made, lines=tuple(lines)))
    for name in ("base_minor", "tax_minor"):
        group = made.taxes[0]
        other = replace(group, **{name: getattr(group, name) + by})
        changed.append(replace(made, taxes=(other, *made.taxes[1:])))
    assert all(find_problems(one) for one in changed)
