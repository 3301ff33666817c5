"""Files between stations and us as stations tell of them: firmware downloads, log uploads."""

from datetime import datetime
from typing import Final

import msgspec

from chargehand.domain.stations.models import StationEvent, Variable

MOST: Final = 200
#: Where stations say how they move files: 2.x OCPPCommCtrlr, 1.6 security whitepaper and firmware profile.
_PROTOCOL_NAMES: Final = ("FileTransferProtocols", "SupportedFileTransferProtocols")


class TransferStep(msgspec.Struct, frozen=True, kw_only=True):
    """One status of a transfer: OCPP's word, and the request it is about where the station named one."""

    status: str
    request_number: int | None
    at: datetime


def firmware_progress(operator_id: int, station_id: int, *, limit: int = 50) -> list[TransferStep]:
    """Return what a station told of firmware updates, newest first."""
    return _steps(operator_id, station_id, ("firmware",), limit)


def log_progress(operator_id: int, station_id: int, *, limit: int = 50) -> list[TransferStep]:
    """Return what a station told of log uploads, newest first."""
    return _steps(operator_id, station_id, ("log", "diagnostics"), limit)


def protocols(operator_id: int, station_id: int) -> frozenset[str] | None:
    """Return the protocols a station says it moves files by ("HTTP", "FTPS", ...); None: it did not say."""
    rows = Variable.objects.filter(
        station_id=station_id, station__operator_id=operator_id, name__in=_PROTOCOL_NAMES
    )
    said = [row.value for row in rows if row.value]
    if not said:
        return None
    return frozenset(word.strip().upper() for text in said for word in text.split(",") if word.strip())


def _steps(operator_id: int, station_id: int, kinds: tuple[str, ...], limit: int) -> list[TransferStep]:
    rows = StationEvent.objects.filter(
        station_id=station_id, station__operator_id=operator_id, kind__in=kinds
    )
    return [
        TransferStep(status=row.name, request_number=row.detail.get("requestId"), at=row.received_at)
        for row in rows.order_by("-received_at", "-pk")[: max(1, min(limit, MOST))]
    ]
