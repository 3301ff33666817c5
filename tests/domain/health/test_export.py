"""What is exported is what the live watch sees."""

from __future__ import annotations

import io
from uuid import uuid4

import msgspec
import pytest
from tests.domain.health.telling_live import cut_cable, run
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import export
from chargehand.domain.health.command import detect
from chargehand.domain.health.findings import Finding
from chargehand.domain.health.live import Watcher
from chargehand.domain.health.models import HealthFinding

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_export_gives_the_findings_of_the_live_watch(operator: Operator) -> None:
    talk, watcher = Talk(operator.pk, "4107"), Watcher(operator.pk, uuid4())
    talk.boot()
    other = Talk(talk.operator_id, "4108")
    other.boot()
    for _ in range(6):
        talk.status("Available")
        talk.status("Faulted", error="GroundFailure")
        run(watcher)
    cut_cable(other)
    run(watcher)
    out = io.BytesIO()

    assert export.write(export.telemetry(talk.operator_id, most_rows=3), out) > 15

    findings = io.BytesIO()
    detect(io.BytesIO(out.getvalue()), findings)
    told = [msgspec.json.decode(text, type=Finding) for text in findings.getvalue().splitlines()]
    live_ones = list(HealthFinding.objects.order_by("id"))
    assert [(each.kind, each.evse, each.evidence, each.found_at) for each in told] == [
        (row.kind, row.evse, row.sentence, row.found_at) for row in live_ones
    ]
    assert {each.kind for each in told} >= {"cable-cut"}
