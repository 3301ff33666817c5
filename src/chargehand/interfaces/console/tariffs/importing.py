"""Tariffs pasted as OCPI JSON: looked at in words, opened in the editor, or saved as they are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.elements import Tariff, TariffError
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.views import TariffVersionView, TariffView
from chargehand.interfaces.console import deeds, door, frame
from chargehand.interfaces.console.tariffs import drafts, editor, examples, parts, texts, typed
from chargehand.interfaces.console.tariffs.forms import ExampleForm, ImportForm
from chargehand.kernel.errors import Refused


@require_http_methods(["GET", "POST"])
@door.needs(Permission.TARIFFS_EDIT)
def paste(request: HttpRequest, principal: Principal, tariff_id: int | None = None) -> HttpResponse:
    """Take in a tariff, as a new one or as the next version of one."""
    refusal = parts.refuse_bound(request, principal)
    if refusal is not None:
        return refusal
    found = None if tariff_id is None else parts.tariff(principal, tariff_id)
    newest = None if found is None else tariffs.versions(principal.operator_id, found.id)[0]
    initial = {} if newest is None else {"name": newest.name, "ocpi": newest.text}
    form = ImportForm(request.POST if request.method == "POST" else None, initial=initial)
    read: Tariff | None = None
    if request.method == "POST" and form.is_valid():
        read = _read(form)
        do = request.POST.get("do", "preview")
        if read is not None and do == "edit":
            if len(texts.write_rows(read)) <= typed.MOST_ROWS:
                return _open(request, principal, form, read, found, newest)
            form.add_error(None, _("The editor holds at most %d prices. Save it as it is.") % typed.MOST_ROWS)
        elif read is not None and do == "save":
            answer = _save(request, principal, form, found)
            if answer is not None:
                return answer
    return _show(request, principal, form, read, found, newest)


def _read(form: ImportForm) -> Tariff | None:
    """Read the text; what is wrong stands under its field, with the path."""
    try:
        return read_tariff(form.cleaned_data["ocpi"])
    except TariffError as error:
        form.add_error("ocpi", str(error))
        return None


def _open(
    request: HttpRequest,
    principal: Principal,
    form: ImportForm,
    read: Tariff,
    found: TariffView | None,
    newest: TariffVersionView | None,
) -> HttpResponse:
    if found is not None and read.currency != found.currency:
        form.add_error("ocpi", _("A tariff keeps its currency. Make another tariff instead."))
        return _show(request, principal, form, read, found, newest)
    said = editor.from_tariff(principal, read, form.cleaned_data["name"])
    return editor.show(request, principal, said, found, newest, is_checked=True)


def _save(
    request: HttpRequest, principal: Principal, form: ImportForm, found: TariffView | None
) -> HttpResponse | None:
    said = form.cleaned_data
    try:
        saved = deeds.perform(
            request,
            principal,
            lambda: editor.write(principal, said["ocpi"], said["name"], said, found),
            target=reverse("console:tariffs"),
        )
    except deeds.SentBefore as before:
        return HttpResponseRedirect(before.target)
    except Refused as refused:
        form.add_error("name" if refused.code == "bad-name" else "ocpi", refused.sentence)
        return None
    return editor.saved_answer(request, saved)


def _show(
    request: HttpRequest,
    principal: Principal,
    form: ImportForm,
    read: Tariff | None,
    found: TariffView | None,
    newest: TariffVersionView | None,
) -> HttpResponse:
    said = dict(examples.default_texts(parts.zone_of(principal)))
    example: ExampleForm = drafts.fill(ExampleForm, said, "ex", is_checked=True)
    beside: dict[str, Any] = {}
    if read is not None:
        base = None if newest is None else newest.tariff
        beside = parts.preview(read, example, base=base) | {"base": newest, "is_read": True}
    context = beside | {"form": form, "tariff": found, "crumbs": parts.crumbs(found)}
    return frame.show(request, principal, "console/tariffs/import.html", context)
