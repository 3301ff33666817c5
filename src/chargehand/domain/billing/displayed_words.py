"""What a station shows of prices and costs in words, in a language that it speaks."""

from collections.abc import Sequence
from typing import Final

from chargehand.domain.billing.documents.formats import write_money, write_number
from chargehand.domain.billing.documents.words import LANGUAGES
from chargehand.domain.billing.running import RunningCost
from chargehand.domain.tariffs.card_words import price_words
from chargehand.domain.tariffs.elements import Tariff
from chargehand.domain.tariffs.wording import write_card

#: MessageContentType.content of 2.0.1; 1.6 has no limit of its own, and displays are small.
LONGEST: Final = 512


def choose_language(languages: Sequence[str]) -> str:
    """Return the first of a station's languages in which we can write, else English."""
    return next((language for language in languages if language in LANGUAGES), "en")


def describe_price(tariff: Tariff, languages: Sequence[str]) -> str:
    """Return a price card in one text; a card that is too long ends with a whole sentence."""
    sentences = [line.sentence for line in write_card(tariff, price_words(choose_language(languages)))]
    text = ""
    for sentence in sentences:
        if len(text) + len(sentence) + len("  …") > LONGEST:
            return f"{text} …"
        text = f"{text} {sentence}".strip()
    return text


def describe_total(cost: RunningCost, languages: Sequence[str]) -> str:
    """Return energy and cost of a charge that is over."""
    language = choose_language(languages)
    energy = write_number(cost.energy_wh / 1000, language, 2)
    return f"{energy} kWh: {write_money(cost.after_minor, cost.currency, language)}"
