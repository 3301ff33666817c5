"""Stations nobody knows wait for people here: approved with one click, or sent away."""

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.stations import actions
from chargehand.domain.stations.actions import NewStation
from chargehand.domain.stations.models import WaitingStation
from chargehand.kernel.errors import Refused


@transaction.atomic
def approve_waiting(
    *,
    operator_id: int,
    identity: str,
    location_id: int | None = None,
    name: str = "",
    security_profile: int | None = None,
    password: str | None = None,
) -> NewStation:
    """Make a station of one that waits and return it with its password, to be set at the station.

    The profile is what it tried to connect with unless another is named, but never less than 1 by itself: a
    station without a password is a decision (`security_profile=0`). One that offered no version is taken for
    OCPP 1.6 (quirk E1). Raises Refused `not-waiting` and as `create_station`.
    """
    row = WaitingStation.objects.select_for_update().filter(identity=identity).first()
    if row is None:
        raise Refused("not-waiting", _("No station of this name is waiting."))
    profile = security_profile if security_profile is not None else max(1, row.security_profile)
    made = actions.create_station(
        operator_id=operator_id,
        identity=row.identity,
        location_id=location_id,
        name=name,
        security_profile=profile,
        password=password,
        assumes_version="" if row.subprotocols else "ocpp1.6",
    )
    row.delete()
    return made


@transaction.atomic
def dismiss_waiting(*, identity: str) -> None:
    """Take a station off the waiting list; it comes back when it calls again. Raises Refused `not-waiting`."""
    if not WaitingStation.objects.filter(identity=identity).delete()[0]:
        raise Refused("not-waiting", _("No station of this name is waiting."))
