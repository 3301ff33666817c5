"""The sentences of a price card in the languages that drivers read, by the English of `tariffs.wording`."""

from typing import Final

from chargehand.domain.tariffs.wording import Translate

#: German, French, Dutch, Spanish by the English template.
_TABLE: Final[dict[str, tuple[str, str, str, str]]] = {
    "{price} per kWh": ("{price} je kWh", "{price} par kWh", "{price} per kWh", "{price} por kWh"),
    "{price} per {unit} of charging": (
        "{price} je {unit} Laden",
        "{price} par {unit} de charge",
        "{price} per {unit} laden",
        "{price} por {unit} de carga",
    ),
    "{price} per {unit} of parking after charging": (
        "{price} je {unit} Stehen nach dem Laden",
        "{price} par {unit} de stationnement après la charge",
        "{price} per {unit} staan na het laden",
        "{price} por {unit} de estancia tras la carga",
    ),
    "{price} per session": (
        "{price} je Ladevorgang",
        "{price} par recharge",
        "{price} per laadsessie",
        "{price} por recarga",
    ),
    "{price} per {unit} of reservation": (
        "{price} je {unit} Reservierung",
        "{price} par {unit} de réservation",
        "{price} per {unit} reservering",
        "{price} por {unit} de reserva",
    ),
    "{price} per reservation": (
        "{price} je Reservierung",
        "{price} par réservation",
        "{price} per reservering",
        "{price} por reserva",
    ),
    "{price} per {unit} of a reservation that is not used": (
        "{price} je {unit} nicht genutzter Reservierung",
        "{price} par {unit} de réservation non utilisée",
        "{price} per {unit} ongebruikte reservering",
        "{price} por {unit} de reserva no utilizada",
    ),
    "{price} for a reservation that is not used": (
        "{price} für eine nicht genutzte Reservierung",
        "{price} pour une réservation non utilisée",
        "{price} voor een ongebruikte reservering",
        "{price} por una reserva no utilizada",
    ),
    "Monday": ("Montag", "lundi", "maandag", "lunes"),
    "Tuesday": ("Dienstag", "mardi", "dinsdag", "martes"),
    "Wednesday": ("Mittwoch", "mercredi", "woensdag", "miércoles"),
    "Thursday": ("Donnerstag", "jeudi", "donderdag", "jueves"),
    "Friday": ("Freitag", "vendredi", "vrijdag", "viernes"),
    "Saturday": ("Samstag", "samedi", "zaterdag", "sábado"),
    "Sunday": ("Sonntag", "dimanche", "zondag", "domingo"),
    "A session costs at least {amount}.": (
        "Ein Ladevorgang kostet mindestens {amount}.",
        "Une recharge coûte au moins {amount}.",
        "Een laadsessie kost minstens {amount}.",
        "Una recarga cuesta al menos {amount}.",
    ),
    "A session costs at most {amount}.": (
        "Ein Ladevorgang kostet höchstens {amount}.",
        "Une recharge coûte au plus {amount}.",
        "Een laadsessie kost hoogstens {amount}.",
        "Una recarga cuesta como máximo {amount}.",
    ),
    "minute": ("Minute", "minute", "minuut", "minuto"),
    "hour": ("Stunde", "heure", "uur", "hora"),
    "taxes included": (
        "Steuern inbegriffen",
        "taxes comprises",
        "inclusief belastingen",
        "impuestos incluidos",
    ),
    "including {rate} % VAT": (
        "inkl. {rate} % Umsatzsteuer",
        "dont {rate} % de TVA",
        "incl. {rate} % btw",
        "con {rate} % de IVA",
    ),
    "plus {rate} % VAT": (
        "zzgl. {rate} % Umsatzsteuer",
        "plus {rate} % de TVA",
        "excl. {rate} % btw",
        "más {rate} % de IVA",
    ),
    "{amount} before taxes": (
        "{amount} ohne Steuern",
        "{amount} hors taxes",
        "{amount} exclusief belastingen",
        "{amount} sin impuestos",
    ),
    "before taxes": ("ohne Steuern", "hors taxes", "exclusief belastingen", "sin impuestos"),
    "{energy} kWh in {minutes} minutes on {day} at {time} costs {total}{ending}.": (
        "{energy} kWh in {minutes} Minuten am {day} um {time} kosten {total}{ending}.",
        "{energy} kWh en {minutes} minutes le {day} à {time} coûtent {total}{ending}.",
        "{energy} kWh in {minutes} minuten op {day} om {time} kost {total}{ending}.",
        "{energy} kWh en {minutes} minutos el {day} a las {time} cuestan {total}{ending}.",
    ),
    "minutes": ("Minuten", "minutes", "minuten", "minutos"),
    "kWh": ("kWh", "kWh", "kWh", "kWh"),
    "kW": ("kW", "kW", "kW", "kW"),
    "A": ("A", "A", "A", "A"),
    "of the session": ("des Ladevorgangs", "de la recharge", "van de laadsessie", "de la recarga"),
    "of charging power": ("Ladeleistung", "de puissance de charge", "laadvermogen", "de potencia de carga"),
    "of charging current": ("Ladestrom", "de courant de charge", "laadstroom", "de corriente de carga"),
    "from {least} to below {most} {unit} {about}": (
        "von {least} bis unter {most} {unit} {about}",
        "de {least} à moins de {most} {unit} {about}",
        "van {least} tot onder {most} {unit} {about}",
        "de {least} a menos de {most} {unit} {about}",
    ),
    "from {least} {unit} {about} on": (
        "ab {least} {unit} {about}",
        "à partir de {least} {unit} {about}",
        "vanaf {least} {unit} {about}",
        "a partir de {least} {unit} {about}",
    ),
    "below {most} {unit} {about}": (
        "unter {most} {unit} {about}",
        "moins de {most} {unit} {about}",
        "onder {most} {unit} {about}",
        "menos de {most} {unit} {about}",
    ),
    "from {start} to {until}": (
        "von {start} bis {until}",
        "de {start} à {until}",
        "van {start} tot {until}",
        "de {start} a {until}",
    ),
    "starting {date}": ("ab {date}", "à partir du {date}", "vanaf {date}", "desde el {date}"),
    "before {date}": ("vor dem {date}", "avant le {date}", "vóór {date}", "antes del {date}"),
    "{first} to {last}": (
        "{first} bis {last}",
        "du {first} au {last}",
        "{first} tot en met {last}",
        "de {first} a {last}",
    ),
    "{some} and {last}": ("{some} und {last}", "{some} et {last}", "{some} en {last}", "{some} y {last}"),
}
_LANGUAGES: Final = ("de", "fr", "nl", "es")


def price_words(language: str) -> Translate:
    """Return what puts the sentences of a price card into a language; what it lacks stays English."""
    if language not in _LANGUAGES:
        return str
    place = _LANGUAGES.index(language)
    return lambda template: _TABLE[template][place] if template in _TABLE else template
