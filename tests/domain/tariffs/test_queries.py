"""Which tariff counts where, for whom and when: the most specific one, always the same one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import LocationDetails
from chargehand.domain.tariffs import actions, precedence, queries
from chargehand.domain.tariffs.precedence import Candidate
from chargehand.domain.tariffs.views import Place

pytestmark = pytest.mark.django_db

SPRING = datetime(2025, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class _Town:
    """A location with a charger, and tariffs that are assigned in few words."""

    def __init__(self, operator: Operator) -> None:
        self.operator_id = operator.pk
        details = LocationDetails(name="Harbour", time_zone="Europe/Berlin")
        self.location_id = stations.create_location(operator_id=operator.pk, details=details)
        self.station_id = stations.create_station(
            operator_id=operator.pk, identity="CP-1", location_id=self.location_id
        ).station_id

    def tariff(self, name: str, *, valid_from: datetime = SPRING - 9 * DAY, **more: Any) -> int:
        text = tariff(element(component("ENERGY", "0.5")), **{"id": name, **more})
        return actions.create_tariff(
            operator_id=self.operator_id,
            name=name,
            ocpi_json=msgspec.json.encode(text),
            actor=SYSTEM,
            valid_from=valid_from,
        ).tariff_id

    def assign(self, name: str, place: Place | None = None, **more: Any) -> int:
        more = {"valid_from": SPRING, **more}
        return actions.assign_tariff(
            operator_id=self.operator_id, tariff_id=self.tariff(name), place=place, actor=SYSTEM, **more
        )

    def find(self, *, evse: int = 1, connector: int = 1, group: str = "", at: datetime = SPRING + DAY) -> str:
        found = queries.tariff_for(self.operator_id, self.place(evse, connector), token_group=group, at=at)
        return "" if found is None else found.name

    def place(self, evse: int = 1, connector: int = 1) -> Place:
        return Place(location_id=self.location_id, station_id=self.station_id, evse=evse, connector=connector)


@pytest.fixture
def town(operator: Operator) -> _Town:
    return _Town(operator)


def test_the_narrower_place_wins_and_others_keep_the_wider_one(town: _Town) -> None:
    station = town.station_id
    assert town.find() == ""
    town.assign("everywhere")
    assert town.find() == "everywhere"
    town.assign("here", Place(location_id=town.location_id))
    assert town.find() == "here"
    town.assign("charger", Place(station_id=station))
    assert town.find() == "charger"
    town.assign("evse", Place(station_id=station, evse=1))
    town.assign("plug", Place(station_id=station, evse=1, connector=2))
    assert [town.find(), town.find(connector=2), town.find(evse=2)] == ["evse", "plug", "charger"]


def test_a_price_for_a_group_goes_before_any_place(town: _Town) -> None:
    town.assign("plug", Place(station_id=town.station_id, evse=1, connector=1))
    town.assign("members", token_group="GOLD")
    assert [town.find(group="GOLD"), town.find(group="SILVER"), town.find()] == ["members", "plug", "plug"]


def test_priority_decides_between_equals_and_only_there(town: _Town) -> None:
    town.assign("standing", valid_from=SPRING)
    town.assign("campaign", priority=5, valid_from=SPRING, valid_until=SPRING + 7 * DAY)
    assert [town.find(), town.find(at=SPRING + 7 * DAY)] == ["campaign", "standing"]
    town.assign("here", Place(location_id=town.location_id), priority=-5)
    assert town.find() == "here"


def test_an_assignment_counts_from_its_start_until_before_its_end(town: _Town) -> None:
    town.assign("spring", valid_until=SPRING + DAY)
    second = timedelta(seconds=1)
    moments = [SPRING - second, SPRING, SPRING + DAY - second, SPRING + DAY]
    assert [town.find(at=at) for at in moments] == ["", "spring", "spring", ""]


def test_the_later_assignment_wins_among_equals(town: _Town) -> None:
    town.assign("first")
    town.assign("second")
    assert town.find() == "second"


def test_a_version_counts_from_its_own_time_on(town: _Town) -> None:
    tariff_id = town.tariff("T")
    actions.assign_tariff(operator_id=town.operator_id, tariff_id=tariff_id, actor=SYSTEM, valid_from=SPRING)
    text = msgspec.json.encode(tariff(element(component("ENERGY", "0.6")), id="T"))
    actions.add_version(
        operator_id=town.operator_id,
        tariff_id=tariff_id,
        ocpi_json=text,
        actor=SYSTEM,
        valid_from=SPRING + 2 * DAY,
    )
    numbers = []
    for days in (1, 2, 3):
        found = queries.tariff_for(town.operator_id, town.place(), at=SPRING + days * DAY)
        assert found is not None
        numbers.append(found.number)
    assert numbers == [1, 2, 2]


def test_a_tariff_whose_own_dates_are_over_is_passed_over_and_said_so(town: _Town) -> None:
    town.assign("standing")
    past = town.tariff("past", end_date_time=(SPRING + DAY).isoformat())
    future = town.tariff("future", valid_from=SPRING + 90 * DAY)
    for each in (past, future):
        actions.assign_tariff(
            operator_id=town.operator_id,
            tariff_id=each,
            place=Place(location_id=town.location_id),
            actor=SYSTEM,
            valid_from=SPRING,
        )
    choice = queries.choose_tariff(town.operator_id, town.place(), at=SPRING + 2 * DAY)
    assert choice.version is not None
    assert choice.version.name == "standing"
    assert sum("is passed over" in sentence for sentence in choice.sentences) == 2


def test_the_choice_says_which_counts_and_why_the_others_do_not(town: _Town) -> None:
    town.assign("everywhere")
    town.assign("here", Place(location_id=town.location_id))
    town.assign("dear", Place(location_id=town.location_id), priority=1)
    choice = queries.choose_tariff(town.operator_id, town.place(), at=SPRING + DAY)
    assert choice.sentences == (
        "dear, version 1, counts: it is assigned to location Harbour.",
        "here (location Harbour) does not: its priority is lower.",
        "everywhere (everywhere) does not: it covers more than this place.",
    )
    nothing = queries.choose_tariff(town.operator_id, town.place(), at=SPRING - DAY)
    assert nothing.sentences == ("No tariff is assigned to this place at that time.",)


def test_another_operator_sees_nothing_of_it(town: _Town, other_operator: Operator) -> None:
    town.assign("everywhere")
    [view] = queries.assignments(town.operator_id, at=SPRING)
    [known] = queries.tariffs(town.operator_id)
    assert known.current is not None
    assert queries.assignments(other_operator.pk) == []
    assert queries.tariffs(other_operator.pk) == []
    assert queries.tariff(other_operator.pk, view.tariff_id) is None
    assert queries.version(other_operator.pk, known.current.id) is None
    assert queries.tariff_for(other_operator.pk, town.place(), at=SPRING) is None
    assert [queries.has_assignments(each) for each in (town.operator_id, other_operator.pk)] == [True, False]


_numbers = st.one_of(st.none(), st.integers(1, 2))


@st.composite
def _candidates(draw: st.DrawFn) -> list[Candidate]:
    found = []
    for identity in range(1, draw(st.integers(1, 6)) + 1):
        evse = draw(_numbers)
        station = draw(st.booleans()) or evse is not None
        found.append(
            Candidate(
                id=identity,
                tariff_id=identity,
                tariff_name=f"T{identity}",
                location_name="" if station else draw(st.sampled_from(["", "L"])),
                station_name="S" if station else "",
                evse=evse,
                connector=draw(_numbers) if evse is not None else None,
                token_group=draw(st.sampled_from(["", "G"])),
                priority=draw(st.integers(-1, 1)),
                valid_from=SPRING + draw(st.integers(0, 1)) * DAY,
            )
        )
    return found


@settings(deadline=None)
@given(_candidates(), st.randoms())
def test_the_winner_does_not_depend_on_the_order_of_asking(candidates: list[Candidate], chance: Any) -> None:
    shuffled = list(candidates)
    chance.shuffle(shuffled)
    ordered = precedence.order(shuffled)
    assert ordered == precedence.order(candidates)
    assert all(precedence.explain(ordered[0], loser).endswith(".") for loser in ordered[1:])
