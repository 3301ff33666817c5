"""Passwords of stations: set by people, or changed over OCPP so that nobody need travel."""

from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chargehand.domain.stations import actions, entry, requests
from chargehand.domain.stations.commands import SetVariables, VariableWanted
from chargehand.domain.stations.models import ChargingStation, StationConnection
from chargehand.domain.stations.secrets import MASK, PASSWORD_VARIABLES
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_secret

_FINISHED = """
SELECT r.id FROM stations_request r
CROSS JOIN LATERAL jsonb_array_elements(r.body -> 'variables') AS v
WHERE r.command = 'set-variables' AND r.state NOT IN ('queued', 'sent')
    AND r.queued_at > now() - interval '7 days' AND (%(station)s::bigint IS NULL OR r.station_id = %(station)s)
    AND v ->> 'name' = ANY(%(names)s) AND v ->> 'value' <> %(mask)s
"""
_SCRUB = """
UPDATE stations_request SET body = jsonb_set(body, '{variables}', (
    SELECT jsonb_agg(CASE WHEN v ->> 'name' = ANY(%(names)s) THEN v || jsonb_build_object('value', %(mask)s::text)
                     ELSE v END) FROM jsonb_array_elements(body -> 'variables') AS v))
WHERE id = %(request)s
"""
_LATEST = """
SELECT r.id FROM stations_request r WHERE r.station_id = %s AND r.command = 'set-variables'
    AND EXISTS (SELECT 1 FROM jsonb_array_elements(r.body -> 'variables') AS v WHERE v ->> 'name' = ANY(%s))
ORDER BY r.queued_at DESC LIMIT 1
"""
_UNSENT = """
UPDATE stations_station s SET next_password_hash = '' WHERE s.next_password_hash <> '' AND EXISTS (
    SELECT 1 FROM (
        SELECT r.state, r.sent_at FROM stations_request r
        WHERE r.station_id = s.id AND r.command = 'set-variables' AND EXISTS (
            SELECT 1 FROM jsonb_array_elements(r.body -> 'variables') AS v WHERE v ->> 'name' = ANY(%s))
        ORDER BY r.queued_at DESC LIMIT 1
    ) AS latest WHERE latest.state = 'expired' AND latest.sent_at IS NULL)
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
def take_over_next(station_id: int, request_id: UUID) -> bool:
    """Make the next password the only one: the station has it. Return whether there was one.

    A request that a later rotation has overtaken changes nothing.
    """
    row = ChargingStation.objects.select_for_update().get(pk=station_id)
    if not row.next_password_hash or request_id != _latest(station_id):
        return False
    row.password_hash, row.next_password_hash = row.next_password_hash, ""
    row.save(update_fields=["password_hash", "next_password_hash"])
    return True


@transaction.atomic
def forget_next(station_id: int, request_id: UUID) -> bool:
    """Forget the next password: the station refused it. Return whether there was one."""
    row = ChargingStation.objects.select_for_update().get(pk=station_id)
    if not row.next_password_hash or request_id != _latest(station_id):
        return False
    row.next_password_hash = ""
    row.save(update_fields=["next_password_hash"])
    return True


@transaction.atomic
def scrub(station_id: int | None = None) -> int:
    """Strike passwords out of finished requests, of one station or all; return how many.

    The gateway keeps what it sends without them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FINISHED, {"names": list(PASSWORD_VARIABLES), "mask": MASK, "station": station_id})
        found = cursor.fetchall()
        for (request_id,) in found:
            cursor.execute(_SCRUB, {"names": list(PASSWORD_VARIABLES), "mask": MASK, "request": request_id})
    return len(found)


def forget_unsent() -> int:
    """Forget next passwords that never left the house: their request expired unsent; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSENT, [list(PASSWORD_VARIABLES)])
        return int(cursor.rowcount)


def _latest(station_id: int) -> UUID | None:
    """Return the latest request of a station that sets its password."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [station_id, list(PASSWORD_VARIABLES)])
        row = cursor.fetchone()
    return UUID(str(row[0])) if row else None
