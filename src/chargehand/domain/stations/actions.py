"""Verbs of the room: locations, stations and connectors are made, described, blocked and unblocked.

Who may do this, and the audit of who did, are the door's business: it writes the audit in the same
transaction.
"""

import re
import zoneinfo
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

import msgspec
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from chargehand.domain.stations import entry
from chargehand.domain.stations.models import (
    ChargingStation,
    Connector,
    EntryPolicy,
    Location,
    QuarantinedMessage,
    WaitingStation,
)
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_secret

#: OCPP 2.0.1 ChargingStation identity: at most 48 characters (part 4, 3.1.1); ":" would end the user name of
#: Basic authentication (RFC 7617).
LONGEST_IDENTITY: Final = 48
#: Length of passwords in characters (OCPP 2.1 part 2 A00, BasicAuthPassword).
SHORTEST_PASSWORD: Final = 16
LONGEST_PASSWORD: Final = 64
#: Length of the passwords that are made here: at most 20 bytes fit AuthorizationKey of 1.6.
PASSWORD_LENGTH: Final = 20

Version: TypeAlias = Literal["", "ocpp1.6", "ocpp2.0.1", "ocpp2.1"]


class LocationDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is said about a location. `country` is ISO 3166-1 alpha-2, degrees are WGS 84."""

    name: str
    address: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    time_zone: str = "UTC"


class ConnectorDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is said about a plug: `standard` and `power_type` are OCPI's words (IEC_62196_T2, AC_3_PHASE)."""

    standard: str = ""
    power_type: str = ""
    phases: int | None = None
    max_power_w: int | None = None


class NewStation(msgspec.Struct, frozen=True, kw_only=True):
    """A station just made. `password` is shown this once; None where none is needed (profiles 0 and 3)."""

    station_id: int
    identity: str
    password: str | None


@transaction.atomic
def create_location(*, operator_id: int, details: LocationDetails) -> int:
    """Make a location and return its id.

    Raises Refused `bad-name`, `unknown-time-zone`, `bad-position`, `unknown-country`.
    """
    _check_location(details)
    values = msgspec.structs.asdict(details)
    return Location.objects.create(operator_id=operator_id, created_at=clock.now(), **values).pk


@transaction.atomic
def change_location(*, operator_id: int, location_id: int, details: LocationDetails) -> None:
    """Replace what is said about a location. Raises as `create_location` and Refused `no-such-location`."""
    _check_location(details)
    values = msgspec.structs.asdict(details)
    if not Location.objects.filter(operator_id=operator_id, pk=location_id).update(**values):
        raise Refused("no-such-location", _("There is no such location."))


@transaction.atomic
def create_station(
    *,
    operator_id: int,
    identity: str,
    location_id: int | None = None,
    name: str = "",
    security_profile: int = 1,
    password: str | None = None,
    assumes_version: Version = "",
) -> NewStation:
    """Make a station that may connect from now on; without a password one is made up.

    Raises Refused `bad-identity`, `identity-taken` (case makes no difference), `no-such-location`,
    `bad-security-profile`, `bad-password`.
    """
    identity = checked_identity(identity)
    _check_profile(security_profile)
    _check_place(operator_id, location_id)
    password = _password_for(security_profile, password)
    try:
        with transaction.atomic():
            row = ChargingStation.objects.create(
                operator_id=operator_id,
                location_id=location_id,
                identity=identity,
                identity_key=entry.identity_key(identity),
                name=name.strip()[:100],
                approval=_first_approval(operator_id),
                security_profile=security_profile,
                password_hash=entry.hash_password(password.encode()) if password else "",
                assumes_version=assumes_version,
                created_at=clock.now(),
            )
    except IntegrityError:
        raise Refused("identity-taken", _("Another station calls itself %s.") % identity) from None
    _stop_waiting(identity)
    return NewStation(station_id=row.pk, identity=identity, password=password)


@transaction.atomic
def change_station(
    *, operator_id: int, station_id: int, name: str, location_id: int | None, notes: str = ""
) -> None:
    """Replace a station's name, place and notes. Raises Refused `no-such-station`, `no-such-location`."""
    _check_place(operator_id, location_id)
    _change(operator_id, station_id, name=name.strip()[:100], location_id=location_id, notes=notes)


@transaction.atomic
def set_security_profile(*, operator_id: int, station_id: int, security_profile: int) -> None:
    """Demand another security profile at the next connection.

    0: no password, 1: password, 2: TLS and password, 3: TLS with a client certificate (OCPP 2.0.1 A00).
    Raises Refused `no-such-station`, `bad-security-profile`, `no-password`.
    """
    _check_profile(security_profile)
    row = station_for_update(operator_id, station_id)
    if security_profile in {1, 2} and not row.password_hash:
        raise Refused("no-password", _("Set a password for this station first."))
    _change(operator_id, station_id, security_profile=security_profile)


@transaction.atomic
def block_station(*, operator_id: int, station_id: int) -> None:
    """Refuse a station from its next connection on; the one that stands is closed by its gateway.

    Raises Refused `no-such-station`.
    """
    _change(operator_id, station_id, approval=ChargingStation.Approval.BLOCKED)
    _drop_connection(station_id)


@transaction.atomic
def unblock_station(*, operator_id: int, station_id: int) -> None:
    """Let a blocked station in again. Raises Refused `no-such-station`."""
    _change(operator_id, station_id, approval=ChargingStation.Approval.ACCEPTED)


@transaction.atomic
def pin_version(*, operator_id: int, station_id: int, version: Version) -> None:
    """Allow a station one version of OCPP only (quirk E4), or any with "". Raises Refused `no-such-station`."""
    _change(operator_id, station_id, version_pinned=version)


@transaction.atomic
def assume_version(*, operator_id: int, station_id: int, version: Version) -> None:
    """Take a version as meant where the station offers none (quirk E1). Raises Refused `no-such-station`."""
    _change(operator_id, station_id, assumes_version=version)


@transaction.atomic
def set_clock_zone(*, operator_id: int, station_id: int, zone: str) -> None:
    """Say in which IANA zone a station means times that name none; "" is UTC (quirk D2).

    Counts from the next connection on. Raises Refused `no-such-station`, `unknown-time-zone`.
    """
    if zone and zone not in zoneinfo.available_timezones():
        raise Refused("unknown-time-zone", _("%r is not a time zone such as Europe/Berlin.") % zone)
    _change(operator_id, station_id, clock_zone=zone)


@transaction.atomic
def describe_connector(
    *, operator_id: int, station_id: int, evse: int, connector: int = 1, details: ConnectorDetails
) -> None:
    """Say what a plug is, making it known where it is not yet. Raises Refused `no-such-station`, `bad-number`."""
    station_for_update(operator_id, station_id)
    if evse < 1 or connector < 1:
        raise Refused("bad-number", _("EVSEs and connectors are numbered from 1."))
    Connector.objects.update_or_create(
        station_id=station_id,
        evse=evse,
        connector=connector,
        defaults=msgspec.structs.asdict(details),
    )


@transaction.atomic
def set_intent(
    *,
    operator_id: int,
    station_id: int,
    is_operative: bool,
    evse: int | None = None,
    connector: int | None = None,
) -> None:
    """Write down whether people want a station, an EVSE or a connector in service; sends nothing.

    Raises Refused `no-such-station`, `no-such-connector`.
    """
    station_for_update(operator_id, station_id)
    if not evse:
        _change(operator_id, station_id, intent_operative=is_operative)
        return
    plugs = Connector.objects.filter(station_id=station_id, evse=evse)
    if connector is not None:
        plugs = plugs.filter(connector=connector)
    if not plugs.update(intent_operative=is_operative):
        raise Refused("no-such-connector", _("This station has no such plug."))


@transaction.atomic
def resolve_quarantined(*, operator_id: int, message_id: int) -> None:
    """Mark a message in quarantine as dealt with; a second time changes nothing.

    Raises Refused `no-such-message`.
    """
    rows = QuarantinedMessage.objects.filter(pk=message_id, station__operator_id=operator_id)
    if not rows.exists():
        raise Refused("no-such-message", _("There is no such message in quarantine."))
    rows.filter(resolved_at=None).update(resolved_at=clock.now())


def checked_identity(identity: str) -> str:
    """Return an identity without blanks around it. Raises Refused `bad-identity`."""
    identity = identity.strip()
    if not re.fullmatch(r"[^\x00-\x20\x7f:/?#]{1,48}", identity) or len(entry.identity_key(identity)) > 48:
        raise Refused(
            "bad-identity", _("An identity has 1 to 48 characters without blanks, colons and slashes.")
        )
    return identity


def checked_password(password: str) -> str:
    """Return a password a station can use. Raises Refused `bad-password`."""
    if not re.fullmatch(r"[\x21-\x7e]{16,64}", password):
        raise Refused("bad-password", _("A password has 16 to 64 ASCII characters without blanks."))
    return password


def station_for_update(operator_id: int, station_id: int) -> ChargingStation:
    """Return a station's row, locked. Raises Refused `no-such-station`."""
    row = ChargingStation.objects.select_for_update().filter(operator_id=operator_id, pk=station_id).first()
    if row is None:
        raise Refused("no-such-station", _("There is no such station."))
    return row


def _change(operator_id: int, station_id: int, **values: Any) -> None:
    if not ChargingStation.objects.filter(operator_id=operator_id, pk=station_id).update(**values):
        raise Refused("no-such-station", _("There is no such station."))


def _drop_connection(station_id: int) -> None:
    """Ask the gateway that holds a station to close its connection, in the words of a fencing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify('chargehand_fenced', gateway_id::text || ' ' || station_id || ' ' || (epoch + 1))"
            " FROM stations_connection WHERE station_id = %s AND is_connected",
            [station_id],
        )


def _stop_waiting(identity: str) -> None:
    key = entry.identity_key(identity)
    WaitingStation.objects.filter(identity__in=[identity, key]).delete()
    WaitingStation.objects.filter(identity__iexact=identity).delete()


def _first_approval(operator_id: int) -> ChargingStation.Approval:
    is_held = EntryPolicy.objects.filter(operator_id=operator_id, holds_new=True).exists()
    return ChargingStation.Approval.HELD if is_held else ChargingStation.Approval.ACCEPTED


def _password_for(profile: int, password: str | None) -> str | None:
    if password is not None:
        return checked_password(password)
    return new_secret(PASSWORD_LENGTH) if profile in {1, 2} else None


def _check_profile(profile: int) -> None:
    if profile not in {0, 1, 2, 3}:
        raise Refused("bad-security-profile", _("Security profiles are numbered 0 to 3."))


def _check_place(operator_id: int, location_id: int | None) -> None:
    if (
        location_id is not None
        and not Location.objects.filter(operator_id=operator_id, pk=location_id).exists()
    ):
        raise Refused("no-such-location", _("There is no such location."))


def _check_location(details: LocationDetails) -> None:
    if not details.name.strip():
        raise Refused("bad-name", _("A location needs a name."))
    if details.time_zone not in zoneinfo.available_timezones():
        raise Refused(
            "unknown-time-zone", _("%r is not a time zone such as Europe/Berlin.") % details.time_zone
        )
    if details.country and not re.fullmatch(r"[A-Z]{2}", details.country):
        raise Refused("unknown-country", _("%r is not a country code of two capitals.") % details.country)
    latitude, longitude = details.latitude, details.longitude
    if (latitude is None) != (longitude is None):
        raise Refused("bad-position", _("A position needs both latitude and longitude."))
    if latitude is not None and longitude is not None and (abs(latitude) > 90 or abs(longitude) > 180):
        raise Refused("bad-position", _("Latitude lies within ±90 and longitude within ±180 degrees."))
