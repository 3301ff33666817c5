"""The recorder keeps off what another gateway has taken over, in whatever order it learns of it."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection

from chargehand.domain.charging.record import Fenced, Recorder
from chargehand.domain.stations import connections, requests
from chargehand.domain.stations.binary_copy import micros_now
from chargehand.domain.stations.commands import Trigger
from chargehand.domain.stations.connections import Ended
from chargehand.domain.stations.events import HeartbeatSent
from chargehand.domain.stations.models import ChargingStation
from chargehand.domain.stations.told import Told
from chargehand.kernel import clock


def claim(station: ChargingStation, gateway_id: UUID) -> int:
    """Connect a station to a gateway."""
    return connections.claim(
        station_id=station.pk,
        operator_id=station.operator_id,
        gateway_id=gateway_id,
        version="ocpp1.6",
        profile=1,
        address="127.0.0.1",
    )


def heartbeat(station: ChargingStation, epoch: int, message_id: str) -> Told:
    """Return a message of a station as its connection hands it on."""
    return Told(
        station_id=station.pk,
        operator_id=station.operator_id,
        epoch=epoch,
        received=micros_now(),
        version=16,
        message_id=message_id,
        action="Heartbeat",
        frame=f'[2,"{message_id}","Heartbeat",{{}}]'.encode(),
        event=HeartbeatSent(),
    )


def stored(*stations: ChargingStation) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT message_id FROM stations_message WHERE station_id = ANY(%s) ORDER BY id",
            [[station.pk for station in stations]],
        )
        return [row[0] for row in cursor.fetchall()]


def test_a_late_message_is_kept_off_though_another_station_met_the_fence_before(
    make_station: Callable[..., ChargingStation],
) -> None:
    moving, staying = make_station("moving"), make_station("staying")
    old, new = connections.register_gateway(), connections.register_gateway()
    epochs = {station.pk: claim(station, old) for station in (moving, staying)}
    recorder = Recorder(str(old))
    recorder.write([heartbeat(moving, epochs[moving.pk], "before")])
    claim(moving, new)
    recorder.write([heartbeat(staying, epochs[staying.pk], "other")])
    with pytest.raises(Fenced) as fenced:
        recorder.write([heartbeat(moving, epochs[moving.pk], "late")])
    assert fenced.value.stations == {moving.pk}
    assert stored(moving, staying) == ["before", "other"]


def test_a_late_message_is_kept_off_though_the_old_connection_was_written_off(
    make_station: Callable[..., ChargingStation],
) -> None:
    station = make_station()
    old, new = connections.register_gateway(), connections.register_gateway()
    epoch = claim(station, old)
    recorder = Recorder(str(old))
    recorder.write([heartbeat(station, epoch, "before")])
    connections.release(old, [Ended(station.pk, epoch, clock.now(), "1006")])
    claim(station, new)
    with pytest.raises(Fenced):
        recorder.write([heartbeat(station, epoch, "late")])
    assert stored(station) == ["before"]


def test_messages_read_before_their_connection_ended_are_stored(
    make_station: Callable[..., ChargingStation],
) -> None:
    station = make_station()
    gateway_id = connections.register_gateway()
    epoch = claim(station, gateway_id)
    recorder = Recorder(str(gateway_id))
    connections.release(gateway_id, [Ended(station.pk, epoch, clock.now(), "1006")])
    recorder.write([heartbeat(station, epoch, "last words")])
    assert stored(station) == ["last words"]


def test_a_command_is_taken_only_by_the_gateway_that_holds_the_station(
    make_station: Callable[..., ChargingStation],
) -> None:
    station = make_station()
    old, new = connections.register_gateway(), connections.register_gateway()
    claim(station, old)
    claim(station, new)
    request_id = requests.queue(
        operator_id=station.operator_id,
        station_id=station.pk,
        command=Trigger(message="Heartbeat"),
        asked_by="a test",
    )
    assert requests.take(old, station.pk) is None
    taken = requests.take(new, station.pk)
    assert taken is not None
    assert taken.id == request_id


def test_a_station_taken_for_gone_is_connected_again_once_it_is_heard(
    make_station: Callable[..., ChargingStation],
) -> None:
    heard, silent = make_station("heard"), make_station("silent")
    gateway_id = connections.register_gateway()
    for station in (heard, silent):
        claim(station, gateway_id)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stations_gateway SET seen_at = now() - interval '1 hour'")
    assert connections.release_gone() == 2
    connections.touch(gateway_id, {heard.pk: clock.now()})
    connections.touch(gateway_id, {heard.pk: clock.now()})
    assert connected() == ["heard"]
    assert facts_of(heard) == [
        "stations.StationConnected",
        "stations.StationDisconnected",
        "stations.StationConnected",
    ]


def connected() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.identity FROM stations_connection c JOIN stations_station s ON s.id = c.station_id"
            " WHERE c.is_connected"
        )
        return [row[0] for row in cursor.fetchall()]


def facts_of(station: ChargingStation) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM journal_fact WHERE (body->>'station_id')::bigint = %s ORDER BY id", [station.pk]
        )
        return [row[0] for row in cursor.fetchall()]
