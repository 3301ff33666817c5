"""Questions about locations, stations, connectors and what waits or went wrong.

What also needs to know of open charges (lists with states, counts, timelines) stands in
`charging.overview` and `charging.timeline`; requests and their progress in `command_cards`.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Q

from chargehand.domain.stations import entry, secrets
from chargehand.domain.stations.models import (
    ChargingStation,
    Connector,
    Location,
    QuarantinedMessage,
    StationAlias,
    StationConnection,
    Variable,
    WaitingStation,
)

MOST_PER_PAGE = 500


class LocationView(msgspec.Struct, frozen=True, kw_only=True):
    """A location; degrees are WGS 84, None where nobody said."""

    id: int
    name: str
    address: str
    postal_code: str
    city: str
    country: str
    latitude: Decimal | None
    longitude: Decimal | None
    time_zone: str
    station_count: int
    created_at: datetime


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """Connectivity of a station: `last_received_at` is when anything at all was heard last."""

    is_connected: bool
    version: str
    security_profile: int | None
    address: str
    gateway_id: UUID | None
    epoch: int
    connected_at: datetime | None
    disconnected_at: datetime | None
    last_received_at: datetime | None


class ConnectorView(msgspec.Struct, frozen=True, kw_only=True):
    """A plug as reported and as intended; `status` "" and times None: nothing was reported yet."""

    id: int
    evse: int
    connector: int
    standard: str
    power_type: str
    phases: int | None
    max_power_w: int | None
    status: str
    error_code: str
    vendor_error_code: str
    info: str
    status_at: datetime | None
    status_received_at: datetime | None
    intent_operative: bool


class StationView(msgspec.Struct, frozen=True, kw_only=True):
    """A station with its plugs. What it said of itself is "" where it said nothing."""

    id: int
    identity: str
    name: str
    location_id: int | None
    location_name: str
    time_zone: str
    approval: str
    security_profile: int
    has_password: bool
    is_password_changing: bool
    version_pinned: str
    assumes_version: str
    clock_zone: str
    vendor: str
    model: str
    serial_number: str
    firmware_version: str
    iccid: str
    imsi: str
    meter_type: str
    meter_serial_number: str
    version: str
    boot_reason: str
    booted_at: datetime | None
    hardware_changed_at: datetime | None
    clock_skew_s: float | None
    reported_status: str
    reported_error: str
    reported_at: datetime | None
    intent_operative: bool
    notes: str
    created_at: datetime
    aliases: tuple[str, ...]
    connection: ConnectionView | None
    connectors: tuple[ConnectorView, ...]


class VariableView(msgspec.Struct, frozen=True, kw_only=True):
    """A variable as last reported; keys of 1.6 stand under component OCPP16. `value` None: write-only."""

    component: str
    component_instance: str
    evse: int
    connector: int
    name: str
    instance: str
    attribute: str
    value: str | None
    is_readonly: bool | None
    characteristics: dict[str, Any] | None
    reported_at: datetime


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """A station nobody knows, and what it said in its handshake."""

    identity: str
    first_seen_at: datetime
    last_seen_at: datetime
    attempts: int
    address: str
    subprotocols: tuple[str, ...]
    security_profile: int
    handshake: dict[str, Any]


class QuarantinedView(msgspec.Struct, frozen=True, kw_only=True):
    """A message that could not be stored as what it means; `frame` is the raw text."""

    id: int
    station_id: int
    identity: str
    received_at: datetime
    version: str
    action: str
    message_id: str
    frame: str
    error: str
    resolved_at: datetime | None


def locations(operator_id: int, *, location_ids: Collection[int] | None = None) -> list[LocationView]:
    """Return the operator's locations by name; `location_ids` None: all of them."""
    rows = Location.objects.filter(operator_id=operator_id)
    if location_ids is not None:
        rows = rows.filter(pk__in=location_ids)
    found = list(rows.order_by("name", "pk"))
    counted = (
        ChargingStation.objects.filter(operator_id=operator_id, location_id__in=[row.pk for row in found])
        .values_list("location_id")
        .annotate(count=Count("pk"))
    )
    counts: dict[int | None, int] = dict(counted)
    return [_location_view(row, counts.get(row.pk, 0)) for row in found]


def location(operator_id: int, location_id: int) -> LocationView | None:
    """Return a location."""
    return next(iter(locations(operator_id, location_ids=[location_id])), None)


def station(operator_id: int, station_id: int) -> StationView | None:
    """Return a station with its connection and plugs."""
    rows = ChargingStation.objects.select_related("location").filter(operator_id=operator_id, pk=station_id)
    row = rows.first()
    return None if row is None else _station_view(row)


def plugs(operator_id: int, station_id: int) -> list[tuple[int, int]]:
    """Return the EVSEs and connectors of a station, first to last."""
    rows = Connector.objects.filter(station__operator_id=operator_id, station_id=station_id)
    return list(rows.order_by("evse", "connector").values_list("evse", "connector"))


def plugs_of(operator_id: int, station_ids: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
    """Return the EVSEs and connectors of each station, first to last; none for one that has none."""
    rows = Connector.objects.filter(station__operator_id=operator_id, station_id__in=set(station_ids))
    found: dict[int, list[tuple[int, int]]] = {}
    for station_id, evse, connector in rows.order_by("evse", "connector").values_list(
        "station_id", "evse", "connector"
    ):
        found.setdefault(station_id, []).append((evse, connector))
    return found


def station_by_identity(operator_id: int, identity: str) -> StationView | None:
    """Return the station that calls itself so, in any letter case."""
    rows = ChargingStation.objects.select_related("location").filter(
        operator_id=operator_id, identity_key=entry.identity_key(identity)
    )
    row = rows.first()
    return None if row is None else _station_view(row)


def variables(operator_id: int, station_id: int, *, search: str = "") -> list[VariableView]:
    """Return what a station reported of its device model; `search` looks into component and name."""
    rows = Variable.objects.filter(station_id=station_id, station__operator_id=operator_id)
    if search:
        rows = rows.filter(Q(component__icontains=search) | Q(name__icontains=search))
    ordered = rows.order_by("component", "component_instance", "evse", "connector", "name", "instance")
    return [
        VariableView(
            component=row.component,
            component_instance=row.component_instance,
            evse=row.evse,
            connector=row.connector,
            name=row.name,
            instance=row.instance,
            attribute=row.attribute,
            value=row.value,
            is_readonly=row.is_readonly,
            characteristics=row.characteristics,
            reported_at=row.reported_at,
        )
        for row in ordered
    ]


def waiting_stations() -> list[WaitingView]:
    """Return the stations nobody knows, those heard last first. They belong to no operator yet."""
    return [
        WaitingView(
            identity=row.identity,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
            attempts=row.attempts,
            address=row.address,
            subprotocols=tuple(row.subprotocols),
            security_profile=row.security_profile,
            handshake=row.handshake,
        )
        for row in WaitingStation.objects.order_by("-last_seen_at", "identity")
    ]


def quarantined(
    operator_id: int, *, is_resolved: bool = False, before_id: int | None = None, limit: int = 50
) -> list[QuarantinedView]:
    """Return messages in quarantine, newest first; `before_id` asks for those after a page."""
    rows = QuarantinedMessage.objects.select_related("station").filter(
        station__operator_id=operator_id, resolved_at__isnull=not is_resolved
    )
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return [
        QuarantinedView(
            id=row.pk,
            station_id=row.station.pk,
            identity=row.station.identity,
            received_at=row.received_at,
            version=row.version,
            action=row.action,
            message_id=row.message_id,
            frame=secrets.masked_text(bytes(row.frame).decode(errors="replace")),
            error=row.error,
            resolved_at=row.resolved_at,
        )
        for row in rows.order_by("-pk")[: max(1, min(limit, MOST_PER_PAGE))]
    ]


def _location_view(row: Location, count: int) -> LocationView:
    return LocationView(
        id=row.pk,
        name=row.name,
        address=row.address,
        postal_code=row.postal_code,
        city=row.city,
        country=row.country,
        latitude=row.latitude,
        longitude=row.longitude,
        time_zone=row.time_zone,
        station_count=count,
        created_at=row.created_at,
    )


def _station_view(row: ChargingStation) -> StationView:
    return StationView(
        id=row.pk,
        identity=row.identity,
        name=row.name,
        location_id=row.location.pk if row.location else None,
        location_name=row.location.name if row.location else "",
        time_zone=row.location.time_zone if row.location else "UTC",
        approval=row.approval,
        security_profile=row.security_profile,
        has_password=bool(row.password_hash),
        is_password_changing=bool(row.next_password_hash),
        version_pinned=row.version_pinned,
        assumes_version=row.assumes_version,
        clock_zone=row.clock_zone,
        vendor=row.vendor,
        model=row.model,
        serial_number=row.serial_number,
        firmware_version=row.firmware_version,
        iccid=row.iccid,
        imsi=row.imsi,
        meter_type=row.meter_type,
        meter_serial_number=row.meter_serial_number,
        version=row.version,
        boot_reason=row.boot_reason,
        booted_at=row.booted_at,
        hardware_changed_at=row.hardware_changed_at,
        clock_skew_s=row.clock_skew_s,
        reported_status=row.reported_status,
        reported_error=row.reported_error,
        reported_at=row.reported_at,
        intent_operative=row.intent_operative,
        notes=row.notes,
        created_at=row.created_at,
        aliases=tuple(StationAlias.objects.filter(station=row).values_list("spelling", flat=True)),
        connection=_connection_view(row.pk),
        connectors=_connectors(row.pk),
    )


def _connection_view(station_id: int) -> ConnectionView | None:
    row = StationConnection.objects.filter(station_id=station_id).first()
    if row is None:
        return None
    return ConnectionView(
        is_connected=row.is_connected,
        version=row.version,
        security_profile=row.security_profile,
        address=row.address,
        gateway_id=row.gateway_id,
        epoch=row.epoch,
        connected_at=row.connected_at,
        disconnected_at=row.disconnected_at,
        last_received_at=row.last_received_at,
    )


def _connectors(station_id: int) -> tuple[ConnectorView, ...]:
    return tuple(
        ConnectorView(
            id=row.pk,
            evse=row.evse,
            connector=row.connector,
            standard=row.standard,
            power_type=row.power_type,
            phases=row.phases,
            max_power_w=row.max_power_w,
            status=row.status,
            error_code=row.error_code,
            vendor_error_code=row.vendor_error_code,
            info=row.info,
            status_at=row.status_at,
            status_received_at=row.status_received_at,
            intent_operative=row.intent_operative,
        )
        for row in Connector.objects.filter(station_id=station_id).order_by("evse", "connector")
    )
