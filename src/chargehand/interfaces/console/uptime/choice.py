"""What a report is about: the scheme and month in the address, read and written."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest
from django.utils import timezone

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import uptime_report
from chargehand.domain.health.uptime.schemes import Scheme
from chargehand.domain.health.uptime_report import Period, Report

_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class Choice(msgspec.Struct, frozen=True):
    """A scheme and the month up to which it is asked for."""

    scheme: Scheme
    year: int
    month: int

    @property
    def text(self) -> str:
        """Return the month as a month field has it: 2025-06."""
        return f"{self.year}-{self.month:02}"

    @property
    def query(self) -> str:
        """Return it as part of an address."""
        return urlencode({"scheme": self.scheme, "month": self.text})

    def period(self, principal: Principal, now: datetime) -> Period:
        """Return the stretch that is reported on."""
        return uptime_report.period_of(principal.operator_id, self.scheme, self.year, self.month, now)

    def report(self, principal: Principal, now: datetime) -> Report:
        """Return the report on what the person may see."""
        return uptime_report.report(
            principal.operator_id,
            self.scheme,
            self.period(principal, now),
            now=now,
            location_ids=principal.location_ids,
        )


def read(request: HttpRequest, now: datetime) -> Choice:
    """Read the choice from an address; what makes no sense is NEVI and this month."""
    asked = request.GET.get("scheme")
    scheme: Scheme = next((each for each in uptime_report.SCHEMES if each == asked), "nevi")
    here = timezone.localtime(now)
    found = _MONTH.fullmatch(request.GET.get("month", ""))
    if found is None or (int(found[1]), int(found[2])) > (here.year, here.month):
        return Choice(scheme, here.year, here.month)
    return Choice(scheme, int(found[1]), int(found[2]))
