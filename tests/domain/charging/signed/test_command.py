"""`chargehand verify-meter` prints a verdict per record with its reason."""

import argparse
import json
from pathlib import Path

import pytest
from tests.domain.charging.signed.signing import SoftMeter, payload

from chargehand.domain.charging.signed.command import add_arguments, run

GOOD = "The signature is good and nothing in the record stands against billing it."


def call(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def test_a_good_record_is_accepted_by_a_key_given_as_text_or_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meter = SoftMeter()
    file, key = tmp_path / "record.txt", tmp_path / "key.pem"
    file.write_bytes(meter.ocmf(payload()))
    key.write_bytes(meter.pem)
    for text in (meter.spki.hex(), str(key)):
        assert call(str(file), "--public-key", text) == 0
        assert capsys.readouterr().out.splitlines() == [
            f"record 1 (OCMF): accepted: {GOOD}",
            "transaction 1: billable: The records prove the energy of the transaction.",
            "  energy 7500.0 Wh",
        ]


def test_a_forged_record_is_refused_with_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    meter = SoftMeter()
    file = tmp_path / "record.txt"
    file.write_bytes(meter.ocmf(payload()).replace(b"108.0", b"108.9"))
    assert call(str(file), "--public-key", meter.spki.hex(), "--json") == 1
    record, transaction = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (record["verdict"], record["signature"], record["key_from"]) == ("refused", "invalid", "register")
    assert record["readings"][1]["energy_wh"] == "108900.0"
    assert (transaction["verdict"], transaction["energy_wh"]) == ("not billable", None)


def test_a_file_without_records_and_a_missing_file_give_one_sentence_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"nothing here")
    assert call(str(empty)) == 2
    assert capsys.readouterr().err == "No signed record of a known format was found.\n"
    assert call(str(tmp_path / "absent")) == 2
    assert "cannot be read" in capsys.readouterr().err
