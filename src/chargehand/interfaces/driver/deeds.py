"""What a driver does with a receipt: have it sent by e-mail, and say that something is not right."""

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from chargehand.domain.billing import objections
from chargehand.domain.billing.documents.formats import write_day
from chargehand.domain.billing.documents.pdf import write_pdf
from chargehand.domain.billing.objections import ObjectionView
from chargehand.domain.billing.receipt_documents import ReceiptDocuments, receipt_documents
from chargehand.domain.billing.receipts import ReceiptView, receipt_by_token, receipt_url
from chargehand.interfaces.driver import frame
from chargehand.interfaces.driver.languages import choose_language
from chargehand.interfaces.driver.words import page_words
from chargehand.kernel.errors import Refused

#: What was done a moment ago, as the page is told by its address.
SAID: Final = {"sent": "mail_sent"}


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
def mail(request: HttpRequest, key: str) -> HttpResponse:
    """Send a receipt with its PDF to an address, which is kept nowhere."""
    language = choose_language(request)
    view = receipt_by_token(key)
    papers = None if view is None else receipt_documents(view, language)
    if view is None or papers is None:
        return frame.show_missing(request, language=language)
    address = request.POST.get("address", "").strip()
    if request.method != "POST":
        return _form(request, view, "driver/mail.html", language, {})
    try:
        _send(view, papers, address, language)
    except Refused as refusal:
        context = {"problem": page_words(language)[refusal.code], "address": address}
        return _form(request, view, "driver/mail.html", language, context)
    return _back(view, language, "&said=sent")


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
def objection(request: HttpRequest, key: str) -> HttpResponse:
    """Say in own words that something about a charge is not right."""
    language = choose_language(request)
    view = receipt_by_token(key)
    if view is None or view.state in {"running", "computing"}:
        return frame.show_missing(request, language=language)
    if request.method != "POST":
        return _form(request, view, "driver/objection.html", language, {})
    said = {"said": request.POST.get("words", ""), "address": request.POST.get("address", "")}
    try:
        objections.object_to_charge(
            operator_id=view.operator_id,
            transaction_id=view.transaction_id,
            words=said["said"],
            contact=said["address"],
            language=language,
        )
    except Refused as refusal:
        context = {**said, "problem": page_words(language)[refusal.code]}
        return _form(request, view, "driver/objection.html", language, context)
    return _back(view, language, "")


def deed_context(request: HttpRequest, view: ReceiptView, language: str) -> dict[str, Any]:
    """Return what a receipt shows of deeds: where they are, what was just done, what was objected to."""
    page = objections.objections(view.operator_id, state="", transaction_ids=[view.transaction_id])
    words = page_words(language)
    return {
        "mail_url": _address("driver:receipt-mail", view, language),
        "objection_url": _address("driver:receipt-objection", view, language),
        "said": words[SAID[request.GET["said"]]] if request.GET.get("said") in SAID else "",
        "objections": [_told(each, words, language) for each in page.objections],
    }


def _told(told: ObjectionView, words: dict[str, str], language: str) -> dict[str, str]:
    pattern = words["wrong_heard" if told.state == "open" else "wrong_answered"]
    day = write_day(told.opened_at.date(), language)
    return {"sentence": pattern.format(day=day), "words": told.words, "answer": told.answer}


def _send(view: ReceiptView, papers: ReceiptDocuments, address: str, language: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise Refused("bad-address", "No e-mail address.") from None
    try:
        objections.count_mail(view.operator_id, view.transaction_id)
    except Refused as refusal:
        raise Refused("too-many-mails", refusal.sentence) from None
    document = papers.issued or papers.shown
    words = page_words(language)
    place = next((each.place for each in document.sessions if each.place), document.seller.name)
    subject = " ".join(words["mail_subject"].format(place=place).split())
    body = words["mail_body"].format(url=receipt_url(view.key))
    message = EmailMessage(subject=subject, body=f"{body}\n\n{document.seller.name}\n", to=[address])
    message.attach(f"{words[document.kind]}.pdf", write_pdf(document), "application/pdf")
    try:
        message.send()
    except OSError:
        raise Refused("mail-refused", "The mail server did not take it.") from None


def _form(
    request: HttpRequest, view: ReceiptView, template: str, language: str, context: dict[str, Any]
) -> HttpResponse:
    context = {**context, "receipt_url": _address("driver:receipt", view, language)}
    status = 422 if "problem" in context else 200
    return frame.show(
        request, template, context, language=language, operator_id=view.operator_id, status=status
    )


def _back(view: ReceiptView, language: str, more: str) -> HttpResponse:
    target = f"{_address('driver:receipt', view, language)}{more}"
    return frame.keep_private(HttpResponseRedirect(target))


def _address(name: str, view: ReceiptView, language: str) -> str:
    return f"{reverse(name, args=[view.key])}?lang={language}"
