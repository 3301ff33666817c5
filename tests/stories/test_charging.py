"""Stories from a simulated station to the database: a car charges, whatever version its station speaks."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.charging.models import MeterReading, Transaction, TransactionEvent
from chargehand.domain.stations.models import ChargingStation, Connector, StationMessage
from chargehand.domain.tokens.models import Token
from chargehand.simulator.simulated_station import SimulatedStation


async def _charge(station: SimulatedStation, token: str) -> None:
    try:
        await station.connect()
        assert await station.boot() == "Accepted"
        await station.plug_in(1)
        await station.present_token(1, token)
        await station.advance(1800)
        await station.present_token(1, token)
        await station.unplug(1)
    finally:
        await station.close()


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_car_charges_and_its_energy_is_what_the_meter_says(
    version: str,
    gateway: RunningGateway,
    make_station: Callable[..., ChargingStation],
    make_token: Callable[..., Token],
) -> None:
    station_row = make_station("4107")
    token = make_token("CAFE01")
    station = SimulatedStation("4107", gateway.url, version, PASSWORD)

    asyncio.run(_charge(station, "CAFE01"))
    gateway.stop()

    row = Transaction.objects.get()
    assert row.state == "ended"
    assert row.station_id == station_row.pk
    assert row.token_id == token.pk
    assert row.authorization == "Accepted"
    assert row.evse == 1
    assert row.energy_wh is not None
    assert row.energy_wh > 1000
    charged = station.transactions[0]
    assert row.energy_wh == Decimal(charged.energy_wh)
    assert MeterReading.objects.filter(transaction_id=row.pk).count() >= 2
    assert TransactionEvent.objects.filter(transaction_id=row.pk, kind="started").count() == 1
    assert TransactionEvent.objects.filter(transaction_id=row.pk, kind="ended").count() == 1
    assert Connector.objects.get(evse=1).status == "Available"
    assert StationMessage.objects.filter(is_from_station=True).count() == len(station.sent)
