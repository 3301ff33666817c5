"""Whose statements somebody bound to a site sees: those of its host, also after the share has ended."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.billing.making import FAY
from tests.interfaces.console.conftest import SignIn
from tests.interfaces.console.money.conftest import Books

from chargehand.domain.accounts.permissions import Role
from chargehand.domain.billing import sharing
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.shares import ShareTerms
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def test_a_host_whose_share_ended_keeps_the_statements_until_another_host_follows(
    sign_in: SignIn, books: Books, host_statement: int
) -> None:
    client = sign_in(Role.SITE_HOST, location_ids=[books.town.location_id])
    [rule] = sharing.rules(books.operator_id)
    sharing.end_rule(
        operator_id=books.operator_id,
        rule_id=rule.id,
        valid_until=clock.now() - timedelta(minutes=2),
        actor=FAY,
    )
    assert client.get(f"/console/statements/{host_statement}.pdf").status_code == 200
    assert "Parkhaus KG" in client.get("/console/statements/").content.decode()
    follower = sharing.set_host(
        operator_id=books.operator_id, party=Party(name="Next KG", country="DE"), language="de", actor=FAY
    )
    sharing.add_rule(
        operator_id=books.operator_id,
        host_id=follower,
        location_id=books.town.location_id,
        currency="EUR",
        terms=ShareTerms(percent=Decimal(10)),
        valid_from=clock.now() - timedelta(minutes=1),
        actor=FAY,
    )
    assert client.get(f"/console/statements/{host_statement}.pdf").status_code == 404
