"""The days a page is about, from its address: two dates of the operator's zone, both included."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from chargehand.kernel import clock

#: No page adds up more than two years at once.
MOST_DAYS: Final = 731


class Days(msgspec.Struct, frozen=True):
    """First and last day, both included; `begins` and `ends` are the moments around them."""

    since: date
    until: date

    @property
    def begins(self) -> datetime:
        """When the first day begins."""
        return timezone.make_aware(datetime.combine(self.since, time()))

    @property
    def ends(self) -> datetime:
        """When the day after the last one begins."""
        return timezone.make_aware(datetime.combine(self.until + timedelta(days=1), time()))

    @property
    def count(self) -> int:
        """How many days."""
        return (self.until - self.since).days + 1

    def before(self, days: int) -> Days:
        """As many days, so many days earlier."""
        step = timedelta(days=days)
        return Days(self.since - step, self.until - step)


def today() -> date:
    """The day that it is in the operator's zone."""
    return timezone.localdate(clock.now())


def read_days(request: HttpRequest, default: int = 28) -> Days:
    """The days of an address; the last `default` ones where it names none, or names nonsense."""
    until = _read(request.GET.get("until", "")) or today()
    since = _read(request.GET.get("since", "")) or until - timedelta(days=default - 1)
    if since > until:
        since, until = until, since
    return Days(max(since, until - timedelta(days=MOST_DAYS - 1)), until)


def choices(days: Days) -> list[dict[str, Any]]:
    """Today, 7 and 28 days, as links tell them."""
    last = today()
    offered = ((1, _("Today")), (7, _("7 days")), (28, _("28 days")))
    found = []
    for count, label in offered:
        since = last - timedelta(days=count - 1)
        query = f"since={since.isoformat()}&until={last.isoformat()}"
        found.append({"label": label, "query": query, "current": days == Days(since, last)})
    return found


def _read(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None
