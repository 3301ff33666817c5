"""Charges that stations forgot to end: closed by evidence, asked for in 2.x, never closed for being away."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging import queries, repair_queue, sweeps, zombies
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations.commands import GetTransactionStatus
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def _row(number: int) -> Transaction:
    return Transaction.objects.get(pk=number)


def _begin(talk: Talk, **more: Any) -> tuple[int, datetime]:
    """Start a charge two hours ago with one sample after ten minutes."""
    began = now() - timedelta(hours=2)
    number = talk.start(at=began, meter=1000, **more)
    talk.meter(None, began + timedelta(minutes=10), register=2500)
    return number, began


def test_a_charge_of_a_station_that_booted_since_is_closed_with_its_last_sample(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number, began = _begin(talk)
    talk.boot(now() - timedelta(minutes=30))
    assert zombies.close_zombies(clock.now()) == 1
    assert zombies.close_zombies(clock.now()) == 0
    row = _row(number)
    assert (row.state, row.stop_reason, row.ended_at) == (
        "system-closed",
        "boot",
        began + timedelta(minutes=10),
    )
    assert (row.energy_wh, "system-closed" in row.flags) == (Decimal(1500), True)


def test_a_station_gets_ten_minutes_after_a_boot_to_take_the_charge_up_again(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number, _ = _begin(talk)
    talk.boot(now() - timedelta(minutes=5))
    assert zombies.close_zombies(clock.now()) == 0
    assert _row(number).state == "open"


@pytest.mark.parametrize("sign", ["sample", "status"])
def test_a_charge_that_shows_life_after_the_boot_goes_on(operator: Operator, sign: str) -> None:
    talk = Talk(operator.pk)
    number, _ = _begin(talk)
    talk.boot(now() - timedelta(minutes=30))
    at = now() - timedelta(minutes=20)
    if sign == "sample":
        talk.meter(number, at, register=3000)
    else:
        talk.status("SuspendedEV", at=at)
    assert zombies.close_zombies(clock.now()) == 0


def test_a_plug_that_is_free_for_five_minutes_ends_its_charge(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number, _ = _begin(talk)
    talk.status("Available", at=now() - timedelta(minutes=4))
    assert zombies.close_zombies(clock.now()) == 0
    assert zombies.close_zombies(clock.now() + timedelta(minutes=2)) == 1
    assert _row(number).stop_reason == "plug-free"


def test_a_plug_shown_free_for_a_moment_only_ends_nothing(operator: Operator) -> None:
    talk = Talk(operator.pk)
    _begin(talk)
    talk.status("Available", at=now() - timedelta(minutes=20))
    talk.status("Charging", at=now() - timedelta(minutes=19))
    assert zombies.close_zombies(clock.now()) == 0


def test_a_charge_told_nothing_of_for_a_day_ended_at_its_last_sample(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number, began = _begin(talk)
    talk.status("Preparing", at=began + timedelta(minutes=11))
    assert zombies.close_zombies(clock.now() + timedelta(hours=20)) == 0
    assert zombies.close_zombies(clock.now() + timedelta(hours=23)) == 1
    assert (_row(number).stop_reason, _row(number).ended_at) == ("silent", began + timedelta(minutes=10))


def test_a_silent_charge_of_which_the_plug_says_charging_is_for_people(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number, began = _begin(talk)
    talk.status("Charging", at=began + timedelta(minutes=1))
    later = clock.now() + timedelta(hours=30)
    assert (zombies.close_zombies(later), zombies.close_zombies(later)) == (0, 0)
    [case] = repair_queue.repair_cases(operator.pk).cases
    assert (case.kind, case.transaction_id) == ("silent-open", number)


def test_a_station_that_is_away_ends_nothing_but_people_hear_after_a_day(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number, _ = _begin(talk)
    talk.disconnect(now() - timedelta(hours=1))
    talk_of_boot_before = clock.now() + timedelta(hours=22)
    assert zombies.close_zombies(talk_of_boot_before) == 0
    assert repair_queue.repair_cases(operator.pk).cases == ()
    assert zombies.close_zombies(clock.now() + timedelta(hours=25)) == 0
    [case] = repair_queue.repair_cases(operator.pk).cases
    assert (case.kind, case.suggestion["action"], _row(number).state) == ("offline-open", "close", "open")


def test_the_case_of_a_station_away_is_over_when_its_charge_ends(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number, began = _begin(talk)
    talk.disconnect(now() - timedelta(hours=1))
    zombies.close_zombies(clock.now() + timedelta(hours=25))
    talk.connect()
    talk.stop(number, at=began + timedelta(minutes=20), meter=3000)
    assert sweeps.sweep_charging(clock.now()).cases_over == 1
    assert repair_queue.repair_cases(operator.pk).cases == ()


def test_a_true_stop_after_the_close_gives_the_true_end(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number, began = _begin(talk)
    talk.boot(now() - timedelta(minutes=30))
    zombies.close_zombies(clock.now())
    talk.stop(number, at=began + timedelta(minutes=15), meter=2600)
    row = _row(number)
    assert (row.state, row.ended_at, row.energy_wh) == ("ended", began + timedelta(minutes=15), Decimal(1600))


class _Asked:
    """A station of 2.x with a suspect charge that has been asked for it once."""

    def __init__(self, operator: Operator) -> None:
        self.talk = Talk(operator.pk, version=201)
        self.number, _ = _begin(self.talk, ref="tx-9")
        self.talk.boot(now() - timedelta(minutes=30))
        assert zombies.close_zombies(clock.now()) == 0

    def close(self, minutes: int) -> int:
        return zombies.close_zombies(clock.now() + timedelta(minutes=minutes))


@pytest.fixture
def asked(operator: Operator) -> _Asked:
    return _Asked(operator)


def test_a_station_of_2_x_is_asked_before_its_charge_is_closed(asked: _Asked) -> None:
    assert asked.close(1) == 0
    assert asked.talk.obey(messagesInQueue=False, ongoingIndicator=False) == GetTransactionStatus(ref="tx-9")
    assert asked.talk.take() is None
    assert (asked.close(1), asked.close(3)) == (0, 1)


def test_a_charge_with_messages_still_queued_is_not_closed(asked: _Asked) -> None:
    asked.talk.obey(messagesInQueue=True, ongoingIndicator=False)
    assert (asked.close(5), asked.close(11)) == (0, 0)
    assert asked.talk.obey(messagesInQueue=False, ongoingIndicator=False) == GetTransactionStatus(ref="tx-9")


def test_a_charge_that_goes_on_by_the_stations_word_is_asked_for_again_after_an_hour(asked: _Asked) -> None:
    asked.talk.obey(messagesInQueue=False, ongoingIndicator=True)
    assert asked.close(59) == 0
    assert asked.talk.take() is None
    assert asked.close(61) == 0
    assert asked.talk.take() is not None


@pytest.mark.parametrize("indicators", [(True, False), (False, True)])
def test_a_charge_that_goes_on_by_the_stations_word_alone_is_left_to_people_after_days(
    asked: _Asked, operator: Operator, indicators: tuple[bool, bool]
) -> None:
    is_ongoing, has_queue = indicators
    asked.talk.obey(messagesInQueue=has_queue, ongoingIndicator=is_ongoing)
    assert asked.close(60 * 70) == 0
    assert repair_queue.repair_cases(operator.pk).cases == ()

    assert asked.close(60 * 73) == 0

    (case,) = repair_queue.repair_cases(operator.pk).cases
    assert (case.kind, case.transaction_id) == ("silent-open", asked.number)
    assert case.suggestion["action"] == "close"


def test_a_station_that_does_not_know_the_question_is_not_believed_to_charge(asked: _Asked) -> None:
    asked.talk.obey("NotImplemented")
    assert asked.close(1) == 1
    detail = queries.transaction(asked.talk.operator_id, asked.number)
    assert detail is not None
    assert (detail.transaction.state, detail.transaction.stop_reason) == ("system-closed", "boot")
