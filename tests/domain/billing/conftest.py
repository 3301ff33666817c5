"""A town to charge in."""

import pytest
from tests.domain.billing.making import Town

from chargehand.domain.accounts.models import Operator


@pytest.fixture
def town(operator: Operator) -> Town:
    return Town(operator)
