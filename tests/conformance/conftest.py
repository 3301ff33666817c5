"""One gateway for all scenarios of a module, and for each scenario stations of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from tests.conformance.bench import Bench, Csms
from tests.plugins.gateway import PARTITIONED, PATIENT, RunningGateway, patience_with_stations

from chargehand.domain.accounts.models import Operator
from chargehand.interfaces.gateway.process import GatewaySettings


@pytest.fixture(scope="module")
def csms(django_db_setup: None, django_db_blocker: Any) -> Iterator[Csms]:
    """A gateway and its operator; what the scenarios stored is there until the module ends."""
    with django_db_blocker.unblock():
        operator = Operator.objects.create(
            name="Volt & Söhne", slug="conformance", country="DE", time_zone="Europe/Berlin", currency="EUR"
        )
        gateway = RunningGateway(GatewaySettings(port=0, settle_s=0.05, limits=PATIENT))
        gateway.start()
        try:
            with patience_with_stations():
                yield Csms(gateway, operator)
        finally:
            gateway.stop()
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
            with connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {', '.join(PARTITIONED)}")


@pytest.fixture
def bench(csms: Csms) -> Iterator[Bench]:
    """What a scenario works with; its connections end with it."""
    made = Bench(csms)
    yield made
    made.close()
