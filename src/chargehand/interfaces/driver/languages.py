"""In which language a driver reads: the one chosen on the page, else the first that the browser asks for."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from chargehand.domain.billing.documents.words import LANGUAGES
from chargehand.interfaces.driver.words import NAMES


def choose_language(request: HttpRequest) -> str:
    """Return one of LANGUAGES; English for a reader of none of them."""
    chosen = request.GET.get("lang", "")
    if chosen in LANGUAGES:
        return chosen
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    spoken = (code.partition("-")[0] for code, _weight in wanted)
    return next((code for code in spoken if code in LANGUAGES), "en")


def language_links(request: HttpRequest, language: str) -> list[dict[str, Any]]:
    """Return what the switch shows: each language by its own name, and which one is read now."""
    return [
        {"code": code, "name": NAMES[code], "url": f"{request.path}?lang={code}", "current": code == language}
        for code in LANGUAGES
    ]
