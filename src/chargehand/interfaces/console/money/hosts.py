"""Site hosts and their shares of the revenue at their sites."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import sharing
from chargehand.domain.billing.shares import ShareTerms
from chargehand.domain.billing.sharing import HostView, RuleView
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import deeds, frame
from chargehand.interfaces.console.money import days, forms, parts, settings
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All hosts with the shares that count now."""
    rules = _rules(principal, sharing.rules(principal.operator_id))
    context = {
        "hosts": [
            {
                "it": host,
                "rules": [rule for rule in rules if rule["it"].host_id == host.id and rule["is_current"]],
            }
            for host in sharing.hosts(principal.operator_id)
        ],
        "tabs": settings.settings_tabs("hosts"),
    }
    return frame.show(request, principal, "console/money/hosts.html", context)


@require_http_methods(["GET", "POST"])
@parts.whole(Permission.MONEY_EDIT)
def edit(request: HttpRequest, principal: Principal, host_id: int | None = None) -> HttpResponse:
    """Add a host, or change one and see their shares."""
    known = None if host_id is None else _find(principal, host_id)
    initial = {**forms.party_initial(known.party), "language": known.language} if known else {}
    form = forms.HostForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            number = deeds.perform(
                request,
                principal,
                lambda: sharing.set_host(
                    operator_id=principal.operator_id,
                    party=form.party(),
                    language=form.cleaned_data["language"],
                    actor=principal.actor,
                    host_id=host_id,
                ),
                target=reverse("console:billing-hosts"),
            )
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("console:billing-host", args=[number]))
    return _page(request, principal, known, form, None)


@require_POST
@parts.whole(Permission.MONEY_EDIT)
def add_share(request: HttpRequest, principal: Principal, host_id: int) -> HttpResponse:
    """Give a host a share; the one before it at the site ends."""
    known = _find(principal, host_id)
    form = forms.ShareForm(principal, request.POST, prefix="share")
    here = reverse("console:billing-host", args=[host_id])
    if form.is_valid():
        try:
            deeds.perform(
                request, principal, lambda: _add(principal, host_id, form.cleaned_data), target=here
            )
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("The share counts from that day on."))
            return HttpResponseRedirect(here)
    initial = {**forms.party_initial(known.party), "language": known.language}
    return _page(request, principal, known, forms.HostForm(None, initial=initial), form)


@require_POST
@parts.whole(Permission.MONEY_EDIT)
def end_share(request: HttpRequest, principal: Principal, host_id: int, rule_id: int) -> HttpResponse:
    """Let a share end now."""
    _find(principal, host_id)
    return deeds.act(
        request,
        principal,
        lambda: sharing.end_rule(
            operator_id=principal.operator_id, rule_id=rule_id, valid_until=clock.now(), actor=principal.actor
        ),
        target=reverse("console:billing-host", args=[host_id]),
        done=_("The share has ended."),
    )


def _page(
    request: HttpRequest,
    principal: Principal,
    known: HostView | None,
    form: forms.HostForm,
    share: forms.ShareForm | None,
) -> HttpResponse:
    home = accounts.operator(principal.operator_id)
    first = {"currency": home.currency if home else "EUR", "valid_from": days.today()}
    context = {
        "host": known,
        "form": form,
        "share": share or forms.ShareForm(principal, prefix="share", initial=first),
        "rules": _rules(principal, sharing.rules(principal.operator_id, host_id=known.id)) if known else [],
        "crumbs": [
            (_("Billing settings"), reverse("console:billing")),
            (_("Site hosts"), reverse("console:billing-hosts")),
        ],
    }
    return frame.show(request, principal, "console/money/host.html", context)


def _add(principal: Principal, host_id: int, said: dict[str, Any]) -> None:
    terms = ShareTerms(**{name: said[name] for name in ShareTerms.__struct_fields__})
    sharing.add_rule(
        operator_id=principal.operator_id,
        host_id=host_id,
        location_id=said["location_id"],
        currency=said["currency"],
        terms=terms,
        valid_from=timezone.make_aware(datetime.combine(said["valid_from"], time())),
        actor=principal.actor,
    )


def _find(principal: Principal, host_id: int) -> HostView:
    found = sharing.host(principal.operator_id, host_id)
    if found is None:
        raise Http404
    return found


def _rules(principal: Principal, found: list[RuleView]) -> list[dict[str, Any]]:
    names = {site.id: site.name for site in stations.locations(principal.operator_id)}
    now = clock.now()
    return [
        {
            "it": rule,
            "site": names.get(rule.location_id, "–"),
            "words": terms_words(rule),
            "is_current": rule.valid_until is None or rule.valid_until > now,
        }
        for rule in found
    ]


def terms_words(rule: RuleView) -> str:
    """A share in words: "20 %, and 0.01 EUR for each kWh, after a fee of 2 % and 0.10 EUR"."""
    terms = rule.terms
    said = []
    if terms.percent:
        said.append(_("%s %%") % f"{terms.percent.normalize():f}")
    if terms.per_kwh:
        said.append(
            _("%(amount)s %(currency)s for each kWh")
            % {
                "amount": f"{terms.per_kwh.normalize():f}",
                "currency": rule.currency,
            }
        )
    fees = []
    if terms.fee_percent:
        fees.append(f"{terms.fee_percent.normalize():f} %")
    if terms.fee_fixed:
        fees.append(f"{terms.fee_fixed.normalize():f} {rule.currency}")
    text = _(" and ").join(said)
    return f"{text}, {_('after a fee of %s for each charge') % _(' and ').join(fees)}" if fees else text
