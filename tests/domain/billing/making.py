"""Charges with a price in few words: an operator's town, its tariffs, and a charger that talks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from tests.domain.station_talk import Talk, now
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.billing import credit_notes, invoices, prices, queries, sharing
from chargehand.domain.billing.models import PricedCdr
from chargehand.domain.billing.prices import Outcome
from chargehand.domain.billing.queries import PricedView
from chargehand.domain.charging import cdrs
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import LocationDetails
from chargehand.domain.tariffs import actions as tariffs
from chargehand.domain.tariffs.views import Place
from chargehand.domain.tokens import actions as tokens
from chargehand.domain.tokens.actions import TokenDetails
from chargehand.kernel import clock

FAY = Actor("user", 9, "Fay")
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
#: 0.50 a kWh and 2.00 an hour of parking, both and 19 % tax on top.
SIMPLE = tariff(element(component("ENERGY", "0.50", vat="19"), component("PARKING_TIME", "2.00", vat="19")))


def bill_everything() -> None:
    """Write the documents of all prices and credits, and their hosts' shares, as the followers do."""
    for row in PricedCdr.objects.order_by("pk"):
        if row.kind == PricedCdr.Kind.CHARGE:
            invoices.issue_invoice(row.operator_id, row.pk, now=clock.now())
        else:
            credit_notes.issue_credit_note(row.operator_id, row.pk, now=clock.now())
        sharing.share_price(row.operator_id, row.pk)


class Town:
    """An operator's location with a charger."""

    def __init__(
        self, operator: Operator, *, time_zone: str = "Europe/Berlin", version: int = 16, group: str = ""
    ) -> None:
        self.operator_id = operator.pk
        details = LocationDetails(name="Harbour", time_zone=time_zone, country=operator.country)
        self.location_id = stations.create_location(operator_id=operator.pk, details=details)
        details_of_token = TokenDetails(group_uid=group)
        self.token_id = tokens.issue_token(
            operator_id=operator.pk, uid="CARD1", actor=FAY, details=details_of_token
        )
        self.talk = Talk(operator.pk, version=version)
        self.begins = now() - timedelta(hours=20)
        stations.change_station(
            operator_id=operator.pk, station_id=self.talk.station_id, name="", location_id=self.location_id
        )

    def tariff(self, text: dict[str, Any] | None = None, *, place: Place | None = None, **more: Any) -> int:
        """Make a tariff, assign it (everywhere), and return its first version."""
        saved = tariffs.create_tariff(
            operator_id=self.operator_id,
            name="Simple",
            ocpi_json=msgspec.json.encode(text or SIMPLE),
            actor=FAY,
            valid_from=LONG_AGO,
        )
        tariffs.assign_tariff(
            operator_id=self.operator_id,
            tariff_id=saved.tariff_id,
            place=place,
            actor=FAY,
            **{"valid_from": LONG_AGO, **more},
        )
        return saved.version_id

    def charge(self, wh: int | None = 7000, *, minutes: int = 60, start: int = 1000, **more: Any) -> int:
        """Charge so many Wh in so many minutes, one charge four hours after the other; return the transaction."""
        began = self.begins
        self.begins += timedelta(hours=4)
        number = self.talk.start(at=began, meter=start)
        stop = None if wh is None else start + wh
        self.talk.stop(number, at=began + timedelta(minutes=minutes), meter=stop, **more)
        return number

    def amend(self, number: int, **values: Any) -> int:
        """Let evidence change a charge, and return its newest record."""
        Transaction.objects.filter(pk=number).update(**values)
        return self.issue(number)

    def issue(self, number: int) -> int:
        """Issue the record of a charge."""
        found = cdrs.issue(number)
        assert found is not None
        return found

    def decide(self, number: int) -> Outcome:
        """Issue the record of a charge and decide about it."""
        outcome = prices.price_cdr(self.operator_id, self.issue(number))
        assert outcome is not None
        return outcome

    def price(self, number: int) -> PricedView:
        """Decide about the record of a charge and return its price."""
        assert self.decide(number).kind == "priced"
        found = queries.standing_price(self.operator_id, number)
        assert found is not None
        return found

    def review(self, number: int) -> queries.PriceReviewView:
        """Decide about the record of a charge and return its review."""
        outcome = self.decide(number)
        assert (outcome.kind, outcome.id is not None) == ("review", True)
        found = queries.price_review(self.operator_id, outcome.id or 0)
        assert found is not None
        return found

    def newest(self, number: int) -> charging.CdrView:
        """Return the newest record of a charge."""
        return charging.cdrs(self.operator_id, number)[-1]
