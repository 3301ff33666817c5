"""Tariffs in plain words: price cards by section, warnings, what two versions differ in."""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.tariffs.cautions import Caution
from chargehand.domain.tariffs.elements import Tariff
from chargehand.domain.tariffs.wording import CardSection, write_card
from chargehand.interfaces.console.tariffs.forms import TAXES

_SECTIONS: Final = {
    CardSection.ENERGY: gettext_lazy("Energy"),
    CardSection.TIME: gettext_lazy("Charging time"),
    CardSection.SESSION: gettext_lazy("Session"),
    CardSection.OTHER: gettext_lazy("Other"),
}
#: What OCPI calls a thing, and what people call it.
_PLAIN: Final = {
    "ENERGY": gettext_lazy("Energy"),
    "PARKING_TIME": gettext_lazy("Parking after charging"),
    "TIME": gettext_lazy("Charging time"),
    "FLAT": gettext_lazy("The fee for a session"),
    "MONDAY": gettext_lazy("Monday"),
    "TUESDAY": gettext_lazy("Tuesday"),
    "WEDNESDAY": gettext_lazy("Wednesday"),
    "THURSDAY": gettext_lazy("Thursday"),
    "FRIDAY": gettext_lazy("Friday"),
    "SATURDAY": gettext_lazy("Saturday"),
    "SUNDAY": gettext_lazy("Sunday"),
    "after 0 seconds": gettext_lazy("at the start"),
    "after 0 kWh": gettext_lazy("at the start"),
}
_CODES: Final = re.compile("|".join(rf"\b{code}\b" for code in _PLAIN))


def card(tariff: Tariff) -> list[tuple[str, list[str]]]:
    """The sentences of a tariff under the headings of a price card."""
    found: dict[CardSection, list[str]] = {}
    for line in write_card(tariff, _):
        found.setdefault(line.section, []).append(line.sentence)
    return [(str(_SECTIONS[section]), sentences) for section, sentences in found.items()]


def summary(tariff: Tariff) -> str:
    """The first sentences of a price card: enough to know the tariff in a list."""
    sentences = [line.sentence for line in write_card(tariff, _)]
    more = len(sentences) - 2
    first = " ".join(sentences[:2])
    return f"{first} {_('And %d more.') % more}" if more > 0 else first


def warnings(cautions: tuple[Caution, ...]) -> list[str]:
    """Warnings in words that people know, with the number of the price they are about."""
    return [
        (_("Price %d: ") % (each.element + 1) if each.element is not None else "") + _plain(each.sentence)
        for each in cautions
    ]


def _plain(sentence: str) -> str:
    return _CODES.sub(lambda match: str(_PLAIN[match[0]]), sentence)


def tax_word(tariff: Tariff) -> str:
    """Whether prices hold the tax."""
    value = "2.2.1" if tariff.tax_included is None else tariff.tax_included.value
    return str(dict(TAXES)[value])


def own_dates(tariff: Tariff) -> str:
    """The dates that a tariff itself names in OCPI, outside of which it prices nothing; "" without any."""
    start, end = (
        "" if each is None else f"{timezone.localtime(each):%Y-%m-%d %H:%M}"
        for each in (tariff.start_date_time, tariff.end_date_time)
    )
    if start and end:
        return _("By its own dates it holds from %(start)s until %(end)s.") % {"start": start, "end": end}
    if start:
        return _("By its own date it holds from %s on.") % start
    return _("By its own date it holds until %s.") % end if end else ""


def differences(old: Tariff | None, new: Tariff) -> list[tuple[str, Any, Any]]:
    """What changed between two versions: (what, before, after), sentence by sentence."""
    before = dict(card(old)) if old is not None else {}
    after = dict(card(new))
    rows: list[tuple[str, Any, Any]] = []
    if old is not None and tax_word(old) != tax_word(new):
        rows.append((_("Taxes"), tax_word(old), tax_word(new)))
    if old is not None and own_dates(old) != own_dates(new):
        rows.append((_("Dates"), own_dates(old) or None, own_dates(new) or None))
    for section in dict.fromkeys([*before, *after]):
        gone = [each for each in before.get(section, []) if each not in after.get(section, [])]
        come = [each for each in after.get(section, []) if each not in before.get(section, [])]
        for at in range(max(len(gone), len(come))):
            old_one, new_one = (side[at] if at < len(side) else None for side in (gone, come))
            rows.append((section, old_one, new_one))
    return rows
