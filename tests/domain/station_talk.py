"""A station that speaks straight to the recorder: what the gateway would hand on, without sockets."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from chargehand.domain.charging.record import Outcome, Recorder
from chargehand.domain.stations import actions, connections, requests
from chargehand.domain.stations.binary_copy import micros
from chargehand.domain.stations.commands import Answer, AnyCommand
from chargehand.domain.stations.events import (
    Booted,
    Event,
    MeterValuesReported,
    Reading,
    SeriesKey,
    StatusReported,
    TransactionReported,
)
from chargehand.domain.stations.told import Told
from chargehand.kernel import clock

REGISTER: SeriesKey = ("Energy.Active.Import.Register", "", "Outlet", "Sample.Periodic", "Wh")
POWER: SeriesKey = ("Power.Active.Import", "", "Outlet", "Sample.Periodic", "W")
SOC: SeriesKey = ("SoC", "", "EV", "Sample.Periodic", "Percent")
NAMES = {16: "ocpp1.6", 201: "ocpp2.0.1", 21: "ocpp2.1"}


def now() -> datetime:
    """Return this second."""
    return clock.now().replace(microsecond=0, tzinfo=UTC)


def reading(at: datetime, **values: Any) -> Reading:
    """Return a moment's samples: `register` in Wh, `power` in W, `soc` in percent."""
    keys = {"register": REGISTER, "power": POWER, "soc": SOC}
    return Reading(at, [(keys[name], str(value)) for name, value in values.items()])


class Talk:
    """A station of an operator, connected to a gateway of its own."""

    def __init__(self, operator_id: int, identity: str = "CP-1", version: int = 16) -> None:
        self.operator_id = operator_id
        self.version = version
        self.station_id = actions.create_station(operator_id=operator_id, identity=identity).station_id
        self.gateway_id: UUID = connections.register_gateway()
        self.recorder = Recorder(str(self.gateway_id))
        self.epoch = 0
        self._ids = itertools.count(1)
        self.connect()

    def connect(self) -> None:
        """Open a new connection."""
        self.epoch = connections.claim(
            station_id=self.station_id,
            operator_id=self.operator_id,
            gateway_id=self.gateway_id,
            version=NAMES[self.version],
            profile=1,
            address="127.0.0.1",
        )

    def disconnect(self, at: datetime | None = None) -> None:
        """Lose the connection."""
        ended = connections.Ended(self.station_id, self.epoch, at or clock.now(), "lost")
        connections.release(self.gateway_id, [ended])

    def say(self, event: Event | None, action: str = "Test", at: datetime | None = None) -> Outcome:
        """Say something that is received at `at`, or now."""
        number = next(self._ids)
        told = Told(
            station_id=self.station_id,
            operator_id=self.operator_id,
            epoch=self.epoch,
            received=micros(at or clock.now()),
            version=self.version,
            message_id=f"m{number}",
            action=action,
            frame=f'[2,"m{number}","{action}",{{}}]'.encode(),
            event=event,
        )
        return self.recorder.write([told])[0]

    def boot(self, at: datetime | None = None, reason: str = "") -> None:
        """Say what it is after a restart."""
        self.say(Booted(vendor="V", model="M", firmware_version="1.2", reason=reason), "BootNotification", at)

    def status(self, status: str, *, evse: int = 1, error: str = "", at: datetime | None = None) -> None:
        """Report a status."""
        connector = 1 if evse else 0
        event = StatusReported(evse, connector, status, error, time=at)
        self.say(event, "StatusNotification", at)

    def start(
        self,
        *,
        at: datetime | None = None,
        token: str = "CARD1",
        evse: int = 1,
        meter: int | None = 1000,
        ref: str | None = None,
        **more: Any,
    ) -> int:
        """Start a transaction and return its number."""
        at = at or now()
        event = TransactionReported(
            kind="started",
            ref=ref,
            time=at,
            evse=evse,
            connector=1,
            token_uid=token,
            meter_wh=None if meter is None else Decimal(meter),
            **more,
        )
        action = "StartTransaction" if ref is None else "TransactionEvent"
        number = self.say(event, action, at + timedelta(seconds=1)).transaction_id
        assert number is not None
        return number

    def stop(self, number: int, *, at: datetime, meter: int | None = None, **more: Any) -> None:
        """Stop a transaction of 1.6, or of 2.x where `ref` is given."""
        ref = more.pop("ref", None) or str(number)
        event = TransactionReported(
            kind="ended", ref=ref, time=at, meter_wh=None if meter is None else Decimal(meter), **more
        )
        action = "StopTransaction" if self.version == 16 else "TransactionEvent"
        self.say(event, action, at + timedelta(seconds=1))

    def update(self, at: datetime, *, ref: str, **more: Any) -> None:
        """Say more of a transaction of 2.x."""
        event = TransactionReported(kind="updated", ref=ref, time=at, **more)
        self.say(event, "TransactionEvent", at + timedelta(seconds=1))

    def meter(self, number: int | None, at: datetime, *, evse: int = 1, **values: Any) -> None:
        """Report samples: `register`, `power`, `soc`."""
        ref = None if number is None else str(number)
        event = MeterValuesReported(evse, 1, ref, [reading(at, **values)])
        self.say(event, "MeterValues", at)

    def take(self) -> requests.Taken | None:
        """Take what is queued for this station, as its gateway does to send it."""
        return requests.take(self.gateway_id, self.station_id)

    def obey(self, word: str = "Accepted", **detail: Any) -> AnyCommand:
        """Take what is queued and answer it; return the command."""
        taken = self.take()
        assert taken is not None
        is_accepted = word in {"Accepted", "Scheduled", "Unlocked", "RebootRequired"}
        requests.answer(taken.id, Answer(is_accepted=is_accepted, word=word, detail=detail))
        return taken.command
