"""What can have happened to a station."""

from datetime import datetime
from typing import ClassVar

from chargehand.kernel.facts import Fact


class StationFact(Fact, frozen=True, kw_only=True):
    """Something happened to a station."""

    room: ClassVar[str] = "stations"

    station_id: int


class StationBooted(StationFact, frozen=True, kw_only=True):
    """A station restarted and reported what it is."""

    reason: str
    firmware_version: str
    is_hardware_changed: bool


class StationConnected(StationFact, frozen=True, kw_only=True):
    """A station opened a connection that was let in."""

    version: str
    epoch: int


class StationDisconnected(StationFact, frozen=True, kw_only=True):
    """A station's connection ended and no newer one stands."""

    epoch: int
    reason: str


class StatusChanged(StationFact, frozen=True, kw_only=True):
    """A connector's reported status changed (EVSE 0: the station's)."""

    evse: int
    connector: int
    status: str
    error_code: str
    received_at: datetime


class RequestAnswered(StationFact, frozen=True, kw_only=True):
    """A station answered what it was asked, or the request failed or timed out."""

    request_id: str
    command: str
    is_accepted: bool
    word: str


class FirmwareStatusChanged(StationFact, frozen=True, kw_only=True):
    """A station told how far an update is, in OCPP's word; 1.6 without signature names no request."""

    status: str
    request_number: int | None


class LogStatusChanged(StationFact, frozen=True, kw_only=True):
    """A station told how far an upload is, in OCPP's word; diagnostics of 1.6 name no request."""

    status: str
    request_number: int | None
    is_diagnostics_of_16: bool


class MessageQuarantined(StationFact, frozen=True, kw_only=True):
    """A message could not be stored as what it means; its raw frame is kept."""

    action: str
    error: str
