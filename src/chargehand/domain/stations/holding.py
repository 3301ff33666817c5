"""Stations that are held: they may connect and be set up, but their boot is answered Pending (OCPP 2.0.1 B02)."""

from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chargehand.domain.stations import actions, requests
from chargehand.domain.stations.commands import Trigger
from chargehand.domain.stations.models import ChargingStation, EntryPolicy
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

_HELD: Final = """
SELECT s.operator_id, s.id FROM stations_station s JOIN stations_connection k ON k.station_id = s.id
WHERE s.approval = 'held' AND k.is_connected AND s.booted_at > k.connected_at ORDER BY s.operator_id, s.id
"""


@transaction.atomic
def set_policy(*, operator_id: int, holds_new: bool) -> None:
    """Say whether stations that are made from now on are held until they are set up."""
    EntryPolicy.objects.update_or_create(
        operator_id=operator_id, defaults={"holds_new": holds_new, "changed_at": clock.now()}
    )


def holds_new(operator_id: int) -> bool:
    """Tell whether stations that are made from now on are held."""
    return EntryPolicy.objects.filter(operator_id=operator_id, holds_new=True).exists()


@transaction.atomic
def hold_station(*, operator_id: int, station_id: int) -> None:
    """Hold a station from its next connection on. Raises Refused `no-such-station`, `blocked`."""
    row = actions.station_for_update(operator_id, station_id)
    if row.approval == ChargingStation.Approval.BLOCKED:
        raise Refused("blocked", _("This station is blocked: let it in again first."))
    row.approval = ChargingStation.Approval.HELD
    row.save(update_fields=["approval"])


@transaction.atomic
def accept_station(*, operator_id: int, station_id: int, asked_by: str) -> None:
    """Accept a station that is held, and ask it to boot anew so that it learns of it (B02.FR.06, TC_B_31).

    Raises Refused `no-such-station`, `not-held`.
    """
    row = actions.station_for_update(operator_id, station_id)
    if row.approval != ChargingStation.Approval.HELD:
        raise Refused("not-held", _("This station is not held."))
    row.approval = ChargingStation.Approval.ACCEPTED
    row.save(update_fields=["approval"])
    requests.queue(
        operator_id=operator_id,
        station_id=station_id,
        command=Trigger(message="BootNotification"),
        asked_by=asked_by,
    )


def held_stations() -> list[tuple[int, int]]:
    """Return operator and id of the stations that are held, connected and were told Pending."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD)
        return [(row[0], row[1]) for row in cursor.fetchall()]
