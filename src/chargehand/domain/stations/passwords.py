"""Passwords of stations: set by people, or changed over OCPP so that nobody need travel."""

from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chargehand.domain.stations import actions, entry, requests
from chargehand.domain.stations.command_cards import MASK, PASSWORD_VARIABLES
from chargehand.domain.stations.commands import SetVariables, VariableWanted
from chargehand.domain.stations.models import ChargingStation, StationConnection
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_secret

_SCRUB = """
UPDATE stations_request r SET body = jsonb_set(body, '{variables}', (
    SELECT jsonb_agg(CASE WHEN v ->> 'name' = ANY(%(names)s) THEN v || jsonb_build_object('value', %(mask)s::text)
                     ELSE v END) FROM jsonb_array_elements(body -> 'variables') AS v))
WHERE command = 'set-variables' AND state NOT IN ('queued', 'sent') AND station_id = %(station)s
    AND EXISTS (SELECT 1 FROM jsonb_array_elements(body -> 'variables') AS v
                WHERE v ->> 'name' = ANY(%(names)s) AND v ->> 'value' <> %(mask)s)
"""


@transaction.atomic
def set_password(*, operator_id: int, station_id: int, password: str | None = None) -> str:
    """Set the password that a station must use from now on and return it; None makes one up.

    It is shown this once. Raises Refused `no-such-station`, `bad-password`.
    """
    row = actions.station_for_update(operator_id, station_id)
    made = actions.checked_password(password) if password is not None else new_secret(actions.PASSWORD_LENGTH)
    row.password_hash = entry.hash_password(made.encode())
    row.next_password_hash = ""
    row.save(update_fields=["password_hash", "next_password_hash"])
    return made


@transaction.atomic
def rotate_password(*, operator_id: int, station_id: int, asked_by: str) -> UUID:
    """Give a connected station a new password over OCPP; return the request's id.

    The old one holds until the station accepted the new (TC_A_09, TC_A_10); nobody gets to see it.
    Raises Refused `no-such-station`, `station-offline`.
    """
    row = actions.station_for_update(operator_id, station_id)
    link = StationConnection.objects.filter(station_id=station_id, is_connected=True).first()
    if link is None:
        raise Refused("station-offline", _("The station is not connected; its password cannot be changed."))
    password = new_secret(actions.PASSWORD_LENGTH)
    row.next_password_hash = entry.hash_password(password.encode())
    row.save(update_fields=["next_password_hash"])
    if link.version == "ocpp1.6":
        wanted = VariableWanted(name="AuthorizationKey", value=password.encode().hex())
    else:
        wanted = VariableWanted(component="SecurityCtrlr", name="BasicAuthPassword", value=password)
    return requests.queue(
        operator_id=operator_id,
        station_id=station_id,
        command=SetVariables(variables=[wanted]),
        asked_by=asked_by,
    )


@transaction.atomic
def take_over_next(station_id: int) -> bool:
    """Make the next password the only one: the station has it. Return whether there was one."""
    row = ChargingStation.objects.select_for_update().get(pk=station_id)
    if not row.next_password_hash:
        return False
    row.password_hash, row.next_password_hash = row.next_password_hash, ""
    row.save(update_fields=["password_hash", "next_password_hash"])
    return True


@transaction.atomic
def forget_next(station_id: int) -> None:
    """Forget the next password: the station refused it."""
    ChargingStation.objects.filter(pk=station_id).update(next_password_hash="")


def scrub(station_id: int) -> int:
    """Strike passwords out of a station's finished requests; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SCRUB, {"names": list(PASSWORD_VARIABLES), "mask": MASK, "station": station_id})
        return int(cursor.rowcount)
