"""A yard to work in: an operator's location, a connected station with two plugs, and people of each trade."""

from __future__ import annotations

from typing import Any

from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import orders, work
from chargehand.domain.maintenance.orders import OrderView
from chargehand.domain.maintenance.work import NewOrder
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import LocationDetails
from chargehand.domain.stations.models import Connector

PAT = Actor("user", None, "Pat")


class Yard:
    """An operator's location with a charger of two plugs."""

    def __init__(self, operator: Operator, identity: str = "4107", version: int = 16) -> None:
        self.operator_id = operator.pk
        self.location_id = stations.create_location(
            operator_id=operator.pk, details=LocationDetails(name="Harbour", time_zone="Europe/Berlin")
        )
        self.talk = self.station(identity, version)
        self.station_id = self.talk.station_id
        self.mo = self.person("mo@example.org", "technician")
        self.kim = self.person("kim@example.org", "technician")

    def station(self, identity: str, version: int = 16) -> Talk:
        """Make another connected station here, with two free plugs."""
        talk = Talk(self.operator_id, identity, version)
        stations.change_station(
            operator_id=self.operator_id, station_id=talk.station_id, name="", location_id=self.location_id
        )
        talk.boot()
        talk.status("Available", evse=1)
        talk.status("Available", evse=2)
        return talk

    def person(self, email: str, role: str) -> Actor:
        """Make somebody with a role."""
        user = User.objects.create_user(email, "correct horse battery", name=email.partition("@")[0].title())
        Membership.objects.create(user=user, operator_id=self.operator_id, role=role)
        return Actor("user", user.pk, user.name)

    def order(self, **more: Any) -> int:
        """Raise an order at plug 1 whose steps can all be ticked off."""
        wanted: dict[str, Any] = {"station_id": self.station_id, "evse": 1, "title": "Look at it", **more}
        return work.raise_order(operator_id=self.operator_id, order=NewOrder(**wanted), actor=PAT)

    def do(self, verb: Any, order_id: int, **more: Any) -> Any:
        """Let Mo do something with an order."""
        return verb(operator_id=self.operator_id, order_id=order_id, **{"actor": self.mo, **more})

    def view(self, order_id: int) -> OrderView:
        """Look at an order as its technician does."""
        found = orders.work_order(self.operator_id, order_id, is_masked=False)
        assert found is not None
        return found

    def is_in_service(self, evse: int = 1) -> bool:
        """Whether people want a plug in service."""
        return Connector.objects.get(station_id=self.station_id, evse=evse).intent_operative
