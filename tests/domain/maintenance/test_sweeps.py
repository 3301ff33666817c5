"""What the timetable calls does its work."""

from datetime import timedelta

import pytest
from tests.domain.maintenance.yard import PAT, Yard

from chargehand.domain.maintenance import drift, log_files, orders, plans, profiles, risk_scores, sweeps
from chargehand.domain.maintenance.plans import PlanDetails
from chargehand.domain.maintenance.profiles import ProfileDetails
from chargehand.domain.maintenance.wanted import Wanted
from chargehand.domain.stations.commands import GetLog, GetReport
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def test_the_night_raises_what_is_due_and_computes_risks(yard: Yard) -> None:
    details = PlanDetails(name="Filter", checklist="cooling", measure="days", threshold=30)
    plans.save_plan(operator_id=yard.operator_id, details=details, actor=PAT)
    later = clock.now() + timedelta(days=31)
    assert [sweeps.plan_work(later) for _ in range(2)] == [1, 1]
    assert len(orders.work_orders(yard.operator_id)) == 1
    assert len(risk_scores.risks(yard.operator_id)) == 1


def test_the_minute_ends_uploads_and_the_hour_keeps_settings(yard: Yard) -> None:
    log_files.ask_for_log(
        operator_id=yard.operator_id, station_id=yard.station_id, kind="diagnostics", actor=PAT
    )
    assert isinstance(yard.talk.obey(), GetLog)
    sweeps.sweep_maintenance(clock.now() + timedelta(hours=4))
    assert log_files.logs_of(yard.operator_id, yard.station_id)[0].state == "expired"
    details = ProfileDetails(name="All", settings=(Wanted(name="X", value="1"),), is_enforced=True)
    profiles.save_profile(operator_id=yard.operator_id, details=details, actor=PAT)
    assert sweeps.keep_settings(clock.now()) == 1
    assert isinstance(yard.talk.obey(), GetReport)
    assert len(drift.drift(yard.operator_id)) == 1
