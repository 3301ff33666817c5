"""What sequences of OCPP 2.x are made of: values, places, and commands that a station obeys."""

from typing import Any, Final

from tests.conformance.bench import Bench, Station, at

from chargehand.domain.stations.commands import AnyCommand
from chargehand.domain.stations.models import Connector, StationRequest

TOKEN: Final = {"idToken": "CAFE01", "type": "ISO14443"}
PLACE: Final = {"id": 1, "connectorId": 1}


def value(minutes: float, number: float, context: str = "Sample.Periodic", **more: Any) -> dict[str, Any]:
    return {"timestamp": at(minutes), "sampledValue": [{"value": number, "context": context} | more]}


def obey(
    bench: Bench, station: Station, command: AnyCommand, action: str, answer: dict[str, Any]
) -> tuple[dict[str, Any], StationRequest]:
    """Queue a command, answer its call, and return the call's payload and the request afterwards."""
    request = bench.ask(station, command)
    payload = station.receive_call(action)
    station.answer(answer)
    return payload, bench.answered(request)


def word(request: StationRequest) -> str:
    assert request.answer is not None
    return str(request.answer["word"])


def states(station: Station) -> dict[tuple[int, int], str]:
    rows = Connector.objects.filter(station_id=station.id)
    return {(row.evse, row.connector): row.status for row in rows}


def report(station: Station, state: str, evse: int = 1, connector: int = 1) -> None:
    payload = {"evseId": evse, "connectorId": connector, "connectorStatus": state, "timestamp": at()}
    assert station.call("StatusNotification", payload) == {}
