"""What later events add to a transaction is written and stated once, however often they say it."""

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging.models import Transaction
from chargehand.journal.models import StatedFact

pytestmark = pytest.mark.django_db


def test_the_kind_of_a_token_without_a_number_is_told_by_every_event_and_stated_once(
    operator: Operator,
) -> None:
    talk = Talk(operator.pk, version=201)
    at = now()
    number = talk.start(at=at, token="", ref="tx")
    for seq in (1, 2, 3):
        talk.update(at, ref="tx", seq=seq, token_kind="NoAuthorization")
    assert StatedFact.objects.filter(name="charging.TransactionIdentified").count() == 1
    assert Transaction.objects.get(pk=number).token_kind == "NoAuthorization"
