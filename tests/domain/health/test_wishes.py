"""What is wanted of a station, step by step."""

import pytest

from chargehand.domain.health import wishes


def test_lists_get_smaller_with_each_refusal_and_end() -> None:
    lists: list[list[str]] = []
    while (text := wishes.next_list("ocpp1.6", "", len(lists))) is not None:
        lists.append(text.split(","))

    assert [len(each) for each in lists] == sorted((len(each) for each in lists), reverse=True)
    assert len(lists) == len({tuple(each) for each in lists}) == 5
    assert lists[-1] == ["Energy.Active.Import.Register", "Power.Active.Import"]


def test_what_a_station_tells_already_stays() -> None:
    text = wishes.next_list("ocpp2.0.1", "Frequency, energy.active.import.register", 0)

    assert text is not None
    assert text.startswith("Frequency,energy.active.import.register,Power.Active.Import")
    assert "Temperature" not in text


def test_a_station_that_tells_everything_is_asked_for_nothing() -> None:
    everything = wishes.next_list("ocpp1.6", "", 0)

    assert wishes.next_list("ocpp1.6", everything, 0) is None


@pytest.mark.parametrize(
    ("current", "wanted"), [("900", "60"), ("0", "60"), ("60", None), ("15", None), (None, None), ("x", None)]
)
def test_an_interval_is_made_shorter_and_never_longer(current: str | None, wanted: str | None) -> None:
    assert wishes.interval(current, 60) == wanted
