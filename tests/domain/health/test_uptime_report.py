"""Reports: figures of repair from incidents and alerts, ports of several connectors, intervals that add up."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.domain.health.incident_making import find, make_talk, take

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import first_alerts, uptime_report, uptime_settling
from chargehand.domain.health.exclusions import suggest
from chargehand.domain.health.models import Incident
from chargehand.domain.health.uptime.schemes import Scheme
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

SCHEMES: tuple[Scheme, ...] = uptime_report.SCHEMES
#: A report of this month or year holds the day before.
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def test_failures_are_told_in_time_by_the_first_message(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    now = clock.now()
    took = now - timedelta(hours=3)
    [cut] = take(find([talk], "cable-cut", at=took, since=took))
    first_alerts.note_alerted(incident_ids=[cut.pk, 10**9], at=took + timedelta(minutes=12))
    first_alerts.note_alerted(incident_ids=[cut.pk], at=now)
    Incident.objects.filter(pk=cut.pk).update(state="resolved", resolved_at=took + timedelta(hours=2))
    take(find([talk], "contact-resistance-rise", evse=2, at=took, since=took))
    here = clock.now()
    period = uptime_report.period_of(operator.pk, "nevi", here.year, here.month, here)
    found = uptime_report.report(operator.pk, "nevi", period, now=here).repairs
    assert (found.failures, found.told, found.mttr) == (1, (1, 1), timedelta(hours=2))
    assert found.remote == (1, 1)
    assert suggest(operator.pk, [cut.pk])[cut.pk].reason == "vandalism"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_intervals_add_up_to_the_figure(operator: Operator, scheme: Scheme) -> None:
    talk = make_talk(operator, "1")
    now = clock.now()
    talk.status("Faulted", at=now - timedelta(hours=9))
    talk.status("Available", at=now - timedelta(hours=2))
    uptime_settling.settle_operator(operator.pk, now)
    period = uptime_report.period_of(operator.pk, scheme, now.year, now.month, now)
    port = uptime_report.port_of(operator.pk, period, talk.station_id, 1)
    assert port is not None
    lost = sum((each.until - each.since for each in uptime_report.intervals(port, scheme)), timedelta(0))
    assert lost == uptime_report.outage_of(port, scheme).outage
    assert lost >= timedelta(hours=7)
    halves = [
        uptime_report.outage_of(port, scheme, half).outage
        for half in ((period.since, now - timedelta(hours=5)), (now - timedelta(hours=5), now))
    ]
    assert sum(halves, timedelta(0)) == lost


def test_the_british_year_is_the_calendars_and_nevi_looks_back_twelve_months(operator: Operator) -> None:
    now = clock.now()
    british = uptime_report.period_of(operator.pk, "united-kingdom", 2024, 5, now)
    nevi = uptime_report.period_of(operator.pk, "nevi", 2024, 5, now)
    assert (british.until - british.since, len(british.months)) == (timedelta(days=366), 12)
    assert nevi.months[-1][1] == nevi.until
    # June to May over a leap day; clocks went forward and back in between, so that the days even out.
    assert nevi.until - nevi.since == timedelta(days=366)
