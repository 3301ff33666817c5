"""What stands around every page: navigation, search, the person's menu, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import objections, second_person
from chargehand.domain.billing import queries as billing
from chargehand.domain.charging import repair_queue
from chargehand.domain.health import incident_list
from chargehand.domain.maintenance import orders
from chargehand.domain.stations import approval
from chargehand.interfaces.console import wording


class Entry(NamedTuple):
    """A line of the navigation. `section` is the first part of the names of its pages."""

    section: str
    label: Promise
    icon: str
    permission: Permission
    key: str = ""
    group: str | Promise = ""
    #: Whether it concerns the whole network, so that who is bound to sites has no way in.
    is_whole: bool = False
    #: Whether site hosts come in, whatever their permissions, for what concerns their sites.
    is_of_hosts: bool = False


#: A count beside a line of the navigation goes no further.
MOST_COUNTED: Final = 100
COUNTED: Final = frozenset({"waiting", "incidents", "work", "repairs", "reviews"})

_BILLING = gettext_lazy("Billing")
_MAINTENANCE = gettext_lazy("Maintenance")
_SETTINGS = gettext_lazy("Settings")

ENTRIES: Final = (
    Entry("overview", gettext_lazy("Overview"), "overview", Permission.STATIONS_VIEW, "o"),
    Entry("stations", gettext_lazy("Stations"), "station", Permission.STATIONS_VIEW, "s"),
    Entry("incidents", gettext_lazy("Incidents"), "incident", Permission.INCIDENTS_VIEW, "i"),
    Entry("work", gettext_lazy("Work orders"), "work", Permission.WORK_VIEW, "j"),
    Entry("sessions", gettext_lazy("Sessions"), "session", Permission.SESSIONS_VIEW, "c"),
    Entry("waiting", gettext_lazy("Waiting stations"), "bell", Permission.STATIONS_APPROVE, "w"),
    Entry("repairs", gettext_lazy("Repair queue"), "work", Permission.SESSIONS_REPAIR, "r"),
    Entry("tokens", gettext_lazy("Tokens"), "token", Permission.TOKENS_VIEW, "t"),
    Entry("tariffs", gettext_lazy("Tariffs"), "tariff", Permission.TARIFFS_VIEW),
    Entry("uptime", gettext_lazy("Uptime"), "analytics", Permission.REPORTS_VIEW, "u"),
    Entry("locations", gettext_lazy("Sites"), "site", Permission.STATIONS_VIEW, "l"),
    Entry("charges", gettext_lazy("Charges"), "billing", Permission.MONEY_VIEW, "b", _BILLING),
    Entry(
        "reviews", gettext_lazy("Review queue"), "filter", Permission.MONEY_VIEW, "", _BILLING, is_whole=True
    ),
    Entry("invoices", gettext_lazy("Invoices"), "log", Permission.MONEY_VIEW, "", _BILLING, is_whole=True),
    Entry("customers", gettext_lazy("Customers"), "user", Permission.MONEY_VIEW, "", _BILLING, is_whole=True),
    Entry(
        *("statements", gettext_lazy("Statements"), "download", Permission.MONEY_VIEW, "", _BILLING),
        is_of_hosts=True,
    ),
    Entry("ledger", gettext_lazy("Ledger"), "grid", Permission.MONEY_VIEW, "", _BILLING, is_whole=True),
    Entry(
        *("revenue", gettext_lazy("Revenue"), "analytics", Permission.MONEY_VIEW, "", _BILLING),
        is_of_hosts=True,
    ),
    Entry(
        "billing",
        gettext_lazy("Billing settings"),
        "settings",
        Permission.MONEY_VIEW,
        "",
        _BILLING,
        is_whole=True,
    ),
    Entry("risks", gettext_lazy("Likely to fail"), "analytics", Permission.WORK_VIEW, "", _MAINTENANCE),
    Entry("plans", gettext_lazy("Preventive plans"), "work", Permission.WORK_VIEW, "", _MAINTENANCE),
    Entry(
        *("firmware", gettext_lazy("Firmware"), "firmware", Permission.STATIONS_CONFIGURE, ""),
        _MAINTENANCE,
        is_whole=True,
    ),
    Entry(
        *("profiles", gettext_lazy("Wanted settings"), "settings", Permission.STATIONS_CONFIGURE, ""),
        _MAINTENANCE,
    ),
    Entry("logs", gettext_lazy("Logs"), "log", Permission.WORK_EDIT, "", _MAINTENANCE),
    Entry("people", gettext_lazy("People"), "people", Permission.PEOPLE_VIEW, "p", _SETTINGS),
    Entry("keys", gettext_lazy("API keys"), "lock", Permission.KEYS_EDIT, "k", _SETTINGS),
    Entry("alerts", gettext_lazy("Alerts"), "bell", Permission.ALERTS_EDIT, "", _SETTINGS),
    Entry("channels", gettext_lazy("My alerts"), "phone", Permission.INCIDENTS_VIEW, "", _SETTINGS),
    Entry("recovery", gettext_lazy("Recovery"), "refresh", Permission.STATIONS_EDIT, "", _SETTINGS),
    Entry("audit", gettext_lazy("Audit"), "log", Permission.AUDIT_VIEW, "a", _SETTINGS),
)


def show(
    request: HttpRequest,
    principal: Principal,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Answer with a whole page."""
    return render(request, template, {**frame(request, principal), **context}, status=status)


def show_part(
    request: HttpRequest, principal: Principal, template: str, context: Mapping[str, Any]
) -> HttpResponse:
    """Answer with a part of a page, for a live page that asks again."""
    return render(request, template, {"principal": principal, "may": permissions(principal), **context})


def permissions(principal: Principal) -> dict[str, bool]:
    """What a person may do, by names a template can say: `may.stations_command`."""
    return {each.value.replace(".", "_"): principal.may(each) for each in Permission}


def frame(request: HttpRequest, principal: Principal) -> dict[str, Any]:
    """The context that `ui/console.html` reads."""
    return {
        "principal": principal,
        "may": permissions(principal),
        "nav": [_line(request, entry, principal) for entry in ENTRIES if _is_open(entry, principal)],
        "news_url": _news_url(request),
        "counts_url": reverse("console:counts"),
        "search_url": reverse("console:search"),
        "home_url": reverse("console:overview"),
        "brand": principal.operator_name,
        "role_word": wording.role_word(principal.role),
        "zone": timezone.get_current_timezone_name(),
        "user_name": principal.actor.name,
        "user_note": f"{wording.role_word(principal.role)} · {principal.operator_name}",
        "signout_url": reverse("account_logout"),
        "user_links": [
            {"label": _("Your account"), "url": reverse("console:account"), "icon": "user"},
        ],
    }


def counted(principal: Principal) -> list[dict[str, Any]]:
    """The counts beside the lines of the navigation, of those a person sees."""
    return [
        _counted(entry.section, principal)
        for entry in ENTRIES
        if entry.section in COUNTED and _is_open(entry, principal)
    ]


def _news_url(request: HttpRequest) -> str:
    """Where the page hears news: of its station, if it is about one."""
    match = request.resolver_match
    station_id = match.kwargs.get("station_id") if match else None
    return reverse("console:news") + (f"?station={station_id}" if station_id else "")


def _is_open(entry: Entry, principal: Principal) -> bool:
    if entry.is_whole and principal.location_ids is not None:
        return False
    return principal.may(entry.permission) or (entry.is_of_hosts and principal.role is Role.SITE_HOST)


def _line(request: HttpRequest, entry: Entry, principal: Principal) -> dict[str, Any]:
    match = request.resolver_match
    here = (match.url_name or "") if match else ""
    line = {
        "label": entry.label,
        "url": reverse(f"console:{entry.section}"),
        "icon": entry.icon,
        "current": here == entry.section or here.startswith(f"{entry.section}-"),
        "key": entry.key,
        "group": entry.group,
    }
    return line | _counted(entry.section, principal) if entry.section in COUNTED else line


def _counted(section: str, principal: Principal) -> dict[str, Any]:
    count, label = _count(section, principal)
    return {"count": count, "count_label": label, "urgent": bool(count), "count_id": f"count-{section}"}


def _count(section: str, principal: Principal) -> tuple[int, str]:
    if section == "waiting":
        return len(approval.waiting_for(principal)), _("waiting for approval")
    if section == "incidents":
        counts = incident_list.count_incidents(principal.operator_id, location_ids=principal.location_ids)
        return counts.open, _("open incidents")
    if section == "work":
        free = orders.open_counts(principal.operator_id, location_ids=principal.location_ids)
        return free.get("open", 0), _("work orders that nobody has")
    if section == "repairs":
        cases = repair_queue.open_case_counts(principal.operator_id, location_ids=principal.location_ids)
        return sum(cases.values()), _("open cases")
    if section == "reviews":
        reviews = billing.price_reviews(principal.operator_id, limit=MOST_COUNTED).reviews
        said = objections.objections(principal.operator_id, limit=MOST_COUNTED).objections
        asked = second_person.credit_requests(principal.operator_id)
        return len(reviews) + len(said) + len(asked), _("to decide")
    return 0, ""
