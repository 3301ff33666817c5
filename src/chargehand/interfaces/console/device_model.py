"""What a station told of its settings, a page at a time: 1.6 has dozens of keys, 2.x hundreds of variables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import queries, secrets
from chargehand.domain.stations.queries import StationView, VariableView
from chargehand.interfaces.console import cursors, station

PER_PAGE: Final = 100
#: The component under which keys of 1.6 stand, which have none.
V16: Final = "OCPP16"


def page(request: HttpRequest, principal: Principal, view: StationView) -> dict[str, Any]:
    """The settings that the filters in the address let through, from the place it names."""
    text, component = request.GET.get("q", "").strip(), request.GET.get("component", "")
    found = queries.variables(principal.operator_id, view.id, search=text)
    parts = Counter(one.component for one in found)
    if component:
        found = [one for one in found if one.component == component]
    first = min(cursors.read_number(request.GET.get("from", "")) or 0, len(found))
    shown = found[first : first + PER_PAGE]
    given = {name: value for name, value in (("q", text), ("component", component)) if value}
    letters = plug_letters(view)
    return {
        "variables": [_line(one, letters) for one in shown],
        "q": text,
        "component": component,
        "components": sorted((name, count) for name, count in parts.items() if name != V16),
        "is_filtered": bool(given),
        "told_at": min((one.reported_at for one in shown), default=None),
        "range": _range(first, len(shown), len(found)),
        "next_url": _url(given, first + PER_PAGE) if first + PER_PAGE < len(found) else "",
        "previous_url": _url(given, max(0, first - PER_PAGE)) if first else "",
    }


def plug_letters(view: StationView) -> dict[int, str]:
    """The plugs of each outlet in words: "plug A", or "plugs A, B" where one at a time can charge."""
    letters: dict[int, list[str]] = {}
    for letter, plug in station.lettered(view):
        letters.setdefault(plug.evse, []).append(letter)
    return {
        evse: _("plug %s") % each[0] if len(each) == 1 else _("plugs %s") % ", ".join(each)
        for evse, each in letters.items()
    }


def _line(one: VariableView, letters: Mapping[int, str]) -> dict[str, Any]:
    where = letters.get(one.evse, _("outlet %d") % one.evse) if one.evse else ""
    return {
        "it": one,
        "component": "" if one.component == V16 else one.component,
        "where": where,
        "is_secret": one.name in secrets.PASSWORD_VARIABLES,
    }


def _range(first: int, count: int, total: int) -> str:
    if total <= PER_PAGE:
        return ""
    return _("%(first)d to %(last)d of %(total)d") % {
        "first": first + 1,
        "last": first + count,
        "total": total,
    }


def _url(given: Mapping[str, str], first: int) -> str:
    return "?" + urlencode({**given, **({"from": first} if first else {})})
