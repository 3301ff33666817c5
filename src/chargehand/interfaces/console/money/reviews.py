"""The review queue: charges that are not billed before a person decides, with what each decision would cost."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import actions, charge_list, previews, queries
from chargehand.domain.billing.previews import PricePreview
from chargehand.domain.billing.queries import PriceReviewView
from chargehand.domain.charging import repair_queue
from chargehand.domain.tariffs import queries as tariffs
from chargehand.interfaces.console import cursors, deeds, frame
from chargehand.interfaces.console.money import charges, parts, reckoning, requests, words
from chargehand.kernel.errors import Refused
from chargehand.kernel.money import Money

MOST: Final = 500
#: Charges of less energy can be waived several at once, Wh.
TINY_WH: Final = 1000


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What waits, the oldest first; or what was settled, the newest first."""
    state = "resolved" if request.GET.get("state") == "resolved" else "open"
    before = cursors.read_number(request.GET.get("before", ""))
    limit = MOST if state == "open" else 50
    page = queries.price_reviews(principal.operator_id, state=state, before_id=before, limit=limit)
    found = reversed(page.reviews) if state == "open" else page.reviews
    context = {
        **(requests.waiting_context(principal) if state == "open" and not before else {}),
        "lines": _lines(principal, list(found)),
        "state": state,
        "open_count": count_open(principal.operator_id) + requests.count_waiting(principal.operator_id),
        "next_url": f"?state={state}&before={page.before_id}" if page.before_id else "",
        "first_url": f"?state={state}" if before else "",
    }
    return frame.show(request, principal, "console/money/reviews.html", context)


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def show(request: HttpRequest, principal: Principal, review_id: int) -> HttpResponse:
    """What is known of one, what we suggest, and what each decision would cost."""
    review = _find(principal, review_id)
    chosen = cursors.read_number(request.GET.get("version", ""))
    found, refusal = _preview(principal, review_id, chosen) if review.state == "open" else (None, "")
    row = charge_list.charge_row(principal.operator_id, review.transaction_id)
    cases = repair_queue.repair_cases(
        principal.operator_id, state="open", transaction_id=review.transaction_id
    ).cases
    context = {
        "review": review,
        "kind": words.KINDS.get(review.kind, review.kind),
        "line": charges.as_lines(principal, [row])[0] if row else None,
        "evidence": words.evidence(review.evidence),
        "suggestion": words.SUGGESTIONS.get(review.suggestion, ""),
        "resolution": words.RESOLUTIONS.get(review.resolution, review.resolution),
        "repair": cases[0] if cases else None,
        "preview": None if found is None else _shown(found),
        "refusal": refusal,
        "versions": _versions(principal),
        "chosen": chosen or (found.version.id if found else None),
        "crumbs": [(_("Review queue"), reverse("console:reviews"))],
    }
    return frame.show(request, principal, "console/money/review.html", context)


@require_POST
@parts.whole(Permission.MONEY_EDIT)
def decide(request: HttpRequest, principal: Principal, review_id: int, name: str) -> HttpResponse:
    """Price a charge, by the tariff that was shown, or bill nothing for it."""
    review = _find(principal, review_id)
    about: dict[str, Any] = {
        "operator_id": principal.operator_id,
        "review_id": review_id,
        "actor": principal.actor,
        "note": request.POST.get("note", ""),
    }
    if name == "waive":
        done = _("Settled: nothing is billed for this charge.")
        return _act(request, principal, review, lambda: actions.waive_review(**about), done)
    if name != "price":
        raise Http404
    version = cursors.read_number(request.POST.get("version", ""))
    shown = request.POST.get("shown", "")

    def price() -> object:
        told = previews.preview_price(principal.operator_id, review_id, version_id=version)
        if shown != _fingerprint(told):
            raise Refused(
                "price-changed", _("The price is another one by now. Look at it and confirm again.")
            )
        return actions.price_review(**about, version_id=version)

    return _act(request, principal, review, price, _("Settled: the charge is priced and will be billed."))


@require_GET
@parts.whole(Permission.MONEY_EDIT)
def confirm_waivers(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What billing nothing for the chosen charges would give up, before it is done."""
    lines = [
        line for line in _lines(principal, _chosen(principal, request.GET.getlist("id"))) if line["is_tiny"]
    ]
    sums: dict[str, int] = {}
    for line in lines:
        found, _refusal = _preview(principal, line["it"].id, None)
        line["amount"] = None if found is None else Money(found.rated.after_minor, found.rated.currency)
        if found is not None:
            currency = found.rated.currency
            sums[currency] = sums.get(currency, 0) + found.rated.after_minor
    context = {
        "lines": lines,
        "sums": [Money(minor, currency) for currency, minor in sorted(sums.items())],
        "crumbs": [(_("Review queue"), reverse("console:reviews"))],
    }
    return frame.show(request, principal, "console/money/waivers.html", context)


@require_POST
@parts.whole(Permission.MONEY_EDIT)
def waive_several(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Bill nothing for the chosen charges, all or none of them."""
    chosen = [
        line["it"]
        for line in _lines(principal, _chosen(principal, request.POST.getlist("id")))
        if line["is_tiny"]
    ]

    def waive() -> None:
        if not chosen:
            raise Refused("none-chosen", _("Choose at least one charge."))
        for review in chosen:
            actions.waive_review(
                operator_id=principal.operator_id,
                review_id=review.id,
                actor=principal.actor,
                note=request.POST.get("note", ""),
            )

    done = _("Settled: nothing is billed for %d charges.") % len(chosen)
    return deeds.act(request, principal, waive, target=reverse("console:reviews"), done=done)


def count_open(operator_id: int) -> int:
    """How many wait, at most 500."""
    return len(queries.price_reviews(operator_id, limit=MOST).reviews)


def _act(
    request: HttpRequest, principal: Principal, review: PriceReviewView, deed: Any, done: str
) -> HttpResponse:
    target = reverse("console:reviews-page", args=[review.id])
    return deeds.act(request, principal, deed, target=target, done=done)


def _find(principal: Principal, review_id: int) -> PriceReviewView:
    found = queries.price_review(principal.operator_id, review_id)
    if found is None:
        raise Http404
    return found


def _chosen(principal: Principal, said: list[str]) -> list[PriceReviewView]:
    numbers = dict.fromkeys(number for each in said[:MOST] if (number := cursors.read_number(each)))
    found = [queries.price_review(principal.operator_id, number) for number in numbers]
    return [review for review in found if review is not None and review.state == "open"]


def _lines(principal: Principal, found: list[PriceReviewView]) -> list[dict[str, Any]]:
    letters = charges.Letters(principal.operator_id)
    lines = []
    for review in found:
        row = charge_list.charge_row(principal.operator_id, review.transaction_id)
        energy = None if row is None else row.energy_wh
        lines.append(
            {
                "it": review,
                "kind": words.KINDS.get(review.kind, review.kind),
                "suggestion": words.SUGGESTIONS.get(review.suggestion, ""),
                "resolution": words.RESOLUTIONS.get(review.resolution, review.resolution),
                "row": row,
                "place": "" if row is None else charges.place(row, letters),
                "is_tiny": energy is not None and energy < TINY_WH,
            }
        )
    return lines


def _preview(principal: Principal, review_id: int, version_id: int | None) -> tuple[PricePreview | None, str]:
    try:
        return previews.preview_price(principal.operator_id, review_id, version_id=version_id), ""
    except Refused as refusal:
        return None, refusal.sentence


def _shown(found: PricePreview) -> dict[str, Any]:
    rated = found.rated
    replaced = found.replaced.rated if found.replaced else None
    return {
        "version": found.version,
        "lines": reckoning.write_lines(rated),
        "before": parts.money(rated.before_minor, rated.currency),
        "tax": parts.money(rated.tax_minor, rated.currency),
        "after": parts.money(rated.after_minor, rated.currency),
        "replaced": None if replaced is None else parts.money(replaced.after_minor, replaced.currency),
        "fingerprint": _fingerprint(found),
    }


def _fingerprint(found: PricePreview) -> str:
    """What was shown, so that nothing else is confirmed."""
    return f"{found.version.id}:{found.rated.after_minor}{found.rated.currency}"


def _versions(principal: Principal) -> list[tuple[int, str]]:
    """All versions of all tariffs, the newest of each first."""
    return [
        (version.id, _("%(name)s, version %(number)d") % {"name": version.name, "number": version.number})
        for tariff in tariffs.tariffs(principal.operator_id)
        for version in tariffs.versions(principal.operator_id, tariff.id)
    ]
