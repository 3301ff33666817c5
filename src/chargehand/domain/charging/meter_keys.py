"""The register of meters' public keys: signed readings are judged by these, not by the key they bring along."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.charging.models import MeterKey
from chargehand.domain.charging.signed.keys import read_key
from chargehand.domain.charging.signed.records import SignedRecordError
from chargehand.domain.stations import queries as stations
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

LONGEST_KEY = 4000


class MeterKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it was entered, and from when to when it counts; `valid_until` None: it stands."""

    id: int
    station_id: int
    evse: int
    public_key: str
    meter_serial: str
    valid_from: datetime
    valid_until: datetime | None
    added_by: str


def meter_keys(operator_id: int, station_id: int) -> list[MeterKeyView]:
    """Return the keys of a station's meters, those that stand first."""
    rows = MeterKey.objects.filter(operator_id=operator_id, station_id=station_id)
    found = rows.order_by("evse", "-valid_from")
    return sorted((_view(row) for row in found), key=lambda each: each.valid_until is not None)


def key_at(operator_id: int, station_id: int, evse: int, at: datetime) -> str | None:
    """Return the key that counted at an EVSE at a time; None where the register has none."""
    rows = MeterKey.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at),
        operator_id=operator_id,
        station_id=station_id,
        evse=evse,
        valid_from__lte=at,
    )
    return rows.order_by("-valid_from").values_list("public_key", flat=True).first()


def keyed_plugs(operator_id: int, station_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the EVSEs (station, number) of which the register has, or had, a key."""
    rows = MeterKey.objects.filter(operator_id=operator_id, station_id__in=station_ids)
    return set(rows.values_list("station_id", "evse"))


@transaction.atomic
def register_key(
    *,
    operator_id: int,
    station_id: int,
    evse: int,
    public_key: str,
    actor: Actor,
    meter_serial: str = "",
    valid_from: datetime | None = None,
) -> int:
    """Enter the key of a meter; the one before it counts until this one begins. Return the id.

    Any form of `keys.read_key` is taken. Raises Refused `no-such-station`, `no-such-plug`, `bad-key`,
    `later-key` (one begins then or later already).
    """
    station = stations.station(operator_id, station_id)
    if station is None:
        raise Refused("no-such-station", _("There is no such station."))
    if all(plug.evse != evse for plug in station.connectors):
        raise Refused("no-such-plug", _("The station has no such plug."))
    text = _checked_key(public_key)
    begins = valid_from or clock.now()
    rows = MeterKey.objects.select_for_update().filter(station_id=station_id, evse=evse)
    if rows.filter(valid_from__gte=begins).exists():
        raise Refused("later-key", _("Another key of this plug begins then or later."))
    rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=begins)).update(valid_until=begins)
    row = MeterKey.objects.create(
        operator_id=operator_id,
        station_id=station_id,
        evse=evse,
        public_key=text,
        meter_serial=meter_serial.strip()[:64],
        valid_from=begins,
        added_by=actor.name[:255],
    )
    detail = {"evse": evse, "meter": row.meter_serial, "from": begins.isoformat()}
    audit.write_audit(actor, operator_id, "meter_key.registered", f"station:{station_id}", detail)
    return row.pk


@transaction.atomic
def retire_key(*, operator_id: int, key_id: int, actor: Actor) -> None:
    """Let a key count no longer: the meter is gone or does not sign. Raises Refused `unknown-key`."""
    row = MeterKey.objects.select_for_update().filter(operator_id=operator_id, pk=key_id).first()
    if row is None:
        raise Refused("unknown-key", _("There is no such key."))
    if row.valid_until is None:
        row.valid_until = clock.now()
        row.save(update_fields=["valid_until"])
        audit.write_audit(
            actor, operator_id, "meter_key.retired", f"station:{row.station_id}", {"evse": row.evse}
        )


def _checked_key(public_key: str) -> str:
    text = public_key.strip()
    if not text or len(text) > LONGEST_KEY or not text.isascii():
        raise Refused("bad-key", _("Give the key in hexadecimal or base64."))
    try:
        read_key(text)
    except SignedRecordError as error:
        raise Refused("bad-key", str(error)) from None
    return text


def _view(row: MeterKey) -> MeterKeyView:
    return MeterKeyView(
        id=row.pk,
        station_id=row.station_id,
        evse=row.evse,
        public_key=row.public_key,
        meter_serial=row.meter_serial,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        added_by=row.added_by,
    )
