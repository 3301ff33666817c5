"""The editor: a tariff is written, seen in words as one types, and saved as a version that never changes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing.taxation import standard_rate
from chargehand.domain.tariffs import actions, canonical
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.actions import SavedTariff
from chargehand.domain.tariffs.elements import Tariff
from chargehand.domain.tariffs.views import TariffVersionView, TariffView
from chargehand.interfaces.console import deeds, door, frame
from chargehand.interfaces.console.tariffs import examples, parts, texts, typed
from chargehand.interfaces.console.tariffs.drafts import Draft
from chargehand.interfaces.console.tariffs.typed import Typed
from chargehand.kernel.errors import Refused

#: Currency by country, where it is not the euro.
_CURRENCIES = {
    "BG": "BGN", "CA": "CAD", "CH": "CHF", "CZ": "CZK", "DK": "DKK", "GB": "GBP", "HU": "HUF",
    "IS": "ISK", "LI": "CHF", "NO": "NOK", "PL": "PLN", "RO": "RON", "SE": "SEK", "US": "USD",
}  # fmt: skip


@require_http_methods(["GET", "POST"])
@door.needs(Permission.TARIFFS_EDIT)
def edit(request: HttpRequest, principal: Principal, tariff_id: int | None = None) -> HttpResponse:
    """Write a new tariff, or a new version of one."""
    refusal = parts.refuse_bound(request, principal)
    if refusal is not None:
        return refusal
    found = None if tariff_id is None else parts.tariff(principal, tariff_id)
    newest = None if found is None else tariffs.versions(principal.operator_id, found.id)[0]
    if request.method == "GET":
        if newest is not None and len(texts.write_rows(newest.tariff)) > typed.MOST_ROWS:
            return HttpResponseRedirect(reverse("console:tariffs-import-into", args=[newest.tariff_id]))
        said = _blank(principal) if newest is None else from_tariff(principal, newest.tariff, newest.name)
        return show(request, principal, said, found, newest, is_checked=False)
    said = typed.read(request.POST)
    do = request.POST.get("do", "preview")
    if do == "save":
        return _save(request, principal, said, found, newest)
    if do == "preview":
        return show(request, principal, said, found, newest, is_checked=True)
    return show(request, principal, typed.change(said, do), found, newest, is_checked=False)


@require_POST
@door.needs(Permission.TARIFFS_EDIT)
def preview(request: HttpRequest, principal: Principal, tariff_id: int | None = None) -> HttpResponse:
    """The part beside the form, as one types."""
    found = None if tariff_id is None else parts.tariff(principal, tariff_id)
    newest = None if found is None else tariffs.versions(principal.operator_id, found.id)[0]
    draft = Draft(typed.read(request.POST), currency=found.currency if found else "")
    context = _beside(draft, newest)
    return frame.show_part(request, principal, "console/tariffs/preview.html", context)


def show(
    request: HttpRequest,
    principal: Principal,
    said: Typed,
    found: TariffView | None,
    newest: TariffVersionView | None,
    *,
    is_checked: bool,
    draft: Draft | None = None,
) -> HttpResponse:
    """Answer with the editor over these texts."""
    currency = found.currency if found else ""
    checked = draft or Draft(said, currency=currency)
    shown = checked if is_checked else Draft(said, currency=currency, is_checked=False)
    context = _beside(checked, newest, is_started=is_checked) | {
        "tariff": found,
        "draft": shown,
        "is_full": len(said.rows) >= typed.MOST_ROWS,
        "crumbs": parts.crumbs(found),
        "action_url": reverse("console:tariffs-edit", args=[found.id])
        if found
        else reverse("console:tariffs-add"),
        "preview_url": reverse("console:tariffs-preview-of", args=[found.id])
        if found
        else reverse("console:tariffs-preview"),
    }
    return frame.show(request, principal, "console/tariffs/edit.html", context)


def from_tariff(principal: Principal, tariff: Tariff, name: str) -> Typed:
    """The editor's texts for a tariff."""
    return Typed(
        head=texts.write_head(tariff, name),
        rows=texts.write_rows(tariff),
        example=dict(examples.default_texts(parts.zone_of(principal))),
        rest=canonical.write(tariff).text,
    )


def _blank(principal: Principal) -> Typed:
    home = accounts.operator(principal.operator_id)
    country = home.country if home else ""
    rate = standard_rate(country, parts.today_here())
    vat = "" if rate is None else f"{rate:f}"
    head = {"currency": _CURRENCIES.get(country, "EUR"), "tax": "NO" if country in {"US", "CA"} else "YES"}
    return Typed(
        head=head,
        rows=[{**typed.NEW_ROW, "vat": vat}],
        example=dict(examples.default_texts(parts.zone_of(principal))),
    )


def _beside(draft: Draft, newest: TariffVersionView | None, *, is_started: bool = True) -> dict[str, Any]:
    base = None if newest is None else newest.tariff
    problems = draft.problems if is_started else [_("Type a price to see the tariff in words.")]
    shown = parts.preview(draft.tariff, draft.example, base=base, problems=problems)
    return shown | {"base": newest, "is_started": is_started}


def _save(
    request: HttpRequest,
    principal: Principal,
    said: Typed,
    found: TariffView | None,
    newest: TariffVersionView | None,
) -> HttpResponse:
    draft = Draft(said, currency=found.currency if found else "")
    if draft.tariff is not None and draft.saving.is_valid():
        try:
            saved = deeds.perform(
                request, principal, lambda: _write(principal, draft, found), target=reverse("console:tariffs")
            )
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refused:
            draft.head.add_error("name" if refused.code == "bad-name" else None, refused.sentence)
        else:
            return saved_answer(request, saved)
    return show(request, principal, said, found, newest, is_checked=True, draft=draft)


def saved_answer(request: HttpRequest, saved: SavedTariff) -> HttpResponse:
    """Go to the tariff and say what was done."""
    if saved.is_new:
        messages.success(request, _("Saved. This version never changes; the next one gets a new number."))
    else:
        messages.success(request, _("The prices are the same as before, so there is no new version."))
    return HttpResponseRedirect(reverse("console:tariffs-page", args=[saved.tariff_id]))


def _write(principal: Principal, draft: Draft, found: TariffView | None) -> SavedTariff:
    assert draft.tariff is not None
    name = draft.head.cleaned_data["name"]
    return write(principal, canonical.write(draft.tariff).text, name, draft.saving.cleaned_data, found)


def write(
    principal: Principal, text: str, name: str, said: dict[str, Any], found: TariffView | None
) -> SavedTariff:
    """Make a tariff, or its next version, and give it the name. Raises Refused."""
    if found is None:
        return actions.create_tariff(
            operator_id=principal.operator_id,
            name=name,
            ocpi_json=text,
            actor=principal.actor,
            valid_from=said["valid_from"],
        )
    if " ".join(name.split()) != found.name:
        actions.rename_tariff(
            operator_id=principal.operator_id, tariff_id=found.id, name=name, actor=principal.actor
        )
    return actions.add_version(
        operator_id=principal.operator_id,
        tariff_id=found.id,
        ocpi_json=text,
        actor=principal.actor,
        valid_from=said["valid_from"],
    )
