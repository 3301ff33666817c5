"""Passwords of stations, changed over OCPP: the old one holds until the new one is there."""

from uuid import UUID

import pytest
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import (
    command_cards,
    entry,
    followers,
    passwords,
    requests,
    secrets,
    sweeps,
)
from chargehand.domain.stations.commands import Answer, SetVariables
from chargehand.domain.stations.facts import RequestAnswered, StationBooted
from chargehand.domain.stations.models import StationRequest
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

OLD = "the-old-password-1"


class _Rotation:
    """A station whose password is being changed."""

    def __init__(self, operator: Operator, version: int = 201) -> None:
        self.talk = Talk(operator.pk, version=version)
        passwords.set_password(operator_id=operator.pk, station_id=self.talk.station_id, password=OLD)
        self.request_id = self.rotate()
        self.new = ""

    def rotate(self) -> UUID:
        return passwords.rotate_password(
            operator_id=self.talk.operator_id, station_id=self.talk.station_id, asked_by="Mia"
        )

    def answer(self, word: str) -> None:
        command = self.talk.obey(word)
        assert isinstance(command, SetVariables)
        self.new = command.variables[0].value
        self.tell(self.request_id, word)

    def tell(self, request_id: UUID, word: str) -> None:
        fact = RequestAnswered(
            happened_at=clock.now(),
            operator_id=self.talk.operator_id,
            station_id=self.talk.station_id,
            request_id=str(request_id),
            command="set-variables",
            is_accepted=word in {"Accepted", "RebootRequired"},
            word=word,
        )
        for _ in range(2):
            followers.settle_passwords([fact])

    def boot(self) -> None:
        self.talk.boot()
        fact = StationBooted(
            happened_at=clock.now(),
            station_id=self.talk.station_id,
            reason="",
            firmware_version="",
            is_hardware_changed=False,
        )
        for _ in range(2):
            followers.settle_passwords([fact])

    def lets_in(self, password: str) -> bool:
        known = entry.find_station("CP-1")
        assert known is not None
        return entry.Passwords().is_right(known, password.encode())

    @property
    def doors(self) -> tuple[bool, bool]:
        """Whether the old and the new password let in."""
        return self.lets_in(OLD), self.lets_in(self.new)


@pytest.fixture
def rotation(operator: Operator) -> _Rotation:
    return _Rotation(operator)


def test_the_old_password_holds_until_the_station_accepted_the_new(rotation: _Rotation) -> None:
    assert rotation.lets_in(OLD)
    rotation.answer("Accepted")
    assert rotation.doors == (False, True)


def test_a_refused_password_changes_nothing(rotation: _Rotation) -> None:
    rotation.answer("Rejected")
    assert rotation.doors == (True, False)


def test_both_passwords_hold_until_the_restart_a_station_needs(rotation: _Rotation) -> None:
    rotation.answer("RebootRequired")
    assert rotation.doors == (True, True)
    rotation.boot()
    assert rotation.doors == (False, True)


def test_both_passwords_hold_when_the_station_did_not_answer(rotation: _Rotation) -> None:
    taken = rotation.talk.take()
    assert taken is not None
    assert isinstance(taken.command, SetVariables)
    rotation.new = taken.command.variables[0].value
    requests.fail(taken.id, "Timeout", "The station did not answer in time.")
    rotation.tell(taken.id, "Timeout")
    assert rotation.doors == (True, True)


def test_a_late_answer_to_an_older_rotation_does_not_take_the_newer_password_over(
    rotation: _Rotation,
) -> None:
    taken = rotation.talk.take()
    assert taken is not None
    second = rotation.rotate()
    rotation.tell(rotation.request_id, "Accepted")
    assert rotation.lets_in(OLD)
    assert second != rotation.request_id


def test_1_6_gets_the_password_as_hex_and_may_use_either_form(operator: Operator) -> None:
    rotation = _Rotation(operator, version=16)
    rotation.answer("Accepted")
    assert len(rotation.new) == 40
    assert rotation.lets_in(rotation.new)
    assert rotation.lets_in(bytes.fromhex(rotation.new).decode())


def test_a_password_is_struck_out_of_the_request_once_it_is_answered(rotation: _Rotation) -> None:
    card = command_cards.request(rotation.talk.operator_id, rotation.request_id)
    assert card is not None
    assert card.body["variables"][0]["value"] == secrets.MASK
    taken = rotation.talk.take()
    assert taken is not None
    assert isinstance(taken.command, SetVariables)
    rotation.new = taken.command.variables[0].value
    requests.answer(taken.id, Answer(is_accepted=True, word="Accepted"))
    rotation.tell(taken.id, "Accepted")
    row = StationRequest.objects.get(pk=taken.id)
    assert row.body["variables"][0]["value"] == secrets.MASK
    assert rotation.new not in str(row.body)
    assert rotation.doors == (False, True)


def test_a_password_that_was_never_sent_is_forgotten(rotation: _Rotation) -> None:
    StationRequest.objects.update(expires_at=clock.now().replace(year=2020))
    swept = sweeps.sweep_stations()
    again = sweeps.sweep_stations()
    known = entry.find_station("CP-1")
    assert known is not None
    assert (swept.expired, swept.scrubbed, known.next_password_hash) == (1, 1, "")
    assert (again.expired, again.scrubbed) == (0, 0)
    assert rotation.lets_in(OLD)


def test_the_password_of_a_station_that_is_away_cannot_be_changed(operator: Operator) -> None:
    talk = Talk(operator.pk)
    talk.disconnect()
    with pytest.raises(Refused) as refused:
        passwords.rotate_password(operator_id=operator.pk, station_id=talk.station_id, asked_by="Mia")
    assert refused.value.code == "station-offline"


def test_a_password_set_by_hand_ends_a_change_on_its_way(rotation: _Rotation) -> None:
    made = passwords.set_password(operator_id=rotation.talk.operator_id, station_id=rotation.talk.station_id)
    assert rotation.lets_in(made)
    rotation.answer("Accepted")
    assert rotation.lets_in(made)


def test_nothing_happens_at_a_boot_without_a_change(operator: Operator) -> None:
    rotation = _Rotation(operator)
    rotation.answer("Rejected")
    rotation.boot()
    assert rotation.doors == (True, False)
