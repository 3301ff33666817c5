"""What the tariffs' pages share: finding a tariff within what the person may see, and its preview."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import queries as stations
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.cautions import find_cautions
from chargehand.domain.tariffs.elements import Tariff
from chargehand.domain.tariffs.views import AssignmentView, TariffVersionView, TariffView
from chargehand.interfaces.console import door
from chargehand.interfaces.console.tariffs import examples, week, words
from chargehand.interfaces.console.tariffs.forms import ExampleForm


def tariff(principal: Principal, tariff_id: int) -> TariffView:
    """The tariff with this id; Http404 where it is not the person's to see."""
    found = tariffs.tariff(principal.operator_id, tariff_id)
    if found is None:
        raise Http404
    if principal.location_ids is not None and not assignments(principal, tariff_id):
        raise Http404
    return found


def version(principal: Principal, tariff_id: int, version_id: int) -> TariffVersionView:
    """A version of a tariff that the person may see."""
    found = tariffs.version(principal.operator_id, version_id)
    if found is None or found.tariff_id != tariff(principal, tariff_id).id:
        raise Http404
    return found


def assignments(principal: Principal, tariff_id: int | None = None) -> list[AssignmentView]:
    """Assignments within what the person may see, newest first: those of their sites and everywhere."""
    found = tariffs.assignments(principal.operator_id, tariff_id=tariff_id)
    if principal.location_ids is None:
        return found
    site_of: dict[int, int | None] = {}
    for each in found:
        if each.station_id is not None and each.station_id not in site_of:
            station = stations.station(principal.operator_id, each.station_id)
            site_of[each.station_id] = station.location_id if station else None

    def is_seen(each: AssignmentView) -> bool:
        if each.station_id is None and each.location_id is None:
            return True
        location_id = each.location_id if each.station_id is None else site_of[each.station_id]
        return location_id is not None and principal.may_see_location(location_id)

    return [each for each in found if is_seen(each)]


def refuse_bound(request: HttpRequest, principal: Principal) -> HttpResponse | None:
    """Say no to those who see only some sites: a tariff may price all of them."""
    if principal.location_ids is None:
        return None
    return door.refuse(request, principal, Permission.TARIFFS_EDIT)


def preview(
    tariff: Tariff | None,
    example: ExampleForm,
    *,
    base: Tariff | None = None,
    problems: list[str] | None = None,
) -> dict[str, Any]:
    """What stands beside a tariff: words, table, example, warnings, and what a usual charge costs by `base`."""
    if tariff is None:
        return {"problems": problems or []}
    today = today_here()
    context: dict[str, Any] = {
        "card": words.card(tariff),
        "tax_word": words.tax_word(tariff),
        "dates": words.own_dates(tariff),
        "warnings": words.warnings(find_cautions(tariff)),
        "weeks": week.tables(tariff, today - dt.timedelta(days=today.weekday())),
        "depends_on_more": week.depends_on_more(tariff),
    }
    charges: tuple[examples.Charge, ...] = examples.USUAL
    zone = ZoneInfo(timezone.get_current_timezone_name())
    if example.is_valid():
        charge = examples.read_charge(example.cleaned_data)
        zone = ZoneInfo(example.cleaned_data["zone"])
        context["example"] = examples.explain(tariff, charge, zone, today)
        charges = (charge, *charges)
    if base is not None:
        context["comparison"] = examples.compare(base, tariff, charges, zone, today)
        context["is_same"] = not words.differences(base, tariff)
    return context


def today_here() -> dt.date:
    """The day of the operator's clock."""
    return timezone.localdate()


def crumbs(found: TariffView | None = None) -> list[tuple[str, str]]:
    """The way from the list to a page of a tariff."""
    top = [(_("Tariffs"), reverse("console:tariffs"))]
    return top if found is None else [*top, (found.name, reverse("console:tariffs-page", args=[found.id]))]


def zone_of(principal: Principal) -> str:
    """The time zone most examples are about: that of the first site, else the operator's."""
    sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
    return sites[0].time_zone if sites else timezone.get_current_timezone_name()
