"""Numbers of stations at and beyond their bounds."""

from decimal import Decimal

import pytest

from chargehand.interfaces.gateway import numbers
from chargehand.protocols.ocpp.faults import Violation


@pytest.mark.parametrize("value", [0, 1, 2**31 - 1])
def test_a_place_within_32_bits_is_a_place(value: int) -> None:
    assert numbers.require(value, "connectorId") == value
    assert numbers.possible(value) == value


@pytest.mark.parametrize("value", [-1, 2**31, 10**30])
def test_a_place_beyond_is_refused_or_left_out(value: int) -> None:
    with pytest.raises(Violation, match="connectorId") as refused:
        numbers.require(value, "connectorId")
    assert refused.value.code == "PropertyConstraintViolation"
    assert numbers.possible(value) is None


def test_nothing_is_no_number() -> None:
    assert numbers.possible(None) is None


@pytest.mark.parametrize(("value", "meant"), [(-1, None), (0, Decimal(0)), (7, Decimal(7)), (10**15, None)])
def test_a_register_is_what_a_meter_can_show(value: int, meant: Decimal | None) -> None:
    assert numbers.register(value) == meant
