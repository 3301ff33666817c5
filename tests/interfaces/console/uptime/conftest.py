"""A station with a history: an outage, a lost connection, and charges that worked at once or later."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.interfaces.console.conftest import AddStation

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging.models import Transaction
from chargehand.domain.health import uptime_settling
from chargehand.domain.stations.models import (
    ChargingStation,
    ConnectionEvent,
    Connector,
    StatusReport,
)
from chargehand.kernel import clock

HOUR = timedelta(hours=1)
#: Late enough in its year and quarter that reports hold all that happened to the station.
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon, for as long as a test takes."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def seasoned(operator: Operator, add_station: AddStation) -> ChargingStation:
    """Connected for 20 days; plug A faulted for five hours, everything offline for two; 24 visits."""
    row = add_station("4107", name="Tor 3")
    now = clock.now()
    ConnectionEvent.objects.create(station=row, kind="connected", at=now - HOUR * 480)
    ConnectionEvent.objects.create(station=row, kind="disconnected", at=now - HOUR * 72)
    ConnectionEvent.objects.create(station=row, kind="connected", at=now - HOUR * 70)
    for evse, status, hours in (
        (1, "Available", 480),
        (2, "Available", 480),
        (1, "Faulted", 125),
        (1, "Available", 120),
    ):
        at = now - HOUR * hours
        StatusReport.objects.create(
            station_id=row.pk,
            evse=evse,
            connector=1,
            status=status,
            error_code="",
            vendor_error_code="",
            info="",
            reported_at=at,
            received_at=at,
            is_late=False,
        )
    Connector.objects.filter(station=row).update(max_power_w=50_000)
    for visit in range(24):
        _charge(row, now - HOUR * (5 * visit + 2), energy=0 if visit % 12 == 0 else 9000)
    _charge(row, now - HOUR * 2 + timedelta(minutes=11), energy=8000)
    uptime_settling.settle_operator(operator.pk, now)
    return row


def _charge(row: ChargingStation, at: datetime, *, energy: int) -> None:
    Transaction.objects.create(
        operator=row.operator,
        station=row,
        evse=2,
        connector=1,
        state="ended",
        token_uid="CAFE01",
        token_kind="rfid",
        authorization="Accepted",
        started_at=at,
        started_received_at=at,
        ended_at=at + timedelta(minutes=10),
        ended_received_at=at + timedelta(minutes=10),
        meter_start_wh=Decimal(0),
        meter_stop_wh=Decimal(energy),
        energy_wh=Decimal(energy),
        stop_reason="Local" if energy else "EVDisconnected",
    )
