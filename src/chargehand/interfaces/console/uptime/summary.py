"""Uptime in short, for other pages: first tries of the network, the last 90 days of a station."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Any, Final

from django.urls import reverse
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import attempt_days, availability
from chargehand.domain.health.availability import StripDay
from chargehand.domain.health.uptime_words import write_share

#: First tries of so many days stand on the overview.
OVERVIEW_DAYS: Final = 7
STRIP_DAYS: Final = 90

_LOOKS: Final = {"up": "ready", "partly": "attention", "down": "broken", "offline": "offline"}
_WORDS: Final[dict[str, Promise]] = {
    "up": gettext_lazy("Able to charge"),
    "partly": gettext_lazy("Partly able to charge"),
    "down": gettext_lazy("Out of order"),
    "offline": gettext_lazy("Not connected"),
    "unknown": gettext_lazy("Nothing known"),
    "not-in-operation": gettext_lazy("Not in operation"),
}


def first_try_figure(principal: Principal, now: datetime) -> dict[str, Any]:
    """The key figure of first tries; below 20 visits only counts."""
    good, visits = attempt_days.first_try(
        principal.operator_id,
        location_ids=principal.location_ids,
        since=now - timedelta(days=OVERVIEW_DAYS - 1),
        until=now,
    )
    share, _blank, counts = write_share(good, visits).partition(" % ")
    period = _("in %d days") % OVERVIEW_DAYS
    return {
        "label": _("First-try starts"),
        "value": share if visits else None,
        "unit": "%" if counts else "",
        "note": f"{counts.strip('()')} {period}" if counts else period,
        "url": reverse("console:uptime") if principal.may(Permission.REPORTS_VIEW) else "",
    }


def station_days(principal: Principal, station_id: int, now: datetime) -> dict[str, Any]:
    """The strip of a station's last days, and its first tries in them."""
    found = availability.availability_strip(principal.operator_id, station_id, now=now, days=STRIP_DAYS)
    days = list(dropwhile(lambda day: day.share is None, found))
    good, visits = attempt_days.first_try(
        principal.operator_id,
        station_id=station_id,
        since=now - timedelta(days=STRIP_DAYS - 1),
        until=now,
    )
    return {
        "strip": [_bar(day) for day in days],
        "strip_value": _mean(days),
        "first_try": write_share(good, visits),
        "strip_label": ngettext("Able to charge, %d day", "Able to charge, %d days", len(days)) % len(days),
    }


def _mean(days: Sequence[StripDay]) -> str:
    known = [day.share for day in days if day.share is not None]
    return f"{100 * sum(known) / len(known):.1f} %" if known else "–"


def _bar(day: StripDay) -> dict[str, str]:
    word = str(_WORDS[day.state])
    share = "" if day.share is None else f" ({100 * day.share:.0f} %)"
    return {
        "label": formats.date_format(day.day, "j M Y"),
        "state": _LOOKS.get(day.state, "unknown"),
        "word": f"{word}{share}" if day.state == "partly" else word,
        "kind": word,
    }
