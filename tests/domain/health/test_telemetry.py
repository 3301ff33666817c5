from datetime import UTC, datetime

import pytest

from chargehand.domain.health.telemetry import (
    AnyLine,
    Described,
    Metered,
    Started,
    Status,
    Stopped,
    read_line,
    read_lines,
)


def test_unknown_fields_are_ignored() -> None:
    line = read_line(
        b'{"t":"2026-01-01T00:00:00Z","station":"A","evse":1,"event":"status","status":"Charging","x":[1]}'
    )
    assert isinstance(line, Status)
    assert (line.status, line.place) == ("Charging", 1)


def test_a_time_without_received_counts_for_both() -> None:
    line = read_line(b'{"t":"2026-01-01T01:00:00+01:00","station":"A","event":"heartbeat"}')
    midnight = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert line.stamps() == (midnight, midnight)


def test_a_time_without_a_zone_is_utc() -> None:
    line = read_line(b'{"t":"2026-01-01T00:00:00","station":"A","event":"heartbeat"}')
    assert line.stamps()[0] == datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def test_a_connector_without_an_evse_counts_as_one() -> None:
    line = read_line(b'{"t":"2026-01-01T00:00:00Z","station":"A","connector":2,"event":"heartbeat"}')
    assert line.place == 2


def test_values_may_be_missing_or_text() -> None:
    line = read_line(
        b'{"t":"2026-01-01T00:00:00Z","station":"A","evse":1,"event":"meter","samples":'
        b'[{"measurand":"Voltage","value":""},{"measurand":"SoC","value":null},{"measurand":"SoC","value":5}]}'
    )
    assert isinstance(line, Metered)
    assert [sample.value for sample in line.samples] == ["", None, 5.0]


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"station":"A"}',
        b'{"t":"x","station":"A","event":"heartbeat"}',
        b"[" * 5000,
    ],
)
def test_an_unreadable_line_is_reported_with_its_number_and_skipped(text: bytes) -> None:
    good = b'{"t":"2026-01-01T00:00:00Z","station":"A","event":"heartbeat"}'
    complaints: list[int] = []
    lines = list(
        read_lines([b"\xef\xbb\xbf" + good, b"\n", text, good], lambda number, _: complaints.append(number))
    )
    assert (len(lines), complaints) == (2, [3])


def read_all(*texts: bytes) -> list[AnyLine]:
    complaints: list[tuple[int, str]] = []
    lines = list(read_lines(texts, lambda number, reason: complaints.append((number, reason))))
    assert complaints == []
    return lines


def test_fields_of_null_are_as_if_they_were_not_there() -> None:
    (line,) = read_all(
        b'{"t":"2026-01-01T00:00:00Z","received":null,"station":"A","evse":null,"event":"station","site":null,'
        b'"firmware":null,"kind":"DC","phases":null,"max_power_w":150000,"connectors":["CCS","CCS"]}'
    )
    assert isinstance(line, Described)
    assert (line.place, line.max_power_w, line.connectors, line.firmware) == (0, 150_000.0, 2, "")


def test_numbers_may_be_text_and_names_numbers() -> None:
    line, stop = read_all(
        b'{"t":"2026-01-01T00:00:00Z","station":4107,"evse":"2","event":"start","meter_wh":"1200.5","token":77}',
        b'{"t":"2026-01-01T00:00:00Z","station":"A","evse":1.0,"event":"stop","meter_wh":""}',
    )
    assert isinstance(line, Started)
    assert (line.station, line.place, line.meter_wh, line.token) == ("4107", 2, 1200.5, "77")
    assert isinstance(stop, Stopped)
    assert stop.meter_wh is None


def test_values_that_are_not_numbers_and_samples_that_are_none_are_left_out() -> None:
    (line,) = read_all(
        b'{"t":"2026-01-01 00:00:00+0000","station":"A","evse":1,"event":"meter","samples":'
        b'[null,{"measurand":"Voltage","value":NaN},{"value":5,"unit":"kWh"}]}'
    )
    assert isinstance(line, Metered)
    assert [(each.measurand, each.value) for each in line.samples] == [
        ("Voltage", None),
        ("Energy.Active.Import.Register", 5.0),
    ]
