"""Stations nobody knows wait for people here: approved with one click, or sent away."""

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import actions, queries
from chargehand.domain.stations.actions import NewStation
from chargehand.domain.stations.models import WaitingStation
from chargehand.domain.stations.queries import WaitingView
from chargehand.kernel.errors import Refused


def waiting_for(principal: Principal) -> list[WaitingView]:
    """Return the waiting stations that this caller may let in, those heard last first.

    A station nobody knows says of itself whose it is: by the operator's short name in the path it calls
    (`/volt/4107`). Where there is but one operator, or the caller runs the installation, all are theirs. Others
    never hear of a station that may be somebody else's.
    """
    waiting = queries.waiting_stations()
    if not waiting or accounts.is_only_operator(principal.operator_id):
        return waiting
    if principal.user_id is not None and accounts.runs_installation(principal.user_id):
        return waiting
    return [one for one in waiting if _names(one, principal.operator_slug)]


def check_waiting_for(principal: Principal, identity: str) -> None:
    """Raise Refused `not-waiting` unless this station waits and the caller may decide about it."""
    if not any(one.identity == identity for one in waiting_for(principal)):
        raise Refused("not-waiting", _("No station of this name is waiting."))


def _names(one: WaitingView, slug: str) -> bool:
    path = one.handshake.get("path")
    parts = [part for part in path.split("/") if part] if isinstance(path, str) else []
    return slug.casefold() in (part.casefold() for part in parts[:-1])


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
