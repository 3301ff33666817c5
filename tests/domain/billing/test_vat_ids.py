"""VAT ids are checked by the form and the check digits of their country."""

import pytest
from tests.domain.billing.making import FAY, Town

from chargehand.domain.billing import customers
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.vat_ids import find_fault
from chargehand.kernel.errors import Refused


@pytest.mark.parametrize(
    "vat_id",
    [
        "",
        "DE136695976",
        "de 136 695 976",
        "FR40303265045",
        "NL004495445B01",
        "EL094259216",
        "ESB58378431",
        "ATU13585627",
        "CHE-107.787.577 MWST",
        "GB980780684",
        "NO995525828MVA",
        "US12-3456789",
    ],
)
def test_an_id_that_can_be_one_has_no_fault(vat_id: str) -> None:
    assert find_fault(vat_id) == ""


@pytest.mark.parametrize(
    "vat_id",
    [
        "DE136695977",
        "DE13669597",
        "136695976",
        "FR40303265046",
        "ATU13585628",
        "GB980780685",
        "CHE107787578MWST",
        "DE<script>",
    ],
)
def test_a_typing_mistake_is_told(vat_id: str) -> None:
    assert "VAT id" in find_fault(vat_id)


@pytest.mark.django_db
def test_a_customer_with_a_mistyped_id_is_refused(town: Town) -> None:
    party = Party(name="Acme", country="DE", vat_id="DE136695977")
    with pytest.raises(Refused, match="DE136695977 is no VAT id"):
        customers.add_customer(operator_id=town.operator_id, details=CustomerDetails(party=party), actor=FAY)
