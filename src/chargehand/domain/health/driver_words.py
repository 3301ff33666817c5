"""What drivers are told of a charger that is out of order, in the languages of the drivers' pages."""

from typing import Final

import msgspec

#: Languages in the order of each line below.
LANGUAGES: Final = ("en", "de", "fr", "nl", "es")
_DEFAULT: Final = "en"

#: The language that most read at a site in a country (ISO 3166-1 alpha-2, alpha-3).
_OF_COUNTRY: Final = {
    **dict.fromkeys(("DE", "DEU", "AT", "AUT", "CH", "CHE", "LI", "LIE"), "de"),
    **dict.fromkeys(("FR", "FRA", "LU", "LUX"), "fr"),
    **dict.fromkeys(("NL", "NLD", "BE", "BEL"), "nl"),
    **dict.fromkeys(("ES", "ESP"), "es"),
}
_WORDS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "plug": (
        "Charger {charger}, plug {letter}, is out of order. We are working on it.",
        "Ladestation {charger}, Stecker {letter}, ist außer Betrieb. Wir kümmern uns darum.",
        "La borne {charger}, prise {letter}, est hors service. Nous nous en occupons.",
        "Laadpaal {charger}, stekker {letter}, is buiten gebruik. We werken eraan.",
        "El cargador {charger}, conector {letter}, está fuera de servicio. Estamos en ello.",
    ),
    "charger": (
        "Charger {charger} is out of order. We are working on it.",
        "Ladestation {charger} ist außer Betrieb. Wir kümmern uns darum.",
        "La borne {charger} est hors service. Nous nous en occupons.",
        "Laadpaal {charger} is buiten gebruik. We werken eraan.",
        "El cargador {charger} está fuera de servicio. Estamos en ello.",
    ),
    "here": (
        "Next free plug: charger {charger}, plug {letter}, right here.",
        "Nächster freier Stecker: Ladestation {charger}, Stecker {letter}, gleich hier.",
        "Prise libre la plus proche : borne {charger}, prise {letter}, ici même.",
        "Dichtstbijzijnde vrije stekker: laadpaal {charger}, stekker {letter}, hier.",
        "Conector libre más cercano: cargador {charger}, conector {letter}, aquí mismo.",
    ),
    "away": (
        "Next free plug: charger {charger}, plug {letter}, {address}, {km} km away.",
        "Nächster freier Stecker: Ladestation {charger}, Stecker {letter}, {address}, {km} km entfernt.",
        "Prise libre la plus proche : borne {charger}, prise {letter}, {address}, à {km} km.",
        "Dichtstbijzijnde vrije stekker: laadpaal {charger}, stekker {letter}, {address}, op {km} km.",
        "Conector libre más cercano: cargador {charger}, conector {letter}, {address}, a {km} km.",
    ),
}


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """The free plug that drivers are pointed to; `distance_km` 0 at the same site, as the crow flies."""

    station_id: int
    charger: str
    evse: int
    letter: str
    address: str
    distance_km: float


def language_of(country: str) -> str:
    """Return the language for a country's sites, English where none is known."""
    return _OF_COUNTRY.get(country.upper(), _DEFAULT)


def write_message(*, charger: str, letter: str, elsewhere: Elsewhere | None, own: str, language: str) -> str:
    """Return what drivers read at a place: what is out of order, the operator's own words, where to go instead."""
    is_known = language in LANGUAGES
    at = LANGUAGES.index(language if is_known else _DEFAULT)
    parts = [_WORDS["plug" if letter else "charger"][at].format(charger=charger, letter=letter)]
    if own:
        parts.append(own)
    if elsewhere is not None:
        line = _WORDS["away" if elsewhere.distance_km else "here"][at]
        km = f"{elsewhere.distance_km:.1f}"
        parts.append(
            line.format(
                charger=elsewhere.charger,
                letter=elsewhere.letter,
                address=elsewhere.address,
                km=km if language == "en" or not is_known else km.replace(".", ","),
            )
        )
    return " ".join(parts)
