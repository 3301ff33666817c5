"""Where simulated sites stand: cities with coordinates, and what places are called there."""

from typing import Literal

import msgspec

SiteKind = Literal["street", "work", "retail", "motorway"]


class City(msgspec.Struct, frozen=True):
    """A city: centre in degrees (WGS 84), ISO 3166 country, IANA time zone, a postal code of the centre."""

    name: str
    country: str
    postal_code: str
    latitude: float
    longitude: float
    time_zone: str


CITIES: tuple[City, ...] = (
    City("Hamburg", "DE", "20095", 53.5511, 9.9937, "Europe/Berlin"),
    City("Amsterdam", "NL", "1012", 52.3702, 4.8952, "Europe/Amsterdam"),
    City("Berlin", "DE", "10115", 52.5200, 13.4050, "Europe/Berlin"),
    City("Utrecht", "NL", "3511", 52.0907, 5.1214, "Europe/Amsterdam"),
    City("Köln", "DE", "50667", 50.9375, 6.9603, "Europe/Berlin"),
    City("Rotterdam", "NL", "3011", 51.9244, 4.4777, "Europe/Amsterdam"),
    City("München", "DE", "80331", 48.1351, 11.5820, "Europe/Berlin"),
    City("Antwerpen", "BE", "2000", 51.2194, 4.4025, "Europe/Brussels"),
    City("Leipzig", "DE", "04109", 51.3397, 12.3731, "Europe/Berlin"),
    City("Wien", "AT", "1010", 48.2082, 16.3738, "Europe/Vienna"),
    City("Groningen", "NL", "9711", 53.2194, 6.5665, "Europe/Amsterdam"),
    City("Stuttgart", "DE", "70173", 48.7758, 9.1829, "Europe/Berlin"),
    City("København", "DK", "1050", 55.6761, 12.5683, "Europe/Copenhagen"),
    City("Bremen", "DE", "28195", 53.0793, 8.8017, "Europe/Berlin"),
    City("Lyon", "FR", "69001", 45.7640, 4.8357, "Europe/Paris"),
    City("Dresden", "DE", "01067", 51.0504, 13.7373, "Europe/Berlin"),
    City("Eindhoven", "NL", "5611", 51.4416, 5.4697, "Europe/Amsterdam"),
    City("Lille", "FR", "59000", 50.6292, 3.0573, "Europe/Paris"),
    City("Hannover", "DE", "30159", 52.3759, 9.7320, "Europe/Berlin"),
    City("Luxembourg", "LU", "1009", 49.6117, 6.1319, "Europe/Luxembourg"),
)

_GERMAN: dict[SiteKind, tuple[str, ...]] = {
    "street": ("Marktplatz", "Bahnhofstraße", "Schillerstraße", "Lindenallee"),
    "work": ("Technologiepark", "Gewerbehof Süd", "Campus Nord"),
    "retail": ("Einkaufszentrum", "Baumarkt Ost", "Hauptbahnhof Parkhaus"),
    "motorway": ("Autohof West", "Raststätte Nord"),
}
_DUTCH: dict[SiteKind, tuple[str, ...]] = {
    "street": ("Markt", "Stationsweg", "Kerkstraat", "Molenlaan"),
    "work": ("Bedrijvenpark Zuid", "Kantorenpark", "Campus"),
    "retail": ("Winkelcentrum", "Bouwmarkt Oost", "Parkeergarage Centraal"),
    "motorway": ("Verzorgingsplaats West", "Truckstop Noord"),
}
_FRENCH: dict[SiteKind, tuple[str, ...]] = {
    "street": ("Place du Marché", "Rue de la Gare", "Avenue des Tilleuls"),
    "work": ("Parc d'activités", "Technopôle"),
    "retail": ("Centre commercial", "Parking Gare"),
    "motorway": ("Aire de l'Ouest", "Aire du Nord"),
}
_DANISH: dict[SiteKind, tuple[str, ...]] = {
    "street": ("Torvet", "Stationsvej", "Kirkegade"),
    "work": ("Erhvervspark", "Campus"),
    "retail": ("Butikscenter", "P-hus Centrum"),
    "motorway": ("Rasteplads Vest", "Rasteplads Nord"),
}
_NAMES = {
    "DE": _GERMAN,
    "AT": _GERMAN,
    "NL": _DUTCH,
    "BE": _DUTCH,
    "FR": _FRENCH,
    "LU": _FRENCH,
    "DK": _DANISH,
}


def name_place(city: City, kind: SiteKind, turn: int) -> str:
    """Return what the `turn`-th site of its kind in a city is called, in the language spoken there."""
    names = _NAMES[city.country][kind]
    name = names[turn % len(names)]
    return name if turn < len(names) else f"{name} {turn // len(names) + 1}"
