"""People to be told, in few words: a crew with channels, a rota, escalation, and incidents that happen."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from tests.patience import PATIENCE_S

from chargehand.domain.accounts import actions as accounts
from chargehand.domain.accounts import queries
from chargehand.domain.accounts.models import Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.accounts.principals import SYSTEM, Actor, Principal
from chargehand.domain.health.facts import (
    IncidentAcknowledged,
    IncidentOpened,
    IncidentResolved,
    IncidentWorsened,
)
from chargehand.domain.health.models import Incident
from chargehand.domain.notices import actions, followers, plans, sealing, sender
from chargehand.domain.notices.actions import ChannelTerms
from chargehand.domain.notices.kinds import ChannelKind
from chargehand.domain.notices.models import Alert, Channel, Delivery
from chargehand.domain.notices.plans import RouteTerms, Step
from chargehand.domain.notices.providers.fake import FakeProvider
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import LocationDetails
from chargehand.kernel import clock

ADA = Actor("user", 1, "Ada")
NEVER_QUIET: dict[str, Any] = {"quiet_from": None, "quiet_to": None}


class Crew:
    """An operator's people, a site with a charger, and a provider that keeps what it is given."""

    def __init__(self, operator: Operator) -> None:
        self.operator_id = operator.pk
        self.slug = operator.slug
        details = LocationDetails(name="Harbour", time_zone="Europe/Berlin", country="DE")
        self.location_id = stations.create_location(operator_id=operator.pk, details=details)
        self.station_id = self.station(f"{operator.slug}-4107")
        self.provider = FakeProvider()

    def station(self, identity: str) -> int:
        """Make a charger at the site."""
        made = stations.create_station(
            operator_id=self.operator_id, identity=identity, location_id=self.location_id
        )
        return made.station_id

    def person(self, name: str, role: Role = Role.OPERATIONS, location_ids: Any = ()) -> int:
        """Give a role to somebody new."""
        user = User.objects.create_user(f"{name.lower()}@example.org", "correct horse", name=name)
        accounts.invite_user(
            operator_id=self.operator_id, email=user.email, role=role, actor=SYSTEM, location_ids=location_ids
        )
        return user.pk

    def admin_id(self) -> int:
        """The first admin of the operator."""
        found = queries.people(self.operator_id)
        return next(each.user_id for each in found if each.role is Role.ADMIN)

    def as_principal(self, user_id: int) -> Principal:
        """A person as a door sees them."""
        found = queries.principal_of(user_id, self.slug)
        assert found is not None
        return found

    def channel(self, user_id: int, target: str = "json://example.org/hook", **more: Any) -> int:
        """Add a channel that works; it was proved long ago."""
        terms = ChannelTerms(
            **{"label": "Hook", "least_severity": 9, "time_zone": "Europe/Berlin", **NEVER_QUIET, **more}
        )
        row = Channel.objects.create(
            operator_id=self.operator_id,
            user_id=user_id,
            kind=ChannelKind.WEBHOOK,
            sealed_target=sealing.seal(target),
            masked=sealing.mask(target),
            verified_at=clock.now() - timedelta(days=30),
            created_at=clock.now() - timedelta(days=30),
            **actions._columns(terms),
        )
        return row.pk

    def escalate(self, *steps: Step, repeats: int = 0, name: str = "All") -> int:
        """Send all incidents through these steps from now on."""
        policy_id = plans.save_policy(
            operator_id=self.operator_id,
            policy_id=None,
            name=name,
            repeats=repeats,
            steps=steps,
            actor=ADA,
        )
        plans.save_routes(
            operator_id=self.operator_id,
            routes=[RouteTerms(policy_id=policy_id, least_severity=9)],
            actor=ADA,
        )
        return policy_id

    def opened(self, *, severity: int = 4, kind: str = "failed-starts", **more: Any) -> int:
        """An incident opens; return its id."""
        now = clock.now()
        row = Incident.objects.create(
            operator_id=self.operator_id,
            key=f"test {Incident.objects.count()}",
            state=Incident.State.OPEN,
            scope="station",
            family="test",
            kind=kind,
            severity=severity,
            station_id=self.station_id,
            began_at=now,
            last_seen_at=now,
            opens_at=now,
            opened_at=now,
        )
        self.opened_again(row.pk, severity=severity, kind=kind, **more)
        return row.pk

    def opened_again(self, incident_id: int, *, severity: int = 4, **more: Any) -> None:
        """An incident opens, or is opened again."""
        what = {
            "happened_at": clock.now(),
            "operator_id": self.operator_id,
            "incident_id": incident_id,
            "kind": "failed-starts",
            "severity": severity,
            "station_ids": (self.station_id,),
            **more,
        }
        followers.follow_incidents([IncidentOpened(**what)])

    def worsened(self, incident_id: int, severity: int, station_ids: tuple[int, ...] = ()) -> None:
        fact = IncidentWorsened(
            happened_at=clock.now(),
            operator_id=self.operator_id,
            incident_id=incident_id,
            severity=severity,
            station_ids=station_ids or (self.station_id,),
        )
        followers.follow_incidents([fact])

    def acknowledged(self, incident_id: int, by: str = "Mia") -> None:
        fact = IncidentAcknowledged(
            happened_at=clock.now(), operator_id=self.operator_id, incident_id=incident_id, by=by
        )
        followers.follow_incidents([fact])

    def resolved(self, incident_id: int) -> None:
        fact = IncidentResolved(
            happened_at=clock.now(),
            operator_id=self.operator_id,
            incident_id=incident_id,
            is_by_charge=True,
            cause="",
            fix="",
        )
        followers.follow_incidents([fact])

    def tell(self, limit_s: float = PATIENCE_S) -> sender.Told:
        """Let the sender do a turn by the fake provider."""
        return sender.tell_people(dict.fromkeys(ChannelKind, self.provider), limit_s)

    def told(self) -> list[str]:
        """The addresses that got a message since the last call, in the order in which they got it."""
        self.tell()
        addresses = [target for target, _ in self.provider.sent]
        self.provider.sent.clear()
        return addresses

    def alert(self, incident_id: int) -> Alert:
        return Alert.objects.get(operator_id=self.operator_id, incident_id=incident_id)

    def states(self) -> list[str]:
        """The states of all messages, oldest first."""
        return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def at(hour: int, minute: int = 0) -> time:
    return time(hour, minute)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")
