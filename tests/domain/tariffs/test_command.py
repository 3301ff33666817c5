"""`chargehand price`, alone and in batches."""

import argparse
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.domain.tariffs.command import add_arguments, price_lines, run

TARIFF: dict[str, Any] = {
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.35, "vat": 19, "step_size": 1}]}],
}
SESSION: dict[str, Any] = {
    "start_date_time": "2025-05-01T10:00:00Z",
    "end_date_time": "2025-05-01T11:00:00Z",
    "charging_periods": [
        {"start_date_time": "2025-05-01T10:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 10.5}]}
    ],
}

RUN = "import sys; from chargehand.project.cli import main; sys.exit(main())"


def call(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def write(path: Path, name: str, content: object) -> str:
    file = path / name
    file.write_text(json.dumps(content))
    return str(file)


def test_one_session_is_printed_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tariff, session = write(tmp_path, "t.json", TARIFF), write(tmp_path, "s.json", SESSION)
    assert call("--tariff", tariff, "--session", session, "--time-zone", "Europe/Oslo") == 0
    found = json.loads(capsys.readouterr().out)
    trace = found.pop("trace")
    assert found == {
        "currency": "EUR",
        "before_taxes": "3.675",
        "after_taxes": "4.37325",
        "rounded": {"before_taxes": "3.68", "after_taxes": "4.37"},
        "lines": [
            {
                "type": "ENERGY",
                "volume": "10.5",
                "price": "0.35",
                "before_taxes": "3.675",
                "tax_percent": "19",
                "after_taxes": "4.37325",
                "element": 0,
            }
        ],
    }
    assert trace[0]["why"] == "Element 0 applies: no restrictions."


def test_a_byte_order_mark_does_no_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps(TARIFF), encoding="utf-8-sig")
    session = write(tmp_path, "s.json", SESSION)
    assert call("--tariff", str(file), "--session", session, "--time-zone", "UTC") == 0
    assert json.loads(capsys.readouterr().out)["before_taxes"] == "3.675"


@pytest.mark.parametrize(
    ("tariff", "session", "zone", "words"),
    [
        ({}, SESSION, "UTC", "The tariff is not OCPI JSON"),
        (TARIFF, {}, "UTC", "The session is not OCPI JSON"),
        (TARIFF, SESSION, "Mars/Olympus", "'Mars/Olympus' is not a time zone."),
        (TARIFF, SESSION, "../etc/passwd", "is not a time zone."),
    ],
)
def test_a_bad_file_gives_one_sentence_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tariff: object, session: object, zone: str, words: str
) -> None:
    arguments = [
        "--tariff",
        write(tmp_path, "t.json", tariff),
        "--session",
        write(tmp_path, "s.json", session),
    ]
    assert call(*arguments, "--time-zone", zone) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err


def test_a_missing_file_and_a_missing_argument_give_one_sentence_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = str(tmp_path / "absent.json")
    assert call("--tariff", absent, "--session", absent, "--time-zone", "UTC") == 2
    assert "cannot be read" in capsys.readouterr().err
    assert call("--batch", absent) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert call("--tariff", absent) == 2
    assert "--session is missing" in capsys.readouterr().err


def test_a_file_may_come_from_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(SESSION).encode())))
    arguments = ("--tariff", write(tmp_path, "t.json", TARIFF), "--session", "-", "--time-zone", "UTC")
    assert call(*arguments) == 0
    assert json.loads(capsys.readouterr().out)["after_taxes"] == "4.37325"


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"\n".join([request()] * 400))
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-c", RUN, "price", "--batch", str(file)],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


def request(**change: object) -> bytes:
    return json.dumps(
        {"id": "a", "tariff": TARIFF, "session": SESSION, "time_zone": "UTC", **change}
    ).encode()


def test_a_bad_line_of_a_batch_gives_its_error_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines.jsonl"
    deep = b'{"id":1,"tariff":' + b"[" * 50_000
    lines = [request(id=1), b"", request(id="x", time_zone="Nowhere"), b"{broken", deep, request(id=None)]
    file.write_bytes(b"\n".join(lines))
    assert call("--batch", str(file)) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in found] == [1, "x", None, 1, None]
    assert [line.get("after_taxes") for line in found] == ["4.37325", None, None, None, "4.37325"]
    assert found[1] == {"id": "x", "error": "'Nowhere' is not a time zone."}
    assert "malformed" in found[2]["error"]


@pytest.mark.parametrize(
    ("line", "identity"),
    [
        (request(id="a").replace(b"10.5", b"NaN"), "a"),
        (request(id=7).replace(b"10.5", b"-Infinity"), 7),
        (b'{"tariff": {}, "session": {"x": NaN}, "id": "behind"}', "behind"),
        (request(id="cut")[:60], "cut"),
        (b'{"id": 12, "tariff"', 12),
        (b'{"id": 12', None),
        (b'{"id": "\xff", "tariff": 1}', None),
        (b'[{"id": 1}]', None),
        (b'{"id": NaN}', None),
    ],
)
def test_a_line_that_is_not_json_keeps_its_id_where_it_can_be_found(line: bytes, identity: object) -> None:
    (found,) = price_lines([line])
    assert json.loads(found).keys() == {"id", "error"}
    assert json.loads(found)["id"] == identity


def test_a_batch_as_windows_writes_it_is_priced_line_by_line() -> None:
    lines = [b"\xef\xbb\xbf" + request(id=1) + b"\r\n", b"\r\n", b" \t\n", request(id=2) + b"\r\n"]
    found = [json.loads(line) for line in price_lines(lines)]
    assert [(line["id"], line["after_taxes"]) for line in found] == [(1, "4.37325"), (2, "4.37325")]


def test_a_flag_of_null_is_no_flag() -> None:
    (line,) = price_lines([request(reservation_expired=None)])
    assert json.loads(line)["after_taxes"] == "4.37325"


def test_a_batch_line_may_say_that_a_reservation_expired() -> None:
    of = {
        "currency": "EUR",
        "elements": [
            {
                "price_components": [{"type": "FLAT", "price": 4, "step_size": 1}],
                "restrictions": {"reservation": "RESERVATION_EXPIRES"},
            }
        ],
    }
    period = {
        "start_date_time": SESSION["start_date_time"],
        "dimensions": [{"type": "RESERVATION_TIME", "volume": 1}],
    }
    reserved = {**SESSION, "charging_periods": [period]}
    lines = [request(tariff=of, session=reserved, reservation_expired=flag) for flag in (True, False)]
    assert [json.loads(line)["before_taxes"] for line in price_lines(lines)] == ["4", "0"]


@pytest.mark.parametrize("volume", [-1, "NaN", "x", 1e300, None])
def test_a_volume_that_cannot_be_is_an_error_of_its_line_alone(volume: object) -> None:
    period = {**SESSION["charging_periods"][0], "dimensions": [{"type": "ENERGY", "volume": volume}]}
    lines = [request(session={**SESSION, "charging_periods": [period]}), request()]
    bad, good = (json.loads(line) for line in price_lines(lines))
    assert set(bad) == {"id", "error"}
    assert good["before_taxes"] == "3.675"


def test_unknown_ids_of_any_json_kind_come_back_as_they_were() -> None:
    (line,) = price_lines([request(id={"deep": [1.50]})])
    assert json.loads(line)["id"] == {"deep": [1.5]}


def test_the_printed_lines_add_up_even_where_thirds_never_end() -> None:
    of = {
        "currency": "EUR",
        "elements": [
            {
                "price_components": [
                    {"type": "TIME", "price": 1, "step_size": 1},
                    {"type": "PARKING_TIME", "price": 1, "step_size": 1},
                ]
            }
        ],
    }
    periods = [
        {"start_date_time": "2025-05-01T10:00:00Z", "dimensions": [{"type": "TIME", "volume": 0.3333}]},
        {
            "start_date_time": "2025-05-01T10:20:00Z",
            "dimensions": [{"type": "PARKING_TIME", "volume": 0.6667}],
        },
    ]
    (line,) = price_lines([request(tariff=of, session={**SESSION, "charging_periods": periods})])
    found = json.loads(line)
    assert found["before_taxes"] == "1"
    assert [line["before_taxes"] for line in found["lines"]] == ["0.333333333333", "0.666666666667"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(at=st.integers(0, 10_000), noise=st.binary(max_size=3))
def test_a_damaged_line_gives_a_line_whatever_the_damage(at: int, noise: bytes) -> None:
    line = request()
    place = at % len(line)
    damaged = (line[:place] + noise + line[place + 1 :]).replace(b"\n", b" ")
    (found,) = price_lines([damaged])
    assert json.loads(found).keys() >= {"id", "error"} or "before_taxes" in json.loads(found)
