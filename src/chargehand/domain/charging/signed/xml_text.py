"""XML from strangers, read without document types and entities."""

import re
from typing import Final
from xml.etree import ElementTree as ET

from chargehand.domain.charging.signed.records import SignedRecordError

_TYPE: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED: Final = re.compile(rb"^\s*<\?xml[^>]*encoding=[\"'](?!utf-8|us-ascii|iso-8859-1)", re.IGNORECASE)


def parse_xml(data: bytes) -> ET.Element:
    """Parse XML whose only entities are the five of the standard.

    Raises:
        SignedRecordError: it is not XML, or brings a document type, or is in a rare encoding.
    """
    stripped = data.strip()
    if b"\0" in stripped or _TYPE.search(stripped) or _DECLARED.match(stripped):
        raise SignedRecordError("XML with a document type or a rare encoding is not read.")
    try:
        # Without a document type there are no entities to expand and nothing to fetch.
        return ET.fromstring(stripped)  # noqa: S314 -- see above
    except (ET.ParseError, ValueError):
        raise SignedRecordError("The XML cannot be read.") from None


def local_name(node: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return node.tag.rpartition("}")[2]
