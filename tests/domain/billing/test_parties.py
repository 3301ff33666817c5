"""Sellers and customers: what is refused, and who sees whom."""

from typing import Any

import msgspec
import pytest
from tests.domain.billing.making import FAY, Town

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import customers, entities
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

ACME = Party(name="Acme", country="DE")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"party": Party(name=" ", country="DE")}, "bad-entity"),
        ({"party": Party(name="A", country="")}, "bad-entity"),
        ({"party": Party(name="A", country="GER")}, "bad-entity"),
        ({"time_zone": "Europe/Atlantis"}, "bad-entity"),
        ({"language": "tlh"}, "bad-entity"),
        ({"payment_days": 400}, "bad-entity"),
        ({"invoice_series": ""}, "bad-series"),
        ({"invoice_series": "{month}-"}, "bad-series"),
        ({"credit_series": "R-{year}-"}, "bad-series"),
    ],
)
def test_a_seller_whose_invoices_would_be_wrong_is_refused(
    operator: Operator, change: dict[str, Any], code: str
) -> None:
    seller = entities.default_entity(operator.pk)
    details = msgspec.structs.replace(seller.details, **change)
    with pytest.raises(Refused) as refused:
        entities.change_entity(operator_id=operator.pk, entity_id=seller.id, details=details, actor=FAY)
    assert refused.value.code == code


def test_an_operator_has_a_seller_from_the_start_and_may_have_more(
    operator: Operator, other_operator: Operator
) -> None:
    first = entities.default_entity(operator.pk)
    assert (first.details.party.name, first.details.time_zone) == ("Volt & Söhne", "Europe/Berlin")
    assert entities.default_entity(operator.pk).id == first.id
    details = msgspec.structs.replace(first.details, party=ACME, invoice_series="A-")
    second = entities.add_entity(operator_id=operator.pk, details=details, actor=FAY)
    assert [each.id for each in entities.entities(operator.pk)] == [first.id, second]
    assert entities.entity(other_operator.pk, second) is None
    with pytest.raises(Refused) as refused:
        entities.change_entity(operator_id=other_operator.pk, entity_id=second, details=details, actor=FAY)
    assert refused.value.code == "unknown-entity"
    with pytest.raises(Refused) as refused:
        entities.default_entity(0)
    assert refused.value.code == "unknown-operator"


def _add(operator_id: int, *tokens: int, **more: Any) -> int:
    details = CustomerDetails(**{"party": ACME, **more})
    return customers.add_customer(operator_id=operator_id, details=details, actor=FAY, token_ids=list(tokens))


def test_a_customer_that_cannot_be_billed_is_refused(town: Town, other_operator: Operator) -> None:
    _add(town.operator_id, town.token_id)
    elsewhere = entities.default_entity(other_operator.pk).id
    cases: list[tuple[tuple[int, ...], dict[str, Any], str]] = [
        ((), {"party": Party(name="")}, "bad-customer"),
        ((), {"language": "xx"}, "bad-customer"),
        ((), {"mode": "yearly"}, "bad-customer"),
        ((), {"entity_id": elsewhere}, "unknown-entity"),
        ((town.token_id,), {}, "token-taken"),
        ((town.token_id + 99,), {}, "unknown-token"),
    ]
    for tokens, more, code in cases:
        with pytest.raises(Refused) as refused:
            _add(town.operator_id, *tokens, **more)
        assert refused.value.code == code
    assert len(customers.customers(town.operator_id).customers) == 1
    assert customers.customers(other_operator.pk).customers == ()


def test_customers_come_in_pages_newest_first_and_by_name(operator: Operator) -> None:
    made = [_add(operator.pk, party=Party(name=name)) for name in ("Ada", "Bob", "Adam")]
    page = customers.customers(operator.pk, limit=2)
    assert [each.id for each in page.customers] == [made[2], made[1]]
    rest = customers.customers(operator.pk, before_id=page.before_id)
    assert ([each.id for each in rest.customers], rest.before_id) == ([made[0]], None)
    named = customers.customers(operator.pk, text="ada").customers
    assert [each.details.party.name for each in named] == ["Adam", "Ada"]


def test_a_token_goes_from_one_customer_to_another_only_when_it_was_let_go(town: Town) -> None:
    first, second = _add(town.operator_id, town.token_id), _add(town.operator_id)
    change: dict[str, Any] = {"operator_id": town.operator_id, "actor": FAY}
    details = CustomerDetails(party=ACME)
    with pytest.raises(Refused) as refused:
        customers.change_customer(customer_id=second, details=details, token_ids=[town.token_id], **change)
    assert refused.value.code == "token-taken"
    customers.change_customer(customer_id=first, details=details, token_ids=[], **change)
    customers.change_customer(customer_id=second, details=details, token_ids=[town.token_id], **change)
    owner = customers.customer_of_token(town.operator_id, town.token_id)
    assert owner is not None
    assert (owner.id, owner.token_ids) == (second, (town.token_id,))
