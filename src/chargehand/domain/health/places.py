"""Places in people's words: "charger 4107, plug A"."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chargehand.domain.stations.plates import Plate


def letter_of(position: int) -> str:
    """Return the letter of a plug by its position from 0: A, B, …, Z, AA."""
    letters, position = "", position + 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def letter_at(plate: Plate, evse: int) -> str:
    """Return the letter of the first plug of an EVSE; "" for the station or one that is not known."""
    for position, plug in enumerate(plate.plugs):
        if plug.evse == evse:
            return letter_of(position)
    return ""


def name_charger(plate: Plate) -> str:
    """Return "charger 4107"."""
    return _("charger %s") % (plate.name or plate.identity)


def name_plug(plate: Plate, evse: int) -> str:
    """Return "plug A", or "the charger" for EVSE 0."""
    letter = letter_at(plate, evse)
    return _("plug %s") % letter if letter else _("the charger")


def name_place(plate: Plate, evse: int) -> str:
    """Return "charger 4107, plug A", or only the charger for EVSE 0."""
    letter = letter_at(plate, evse)
    if not letter:
        return name_charger(plate)
    return _("%(charger)s, plug %(letter)s") % {"charger": name_charger(plate), "letter": letter}


def other_plugs(plate: Plate, evse: int) -> str:
    """Return the letters of the other plugs in service ("B, C"), "" where there is none."""
    letters = [
        letter_of(position)
        for position, plug in enumerate(plate.plugs)
        if plug.evse != evse and plug.intent_operative and plug.status not in {"Faulted", "Unavailable"}
    ]
    return ", ".join(letters)


def name_several(plates: Sequence[Plate], location_name: str) -> str:
    """Return "14 chargers at Harbour", or the one charger."""
    if len(plates) == 1:
        return name_charger(plates[0])
    words = ngettext("%d charger", "%d chargers", len(plates)) % len(plates)
    return (
        _("%(chargers)s at %(place)s") % {"chargers": words, "place": location_name}
        if location_name
        else words
    )
