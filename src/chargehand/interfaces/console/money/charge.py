"""One charge and its money: what it cost, how that was computed, by which tariff and meter, and what followed."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import formats as dates
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import charge_list, invoice_register, queries, receipts, statements
from chargehand.domain.billing.charge_list import ChargeRow
from chargehand.domain.billing.queries import PricedView
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.queries import TransactionDetail
from chargehand.domain.charging.signed_judgement import Judgement, judge
from chargehand.domain.tariffs import queries as tariffs
from chargehand.interfaces.console import door, evidence, finding, frame
from chargehand.interfaces.console.money import charges, ledger, parts, reckoning, words
from chargehand.interfaces.ui import formats


@require_GET
@door.needs(Permission.MONEY_VIEW)
def show(request: HttpRequest, principal: Principal, charge_id: int) -> HttpResponse:
    """The page of an ended charge."""
    detail, row = _find(principal, charge_id)
    priced = queries.standing_price(principal.operator_id, charge_id)
    known = queries.priced_cdrs(principal.operator_id, transaction_id=charge_id).priced
    fixed = queries.fixed_tariff(principal.operator_id, charge_id)
    reviews = queries.price_reviews(principal.operator_id, state="", transaction_id=charge_id).reviews
    issued = invoice_register.invoices_of_charge(principal.operator_id, charge_id)
    is_whole = principal.location_ids is None
    context = {
        "line": charges.as_lines(principal, [row])[0],
        "detail": detail,
        "priced": priced,
        "reckoning": None if priced is None else reckon(principal, priced),
        "fixed": fixed,
        "tariff": None
        if fixed is None or fixed.version_id is None
        else tariffs.version(principal.operator_id, fixed.version_id),
        "other_tariff": _other_tariff(principal, priced, fixed.version_id if fixed else None),
        "meter": _meter(detail, judge(principal.operator_id, detail)),
        "review": next((each for each in reviews if each.state == "open"), None),
        "waived": _waived(principal, row),
        "issued": [{"it": each, "look": words.INVOICE_STATES[each.state]} for each in issued],
        "legs": _legs(principal, priced) if is_whole else [],
        "history": _history(principal, known, charge_id),
        "receipt_url": receipts.receipt_url(receipts.receipt_key(principal.operator_id, charge_id)),
        "is_whole": is_whole,
        "crumbs": [(_("Charges"), reverse("console:charges"))],
    }
    return frame.show(request, principal, "console/money/charge.html", context)


def reckon(principal: Principal, priced: PricedView) -> dict[str, Any]:
    """How a price was computed, for a page."""
    version = tariffs.version(principal.operator_id, priced.version_id)
    rated = priced.rated
    return {
        "lines": reckoning.write_lines(rated),
        "parts": reckoning.write_parts(rated, version.tariff if version else None, priced.time_zone),
        "notes": reckoning.notes(rated),
        "before": parts.money(rated.before_minor, rated.currency),
        "tax": parts.money(rated.tax_minor, rated.currency),
        "after": parts.money(rated.after_minor, rated.currency),
        "zone": priced.time_zone,
    }


def price_of_session(principal: Principal, session_id: int) -> dict[str, Any] | None:
    """The price of a session for its own page; None for those who may not see money, and while it goes on."""
    if not principal.may(Permission.MONEY_VIEW):
        return None
    row = charge_list.charge_row(principal.operator_id, session_id)
    if row is None:
        return None
    return {
        "url": reverse("console:charges-page", args=[session_id]),
        "amount": parts.money(row.after_minor, row.currency),
        **words.outcome(row),
    }


def _find(principal: Principal, charge_id: int) -> tuple[TransactionDetail, ChargeRow]:
    detail = charging.transaction(principal.operator_id, charge_id)
    if detail is None or not finding.may_see(principal, detail.transaction.location_id):
        raise Http404
    row = charge_list.charge_row(principal.operator_id, charge_id)
    if row is None:
        raise Http404
    return detail, row


def _other_tariff(principal: Principal, priced: PricedView | None, fixed_id: int | None) -> Any:
    """The version that a person chose instead of the one fixed at the start; None where it is the same."""
    if priced is None or priced.version_id == fixed_id:
        return None
    return tariffs.version(principal.operator_id, priced.version_id)


def _meter(detail: TransactionDetail, judgement: Judgement) -> list[tuple[str, str | None]]:
    view = detail.transaction
    registers = [
        None if value is None else formats.write_energy(value, 3)
        for value in (view.meter_start_wh, view.meter_stop_wh, view.energy_wh)
    ]
    if not judgement.readings:
        verdict = _("The meter signed nothing.")
    elif judgement.is_billable:
        verdict = _("The signed readings prove this energy.")
    else:
        verdict = _("The signed readings do not prove the energy: %s") % judgement.reason
    terms = (_("Meter at the start"), _("Meter at the end"), _("Energy"))
    return [
        *zip(terms, registers, strict=True),
        (_("Signed"), verdict),
        (_("Began"), evidence.write_time(view.started_at)),
        (_("Ended"), evidence.write_time(view.ended_at)),
    ]


def _waived(principal: Principal, row: ChargeRow) -> dict[str, Any] | None:
    found = queries.waived_cdrs(principal.operator_id, row.id) if row.outcome == "waived" else []
    if not found:
        return None
    last = found[-1]
    return {"it": last, "sentence": words.WAIVED.get(last.reason, last.reason)}


def _legs(principal: Principal, priced: PricedView | None) -> list[dict[str, Any]]:
    """The entries by which the ledger says the price that stands."""
    if priced is None or priced.posting_id is None:
        return []
    posting = statements.posting(principal.operator_id, priced.posting_id)
    return [] if posting is None else ledger.legs_of(principal, posting)


def _history(principal: Principal, known: tuple[PricedView, ...], charge_id: int) -> list[dict[str, Any]]:
    """Prices, credits, waivers and reviews of a charge, newest first."""
    found: list[dict[str, Any]] = []
    for each in known:
        amount = formats.write_money(parts.money(each.rated.after_minor, each.rated.currency))
        text = _("Taken back: %s") if each.kind == "credit" else _("Priced: %s")
        by = _("by %s") % each.decided_by
        found.append({"time": timezone.localtime(each.priced_at), "text": text % amount, "detail": by})
    for waived in queries.waived_cdrs(principal.operator_id, charge_id):
        detail = f"{waived.decided_by} · {waived.note}" if waived.note else waived.decided_by
        text = str(words.WAIVED.get(waived.reason, waived.reason))
        found.append({"time": timezone.localtime(waived.waived_at), "text": text, "detail": detail})
    for review in queries.price_reviews(principal.operator_id, state="", transaction_id=charge_id).reviews:
        found.append(
            {
                "time": timezone.localtime(review.opened_at),
                "text": _("Put into review"),
                "detail": review.sentence,
            }
        )
        if review.resolved_at is not None:
            text = _("Review settled: %s") % words.RESOLUTIONS.get(review.resolution, review.resolution)
            detail = f"{review.resolved_by} · {review.note}"
            found.append({"time": timezone.localtime(review.resolved_at), "text": text, "detail": detail})
    for entry in found:
        entry["detail"] = f"{dates.date_format(entry['time'], 'j M Y')} · {entry['detail']}"
    return sorted(found, key=lambda each: each["time"], reverse=True)
