"""What lines of documents are called, in the languages that documents are written in."""

from typing import Final, Literal

Language = Literal["en", "de", "fr", "nl", "es"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "de", "fr", "nl", "es")

_WORDS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "ENERGY": ("Energy", "Energie", "Énergie", "Energie", "Energía"),
    "TIME": ("Charging time", "Ladezeit", "Temps de charge", "Laadtijd", "Tiempo de carga"),
    "PARKING_TIME": (
        "Time plugged in without charging",
        "Standzeit ohne Laden",
        "Temps branché sans charge",
        "Tijd aangesloten zonder laden",
        "Tiempo conectado sin cargar",
    ),
    "RESERVATION_TIME": ("Reservation", "Reservierung", "Réservation", "Reservering", "Reserva"),
    "FLAT": ("Session fee", "Startgebühr", "Frais de session", "Starttarief", "Tarifa por sesión"),
    "MIN_PRICE": (
        "Up to the minimum price",
        "Bis zum Mindestpreis",
        "Complément au prix minimum",
        "Aanvulling tot de minimumprijs",
        "Hasta el precio mínimo",
    ),
    "MAX_PRICE": (
        "Down to the maximum price",
        "Bis zum Höchstpreis",
        "Réduction au prix maximum",
        "Verlaging tot de maximumprijs",
        "Hasta el precio máximo",
    ),
    "OTHER": ("Charging", "Laden", "Recharge", "Laden", "Recarga"),
    "SHARE": (
        "Share of revenue",
        "Umsatzbeteiligung",
        "Part des revenus",
        "Aandeel in de omzet",
        "Participación en los ingresos",
    ),
    "CLAWBACK": (
        "Share taken back",
        "Rückbelastung der Beteiligung",
        "Part reprise",
        "Teruggenomen aandeel",
        "Participación devuelta",
    ),
}


def speak(language: str) -> Language:
    """Return the language of a document for one asked for, such as `de-AT`; English where it is not spoken."""
    wanted = language.lower().replace("_", "-").partition("-")[0]
    return next((each for each in LANGUAGES if each == wanted), "en")


def word(kind: str, language: str) -> str:
    """Return the name of a type of price line (`ENERGY`), or SHARE or CLAWBACK, in a language."""
    words = _WORDS.get(kind, _WORDS["OTHER"])
    return words[LANGUAGES.index(speak(language))]
