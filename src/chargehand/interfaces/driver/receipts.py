"""The receipt of a charge under its key: page, PDF, XML, and the correction if there is one."""

from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from chargehand.domain.billing import queries as billing
from chargehand.domain.billing.documents.en16931 import NotElectronicError, write_xml
from chargehand.domain.billing.documents.pdf import write_pdf
from chargehand.domain.billing.documents.shapes import Document
from chargehand.domain.billing.receipt_documents import receipt_documents, receipt_proof
from chargehand.domain.billing.receipts import ReceiptView, receipt_by_token
from chargehand.domain.tariffs import queries as tariffs
from chargehand.interfaces.driver import deeds, frame, receipt_page, reckoning
from chargehand.interfaces.driver.languages import choose_language
from chargehand.interfaces.driver.words import page_words
from chargehand.kernel import clock

#: A price comes within seconds of the end; after this the page says that it takes longer, and asks less often.
USUALLY_WITHIN: Final = timedelta(minutes=2)
SOON_S: Final = 5
LATER_S: Final = 60


@require_safe
@gzip_page
def show(request: HttpRequest, key: str) -> HttpResponse:
    """The page of a charge that has ended; one that goes on has a page of its own."""
    language = choose_language(request)
    view = receipt_by_token(key)
    if view is None:
        return frame.show_missing(request, language=language)
    if view.state == "running":
        return frame.keep_private(HttpResponseRedirect(_address("driver:session", key, language)))
    context = _priced(view, language) if view.state == "priced" else _unpriced(view, language)
    template = "driver/receipt.html" if view.state == "priced" else "driver/waiting.html"
    if view.state != "computing":
        context |= deeds.deed_context(request, view, language)
    response = frame.show(request, template, context, language=language, operator_id=view.operator_id)
    if view.state == "computing":
        response.headers["X-Waiting"] = "1"
    return response


@require_safe
def pdf(request: HttpRequest, key: str) -> HttpResponse:
    """The document as it was issued; while there is none, the charge alone in the reader's language."""
    language = choose_language(request)
    view = receipt_by_token(key)
    papers = None if view is None else receipt_documents(view, language)
    if papers is None:
        return frame.show_missing(request, language=language)
    return _file(papers.issued or papers.shown, "pdf")


@require_safe
def xml(request: HttpRequest, key: str) -> HttpResponse:
    """The invoice for machines, where it can be one."""
    language = choose_language(request)
    view = receipt_by_token(key)
    papers = None if view is None else receipt_documents(view, language)
    if papers is None or papers.issued is None:
        return frame.show_missing(request, language=language)
    try:
        return _file(papers.issued, "xml")
    except NotElectronicError:
        return frame.show_missing(request, language=language)


@require_safe
def correction(request: HttpRequest, key: str) -> HttpResponse:
    """The latest credit note for the charge."""
    language = choose_language(request)
    view = receipt_by_token(key)
    papers = None if view is None else receipt_documents(view, language)
    if papers is None or papers.correction is None:
        return frame.show_missing(request, language=language)
    return _file(papers.correction, "pdf")


@require_safe
def stray(request: HttpRequest) -> HttpResponse:
    """A link that was cut off on its way: say so instead of showing nothing."""
    return frame.show_missing(request, language=choose_language(request))


def _priced(view: ReceiptView, language: str) -> dict[str, Any]:
    papers = receipt_documents(view, language)
    priced = billing.priced_cdr(view.operator_id, view.priced_id or 0)
    if papers is None or priced is None:
        raise RuntimeError(f"Charge {view.transaction_id} is priced, but has no price.")
    version = tariffs.version(view.operator_id, priced.version_id)
    proofs = papers.shown.sessions
    return {
        "receipt": receipt_page.receipt_context(papers, language),
        "charge": receipt_page.proof_context(proofs[0], language) if proofs else None,
        "reckoning": reckoning.write_reckoning(priced, version.tariff if version else None, language),
        "pdf_url": _address("driver:receipt-pdf", view.key, language),
        "xml_url": _address("driver:receipt-xml", view.key, language),
        "correction_url": _address("driver:receipt-correction", view.key, language),
    }


def _unpriced(view: ReceiptView, language: str) -> dict[str, Any]:
    words = page_words(language)
    waited = clock.now() - (view.ended_at or view.started_at)
    is_soon = waited < USUALLY_WITHIN
    fixed = billing.fixed_tariff(view.operator_id, view.transaction_id)
    proof = receipt_proof(view, fixed.time_zone if fixed else "UTC")
    said = {
        "computing": (words["computing"], words["computing_next" if is_soon else "computing_long"]),
        "in-review": (words["review"], words["review_next"]),
        "not-billed": (words["waived"], _why_waived(view, words)),
    }
    is_waiting = view.state == "computing"
    return {
        "sentence": said[view.state][0],
        "next": said[view.state][1],
        "reload": (SOON_S if is_soon else LATER_S) if is_waiting else 0,
        "charge": receipt_page.proof_context(proof, language) if proof else None,
    }


def _why_waived(view: ReceiptView, words: dict[str, str]) -> str:
    waived = billing.waived_cdrs(view.operator_id, view.transaction_id)
    is_tiny = bool(waived) and waived[-1].reason == "tiny"
    return words["waived_next" if is_tiny else "waived_other"]


def _file(document: Document, form: str) -> HttpResponse:
    written = write_pdf(document) if form == "pdf" else write_xml(document)
    kinds = {"pdf": "application/pdf", "xml": "application/xml"}
    session = document.sessions[0].session if document.sessions else ""
    name = document.number or f"{document.kind}-{session}"
    safe = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in name)
    response = HttpResponse(written, content_type=kinds[form])
    response.headers["Content-Disposition"] = f'inline; filename="{safe}.{form}"'
    return frame.keep_private(response)


def _address(name: str, key: str, language: str) -> str:
    return f"{reverse(name, args=[key])}?lang={language}"
