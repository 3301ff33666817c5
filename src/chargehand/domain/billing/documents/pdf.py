"""Documents on paper: a PDF/A-3b of the same bytes each time, with the XML of an invoice inside."""

import functools
import threading
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

import msgspec
import typst

from chargehand.domain.billing.documents import factur_x
from chargehand.domain.billing.documents.en16931 import find_obstacles, write_xml
from chargehand.domain.billing.documents.shapes import Document
from chargehand.domain.billing.documents.sheet import lay_out

HERE: Final = Path(__file__).resolve().parent
#: Noto Sans, put there by the front-end build; without it the typesetter's own fonts are used.
FONTS: Final = HERE / "fonts"
STANDARD: Final = "a-3b"
#: Stands for a character that no font at hand can show.
UNKNOWN: Final = "\N{WHITE SQUARE}"
MOST_PROBED: Final = 400

# The typesetter keeps what it has set before, so one is kept; it serves one thread at a time.
_turn: Final = threading.Lock()


def write_pdf(document: Document) -> bytes:
    """Return a document as PDF/A-3b; an invoice that can be electronic carries its XML as factur-x.xml.

    The same document gives the same bytes: the date in the PDF is that of issue.
    """
    xml = None if find_obstacles(document) else write_xml(document)
    written = _set(document, xml)
    return written if xml is None else factur_x.declare(written)


def _set(document: Document, xml: bytes | None) -> bytes:
    sheet = lay_out(document)
    try:
        return _compile(sheet, xml, document)
    except typst.TypstError:
        # PDF/A wants a glyph for every character; what no font has is replaced, and only then.
        return _compile(_without_unknown(sheet), xml, document)


def _compile(sheet: dict[str, Any], xml: bytes | None, document: Document) -> bytes:
    inputs = {"sheet": msgspec.json.encode(sheet).decode()}
    if xml is not None:
        inputs["xml"] = xml.decode()
    with _turn:
        written = _compiler().compile(
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=[STANDARD],
            timestamp=datetime.combine(document.issued_on, time(), UTC),
        )
    if not isinstance(written, bytes):
        raise TypeError("The typesetter gave no PDF.")
    return written


@functools.cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(HERE / "document.typ", root=HERE, font_paths=_fonts())


@functools.cache
def _fonts() -> typst.Fonts:
    """Only fonts that come with the product, so that every machine prints the same."""
    folders = [FONTS] if FONTS.is_dir() else []
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def _without_unknown(sheet: dict[str, Any]) -> dict[str, Any]:
    text = msgspec.json.encode(sheet).decode()
    # What JSON itself is made of is ASCII, and so stays.
    rare = sorted({char for char in text if ord(char) > 0x24F})
    known = {char for char in rare[:MOST_PROBED] if _has_glyph(char)}
    table = str.maketrans({char: UNKNOWN for char in rare if char not in known})
    return {key: _replaced(value, table) for key, value in sheet.items()}


def _replaced(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, dict):
        return {key: _replaced(each, table) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(each, table) for each in value]
    return value


@functools.lru_cache(maxsize=4096)
def _has_glyph(char: str) -> bool:
    probe = b'#set text(font: ("Noto Sans", "DejaVu Sans Mono", "Libertinus Serif"))\n#text(sys.inputs.char)'
    try:
        typst.compile(probe, font_paths=_fonts(), sys_inputs={"char": char}, pdf_standards=[STANDARD])
    except typst.TypstError:
        return False
    return True
