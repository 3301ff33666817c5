"""The published schemas are those of the formats that are read and written."""

import json
from pathlib import Path

import msgspec
import pytest

from chargehand.domain.health.findings import KINDS, Finding
from chargehand.domain.health.telemetry import AnyLine

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize(
    ("name", "shape"), [("telemetry.schema.json", AnyLine), ("findings.schema.json", Finding)]
)
def test_a_published_schema_is_that_of_the_code(name: str, shape: object) -> None:
    published = json.loads((REFERENCE / name).read_text())
    assert published == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(shape),
    }


def test_every_kind_is_explained_in_the_reference() -> None:
    text = (REFERENCE / "detectors.md").read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []
