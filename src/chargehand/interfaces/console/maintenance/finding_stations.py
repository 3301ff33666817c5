"""Finding a charger by what a person typed, within what they may see."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.queries import StationView
from chargehand.interfaces.console import finding
from chargehand.kernel.errors import Refused


def typed_station(principal: Principal, identity: str) -> StationView:
    """Return the charger of an identity. Raises Refused `no-such-station`."""
    found = stations.station_by_identity(principal.operator_id, identity.strip())
    if found is None or not finding.may_see(principal, found.location_id):
        raise Refused(
            "no-such-station",
            _("There is no charger %s. Write its identity as the list shows it.") % identity.strip(),
        )
    return found
