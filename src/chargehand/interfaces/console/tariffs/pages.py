"""Pages on which tariffs are read: the list, one tariff, what a version changed, its OCPI JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion
from chargehand.domain.tariffs.views import AssignmentView, TariffVersionView, TariffView
from chargehand.interfaces.console import door, frame
from chargehand.interfaces.console.tariffs import drafts, examples, parts, spots, typed, words
from chargehand.interfaces.console.tariffs.forms import ExampleForm
from chargehand.kernel import clock

MOST_ASSIGNMENTS: Final = 200
_DEEDS: Final = 30


@require_GET
@door.needs(Permission.TARIFFS_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All tariffs that the person may see."""
    now = clock.now()
    by_tariff: dict[int, list[AssignmentView]] = {}
    for each in parts.assignments(principal):
        by_tariff.setdefault(each.tariff_id, []).append(each)
    found = [
        each
        for each in tariffs.tariffs(principal.operator_id)
        if principal.location_ids is None or each.id in by_tariff
    ]
    context = {
        "lines": [
            {
                "it": each,
                "words": words.summary(each.current.tariff) if each.current else "",
                "where": _where(by_tariff.get(each.id, []), now),
            }
            for each in found
        ],
        "may_edit": _may_edit(principal),
    }
    return frame.show(request, principal, "console/tariffs/list.html", context)


@require_GET
@door.needs(Permission.TARIFFS_VIEW)
def show(request: HttpRequest, principal: Principal, tariff_id: int) -> HttpResponse:
    """One tariff: what it says now, where it counts, how it came about."""
    found = parts.tariff(principal, tariff_id)
    versions = tariffs.versions(principal.operator_id, tariff_id)
    shown = found.current or versions[0]
    zone = parts.zone_of(principal)
    said = typed.read_example(request.GET, dict(examples.default_texts(zone)))
    example: ExampleForm = drafts.fill(ExampleForm, said, "ex", is_checked=True)
    context = parts.preview(shown.tariff, example) | {
        "tariff": found,
        "shown": shown,
        "example_form": example,
        "versions": [_version_line(each, found, clock.now()) for each in versions],
        "deeds": audit.list_audit(principal.operator_id, subject=f"tariff:{tariff_id}", limit=_DEEDS).entries
        if principal.may(Permission.AUDIT_VIEW)
        else (),
        "crumbs": parts.crumbs(),
        "may_edit": _may_edit(principal),
        **_assignment_lines(principal, tariff_id),
    }
    return frame.show(request, principal, "console/tariffs/tariff.html", context)


@require_GET
@door.needs(Permission.TARIFFS_VIEW)
def show_version(request: HttpRequest, principal: Principal, tariff_id: int, version_id: int) -> HttpResponse:
    """What a version says, and what it changed against another one: the one before it, or `against`."""
    found = parts.tariff(principal, tariff_id)
    shown = parts.version(principal, tariff_id, version_id)
    others = [each for each in tariffs.versions(principal.operator_id, tariff_id) if each.id != version_id]
    wanted = request.GET.get("against", "")
    base = next((each for each in others if str(each.id) == wanted), None) or next(
        (each for each in others if each.number < shown.number), None
    )
    zone = parts.zone_of(principal)
    said = dict(examples.default_texts(zone))
    example: ExampleForm = drafts.fill(ExampleForm, said, "ex", is_checked=True)
    old = None if base is None else base.tariff
    context = parts.preview(shown.tariff, example, base=old) | {
        "tariff": found,
        "shown": shown,
        "base": base,
        "others": others,
        "rows": words.differences(old, shown.tariff),
        "crumbs": parts.crumbs(found),
    }
    return frame.show(request, principal, "console/tariffs/version.html", context)


@require_GET
@door.needs(Permission.TARIFFS_VIEW)
def download(
    request: HttpRequest, principal: Principal, tariff_id: int, version_id: int, ocpi: str
) -> HttpResponse:
    """A version as OCPI JSON; 409 with the reason where that version of OCPI cannot say it."""
    shown = parts.version(principal, tariff_id, version_id)
    if ocpi not in {each.value for each in OcpiVersion}:
        raise Http404
    try:
        text = tariffs.version_json(principal.operator_id, shown.id, OcpiVersion(ocpi))
    except TariffError as error:
        found = parts.tariff(principal, tariff_id)
        context = {"sentence": str(error), "crumbs": parts.crumbs(found), "ocpi": ocpi}
        return frame.show(request, principal, "console/tariffs/no_download.html", context, status=409)
    name = f"tariff-{shown.ocpi_id}-v{shown.number}-ocpi-{ocpi}.json"
    safe = "".join(each if each.isalnum() or each in "-." else "_" for each in name)
    headers = {"Content-Disposition": f'attachment; filename="{safe}"'}
    return HttpResponse(text or b"", content_type="application/json", headers=headers)


def _may_edit(principal: Principal) -> bool:
    return principal.may(Permission.TARIFFS_EDIT) and principal.location_ids is None


def _version_line(each: TariffVersionView, found: TariffView, now: datetime) -> dict[str, Any]:
    state, word = "offline", _("Over")
    if found.current is not None and each.id == found.current.id:
        state, word = "ready", _("In force")
    elif each.valid_from > now:
        state, word = "reserved", _("To come")
    return {"it": each, "state": state, "word": word}


def _assignment_lines(principal: Principal, tariff_id: int) -> dict[str, Any]:
    now = clock.now()
    found = parts.assignments(principal, tariff_id)
    counting = [each for each in found if not _is_over(each, now)]
    over = [each for each in found if _is_over(each, now)]

    def line(each: AssignmentView) -> dict[str, Any]:
        is_over = _is_over(each, now)
        is_to_come = not is_over and each.valid_from > now
        return {"it": each, "where": spots.say(principal, each), "is_over": is_over, "is_to_come": is_to_come}

    return {
        "counting": [line(each) for each in counting[:MOST_ASSIGNMENTS]],
        "more_counting": max(0, len(counting) - MOST_ASSIGNMENTS),
        "over": [line(each) for each in over[:MOST_ASSIGNMENTS]],
    }


def _is_over(each: AssignmentView, now: datetime) -> bool:
    return each.valid_until is not None and each.valid_until <= now


def _where(found: list[AssignmentView], now: datetime) -> str:
    """Where a tariff counts, in numbers: "everywhere", "3 sites, 2 chargers, for 1 token group"."""
    counting = [each for each in found if not _is_over(each, now)]
    said = []
    sites = len({each.location_id for each in counting if each.location_id is not None})
    chargers = len({each.station_id for each in counting if each.station_id is not None})
    groups = len({each.token_group for each in counting if each.token_group})
    if any(each.location_id is None and each.station_id is None for each in counting):
        said.append(_("everywhere"))
    if sites:
        said.append(ngettext("%d site", "%d sites", sites) % sites)
    if chargers:
        said.append(ngettext("%d charger", "%d chargers", chargers) % chargers)
    if groups:
        said.append(ngettext("for %d token group", "for %d token groups", groups) % groups)
    return ", ".join(said)
