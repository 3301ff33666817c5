"""What an operator allows the system to do by itself: set stations to tell more, repair them."""

from typing import Any

from ninja import Router

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import actions as health
from chargehand.domain.health import guard_rails, provisioning
from chargehand.interfaces.api import reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.policy_shapes import RecoveryTerms, WatchTerms
from chargehand.kernel import clock

router = Router(tags=["Policies"])


@router.get("/watch", response=WatchTerms)
@needs(Permission.STATIONS_VIEW)
def read_watch_policy(request: ApiRequest) -> Any:
    """What may be set on stations so that faults show."""
    return provisioning.policy(_network(request.auth))


@router.put("/watch", response=WatchTerms)
@needs(Permission.STATIONS_EDIT)
def set_watch_policy(request: ApiRequest, body: WatchTerms) -> Any:
    """Say what may be set on stations so that faults show; it holds for what is set from now on."""
    operator_id = _network(request.auth)
    provisioning.set_policy(
        operator_id=operator_id, now=clock.now(), actor=request.auth.actor, **body.model_dump()
    )
    return provisioning.policy(operator_id)


@router.get("/recovery", response=RecoveryTerms)
@needs(Permission.STATIONS_VIEW)
def read_recovery_policy(request: ApiRequest) -> Any:
    """What the system may try by itself when a fault stands, and the target of incidents' clock."""
    return guard_rails.policy_of(_network(request.auth))


@router.put("/recovery", response=RecoveryTerms)
@needs(Permission.STATIONS_EDIT)
def set_recovery_policy(request: ApiRequest, body: RecoveryTerms) -> Any:
    """Replace what the system may try by itself; it holds from the next step on."""
    operator_id = _network(request.auth)
    health.set_recovery_policy(operator_id=operator_id, actor=request.auth.actor, **body.model_dump())
    return guard_rails.policy_of(operator_id)


def _network(principal: Principal) -> int:
    """Return the operator of a caller who acts for the whole network. Raises Problem `forbidden`."""
    reach.whole(principal)
    return principal.operator_id
