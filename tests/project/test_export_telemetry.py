"""`chargehand export-telemetry` as people call it."""

from pathlib import Path

import msgspec
import pytest
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.project import cli

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _database(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("CHARGEHAND_DATABASE_URL", database_url)


def test_lines_go_to_the_file_that_is_named(operator: Operator, tmp_path: Path) -> None:
    Talk(operator.pk, "4107").status("Available")
    Talk(operator.pk, "4108").status("Faulted")
    file = tmp_path / "telemetry.jsonl"

    assert cli.main(["export-telemetry", "--station", "4108", "-o", str(file)]) == 0

    lines = [msgspec.json.decode(text) for text in file.read_bytes().splitlines()]
    assert {line["station"] for line in lines} == {"4108"}
    assert [line["event"] for line in lines] == ["station", "connect", "status"]


def test_nothing_of_another_time_is_written(operator: Operator, tmp_path: Path) -> None:
    Talk(operator.pk, "4107").status("Available")
    file = tmp_path / "telemetry.jsonl"

    assert cli.main(["export-telemetry", "--to", "2026-01-01", "-o", str(file)]) == 0

    assert file.read_bytes() == b""


def test_one_of_several_operators_must_be_named(
    operator: Operator, other_operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export-telemetry"]) == 1

    complaint = capsys.readouterr().err
    assert operator.slug in complaint
    assert other_operator.slug in complaint


def test_a_station_nobody_knows_is_said(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export-telemetry", "--operator", operator.slug, "--station", "9"]) == 1
    assert "no station 9" in capsys.readouterr().err
