"""What stands around every page of a driver: language, help at the bottom, and what browsers are told."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from chargehand.domain.accounts.help_contacts import HelpContact, help_contact
from chargehand.domain.billing import entities
from chargehand.interfaces.driver.languages import language_links
from chargehand.interfaces.driver.style import page_style
from chargehand.interfaces.driver.words import page_words

#: Nothing but our own files, our own style and pictures; nobody may frame a receipt.
POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self' {style}; connect-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    operator_id: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with a page in a language; `operator_id` says whose help is shown."""
    style = page_style()
    around = {
        # Our own file, made by our own build; a browser reads no markup inside but its end.
        "style": mark_safe(style.text),  # noqa: S308
        "language": language,
        "languages": language_links(request, language),
        "words": page_words(language),
        "help": None if operator_id is None else _help(operator_id),
    }
    response = render(request, template, {**around, **context}, status=status)
    response.headers["Content-Language"] = language
    response.headers["Content-Security-Policy"] = POLICY.format(style=style.source)
    return keep_private(response)


def show_missing(request: HttpRequest, *, language: str) -> HttpResponse:
    """Answer that there is nothing under this key."""
    return show(request, "driver/missing.html", {}, language=language, status=404)


def keep_private(response: HttpResponse) -> HttpResponse:
    """Tell browsers and search engines to keep nothing of what only a key opens, nor to pass the key on."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _help(operator_id: int) -> HelpContact:
    """Whom drivers may ask; the address on the invoices where nobody said."""
    told = help_contact(operator_id)
    if told.text:
        return told
    sellers = entities.entities(operator_id)
    return HelpContact(email=sellers[0].details.party.email if sellers else "")
