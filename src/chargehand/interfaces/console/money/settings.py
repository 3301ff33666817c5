"""Settings of billing: who sells, what is not billed, the rates of taxes, the numbers of accounts."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chargehand.domain.accounts import help_contacts
from chargehand.domain.accounts.help_contacts import HelpContact
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import account_numbers, actions, entities, queries, second_person, taxation
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.entities import EntityDetails, EntityView
from chargehand.domain.billing.gates import Policy
from chargehand.interfaces.console import deeds, frame
from chargehand.interfaces.console.money import days, forms, parts, words
from chargehand.interfaces.console.money.account_names import AccountNames
from chargehand.kernel.errors import Refused

_DETAILS = tuple(name for name in EntityDetails.__struct_fields__ if name != "party")


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The legal entities that sell, the usual one first."""
    entities.default_entity(principal.operator_id)
    context = {"sellers": entities.entities(principal.operator_id), "tabs": settings_tabs("billing")}
    return frame.show(request, principal, "console/money/sellers.html", context)


@require_http_methods(["GET", "POST"])
@parts.whole(Permission.MONEY_EDIT)
def edit_seller(request: HttpRequest, principal: Principal, entity_id: int | None = None) -> HttpResponse:
    """Change what documents say of a seller from now on, or add another one."""
    known = _seller(principal, entity_id)
    details = (known or entities.default_entity(principal.operator_id)).details
    initial = {name: getattr(details, name) for name in _DETAILS}
    if known is not None:
        initial |= forms.party_initial(known.details.party)
    form = forms.EntityForm(request.POST if request.method == "POST" else None, initial=initial)
    target = reverse("console:billing")
    if request.method == "POST" and form.is_valid():
        try:
            deeds.perform(request, principal, lambda: _save(principal, known, form), target=target)
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            field = {"zone-in-use": "time_zone", "bad-series": "invoice_series"}.get(refusal.code)
            form.add_error(field, refusal.sentence)
        else:
            messages.success(request, _("Saved. It counts for what is issued from now on."))
            return HttpResponseRedirect(target)
    context = {"form": form, "seller": known, "crumbs": [(_("Billing settings"), target)]}
    return frame.show(request, principal, "console/money/seller.html", context)


@require_http_methods(["GET", "POST"])
@parts.whole(Permission.MONEY_VIEW)
def policy(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What is not billed."""
    known = queries.policy(principal.operator_id)
    may_edit = principal.may(Permission.MONEY_EDIT)
    data = request.POST if request.method == "POST" and may_edit else None
    form = forms.PolicyForm(data, initial=msgspec.structs.asdict(known))
    here = reverse("console:billing-policy")
    alone = second_person.threshold(principal.operator_id)
    if data is not None and "alone_up_to" in data:
        return _set_threshold(request, principal, here)
    if data is not None and form.is_valid():
        wanted = Policy(**form.cleaned_data)
        return deeds.act(
            request,
            principal,
            lambda: actions.set_policy(
                operator_id=principal.operator_id, policy=wanted, actor=principal.actor
            ),
            target=here,
            done=_("Saved. It counts for charges that are priced from now on."),
        )
    context = {
        "form": form,
        "policy": known,
        "threshold_form": forms.ThresholdForm(initial={"alone_up_to": alone}),
        "threshold": alone,
        "tabs": settings_tabs("policy"),
    }
    return frame.show(request, principal, "console/money/policy.html", context)


@require_http_methods(["GET", "POST"])
@parts.whole(Permission.MONEY_VIEW)
def help_contact(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Whom drivers may call or write to."""
    known = help_contacts.help_contact(principal.operator_id)
    may_edit = principal.may(Permission.MONEY_EDIT)
    data = request.POST if request.method == "POST" and may_edit else None
    form = forms.HelpForm(data, initial=msgspec.structs.asdict(known))
    if data is not None and form.is_valid():
        contact = HelpContact(**form.cleaned_data)
        return deeds.act(
            request,
            principal,
            lambda: help_contacts.set_help_contact(
                operator_id=principal.operator_id, contact=contact, actor=principal.actor
            ),
            target=reverse("console:billing-help"),
            done=_("Saved. Drivers read it on their pages and on what is issued from now on."),
        )
    context = {"form": form, "contact": known, "tabs": settings_tabs("help")}
    return frame.show(request, principal, "console/money/help.html", context)


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def taxes(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The standard rates that tariffs are held against."""
    today = days.today()
    rates = [
        {
            "country": country,
            "percent": taxation.standard_rate(country, today),
            "since": known[-1][0],
            "coming": [each for each in known if each[0] > today],
        }
        for country, known in sorted(taxation.STANDARD.items())
    ]
    return frame.show(
        request, principal, "console/money/taxes.html", {"rates": rates, "tabs": settings_tabs("taxes")}
    )


@require_http_methods(["GET", "POST"])
@parts.whole(Permission.MONEY_VIEW)
def numbers(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The numbers of accounts in the operator's own bookkeeping."""
    if request.method == "POST" and principal.may(Permission.MONEY_EDIT):
        return deeds.act(
            request,
            principal,
            lambda: _set_number(request, principal),
            target=reverse("console:billing-numbers"),
            done=_("Saved. It counts for what is exported from now on."),
        )
    known = account_numbers.account_numbers(principal.operator_id)
    names = AccountNames(principal.operator_id)
    context = {
        "numbers": [{"it": each, "name": names.name(each.kind, each.detail)} for each in known],
        "kinds": list(words.ACCOUNTS.items()),
        "tabs": settings_tabs("numbers"),
    }
    return frame.show(request, principal, "console/money/numbers.html", context)


def settings_tabs(here: str) -> list[dict[str, Any]]:
    """The tabs of the settings."""
    entries = (
        ("billing", _("Sellers"), reverse("console:billing")),
        ("policy", _("Not billed"), reverse("console:billing-policy")),
        ("help", _("Help for drivers"), reverse("console:billing-help")),
        ("hosts", _("Site hosts"), reverse("console:billing-hosts")),
        ("taxes", _("Taxes"), reverse("console:billing-taxes")),
        ("numbers", _("Account numbers"), reverse("console:billing-numbers")),
    )
    return parts.tabs(entries, here)


def _set_threshold(request: HttpRequest, principal: Principal, here: str) -> HttpResponse:
    form = forms.ThresholdForm(request.POST)

    def save() -> None:
        if not form.is_valid():
            raise Refused("bad-threshold", _("Give an amount from 0 to 1,000,000, or nothing."))
        second_person.set_threshold(
            operator_id=principal.operator_id, major=form.cleaned_data["alone_up_to"], actor=principal.actor
        )

    return deeds.act(request, principal, save, target=here, done=_("Saved. It counts from now on."))


def _seller(principal: Principal, entity_id: int | None) -> EntityView | None:
    if entity_id is None:
        return None
    found = entities.entity(principal.operator_id, entity_id)
    if found is None:
        raise Http404
    return found


def _save(principal: Principal, known: EntityView | None, form: forms.EntityForm) -> None:
    details = EntityDetails(party=form.party(), **{name: form.cleaned_data[name] for name in _DETAILS})
    if known is None:
        entities.add_entity(operator_id=principal.operator_id, details=details, actor=principal.actor)
    else:
        entities.change_entity(
            operator_id=principal.operator_id, entity_id=known.id, details=details, actor=principal.actor
        )


def _set_number(request: HttpRequest, principal: Principal) -> None:
    try:
        kind = AccountKind(request.POST.get("kind", ""))
    except ValueError:
        raise Refused("unknown-account", _("Choose an account of the list.")) from None
    account_numbers.set_account_number(
        operator_id=principal.operator_id,
        kind=kind,
        detail=request.POST.get("detail", "").strip()[:255],
        number=request.POST.get("number", "").strip(),
        actor=principal.actor,
    )
