"""Customers: who is billed by name, how often, and for which tokens."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import customers as register
from chargehand.domain.billing import invoice_register, statement_register
from chargehand.domain.billing.customers import CustomerDetails, CustomerView
from chargehand.domain.tokens import queries as tokens
from chargehand.interfaces.console import cursors, deeds, frame
from chargehand.interfaces.console.money import forms, invoices, parts
from chargehand.kernel.errors import Refused


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """A page of customers, by name where one is looked for."""
    text = request.GET.get("q", "").strip()
    before = cursors.read_number(request.GET.get("before", ""))
    page = register.customers(principal.operator_id, text=text, before_id=before)
    context = {
        "customers": page.customers,
        "q": text,
        "next_url": f"?q={text}&before={page.before_id}" if page.before_id else "",
        "first_url": f"?q={text}" if before else "",
    }
    return frame.show(request, principal, "console/money/customers.html", context)


@require_http_methods(["GET", "POST"])
@parts.whole(Permission.MONEY_EDIT)
def add(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Add a customer."""
    return _edit(request, principal, None)


@require_http_methods(["GET", "POST"])
@parts.whole(Permission.MONEY_VIEW)
def show(request: HttpRequest, principal: Principal, customer_id: int) -> HttpResponse:
    """A customer with their documents; a POST changes what is said of them."""
    found = register.customer(principal.operator_id, customer_id)
    if found is None:
        raise Http404
    if request.method == "POST" and not principal.may(Permission.MONEY_EDIT):
        raise Http404
    return _edit(request, principal, found)


def _edit(request: HttpRequest, principal: Principal, known: CustomerView | None) -> HttpResponse:
    form = forms.CustomerForm(
        principal, request.POST if request.method == "POST" else None, initial=_initial(principal, known)
    )
    if request.method == "POST" and form.is_valid():
        target = reverse("console:customers")
        try:
            deeds.perform(request, principal, lambda: _save(principal, known, form), target=target)
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error(_field(refusal.code), refusal.sentence)
        else:
            messages.success(request, _("Saved. It counts for what is billed from now on."))
            return HttpResponseRedirect(target)
    context = {
        "form": form,
        "customer": known,
        **(_documents(principal, known) if known else {}),
        "crumbs": [(_("Customers"), reverse("console:customers"))],
    }
    return frame.show(request, principal, "console/money/customer.html", context)


def _documents(principal: Principal, known: CustomerView) -> dict[str, Any]:
    page = invoice_register.invoices(principal.operator_id, customer_id=known.id, limit=20)
    stated = statement_register.issued_statements(principal.operator_id, customer_id=known.id, limit=20)
    return {
        "invoices": [invoices.as_line(each) for each in page.invoices],
        "statements": stated.statements,
    }


def _initial(principal: Principal, known: CustomerView | None) -> dict[str, Any]:
    if known is None:
        return {}
    held = tokens.tokens_named(principal.operator_id, known.token_ids)
    return {
        **msgspec.structs.asdict(known.details),
        **forms.party_initial(known.details.party),
        "tokens": "\n".join(token.uid for token in held.values()),
    }


def _save(principal: Principal, known: CustomerView | None, form: forms.CustomerForm) -> None:
    said = form.cleaned_data
    details = CustomerDetails(
        party=form.party(),
        is_business=said["is_business"],
        language=said["language"],
        mode=said["mode"],
        group_uid=said["group_uid"],
        entity_id=said["entity_id"],
    )
    held = _tokens(principal, said["tokens"])
    about: dict[str, Any] = {
        "operator_id": principal.operator_id,
        "details": details,
        "actor": principal.actor,
        "token_ids": held,
    }
    if known is None:
        register.add_customer(**about)
    else:
        register.change_customer(customer_id=known.id, **about)


def _tokens(principal: Principal, text: str) -> list[int]:
    found = []
    for uid in filter(None, map(str.strip, text.splitlines())):
        token = tokens.token_by_uid(principal.operator_id, uid)
        if token is None:
            raise Refused("unknown-token", _("There is no token %s.") % uid)
        found.append(token.id)
    return found


def _field(code: str) -> str | None:
    """Beside which field a refusal stands; None: above the form."""
    return {"unknown-token": "tokens", "token-taken": "tokens", "group-taken": "group_uid"}.get(code)
