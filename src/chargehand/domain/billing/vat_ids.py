"""VAT ids: whether the number written down can be one, by its country's form and check digits.

Whether it was given to anybody only the tax offices know; this finds typing mistakes.
"""

import re
from types import ModuleType
from typing import Final

import stdnum.ch.vat
import stdnum.eu.vat
import stdnum.gb.vat
import stdnum.is_.vsk
import stdnum.no.mva
from django.utils.translation import gettext as _

#: Countries outside the Union whose form is known, by the letters that the id begins with.
_OTHERS: Final[dict[str, ModuleType]] = {
    "CH": stdnum.ch.vat,
    "GB": stdnum.gb.vat,
    "IS": stdnum.is_.vsk,
    "NO": stdnum.no.mva,
}
_UNION: Final = frozenset(each.upper() for each in stdnum.eu.vat.MEMBER_STATES) | {"EL", "XI"}
_FORM: Final = re.compile(r"[A-Z]{2}[A-Z0-9+*. -]{2,18}")


def find_fault(vat_id: str) -> str:
    """Return in a sentence why a VAT id cannot be one; "" where it can, or where there is none."""
    said = vat_id.replace(" ", "").upper()
    if not said:
        return ""
    if not _FORM.fullmatch(said):
        return _("A VAT id begins with the two letters of its country, such as DE136695976.")
    prefix = said[:2]
    if prefix in _UNION:
        is_one = stdnum.eu.vat.is_valid(said)
    elif prefix in _OTHERS:
        check = _OTHERS[prefix]
        is_one = check.is_valid(said) or check.is_valid(said[2:])
    else:
        is_one = True
    if is_one:
        return ""
    sentence = _("%s is no VAT id: its form or its check digits are wrong. Look for a typing mistake.")
    return sentence % said
