"""The alerts' pages in a real Chromium: no violation in either theme at either width, and no script needed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from tests.domain.notices.making import ADA, Crew, at
from tests.interfaces.console.conftest import Visit
from tests.plugins.axe import violations

from chargehand.domain.accounts.models import Operator
from chargehand.domain.notices import plans, queries, windows
from chargehand.domain.notices.duty import ShiftTime
from chargehand.domain.notices.models import Alert, Channel
from chargehand.domain.notices.plans import RouteTerms, Step
from chargehand.kernel import clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def crew(operator: Operator) -> Crew:
    """People with a rota, an escalation, a window, channels and messages of every state."""
    made = Crew(operator)
    mia, tom = made.person("Mia"), made.person("Tom")
    made.channel(mia, "ntfys://mia?bad", label="Mia's phone", quiet_from=at(22), quiet_to=at(7))
    shifts = [
        ShiftTime(weekday=day, starts=at(8), ends=at(20), user_id=mia if day % 2 else tom) for day in range(5)
    ]
    rota = plans.save_rota(
        operator_id=made.operator_id,
        rota_id=None,
        name="Working days",
        time_zone="Europe/Berlin",
        shifts=shifts,
        actor=ADA,
    )
    now = clock.now()
    plans.add_override(
        operator_id=made.operator_id,
        rota_id=rota,
        user_id=tom,
        starts_at=now,
        ends_at=now + timedelta(hours=4),
        reason="Swap",
        actor=ADA,
    )
    steps = (Step(wait_minutes=5, user_id=mia), Step(wait_minutes=10, rota_id=rota), Step(wait_minutes=15))
    policy = made.escalate(*steps, repeats=1, name="Around the clock")
    plans.save_routes(
        operator_id=made.operator_id,
        routes=[
            RouteTerms(policy_id=policy, least_severity=5, location_ids=(made.location_id,)),
            RouteTerms(policy_id=None, least_severity=9, weekdays=(5, 6)),
        ],
        actor=ADA,
    )
    made.opened(severity=0, kind="cable-cut")
    made.opened(severity=4)
    made.tell()
    windows.open_window(
        operator_id=made.operator_id,
        location_id=made.location_id,
        starts_at=now,
        ends_at=now + timedelta(hours=2),
        reason="New cables in bay 3",
        actor=ADA,
    )
    return made


def link_of(crew: Crew) -> str:
    found = re.search(r"http://localhost:8000(/a/\S+)", crew.provider.sent[0][1].body)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_of_the_alerts_has_a_violation_or_scrolls_sideways(
    visit: Visit, crew: Crew, scheme: str, width: int
) -> None:
    now = clock.now()
    [rota] = queries.rotas(crew.operator_id, now)
    [policy] = queries.policies(crew.operator_id)
    admin = visit("/console/", width=width, scheme=scheme)
    user_id = crew.admin_id()
    Channel.objects.update(user_id=user_id)
    channel = Channel.objects.get()
    paths = [
        *("/console/alerts/", "/console/alerts/rotas/add/", f"/console/alerts/rotas/{rota.id}/"),
        *("/console/alerts/escalation/", f"/console/alerts/escalation/{policy.id}/"),
        *("/console/alerts/windows/", "/console/alerts/log/", "/console/channels/"),
        *("/console/channels/add/", f"/console/channels/{channel.pk}/", link_of(crew)),
    ]
    origin = admin.url.partition("/console/")[0]
    found = {}
    for path in paths:
        admin.goto(f"{origin}{path}")
        admin.wait_for_timeout(300)
        wrong = violations(admin)
        if admin.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append("scrolls sideways")
        if wrong:
            found[path] = wrong
    assert found == {}


def test_somebody_takes_care_by_the_link_without_script_and_without_signing_in(
    visit: Visit, crew: Crew
) -> None:
    page = visit(link_of(crew), script=False, is_known=False)
    assert Alert.objects.filter(state="acknowledged").count() == 0
    page.click("button:text-is('I take care of it')")
    expect(page.locator("main")).to_contain_text("You take care of it, Tom.")
    assert Alert.objects.filter(state="acknowledged").count() == 1
