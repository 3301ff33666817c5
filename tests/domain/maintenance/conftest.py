"""A yard to work in."""

from pathlib import Path
from typing import Any

import pytest
from tests.domain.maintenance.yard import Yard

from chargehand.domain.accounts.models import Operator


@pytest.fixture
def yard(operator: Operator, settings: Any, tmp_path: Path) -> Yard:
    settings.STORAGE_DIR = tmp_path / "storage"
    return Yard(operator)
