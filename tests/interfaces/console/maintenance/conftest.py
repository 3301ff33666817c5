"""A small network with jobs, plans, risks, a campaign, logs and wanted settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chargehand.domain.accounts.models import Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import campaigns, log_files, plans, profiles, risk_scores, work
from chargehand.domain.maintenance.campaigns import Choice, ImageDetails, Plan
from chargehand.domain.maintenance.models import PlanMark, RiskScore
from chargehand.domain.maintenance.plans import PlanDetails
from chargehand.domain.maintenance.profiles import ProfileDetails
from chargehand.domain.maintenance.wanted import Wanted
from chargehand.domain.maintenance.work import NewOrder
from chargehand.domain.stations.models import ChargingStation
from chargehand.kernel import clock

KIM = Actor("user", None, "Kim")
Raise = Callable[..., int]


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> None:
    settings.STORAGE_DIR = tmp_path / "storage"


@pytest.fixture
def raise_order(operator: Operator, station: ChargingStation) -> Raise:
    """Raise a work order at plug A of the station."""

    def make(title: str = "Look at the cable", **more: Any) -> int:
        wanted: dict[str, Any] = {"station_id": station.pk, "evse": 1, "title": title, **more}
        return work.raise_order(operator_id=operator.pk, order=NewOrder(**wanted), actor=KIM)

    return make


@pytest.fixture
def campaign(operator: Operator, station: ChargingStation, add_station: Any) -> int:
    """A campaign that brings version 2.4.0 to two stations."""
    add_station("4108")
    image = campaigns.register_image(
        operator_id=operator.pk,
        details=ImageDetails(
            vendor="Voltwerk", model="Duo 22", version="2.4.0", url="https://files.example.org/duo-2.4.0.bin"
        ),
        actor=KIM,
    )
    return campaigns.plan_campaign(
        operator_id=operator.pk,
        name="Duo to 2.4.0",
        image_id=image,
        choice=Choice(),
        plan=Plan(shares=(50.0, 50.0)),
        actor=KIM,
    )


@pytest.fixture
def network(operator: Operator, station: ChargingStation, raise_order: Raise, campaign: int) -> None:
    """Something on each page."""
    raise_order(why="Three of the last four charges began without current.", priority=1)
    raise_order("Exchange the fan", checklist="cooling", priority=0)
    plan = plans.save_plan(
        operator_id=operator.pk,
        details=PlanDetails(
            name="Yearly safety test", checklist="safety-test", measure="days", threshold=365
        ),
        actor=KIM,
    )
    plans.raise_due(clock.now())
    plans.mark_done(
        operator_id=operator.pk,
        plan_id=plan,
        station_id=station.pk,
        at=clock.now() - timedelta(days=350),
        actor=KIM,
    )
    assert PlanMark.objects.exists()
    risk_scores.compute(operator.pk, clock.now())
    RiskScore.objects.filter(station=station).update(chance_7=0.12, chance_30=0.41, reasons=["heat"])
    profiles.save_profile(
        operator_id=operator.pk,
        details=ProfileDetails(name="Heartbeat", settings=(Wanted(name="HeartbeatInterval", value="300"),)),
        actor=KIM,
    )
    log_files.ask_for_log(operator_id=operator.pk, station_id=station.pk, kind="diagnostics", actor=KIM)


@pytest.fixture
def technician(operator: Operator, sign_in: Any) -> User:
    """Somebody who may do work."""
    sign_in(Role.TECHNICIAN)
    return User.objects.get(email__startswith="technician")
