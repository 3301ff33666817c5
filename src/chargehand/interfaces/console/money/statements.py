"""Statements to fleets and site hosts: listed, read as PDF, and what was paid out to hosts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import actions, sharing, statement_register
from chargehand.domain.billing import statements as ledger
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.sharing import RuleView
from chargehand.interfaces.console import cursors, deeds, frame
from chargehand.interfaces.console.money import parts
from chargehand.kernel import clock


@require_GET
@parts.earnings()
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """A page of statements; who is bound to sites sees those of the hosts of these sites alone."""
    visible = hosts_of(principal)
    kind = request.GET.get("kind", "")
    before = cursors.read_number(request.GET.get("before", ""))
    page = statement_register.issued_statements(
        principal.operator_id,
        kind="host" if visible is not None else kind if kind in {"fleet", "host"} else "",
        host_ids=visible,
        before_id=before,
    )
    context = {
        "statements": page.statements,
        "kind": kind,
        "is_whole": visible is None,
        "payables": _payables(principal) if visible is None else [],
        "next_url": f"?kind={kind}&before={page.before_id}" if page.before_id else "",
        "first_url": f"?kind={kind}" if before else "",
    }
    return frame.show(request, principal, "console/money/statements.html", context)


@require_GET
@parts.earnings()
def file(_request: HttpRequest, principal: Principal, statement_id: int) -> HttpResponse:
    """The statement as PDF."""
    view = statement_register.issued_statement(principal.operator_id, statement_id)
    visible = hosts_of(principal)
    if view is None or (visible is not None and (view.kind != "host" or view.host_id not in visible)):
        raise Http404
    document = statement_register.statement_document(principal.operator_id, statement_id)
    if document is None:
        raise Http404
    return parts.send_document(document, "pdf", fallback=f"statement-{statement_id}")


@require_POST
@parts.whole(Permission.MONEY_EDIT)
def pay_out(request: HttpRequest, principal: Principal, host_id: int) -> HttpResponse:
    """Write down that a host was paid."""
    currency = request.POST.get("currency", "")
    owed = next(
        (each for each in _payables(principal) if (each["host_id"], each["currency"]) == (host_id, currency)),
        None,
    )
    if owed is None:
        raise Http404

    def record() -> object:
        return actions.record_payout(
            operator_id=principal.operator_id,
            host_id=host_id,
            currency=currency,
            amount_minor=parts.read_amount(request.POST.get("amount", ""), currency),
            reference=request.POST.get("reference", ""),
            actor=principal.actor,
        )

    return deeds.act(
        request,
        principal,
        record,
        target=reverse("console:statements"),
        done=_("The payout is written down."),
    )


def hosts_of(principal: Principal) -> Collection[int] | None:
    """The hosts whose statements may be seen; None: all.

    Bound to sites: those who have a share there, and never had one anywhere else, for a statement is about all
    sites of its host. Whose share ended keeps seeing what was stated, until another host has a share there.
    """
    if principal.location_ids is None:
        return None
    now = clock.now()
    rules = [rule for rule in sharing.rules(principal.operator_id) if rule.valid_from <= now]
    elsewhere = {rule.host_id for rule in rules if not principal.may_see_location(rule.location_id)}
    own = [rule for rule in rules if rule.host_id not in elsewhere]
    replaced = {
        rule.host_id
        for rule in own
        if rule.valid_until is not None and rule.valid_until <= now and _is_followed(rule, own)
    }
    current = {rule.host_id for rule in own if rule.valid_until is None or rule.valid_until > now}
    return current | ({rule.host_id for rule in own} - replaced)


def _is_followed(rule: RuleView, rules: Sequence[RuleView]) -> bool:
    """Tell whether another host got a share of the same site after this one."""
    return any(
        each.host_id != rule.host_id
        and each.location_id == rule.location_id
        and each.valid_from > rule.valid_from
        for each in rules
    )


def _payables(principal: Principal) -> list[dict[str, Any]]:
    """What hosts are owed by the ledger."""
    names = {host.id: host.party.name for host in sharing.hosts(principal.operator_id)}
    found = []
    for each in ledger.balances(principal.operator_id, kind=AccountKind.HOST_PAYABLE):
        number = cursors.read_number(each.detail.partition(":")[2])
        if number in names and each.posted_minor > 0:
            owed = parts.money(each.posted_minor, each.currency)
            found.append(
                {
                    "host_id": number,
                    "name": names[number],
                    "currency": each.currency,
                    "owed": owed,
                    "typed": f"{owed.amount:f}" if owed else "",
                }
            )
    return found
