"""Energy from registers that fall, begin anew, are missing or lie."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.charging.energy import Energy, Register, find_energy, rise, without_slips

BEGAN = datetime(2026, 5, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _at(minutes: int, wh: int) -> Register:
    return Register(BEGAN + timedelta(minutes=minutes), Decimal(wh))


def _find(
    start: int | None, stop: int | None, *samples: Register, most_w: int | None = 22_000, sure: bool = True
) -> Energy:
    return find_energy(
        started_at=BEGAN,
        ended_at=BEGAN + HOUR,
        meter_start_wh=None if start is None else Decimal(start),
        meter_stop_wh=None if stop is None else Decimal(stop),
        samples=samples,
        most_w=most_w,
        is_duration_known=sure,
    )


def test_stop_minus_start_is_the_energy() -> None:
    found = _find(1000, 9000, _at(30, 5000))
    assert (found.wh, found.flags) == (Decimal(8000), ())


def test_a_stop_slightly_below_the_start_is_zero() -> None:
    found = _find(1000, 999)
    assert (found.wh, found.flags) == (Decimal(0), ("meter-clamped",))


def test_a_stop_far_below_the_start_without_samples_is_no_energy_but_evidence() -> None:
    found = _find(9000, 1000)
    assert (found.wh, found.flags, found.evidence_wh) == (None, ("meter-backwards",), Decimal(-8000))


def test_a_meter_that_begins_anew_with_the_charge_is_read_from_its_samples() -> None:
    found = _find(12_345, 5000, _at(1, 0), _at(20, 1500), _at(40, 3300))
    assert (found.wh, found.flags) == (Decimal(5000), ("meter-reset", "energy-from-samples"))


def test_a_meter_that_begins_anew_at_a_reboot_adds_both_parts() -> None:
    found = _find(100_000, 4000, _at(10, 103_000), _at(20, 200), _at(40, 2000))
    assert found.wh == Decimal(3000 + 200 + 3800)


def test_a_stop_above_the_start_is_not_believed_when_the_meter_began_anew_between() -> None:
    found = _find(0, 3000, _at(20, 5000), _at(30, 200), _at(40, 1500))
    assert (found.wh, found.flags) == (Decimal(5000 + 3000), ("meter-reset", "energy-from-samples"))


def test_what_a_meter_shows_after_a_reset_is_left_out_when_it_cannot_have_passed() -> None:
    found = _find(900_000, 800_500, _at(20, 901_000), _at(21, 800_000), _at(40, 800_200))
    assert found.wh == Decimal(1000 + 500)


def test_a_single_wrong_sample_changes_nothing() -> None:
    found = _find(1000, 4000, _at(10, 2000), _at(20, 0), _at(30, 3000))
    assert (found.wh, found.flags) == (Decimal(3000), ())


def test_the_stop_goes_before_a_last_sample_above_it() -> None:
    found = _find(1000, 4000, _at(59, 4300))
    assert (found.wh, found.track[-2].wh) == (Decimal(3000), Decimal(3000))


def test_the_last_sample_stands_for_a_missing_stop() -> None:
    found = _find(1000, None, _at(20, 1500), _at(50, 2500))
    assert (found.wh, found.flags) == (Decimal(1500), ("meter-stop-from-samples",))


def test_the_first_sample_stands_for_a_missing_start() -> None:
    found = _find(None, 2500, _at(1, 700), _at(50, 2400))
    assert (found.wh, found.flags) == (Decimal(1800), ("meter-start-from-samples",))


def test_nothing_to_subtract_from_is_unknown_and_not_zero() -> None:
    assert (_find(1000, None).wh, _find(None, None, _at(5, 100)).flags[-1]) == (None, "energy-unknown")


def test_more_than_the_plug_can_give_is_not_believed() -> None:
    found = _find(0, 60_000)
    assert (found.wh, found.flags, found.evidence_wh) == (None, ("energy-impossible",), Decimal(60_000))


def test_more_than_the_plug_can_give_is_believed_when_the_duration_is_not_known() -> None:
    assert _find(0, 60_000, sure=False).wh == Decimal(60_000)


def test_a_plug_of_unknown_power_may_give_much_but_not_all() -> None:
    assert _find(0, 300_000, most_w=None).wh == Decimal(300_000)
    assert _find(0, 9_000_000, most_w=None).wh is None


def test_samples_outside_of_the_charge_do_not_count() -> None:
    found = _find(1000, None, _at(-30, 100), _at(30, 2000), _at(90, 5000))
    assert found.wh == Decimal(1000)


@st.composite
def _charges_with_resets(draw: st.DrawFn) -> tuple[list[Register], Decimal, Decimal]:
    """Return registers of a meter that begins at 0 again now and then, the true energy, the most unseen."""
    steps = draw(st.lists(st.tuples(st.integers(0, 300), st.booleans()), min_size=3, max_size=40))
    shown = draw(st.integers(0, 10**7))
    points, true, unseen = [_at(0, shown)], 0, 0
    for number, (wh, begins_anew) in enumerate(steps, start=1):
        true += wh
        if begins_anew:
            shown, unseen = wh // 2, unseen + wh + 10
        else:
            shown += wh
        points.append(_at(number, shown))
    return points, Decimal(true), Decimal(unseen)


@given(_charges_with_resets())
def test_the_sum_of_rises_never_exceeds_what_flowed_and_loses_at_most_what_resets_hid(
    charge: tuple[list[Register], Decimal, Decimal],
) -> None:
    points, true, unseen = charge
    track, _resets = rise(points, 22_000)
    assert track[-1].wh <= true
    assert [point.wh for point in track] == sorted(point.wh for point in track)
    assert true - track[-1].wh <= 2 * unseen


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30).map(sorted))
def test_a_meter_that_only_rises_gives_its_difference(values: list[int]) -> None:
    points = [_at(number, value) for number, value in enumerate(values)]
    track, resets = rise(without_slips(points), 22_000)
    assert (track[-1].wh, resets) == (Decimal(values[-1] - values[0]), 0)
