"""Factur-X metadata in a finished PDF: what says to readers that the attached XML is the invoice.

The typesetter attaches the file but writes its own metadata. They are extended here as PDF lays down for
changes, by a part at the end of the file (ISO 32000-1, 7.5.6), with the schema of the properties described as
PDF/A wants it (ISO 19005-3, 6.6.2.3).
"""

import re
from typing import Final

NAMESPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
FILE_NAME: Final = "factur-x.xml"
_PROPERTIES: Final = {
    "DocumentFileName": (FILE_NAME, "The name of the embedded XML document"),
    "DocumentType": ("INVOICE", "The type of the hybrid document in capital letters, e.g. INVOICE"),
    "Version": ("1.0", "The actual version of the standard applying to the embedded XML document"),
    "ConformanceLevel": ("EN 16931", "The conformance level of the embedded XML document"),
}
_METADATA: Final = re.compile(
    rb"(?P<id>\d+) 0 obj\n<</Length \d+/Type/Metadata/Subtype/XML>>\nstream\n(?P<xmp>.*?)\nendstream",
    re.DOTALL,
)
_TRAILER: Final = re.compile(rb"trailer\n<<(?P<keys>.*?)>>\nstartxref\n(?P<at>\d+)\n%%EOF", re.DOTALL)


def declare(pdf: bytes) -> bytes:
    """Return the PDF with the Factur-X properties among its metadata.

    Raises:
        ValueError: the PDF is not of the form that the typesetter writes.
    """
    metadata, trailer = _METADATA.search(pdf), _TRAILER.search(pdf, max(0, len(pdf) - 4096))
    if metadata is None or trailer is None:
        raise ValueError("The PDF has no metadata where they were expected.")
    xmp = _extend(metadata["xmp"].decode())
    number, stream = metadata["id"], xmp.encode()
    start = len(pdf) + (0 if pdf.endswith(b"\n") else 1)
    written = b"%s 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%s\nendstream\nendobj\n" % (
        number,
        len(stream),
        stream,
    )
    table = b"xref\n%s 1\n%010d 00000 n \ntrailer\n<<%s/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (
        number,
        start,
        trailer["keys"],
        trailer["at"],
        start + len(written),
    )
    gap = b"" if pdf.endswith(b"\n") else b"\n"
    return pdf + gap + written + table


def _extend(xmp: str) -> str:
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _about) in _PROPERTIES.items())
    own = f'<rdf:Description rdf:about="" xmlns:fx="{NAMESPACE}">{values}</rdf:Description>'
    schemas, bag = "<pdfaExtension:schemas><rdf:Bag>", "</rdf:RDF>"
    if schemas not in xmp or bag not in xmp:
        raise ValueError("The metadata of the PDF describe no schemas.")
    xmp = xmp.replace(schemas, schemas + _schema(), 1)
    return xmp.replace(bag, own + bag, 1)


def _schema() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{about}</pdfaProperty:description></rdf:li>"
        for name, (_value, about) in _PROPERTIES.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
