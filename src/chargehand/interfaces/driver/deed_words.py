"""The words of what a driver can do with a receipt: have it sent, and say that something is not right."""

# ruff: noqa: E501  # a sentence is a line, however long

from typing import Final

#: A word by its key, in the order of LANGUAGES: en, de, fr, nl, es.
WORDS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "mail": ("E-mail", "E-Mail", "E-mail", "E-mail", "Correo"),
    "mail_title": (
        "Send this receipt by e-mail",
        "Diesen Beleg per E-Mail senden",
        "Envoyer ce reçu par e-mail",
        "Deze bon per e-mail sturen",
        "Enviar este recibo por correo",
    ),
    "address": (
        "E-mail address",
        "E-Mail-Adresse",
        "Adresse e-mail",
        "E-mailadres",
        "Correo electrónico",
    ),
    "mail_hint": (
        "We send the receipt with its PDF there, and keep no address.",
        "Wir senden den Beleg mit seinem PDF dorthin und behalten keine Adresse.",
        "Nous y envoyons le reçu avec son PDF et ne gardons aucune adresse.",
        "Wij sturen de bon met de pdf daarheen en bewaren geen adres.",
        "Enviamos allí el recibo con su PDF y no guardamos la dirección.",
    ),
    "send": ("Send", "Senden", "Envoyer", "Versturen", "Enviar"),
    "back": (
        "Back to the receipt",
        "Zurück zum Beleg",
        "Retour au reçu",
        "Terug naar de bon",
        "Volver al recibo",
    ),
    "mail_sent": (
        "Sent. It arrives within a few minutes.",
        "Gesendet. Er kommt in wenigen Minuten an.",
        "Envoyé. Il arrive dans quelques minutes.",
        "Verzonden. De bon komt binnen enkele minuten aan.",
        "Enviado. Llegará en unos minutos.",
    ),
    "bad-address": (
        "Enter an e-mail address, such as ada@example.org.",
        "Geben Sie eine E-Mail-Adresse ein, zum Beispiel ada@example.org.",
        "Saisissez une adresse e-mail, par exemple ada@example.org.",
        "Vul een e-mailadres in, bijvoorbeeld ada@example.org.",
        "Escriba un correo electrónico, por ejemplo ada@example.org.",
    ),
    "mail-refused": (
        "The mail could not be sent just now. Try again later, or save the PDF.",
        "Die E-Mail konnte gerade nicht gesendet werden. Versuchen Sie es später oder speichern Sie das PDF.",
        "L’e-mail n’a pas pu être envoyé. Réessayez plus tard ou enregistrez le PDF.",
        "De e-mail kon nu niet worden verzonden. Probeer het later of bewaar de pdf.",
        "No se pudo enviar el correo. Inténtelo más tarde o guarde el PDF.",
    ),
    "too-many-mails": (
        "This receipt was sent several times already. Open it by its link, or save the PDF.",
        "Dieser Beleg wurde schon mehrmals gesendet. Öffnen Sie ihn über seinen Link oder speichern Sie das PDF.",
        "Ce reçu a déjà été envoyé plusieurs fois. Ouvrez-le par son lien ou enregistrez le PDF.",
        "Deze bon is al meermaals verzonden. Open hem via de link of bewaar de pdf.",
        "Este recibo ya se envió varias veces. Ábralo con su enlace o guarde el PDF.",
    ),
    "mail_subject": (
        "Your charge at {place}",
        "Ihr Ladevorgang: {place}",
        "Votre recharge : {place}",
        "Uw laadsessie: {place}",
        "Su recarga: {place}",
    ),
    "mail_body": (
        "Thank you for charging. Your receipt is attached. Online: {url}",
        "Danke fürs Laden. Ihr Beleg liegt bei. Im Netz: {url}",
        "Merci d’avoir rechargé. Votre reçu est joint. En ligne : {url}",
        "Bedankt voor het laden. Uw bon is bijgevoegd. Online: {url}",
        "Gracias por cargar. Su recibo va adjunto. En línea: {url}",
    ),
    "wrong": ("Not right?", "Stimmt etwas nicht?", "Une erreur ?", "Klopt er iets niet?", "¿Algo está mal?"),
    "wrong_title": (
        "Something is not right?",
        "Stimmt etwas nicht?",
        "Quelque chose ne va pas ?",
        "Klopt er iets niet?",
        "¿Hay algo que no es correcto?",
    ),
    "wrong_lead": (
        "Tell us in your words. A person looks at this charge; the answer stands on this receipt.",
        "Sagen Sie es mit Ihren Worten. Ein Mensch sieht sich diesen Ladevorgang an; die Antwort steht auf diesem Beleg.",
        "Dites-le avec vos mots. Une personne examine cette recharge ; la réponse figurera sur ce reçu.",
        "Vertel het in uw eigen woorden. Iemand bekijkt deze laadsessie; het antwoord komt op deze bon.",
        "Cuéntelo con sus palabras. Una persona revisa esta recarga; la respuesta aparecerá en este recibo.",
    ),
    "wrong_words": (
        "What is not right?",
        "Was stimmt nicht?",
        "Qu’est-ce qui ne va pas ?",
        "Wat klopt er niet?",
        "¿Qué no es correcto?",
    ),
    "wrong_address": (
        "E-mail address for the answer (optional)",
        "E-Mail-Adresse für die Antwort (freiwillig)",
        "Adresse e-mail pour la réponse (facultatif)",
        "E-mailadres voor het antwoord (optioneel)",
        "Correo para la respuesta (opcional)",
    ),
    "no-words": (
        "Say in a few words what is not right.",
        "Sagen Sie in wenigen Worten, was nicht stimmt.",
        "Dites en quelques mots ce qui ne va pas.",
        "Zeg in een paar woorden wat er niet klopt.",
        "Diga en pocas palabras qué no es correcto.",
    ),
    "too-many": (
        "We have your words already and are looking into it.",
        "Ihre Worte liegen uns schon vor, wir kümmern uns darum.",
        "Nous avons déjà votre message et l’examinons.",
        "Wij hebben uw bericht al en kijken ernaar.",
        "Ya tenemos su mensaje y lo estamos revisando.",
    ),
    "wrong_heard": (
        "You told us on {day} that something is not right. A person is looking at it.",
        "Sie haben uns am {day} gesagt, dass etwas nicht stimmt. Ein Mensch sieht es sich an.",
        "Le {day}, vous nous avez signalé un problème. Une personne l’examine.",
        "U heeft ons op {day} gemeld dat er iets niet klopt. Iemand kijkt ernaar.",
        "El {day} nos dijo que algo no es correcto. Una persona lo está revisando.",
    ),
    "wrong_answered": (
        "You told us on {day} that something is not right. Our answer:",
        "Sie haben uns am {day} gesagt, dass etwas nicht stimmt. Unsere Antwort:",
        "Le {day}, vous nous avez signalé un problème. Notre réponse :",
        "U heeft ons op {day} gemeld dat er iets niet klopt. Ons antwoord:",
        "El {day} nos dijo que algo no es correcto. Nuestra respuesta:",
    ),
}
