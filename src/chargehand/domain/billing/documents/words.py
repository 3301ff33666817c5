"""The words that stand on documents, in the five languages that documents are written in.

They are a table and not message catalogues: a document is part of the books and must come out the same years
later, whole in its language, on any machine.
"""

from typing import Final

LANGUAGES: Final = ("en", "de", "fr", "nl", "es")

#: A word by its key, in the order of LANGUAGES.
_TABLE: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "invoice": ("Invoice", "Rechnung", "Facture", "Factuur", "Factura"),
    "credit-note": (
        "Credit note",
        "Gutschrift (Rechnungskorrektur)",
        "Avoir",
        "Creditnota",
        "Factura rectificativa",
    ),
    "receipt": ("Receipt", "Beleg", "Reçu", "Bon", "Recibo"),
    "statement-fleet": (
        "Fleet statement",
        "Flottenabrechnung",
        "Relevé de flotte",
        "Wagenparkoverzicht",
        "Extracto de flota",
    ),
    "statement-host": (
        "Site host statement",
        "Abrechnung für Standortpartner",
        "Relevé de l’hôte du site",
        "Afrekening locatiepartner",
        "Liquidación del anfitrión",
    ),
    "number": ("Number", "Nummer", "Numéro", "Nummer", "Número"),
    "issued_on": ("Date", "Datum", "Date", "Datum", "Fecha"),
    "supplied": (
        "Supplied",
        "Leistungszeitraum",
        "Période de livraison",
        "Geleverd",
        "Periodo de suministro",
    ),
    "due_on": ("Due", "Zahlbar bis", "Échéance", "Te betalen voor", "Vencimiento"),
    "corrects": ("Corrects", "Korrigiert", "Rectifie", "Corrigeert", "Rectifica"),
    "replaces": (
        "It replaces the statement of {day}: charges of the month were billed or taken back since.",
        "Sie ersetzt die Abrechnung vom {day}: Seither wurden Ladevorgänge des Monats berechnet oder gutgeschrieben.",
        "Il remplace le relevé du {day} : des recharges du mois ont été facturées ou reprises depuis.",
        "Het vervangt het overzicht van {day}: sindsdien zijn laadsessies van de maand berekend of teruggenomen.",
        "Sustituye el extracto del {day}: desde entonces se facturaron o abonaron recargas del mes.",
    ),
    "of": ("of", "vom", "du", "van", "del"),
    "buyer_vat_id": ("Your VAT ID", "Ihre USt-IdNr.", "Votre n° de TVA", "Uw btw-nummer", "Su NIF-IVA"),
    "buyer_unknown": (
        "Issued without a name: this charge was not linked to an account.",
        "Ohne Namen ausgestellt: Dieser Ladevorgang gehört zu keinem Konto.",
        "Établi sans nom : cette recharge n’est liée à aucun compte.",
        "Zonder naam opgesteld: deze laadsessie hoort bij geen account.",
        "Emitido sin nombre: esta recarga no está vinculada a ninguna cuenta.",
    ),
    "what": ("What", "Leistung", "Désignation", "Omschrijving", "Concepto"),
    "quantity": ("Quantity", "Menge", "Quantité", "Aantal", "Cantidad"),
    "price": ("Price", "Preis", "Prix", "Prijs", "Precio"),
    "vat": ("VAT", "USt.", "TVA", "Btw", "IVA"),
    "amount_before": ("Before VAT", "Netto", "Montant HT", "Excl. btw", "Sin IVA"),
    "amount_after": ("With VAT", "Brutto", "Montant TTC", "Incl. btw", "Con IVA"),
    "total_before": (
        "Total before VAT",
        "Summe netto",
        "Total HT",
        "Totaal excl. btw",
        "Total sin IVA",
    ),
    "vat_at": (
        "VAT {percent} on {base}",
        "USt. {percent} auf {base}",
        "TVA {percent} sur {base}",
        "Btw {percent} over {base}",
        "IVA {percent} sobre {base}",
    ),
    "no_vat": (
        "No VAT on {base}",
        "Keine USt. auf {base}",
        "Sans TVA sur {base}",
        "Geen btw over {base}",
        "Sin IVA sobre {base}",
    ),
    "total": ("Total with VAT", "Gesamtbetrag brutto", "Total TTC", "Totaal incl. btw", "Total con IVA"),
    "rounding": ("Rounding", "Rundung", "Arrondi", "Afronding", "Redondeo"),
    "paid": ("Already paid", "Bereits bezahlt", "Déjà payé", "Reeds betaald", "Ya pagado"),
    "due": ("To pay", "Zu zahlen", "À payer", "Te betalen", "A pagar"),
    "due_back": ("We pay back", "Wir erstatten", "Nous remboursons", "Wij betalen terug", "Le devolvemos"),
    "payout": ("We pay you", "Auszahlung an Sie", "Nous vous versons", "Wij betalen u uit", "Le abonamos"),
    "sessions": ("Charging sessions", "Ladevorgänge", "Recharges", "Laadsessies", "Recargas"),
    "session": (
        "Session {number}",
        "Ladevorgang {number}",
        "Recharge {number}",
        "Laadsessie {number}",
        "Recarga {number}",
    ),
    "where": (
        "{place}, charger {station}, plug {plug}",
        "{place}, Ladesäule {station}, Anschluss {plug}",
        "{place}, borne {station}, prise {plug}",
        "{place}, laadpaal {station}, stekker {plug}",
        "{place}, cargador {station}, conector {plug}",
    ),
    "where_no_place": (
        "Charger {station}, plug {plug}",
        "Ladesäule {station}, Anschluss {plug}",
        "Borne {station}, prise {plug}",
        "Laadpaal {station}, stekker {plug}",
        "Cargador {station}, conector {plug}",
    ),
    "energy": ("Energy", "Energie", "Énergie", "Energie", "Energía"),
    "meter": ("Meter", "Zählerstand", "Compteur", "Meterstand", "Contador"),
    "token": ("Card", "Karte", "Carte", "Pas", "Tarjeta"),
    "signed": (
        "Signed readings",
        "Signierte Messwerte",
        "Relevés signés",
        "Ondertekende metingen",
        "Lecturas firmadas",
    ),
    "public_key": (
        "Public key",
        "Öffentlicher Schlüssel",
        "Clé publique",
        "Publieke sleutel",
        "Clave pública",
    ),
    "attached": (
        "Attached to this PDF",
        "Diesem PDF angehängt",
        "Joint à ce PDF",
        "Bijlage bij deze PDF",
        "Adjunto a este PDF",
    ),
    "unsigned": (
        "The meter does not sign its readings.",
        "Der Zähler signiert seine Messwerte nicht.",
        "Le compteur ne signe pas ses relevés.",
        "De meter ondertekent zijn metingen niet.",
        "El contador no firma sus lecturas.",
    ),
    "online": (
        "This document online",
        "Dieses Dokument online",
        "Ce document en ligne",
        "Dit document online",
        "Este documento en línea",
    ),
    "help": (
        "Questions? Ask us",
        "Fragen? Fragen Sie uns",
        "Des questions ? Contactez-nous",
        "Vragen? Neem contact op",
        "¿Preguntas? Contáctenos",
    ),
    "vat_id": ("VAT ID", "USt-IdNr.", "N° de TVA", "Btw-nummer", "NIF-IVA"),
    "tax_number": ("Tax number", "Steuernummer", "N° fiscal", "Fiscaal nummer", "Número fiscal"),
    "page": (
        "Page {n} of {total}",
        "Seite {n} von {total}",
        "Page {n} sur {total}",
        "Pagina {n} van {total}",
        "Página {n} de {total}",
    ),
    "unit_KWH": ("kWh", "kWh", "kWh", "kWh", "kWh"),
    "unit_MIN": ("min", "min", "min", "min", "min"),
    "unit_H": ("h", "h", "h", "u", "h"),
    "unit_C62": ("×", "×", "×", "×", "×"),
}


def words_of(language: str) -> dict[str, str]:
    """Return the words of a language by their keys; English for a language that is not one of LANGUAGES."""
    place = LANGUAGES.index(language) if language in LANGUAGES else 0
    return {key: told[place] for key, told in _TABLE.items()}
