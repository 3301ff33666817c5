"""What a scenario works with: stations that connect, tokens, and the rows that came of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Final

from tests.conformance.client import VERSIONS, Client, basic
from tests.patience import wait_for
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging.models import MeterReading, RepairCase, Series, Transaction
from chargehand.domain.stations import entry, requests
from chargehand.domain.stations.commands import AnyCommand
from chargehand.domain.stations.models import (
    ChargingStation,
    Connector,
    StationConnection,
    StationEvent,
    StationMessage,
    StationRequest,
)
from chargehand.domain.tokens.models import Token
from chargehand.domain.tokens.normalising import uid_key
from chargehand.journal.models import StatedFact
from chargehand.journal.runner import drain
from chargehand.kernel import clock
from chargehand.project.flows import FOLLOWERS

_numbers = count(1)

#: One hash for all stations: Argon2 takes its time.
_PASSWORD_HASH: Final = entry.hash_password(PASSWORD.encode())


def moment(minutes: float = 0.0) -> datetime:
    """Return a time so many minutes from now, without fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)


def text(at: datetime) -> str:
    """Write a time as stations do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def at(minutes: float = 0.0) -> str:
    """Write the time so many minutes from now."""
    return text(moment(minutes))


def got(row: object, names: str) -> tuple[Any, ...]:
    """Return columns of a row, named with blanks between them."""
    return tuple(getattr(row, name) for name in names.split())


class Csms:
    """A running gateway and the operator whose stations come to it."""

    def __init__(self, gateway: RunningGateway, operator: Operator) -> None:
        self.gateway = gateway
        self.operator = operator

    @property
    def port(self) -> int:
        """Where stations connect without TLS."""
        return self.gateway.process.port

    def write_down(self) -> None:
        """Let the gateway write down at once who left, instead of every few seconds."""
        process = self.gateway.process
        assert process.gateway is not None
        assert process._loop is not None
        process._loop.call_soon_threadsafe(process.gateway.write_down)


class Station(Client):
    """A station that is connected: a client, and what the database knows of it."""

    def __init__(self, port: int, row: ChargingStation, version: str) -> None:
        super().__init__(port)
        self.id = row.pk
        self.identity = row.identity
        self.version = version

    def boot(self, vendor: str = "Acme", model: str = "One", **more: Any) -> dict[str, Any]:
        """Say that it started; `more` are further properties of the version's message."""
        if self.version == "1.6":
            payload = {"chargePointVendor": vendor, "chargePointModel": model, **more}
        else:
            reason = more.pop("reason", "PowerUp")
            payload = {"reason": reason, "chargingStation": {"vendorName": vendor, "model": model, **more}}
        return self.call("BootNotification", payload)

    def start(
        self, tag: str = "CAFE01", *, connector: int = 1, meter: int = 1000, minutes: float = -30, **more: Any
    ) -> int:
        """Start a transaction in 1.6; return its number."""
        number = self.call("StartTransaction", self.start_payload(tag, connector, meter, minutes, **more))
        return int(number["transactionId"])

    def start_payload(
        self, tag: str = "CAFE01", connector: int = 1, meter: int = 1000, minutes: float = -30, **more: Any
    ) -> dict[str, Any]:
        """Return a StartTransaction."""
        payload = {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": at(minutes)}
        return payload | more

    def stop(self, number: int, *, meter: int = 6000, minutes: float = -1, **more: Any) -> dict[str, Any]:
        """Stop a transaction in 1.6."""
        payload = {"transactionId": number, "meterStop": meter, "timestamp": at(minutes)} | more
        return self.call("StopTransaction", payload)

    def sample(
        self, *samples: dict[str, Any], connector: int = 1, minutes: float = -10, **more: Any
    ) -> dict[str, Any]:
        """Send MeterValues in 1.6."""
        values = [{"timestamp": at(minutes), "sampledValue": list(samples)}]
        return self.call("MeterValues", {"connectorId": connector, "meterValue": values} | more)

    def report(self, status: str, *, connector: int = 1, minutes: float | None = 0, **more: Any) -> None:
        """Report a status in 1.6."""
        payload = {"connectorId": connector, "status": status, "errorCode": "NoError"} | more
        if minutes is not None and "timestamp" not in payload:
            payload["timestamp"] = at(minutes)
        assert self.call("StatusNotification", payload) == {}

    def tell(
        self,
        kind: str,
        trigger: str,
        seq: int,
        *,
        ref: str = "",
        minutes: float = -10,
        info: dict[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Send a TransactionEvent of 2.x."""
        payload = {
            "eventType": kind,
            "timestamp": at(minutes),
            "triggerReason": trigger,
            "seqNo": seq,
            "transactionInfo": {"transactionId": ref or f"tx-{self.identity}", **(info or {})},
        }
        return self.call("TransactionEvent", payload | more)

    @property
    def row(self) -> ChargingStation:
        """The station as the database has it now."""
        return ChargingStation.objects.get(pk=self.id)

    @property
    def transaction(self) -> Transaction:
        """The only transaction of the station."""
        return Transaction.objects.get(station_id=self.id)

    @property
    def transactions(self) -> list[Transaction]:
        """All transactions of the station, oldest first."""
        return list(Transaction.objects.filter(station_id=self.id).order_by("id"))

    def connector(self, evse: int = 1, number: int = 1) -> Connector:
        """A connector as the database has it now."""
        return Connector.objects.get(station_id=self.id, evse=evse, connector=number)

    @property
    def readings(self) -> list[MeterReading]:
        """All readings of the station, oldest first."""
        return list(MeterReading.objects.filter(station_id=self.id).order_by("measured_at", "id"))

    @property
    def samples(self) -> list[tuple[Series, Decimal]]:
        """All samples of the station with what they measure."""
        return [
            (Series.objects.get(pk=number), value)
            for reading in self.readings
            for number, value in zip(reading.series, reading.readings, strict=True)
        ]

    @property
    def messages(self) -> list[StationMessage]:
        """What the station sent and got, raw."""
        return list(StationMessage.objects.filter(station_id=self.id).order_by("id"))

    def frames(self, action: str) -> list[StationMessage]:
        """The raw messages of one action."""
        return list(StationMessage.objects.filter(station_id=self.id, action=action).order_by("id"))

    @property
    def events(self) -> list[StationEvent]:
        """Notices of the station, boots left out."""
        return list(StationEvent.objects.filter(station_id=self.id).exclude(kind="boot").order_by("id"))

    def facts(self, name: str) -> list[dict[str, Any]]:
        """Facts of this kind that the journal holds about the station, oldest first."""
        stated = StatedFact.objects.filter(name=name, body__station_id=self.id)
        return list(stated.order_by("id").values_list("body", flat=True))

    @property
    def repair_cases(self) -> list[RepairCase]:
        """What waits for a person."""
        return list(RepairCase.objects.filter(station_id=self.id).order_by("id"))


class Bench:
    """Makes what one scenario needs."""

    def __init__(self, csms: Csms) -> None:
        self.csms = csms
        self.operator = csms.operator
        self._clients: list[Client] = []

    def make_station(self, identity: str = "", **more: Any) -> ChargingStation:
        """Make a station whose password is PASSWORD."""
        name = identity or f"CP{next(_numbers):04}"
        return ChargingStation.objects.create(
            operator=self.operator,
            identity=name,
            identity_key=entry.identity_key(name),
            created_at=clock.now(),
            **({"password_hash": _PASSWORD_HASH} | more),
        )

    def token(self, uid: str, **more: Any) -> Token:
        """Make a token that may charge, or give the one there is."""
        made, _ = Token.objects.get_or_create(
            operator=self.operator, uid_key=uid_key(uid), defaults={"uid": uid, **more}
        )
        return made

    def connect(
        self, version: str = "1.6", row: ChargingStation | None = None, *, boots: bool = True, **boot: Any
    ) -> Station:
        """Connect a station, a new one unless `row` is given, and let it boot."""
        station = Station(self.csms.port, row or self.make_station(), version)
        self._clients.append(station)
        authorization = basic(station.identity, PASSWORD)
        response = station.shake_hands(f"/{station.identity}", VERSIONS[version], [authorization])
        assert response.status == 101, response.status
        assert response.headers["sec-websocket-protocol"] == VERSIONS[version]
        if boots:
            assert station.boot(**boot)["status"] == "Accepted"
        return station

    def watch(self, client: Client) -> None:
        """End a client's connection when the scenario ends."""
        self._clients.append(client)

    def knock(self) -> Client:
        """Open a connection on which no word was said."""
        client = Client(self.csms.port)
        self.watch(client)
        return client

    def ask(self, station: Station, command: AnyCommand) -> StationRequest:
        """Queue a command for a station as the console does."""
        request_id = requests.queue(
            operator_id=self.operator.pk, station_id=station.id, command=command, asked_by="test"
        )
        return StationRequest.objects.get(pk=request_id)

    def answered(self, request: StationRequest) -> StationRequest:
        """Wait until a request was answered or given up, and return it."""
        found: StationRequest = wait_for(
            lambda: StationRequest.objects.filter(pk=request.pk).exclude(state__in=["queued", "sent"]).first()
        )
        return found

    def follow(self, question: Callable[[], Any]) -> Any:
        """Let all followers of the journal act until the answer to a question is yes."""
        return wait_for(lambda: drain(FOLLOWERS) >= 0 and question())

    def leave(self, station: Station) -> None:
        """End a connection and wait until that is written down."""
        station.close()
        gateway = self.csms.gateway.process.gateway
        assert gateway is not None
        wait_for(lambda: station.id not in gateway.connections)
        self.csms.write_down()
        wait_for(lambda: not StationConnection.objects.get(station_id=station.id).is_connected)

    def close(self) -> None:
        """End all connections."""
        for client in self._clients:
            client.close()
