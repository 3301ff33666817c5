import io
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tests.domain.health.telling import DAY, HOUR, Telling

from chargehand.domain.health.command import detect
from chargehand.domain.health.findings import Finding
from chargehand.project.cli import main


def recording() -> bytes:
    telling = Telling()
    telling.plate()
    telling.session()
    telling.tell("status", evse=1, status="Faulted", error_code="OtherError", vendor_error_code="CX026")
    return b"\n".join(telling.texts) + b"\n"


def test_findings_are_json_lines_with_evidence(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "telemetry.jsonl"
    path.write_bytes(b"nonsense\n" + recording())
    assert main(["detect", "--telemetry", str(path)]) == 0
    out, complaints = capfdbinary.readouterr()
    findings = [msgspec.json.decode(line, type=Finding, strict=True) for line in out.splitlines()]
    assert [(each.kind, each.scope, each.evse) for each in findings] == [("cable-cut", "connector", 1)]
    assert findings[0].candidates[0] == "cable-cut"
    assert "CX026" in findings[0].evidence
    assert complaints.startswith(b"Line 1 cannot be read")


def test_telemetry_may_come_from_standard_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chargehand.project", "detect", "--telemetry", "-"],
        input=recording(), capture_output=True, check=True,
    )  # fmt: skip
    assert b'"kind":"cable-cut"' in done.stdout


def test_a_file_that_is_not_there_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["detect", "--telemetry", str(tmp_path / "none.jsonl")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_findings_come_in_the_order_of_what_was_received() -> None:
    out = io.BytesIO()
    detect(recording().splitlines(), out)
    times = [msgspec.json.decode(line)["found_at"] for line in out.getvalue().splitlines()]
    assert times == sorted(times)


def test_a_file_out_of_order_is_sorted_and_gives_the_same_findings(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = recording().splitlines(keepends=True)
    sorted_path, mixed_path = tmp_path / "sorted.jsonl", tmp_path / "mixed.jsonl"
    sorted_path.write_bytes(b"".join(lines))
    mixed_path.write_bytes(b"".join([*reversed(lines), b"nonsense\n"]))
    assert main(["detect", "--telemetry", str(sorted_path)]) == 0
    expected, _ = capfdbinary.readouterr()
    assert main(["detect", "--telemetry", str(mixed_path)]) == 0
    out, complaints = capfdbinary.readouterr()
    assert out == expected
    assert b"not in the order of receipt" in complaints
    assert f"Line {len(lines) + 1} cannot be read".encode() in complaints


def test_one_clock_in_the_far_future_silences_nobody() -> None:
    telling = Telling()
    telling.plate()
    for _ in range(40):
        telling.tell("heartbeat")
        telling.now += 300
    lines = [text.replace(b'"received"', b'"ignored"') for text in telling.texts]
    odd = b'{"t":"2099-01-01T00:00:00Z","station":"other","event":"heartbeat"}'
    out = io.BytesIO()
    detect([each for line in lines for each in (line, odd)], out)
    assert out.getvalue() == b""


def test_a_recording_may_pause_for_months() -> None:
    telling = Telling()
    telling.plate()
    telling.wait(DAY)
    telling.now += 200 * DAY
    telling.wait(HOUR)
    telling.tell("status", evse=1, status="Faulted", error_code="OtherError", vendor_error_code="CX026")
    lines = [text.replace(b'"received"', b'"ignored"') for text in telling.texts]
    out = io.BytesIO()
    detect(lines, out)
    found = [msgspec.json.decode(line, type=Finding) for line in out.getvalue().splitlines()]
    assert [each.found_at.timestamp() for each in found if each.kind == "cable-cut"] == [telling.now]
