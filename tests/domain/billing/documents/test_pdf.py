"""What people read on documents, and that nothing they hold can break them."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from pypdf import PdfReader
from tests.domain.billing.documents.making import BUYER, SELLER, SIGNED, document, line, proof

from chargehand.domain.billing.documents import factur_x, pdf
from chargehand.domain.billing.documents.en16931 import write_xml
from chargehand.domain.billing.documents.formats import NO_BREAK
from chargehand.domain.billing.documents.pdf import write_pdf
from chargehand.domain.billing.documents.shapes import Document, Reference
from chargehand.domain.billing.documents.words import LANGUAGES, words_of

RECEIPT = document(
    [line("31.2", "0.495798319327731", before=1547)],
    kind="receipt",
    number="",
    series="",
    buyer=None,
    paid_minor=1841,
    payment_text="",
    due_on=None,
    language="en",
)


def read(written: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(written))


def text_of(made: Document) -> str:
    """All that is printed, each blank a plain one."""
    text = "\n".join(page.extract_text() for page in read(write_pdf(made)).pages)
    return " ".join(text.replace(NO_BREAK, " ").replace("\N{NARROW NO-BREAK SPACE}", " ").split())


@pytest.mark.parametrize(
    ("language", "total", "tax", "day", "meter"),
    [
        ("en", "€1,820.00", "€290.59", "5 Mar 2026", "10,412.6 kWh → 10,443.8 kWh"),
        ("de", "1.820,00 €", "290,59 €", "05.03.2026", "10.412,6 kWh → 10.443,8 kWh"),
        ("fr", "1 820,00 €", "290,59 €", "05/03/2026", "10 412,6 kWh → 10 443,8 kWh"),
        ("nl", "€ 1.820,00", "€ 290,59", "05-03-2026", "10.412,6 kWh → 10.443,8 kWh"),
        ("es", "1820,00 €", "290,59 €", "05/03/2026", "10.412,6 kWh → 10.443,8 kWh"),
    ],
)
def test_an_invoice_speaks_the_language_of_its_reader(
    language: str, total: str, tax: str, day: str, meter: str
) -> None:
    made = document([line("1", None, before=152941)], language=language)
    words, text = words_of(language), text_of(made)
    assert f"{words['total']} {total}" in text
    assert f"{words['due']} {total}" in text
    assert tax in text
    assert f"{words['issued_on']} {day}" in text
    assert meter in text
    assert words["invoice"] in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["invoice", "credit-note", "receipt", "statement-fleet", "statement-host"])
def test_every_kind_is_printed_in_every_language(kind: str, language: str) -> None:
    made = document(kind=kind, language=language, corrects=Reference("R-2026-1", date(2026, 2, 1)))
    assert words_of(language)[kind] in text_of(made)


def test_every_word_is_there_in_every_language_with_the_same_gaps() -> None:
    english = words_of("en")
    for language in LANGUAGES:
        words = words_of(language)
        assert words.keys() == english.keys()
        for key, told in words.items():
            assert told.strip()
            assert sorted(re.findall(r"{\w+}", told)) == sorted(re.findall(r"{\w+}", english[key])), key


def test_a_receipt_shows_prices_with_tax_as_the_driver_saw_them() -> None:
    text = text_of(RECEIPT)
    assert "Energy 31.2 kWh €0.59 19 % €18.41" in text
    assert "VAT 19 % on €15.47 €2.94" in text
    assert "Already paid −€18.41 To pay €0.00" in text


def test_currencies_keep_their_own_decimals() -> None:
    yen = document([line(currency="JPY", price="49")], currency="JPY", language="en")
    assert "¥1,529" in text_of(yen)
    assert "¥1,529.0" not in text_of(yen)
    dinar = document([line(currency="KWD", price="0.049")], currency="KWD", language="en")
    assert "KWD 1.529" in text_of(dinar)
    assert read(write_pdf(dinar)).attachments.keys() == {"session-77-1.txt"}


def test_several_charges_each_have_a_heading_and_a_proof() -> None:
    made = document(
        [line(session_ref="1"), line(session_ref="1", text="Parking", unit="MIN"), line(session_ref="2")],
        sessions=(proof("1"), proof("2", place="", meter_start_kwh=None, signed=())),
        language="en",
    )
    text = text_of(made)
    assert "Session 1 · 5 Mar 2026, 17:02–17:50 CET · Hafengarage, charger 4107, plug A · •••• FE01" in text
    assert "Session 2 · 5 Mar 2026, 17:02–17:50 CET · Charger 4107, plug A" in text
    assert "The meter does not sign its readings." in text


def test_a_signed_record_is_attached_byte_for_byte() -> None:
    record = 'OCMF|{"FV" : "1.0",\r\n "x":"ä\u202e"}|{"SD":"30"}\t'
    made = document(sessions=(proof(signed=(replace(SIGNED, data=record),)),))
    assert read(write_pdf(made)).attachments["session-77-1.txt"] == [record.encode()]


def test_the_same_document_gives_the_same_bytes() -> None:
    first = write_pdf(document())
    pdf._compiler.cache_clear()
    assert write_pdf(document()) == first
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _turn: write_pdf(document()), range(12))) == {first}


def test_the_invoice_inside_is_the_xml_and_says_so() -> None:
    found = read(write_pdf(document()))
    assert found.attachments["factur-x.xml"] == [write_xml(document())]
    assert found.xmp_metadata is not None
    tree = etree.fromstring(found.xmp_metadata.stream.get_data())
    fx = {child.tag: child.text for child in tree.iter(f"{{{factur_x.NAMESPACE}}}*")}
    assert fx == {
        f"{{{factur_x.NAMESPACE}}}DocumentFileName": "factur-x.xml",
        f"{{{factur_x.NAMESPACE}}}DocumentType": "INVOICE",
        f"{{{factur_x.NAMESPACE}}}Version": "1.0",
        f"{{{factur_x.NAMESPACE}}}ConformanceLevel": "EN 16931",
    }
    pdfa = "http://www.aiim.org/pdfa/ns"
    described = [name.text for name in tree.iter(f"{{{pdfa}/property#}}name")]
    assert {"DocumentFileName", "DocumentType", "Version", "ConformanceLevel"} <= set(described)
    assert [part.text for part in tree.iter(f"{{{pdfa}/id/}}part")] == ["3"]
    assert [level.text for level in tree.iter(f"{{{pdfa}/id/}}conformance")] == ["B"]
    files: Any = found.root_object["/AF"]
    assert [file.get_object()["/AFRelationship"] for file in files] == ["/Alternative", "/Supplement"]


def test_the_date_in_the_pdf_is_that_of_issue() -> None:
    metadata: Any = read(write_pdf(document())).metadata
    assert metadata["/CreationDate"] == metadata["/ModDate"] == "D:20260305000000Z"
    assert metadata["/Title"] == "Rechnung R-2026-000017"


def test_a_receipt_has_no_xml_inside() -> None:
    found = read(write_pdf(RECEIPT))
    assert list(found.attachments) == ["session-77-1.txt"]
    assert "Issued without a name" in text_of(RECEIPT)


def test_all_fonts_are_embedded_and_come_with_the_product() -> None:
    fonts = set()
    pages: Any = read(write_pdf(document())).pages
    for page in pages:
        for font in page["/Resources"]["/Font"].values():
            [inner] = font.get_object()["/DescendantFonts"]
            found = inner.get_object()["/FontDescriptor"].get_object()
            fonts.add(str(found["/FontName"]).partition("+")[2])
            assert "/FontFile2" in found or "/FontFile3" in found
    assert fonts == {"NotoSans-Regular", "NotoSans-SemiBold", "DejaVuSansMono"}


def test_without_the_built_fonts_documents_are_printed_with_the_typesetters_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "FONTS", tmp_path / "none")
    caches = (pdf._fonts, pdf._compiler)
    for cache in caches:
        cache.cache_clear()
    try:
        assert "18,20 €" in text_of(document())
    finally:
        for cache in caches:
            cache.cache_clear()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (
            '"; #panic() #sys.inputs $x^2$ *a* _b_ @c <d> // e',
            '"; #panic() #sys.inputs $x^2$ *a* _b_ @c <d> // e',
        ),
        ("\\ `raw` \n= Heading\n- item", "\\ `raw` = Heading - item"),
        ("株式会社 😀 Ⅷ", "□□□□ □"),
        ("a\u202eb\x00c\u200bd\ufffe\ud800", "abcd"),
        ("Ωμέγα Кафе Việt ĞÜŞ", "Ωμέγα Кафе Việt ĞÜŞ"),
    ],
)
def test_what_people_are_called_is_only_ever_text(name: str, shown: str) -> None:
    made = document(seller=replace(SELLER, name=name), buyer=replace(BUYER, name=name), notes=(name,))
    assert text_of(made).count(" ".join(shown.split())) >= 3


def test_very_long_words_stay_on_the_page() -> None:
    made = document(
        [line(text="W" * 400, note="x" * 4000)],
        sessions=(proof(signed=(replace(SIGNED, public_key="A0" * 400),)),),
        buyer=replace(BUYER, name="Ü" * 500),
    )
    assert "".join(text_of(made).split()).count("A0") == 400


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_no_text_stops_a_document(text: str) -> None:
    made = document([line(text=text or "x", note=text)], buyer=replace(BUYER, name=text), notes=(text,))
    assert write_pdf(made).startswith(b"%PDF-1.7")


def test_a_rate_of_half_percents_is_written_in_full() -> None:
    made = document([line(percent="5.5")], language="de")
    assert "USt. 5,5 % auf 15,29 €" in text_of(made)
    assert Decimal("5.50") == made.lines[0].tax_percent
