"""Security events: those that speak of the station's health are evidence, the others are not."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.domain.health.telling import Telling
from tests.domain.health.telling_live import run
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import export, queries, telemetry
from chargehand.domain.health.live import Watcher
from chargehand.domain.stations.events import Noticed
from chargehand.kernel import clock


@pytest.mark.django_db(transaction=True)
def test_a_station_that_is_tampered_with_is_found_at_once(operator: Operator) -> None:
    talk = Talk(operator.pk, "4107", 201)
    talk.boot()
    watcher = Watcher(operator.pk, uuid4())
    run(watcher)
    talk.say(Noticed(kind="security", name="TamperDetectionActivated"), "SecurityEventNotification")

    run(watcher)

    [found] = queries.findings(operator.pk).findings
    assert (found.kind, found.station_id, found.evse, found.scope) == (
        "cable-cut",
        talk.station_id,
        0,
        "station",
    )
    assert "tampers" in found.sentence


@pytest.mark.django_db(transaction=True)
def test_only_events_that_speak_of_health_are_told(operator: Operator) -> None:
    talk = Talk(operator.pk, "4107", 201)
    talk.boot()
    at = clock.now() - timedelta(minutes=1)
    for name in ("StartupOfTheDevice", "InvalidTLSVersion", "SettingSystemTime", "A word of the maker's"):
        event = Noticed(kind="security", name=name, time=at, detail={"techInfo": "from 1970"})
        talk.say(event, "SecurityEventNotification")

    told = [line for line in export.telemetry(operator.pk) if isinstance(line, telemetry.Monitored)]

    assert [(line.component, line.variable, line.tech_info) for line in told] == [
        ("SecurityEvent", "SettingSystemTime", "from 1970")
    ]


def tell(telling: Telling, name: str) -> None:
    telling.tell("monitor", component="SecurityEvent", variable=name)


def test_a_clock_that_is_set_again_and_again_is_found_and_one_that_is_set_once_is_not() -> None:
    telling = Telling()
    telling.plate()
    tell(telling, "SettingSystemTime")
    telling.wait(7_200)
    tell(telling, "SettingSystemTime")
    telling.wait(7_200)
    assert telling.kinds == []
    tell(telling, "SettingSystemTime")
    assert telling.kinds == ["clock-drift"]


def test_an_event_nobody_listed_says_nothing() -> None:
    telling = Telling()
    telling.plate()
    tell(telling, "InvalidFirmwareSignature")
    assert telling.kinds == []
