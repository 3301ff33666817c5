"""Each kind of fault is found whether weak, medium or strong, and however often the station samples."""

from collections.abc import Callable
from random import Random

import pytest
from tests.domain.health.telling import DAY, HOUR, Telling

Plant = Callable[[Telling, float, float], None]

SAMPLING = pytest.mark.parametrize("every", [60.0, 600.0])


def station(days: int, every: float) -> Telling:
    telling = Telling()
    telling.plate()
    telling.days(days, every=every)
    assert telling.found == []
    return telling


def charge(telling: Telling, every: float, **values: float) -> None:
    """Tell a charge whose readings show these values."""
    telling.session(every=every, bend=lambda shown, _: shown.update(values))


def contact(telling: Telling, every: float, strength: float) -> None:
    for day in range(40):
        telling.days(1, every=every, rise=16.0 * 2 ** (day / strength), amps=28.0)


def loose(telling: Telling, every: float, ohm: float) -> None:
    rng = Random(1)
    for number in range(90):
        amps = rng.choice((6.0, 10.0, 16.0, 24.0, 32.0))
        drop = amps * ohm * (number > 45)
        volts = {f"u{n}": 230 + rng.gauss(0, 0.3) - drop * (n == 2) for n in (1, 2, 3)}
        telling.session(amps=amps, every=every, bend=lambda shown, _, volts=volts: shown.update(volts))  # type: ignore[misc]
        telling.wait(5 * HOUR)


def closes_late(telling: Telling, every: float, factor: float) -> None:
    rng = Random(2)
    for number in range(120):
        telling.session(every=every, latency=5 * rng.lognormvariate(0, 0.1) * (factor if number > 50 else 1))
        telling.wait(5 * HOUR)


def drift(telling: Telling, every: float, a_week: float) -> None:
    for day in range(28):
        telling.days(1, every=every, gain=1 + a_week * day / 7)


def fan(telling: Telling, every: float, share: float) -> None:
    for number in range(60):
        rpm = 2_000.0 * (share if number > 30 else 1.0)
        charge(telling, every, body=35.0, rpm=rpm)
        telling.wait(5 * HOUR)


def cabinet(telling: Telling, every: float, a_day: float) -> None:
    rng = Random(3)
    for day in range(80):
        rise = 14.0 * (1 + a_day * max(0, day - 20))
        for _ in range(3):
            amps, warm = rng.choice((16.0, 24.0, 32.0)), [0.0]

            def heat(
                shown: dict[str, float],
                _: float,
                amps: float = amps,
                warm: list[float] = warm,
                k: float = rise,
            ) -> None:
                warm[0] += (k * amps / 32 - warm[0]) * min(1.0, every / 2_000)
                shown["body"] = 15.0 + warm[0] + rng.gauss(0, 0.5)

            telling.session(every=every, amps=amps, bend=heat)
            telling.wait(5 * HOUR)


def sag(telling: Telling, every: float, share: float) -> None:
    charge(telling, every, **{f"u{n}": 230 * share for n in (1, 2, 3)})


def swell(telling: Telling, every: float, share: float) -> None:
    charge(telling, every, u1=230 * share, u2=215.0, u3=215.0)


def lost_phase(telling: Telling, every: float, volts: float) -> None:
    charge(telling, every, u2=volts, i2=0.0, p=2 * 230 * 16.0)


def frozen(telling: Telling, every: float, amps: float) -> None:
    telling.session(every=every, gain=0.0, amps=amps)


def rolled(telling: Telling, every: float, lost_wh: float) -> None:
    telling.register[1] -= lost_wh
    telling.days(1, every=every)


def reversed_ct(telling: Telling, every: float, amps: float) -> None:
    telling.session(every=every, amps=amps, bend=lambda shown, _: shown.update(i1=-amps, p=shown["p"] / 3))


def wrong_unit(telling: Telling, every: float, factor: float) -> None:
    telling.session(every=every, bend=lambda shown, _: shown.update(p=shown["p"] * factor))


def wrong_unit_without_current(telling: Telling, every: float, factor: float) -> None:
    def bend(shown: dict[str, float], _: float) -> None:
        shown["p"] *= factor
        for name in ("u1", "u2", "u3", "i1", "i2", "i3", "t"):
            del shown[name]

    telling.session(every=every, bend=bend)


def welded(telling: Telling, every: float, amps: float) -> None:
    for _ in range(3):
        telling.now += every
        telling.meter({"i1": amps, "p": 230 * amps})


def derated(telling: Telling, every: float, amps: float) -> None:
    for number in range(60):
        telling.session(every=every, amps=(16.0, 32.0, 24.0)[number % 3] if number < 30 else amps)
        telling.wait(5 * HOUR)


def fails(telling: Telling, every: float, chance: float) -> None:
    rng = Random(9)
    for _ in range(40):
        if rng.random() < chance:
            telling.session(minutes=1, gain=0.0, amps=0.0, every=60.0, reason="Other")
        else:
            telling.session(every=every)
        telling.wait(5 * HOUR)


def boots(telling: Telling, _: float, every_h: float) -> None:
    for _n in range(12):
        telling.tell("boot", reason="Watchdog", firmware="1")
        telling.wait(every_h * HOUR)


def flaps(telling: Telling, _: float, up_s: float) -> None:
    for _n in range(20):
        telling.tell("disconnect")
        telling.now += 10
        telling.tell("connect")
        telling.now += up_s


def clock(telling: Telling, every: float, per_day_s: float) -> None:
    for number in range(25 * 96):
        telling.now += 900
        telling.tell("heartbeat", clock=per_day_s * max(0.0, number / 96 - 5))


def fades(telling: Telling, _: float, dbm: float) -> None:
    for number in range(60):
        telling.tell("signal", rssi_dbm=-80.0 if number < 30 else dbm, latency_ms=90)
        telling.wait(HOUR)


def code(error: str, vendor: str | None) -> Plant:
    def trip(telling: Telling, every: float, times: float) -> None:
        for _ in range(int(times)):
            telling.tell("status", evse=1, status="Faulted", error_code=error, vendor_error_code=vendor)
            telling.now += 90
            telling.tell("status", evse=1, status="Available", error_code="NoError")
            telling.days(1, each=1, every=every)

    return trip


def silent(telling: Telling, _: float, hours: float) -> None:
    telling.plate("B", site="T")
    telling.wait(2 * DAY, beats=("A", "B"))
    telling.wait(hours * HOUR, beats=("B",))


CASES: list[tuple[str, Plant, tuple[float, ...]]] = [
    ("contact-resistance-rise", contact, (30, 14, 7)),
    ("fan-failure", fan, (0.8, 0.5, 0.0)),
    ("voltage-sag", sag, (0.87, 0.8, 0.7)),
    ("voltage-swell", swell, (1.12, 1.3, 1.7)),
    ("phase-loss", lost_phase, (60, 20, 0)),
    ("phase-imbalance", loose, (0.05, 0.12, 0.2)),
    ("contactor-welded", welded, (1, 6, 16)),
    ("contactor-wear", closes_late, (1.15, 1.3, 1.5)),
    ("meter-drift", drift, (0.004, -0.01, 0.02)),
    ("meter-frozen", frozen, (6, 16, 32)),
    ("meter-rollback", rolled, (100, 50_000, 900_000)),
    ("ct-reversed", reversed_ct, (6, 16, 32)),
    ("measurand-fault", wrong_unit, (0.001, 1_000)),
    ("measurand-fault", wrong_unit_without_current, (0.001, 1_000)),
    ("connector-lock-failure", code("ConnectorLockFailure", None), (4, 6)),
    ("ground-fault", code("GroundFailure", None), (2, 4, 8)),
    ("isolation-decline", code("OtherError", "CX011"), (2, 4, 8)),
    ("cable-cut", code("OtherError", "CX026"), (1,)),
    ("flapping-connectivity", flaps, (600, 180, 40)),
    ("weak-signal", fades, (-105, -112)),
    ("silent-station", silent, (1, 6, 48)),
    ("clock-drift", clock, (1.5, -10, 60)),
    ("failed-starts", fails, (0.5, 0.7, 1.0)),
    ("reboot-loop", boots, (0.2, 1, 6)),
    ("power-derating", derated, (10, 8, 6)),
]


@SAMPLING
@pytest.mark.parametrize(
    ("kind", "plant", "strength"),
    [
        pytest.param(kind, plant, each, id=f"{kind}-{plant.__name__}-{each}")
        for kind, plant, all_ in CASES
        for each in all_
    ],
)
def test_a_fault_is_found_by_its_name_and_once(
    kind: str, plant: Plant, strength: float, every: float
) -> None:
    needs_history = kind in {"contact-resistance-rise", "meter-drift", "cable-cut"}
    telling = station(14 if needs_history else 0 if kind == "contactor-wear" else 3, every)
    plant(telling, every, strength)
    assert kind in [name for each in telling.found for name in each.candidates]
    assert len(telling.found) == 1


@SAMPLING
@pytest.mark.parametrize("a_day", [0.005, 0.01, 0.02])
def test_a_cabinet_that_sheds_its_heat_worse_is_found(a_day: float, every: float) -> None:
    telling = Telling()
    telling.plate()
    cabinet(telling, every, a_day)
    assert {"filter-clogging", "fan-failure"} & set(telling.found[0].candidates)
    assert len(telling.found) == 1
