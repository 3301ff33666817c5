from random import Random

from tests.domain.health.telling import DAY, HOUR, Telling

from chargehand.domain.health.engine import Engine
from chargehand.domain.health.findings import Finding
from chargehand.domain.health.telemetry import read_line


def healthy(days: int = 20) -> Telling:
    telling = Telling()
    telling.plate()
    telling.days(days)
    return telling


def test_a_healthy_station_gives_no_finding() -> None:
    assert healthy(30).found == []


def test_an_engine_restored_in_the_middle_finds_the_same() -> None:
    telling = healthy(14)
    telling.days(6, gain=1.04)
    telling.days(5, gain=0.0)
    telling.wait(3 * DAY, beats=())
    telling.tell("heartbeat")
    assert {"meter-drift", "meter-frozen", "silent-station"} & set(telling.kinds)
    rng = Random(3)
    engine = Engine()
    found: list[Finding] = []
    for text in telling.texts:
        found += engine.feed(read_line(text))
        if rng.random() < 0.01:
            engine = Engine(engine.save())
    assert found == telling.found


def test_a_finding_is_never_changed_by_what_comes_later() -> None:
    telling = healthy(14)
    telling.days(4, gain=0.0)
    first = telling.found[0]
    engine = Engine()
    again: list[Finding] = []
    for text in telling.texts:
        again += engine.feed(read_line(text))
        if again:
            break
    assert again[0] == first


def test_messages_that_come_twice_or_late_change_nothing() -> None:
    telling = healthy(14)
    engine = Engine()
    found: list[Finding] = []
    lines = telling.texts
    for number, text in enumerate(lines):
        found += engine.feed(read_line(text))
        if number % 7 == 0:
            found += engine.feed(read_line(text))
        if number > 10 and number % 11 == 0:
            found += engine.feed(read_line(lines[number - 5]))
    assert found == []


def test_nothing_is_found_in_maintenance() -> None:
    telling = healthy(5)
    telling.tell("maintenance", state="begin")
    telling.tell("status", evse=1, status="Faulted", error_code="OtherError", vendor_error_code="CX026")
    telling.wait(5 * HOUR, beats=())
    telling.tell("maintenance", state="end")
    telling.tell("status", evse=1, status="Available", error_code="NoError")
    telling.days(2)
    assert telling.found == []


def test_a_meter_replaced_in_maintenance_is_no_fault() -> None:
    telling = healthy(5)
    telling.tell("maintenance", state="begin")
    telling.register[1] = 0.0
    telling.tell("maintenance", state="end")
    telling.days(3)
    assert telling.found == []


def test_garbage_values_do_not_stop_the_engine() -> None:
    telling = healthy(1)
    for value in (None, "", "x", "nan", 1e300, -1e300, "1e999"):
        telling.tell("meter", evse=1, samples=[{"measurand": "Voltage", "value": value}])
    telling.tell("status", evse=-3, status="")
    telling.tell("stop", evse=9, meter_wh=-1)
    telling.tell("monitor", component="X", variable="Y", value="--")
    telling.days(1)
    assert telling.found == []
