"""From an incident to people: steps, time-outs, who is reached, quiet hours, windows, and when it ends."""

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.notices.conftest import Clock
from tests.domain.notices.making import ADA, Crew, at, utc

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.notices import plans, queries, windows
from chargehand.domain.notices.duty import ShiftTime
from chargehand.domain.notices.models import Alert, Delivery
from chargehand.domain.notices.plans import RouteTerms, Step

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(crew: Crew) -> dict[str, int]:
    """Mia, then Tom, then Ali, each reached by a hook of their own."""
    people = {name: crew.person(name) for name in ("mia", "tom", "ali")}
    for name, number in people.items():
        crew.channel(number, f"json://{name}")
    return people


def escalate(crew: Crew, team: dict[str, int], repeats: int = 0) -> int:
    steps = [Step(wait_minutes=5, user_id=team["mia"]), Step(wait_minutes=10, user_id=team["tom"])]
    return crew.escalate(*steps, Step(wait_minutes=15, user_id=team["ali"]), repeats=repeats)


def test_steps_follow_each_other_by_their_time_outs(
    crew: Crew, team: dict[str, int], time_of_day: Clock
) -> None:
    escalate(crew, team)
    incident = crew.opened()
    assert crew.told() == ["json://mia"]
    time_of_day.pass_by(minutes=4, seconds=59)
    assert crew.told() == []
    time_of_day.pass_by(seconds=1)
    assert crew.told() == ["json://tom"]
    time_of_day.pass_by(minutes=10)
    assert crew.told() == ["json://ali"]
    time_of_day.pass_by(minutes=15)
    assert crew.told() == []
    assert crew.alert(incident).state == Alert.State.EXHAUSTED


def test_a_policy_that_repeats_begins_again(crew: Crew, team: dict[str, int], time_of_day: Clock) -> None:
    escalate(crew, team, repeats=1)
    crew.opened()
    told = []
    for _ in range(8):
        told += crew.told()
        time_of_day.pass_by(minutes=15)
    assert told == [f"json://{name}" for name in ("mia", "tom", "ali")] * 2


def test_the_same_fact_twice_tells_once(crew: Crew, team: dict[str, int]) -> None:
    escalate(crew, team)
    incident = crew.opened()
    crew.opened_again(incident)
    assert crew.told() == ["json://mia"]
    assert Alert.objects.count() == 1


def test_an_incident_that_is_opened_again_is_told_again_from_the_first_step(
    crew: Crew, team: dict[str, int], time_of_day: Clock
) -> None:
    escalate(crew, team)
    incident = crew.opened()
    time_of_day.pass_by(minutes=1)
    crew.resolved(incident)
    assert crew.told() == []
    time_of_day.pass_by(minutes=1)
    crew.opened_again(incident)
    crew.opened_again(incident)
    assert crew.told() == ["json://mia"]
    time_of_day.pass_by(minutes=5)
    assert crew.told() == ["json://tom"]
    crew.resolved(incident)
    assert crew.told() == ["json://mia", "json://tom"]


def test_an_acknowledged_incident_is_told_to_nobody_else(
    crew: Crew, team: dict[str, int], time_of_day: Clock
) -> None:
    escalate(crew, team)
    incident = crew.opened()
    crew.tell()
    crew.acknowledged(incident, by="Mia")
    time_of_day.pass_by(hours=2)
    assert crew.told() == ["json://mia"]
    alert = crew.alert(incident)
    assert (alert.state, alert.acknowledged_by) == ("acknowledged", "Mia")


def test_what_was_acknowledged_before_it_was_sent_is_not_sent(crew: Crew, team: dict[str, int]) -> None:
    escalate(crew, team)
    incident = crew.opened()
    crew.acknowledged(incident)
    assert crew.told() == []
    assert crew.states() == ["cancelled"]


def test_those_who_were_told_hear_that_it_is_over_and_only_they(
    crew: Crew, team: dict[str, int], time_of_day: Clock
) -> None:
    escalate(crew, team)
    incident = crew.opened()
    crew.tell()
    time_of_day.pass_by(minutes=5)
    assert crew.told() == ["json://mia", "json://tom"]
    crew.resolved(incident)
    crew.resolved(incident)
    crew.tell()
    assert [(target, message.title[:5]) for target, message in crew.provider.sent] == [
        ("json://mia", "Over:"),
        ("json://tom", "Over:"),
    ]


def test_an_incident_that_worsens_is_not_told_twice_before_it_is_dangerous(
    crew: Crew, team: dict[str, int]
) -> None:
    escalate(crew, team)
    incident = crew.opened(severity=6)
    assert crew.told() == ["json://mia"]
    crew.worsened(incident, 3)
    assert crew.told() == []
    crew.worsened(incident, 1)
    assert crew.told() == ["json://mia"]
    crew.worsened(incident, 0)
    assert crew.told() == []
    assert crew.alert(incident).severity == 0


def test_who_took_care_hears_that_it_became_dangerous(crew: Crew, team: dict[str, int]) -> None:
    escalate(crew, team)
    incident = crew.opened(severity=4)
    crew.tell()
    crew.acknowledged(incident)
    crew.worsened(incident, 0)
    crew.tell()
    assert crew.provider.sent[-1][1].body.startswith("It has become dangerous.")


def test_the_rota_says_who_is_told(crew: Crew, team: dict[str, int], time_of_day: Clock) -> None:
    shifts = [
        ShiftTime(weekday=1, starts=at(8), ends=at(16), user_id=team["tom"]),
        ShiftTime(weekday=1, starts=at(16), ends=at(8), user_id=team["ali"]),
    ]
    rota = plans.save_rota(
        operator_id=crew.operator_id,
        rota_id=None,
        name="Week",
        time_zone="Europe/Berlin",
        shifts=shifts,
        actor=ADA,
    )
    crew.escalate(Step(wait_minutes=5, rota_id=rota))
    crew.opened()
    assert crew.told() == ["json://tom"]
    time_of_day.pass_by(hours=6)
    crew.opened()
    assert crew.told() == ["json://ali"]


def test_a_step_that_reaches_nobody_is_passed_at_once(crew: Crew, team: dict[str, int]) -> None:
    rota = plans.save_rota(
        operator_id=crew.operator_id,
        rota_id=None,
        name="Empty",
        time_zone="Europe/Berlin",
        shifts=[],
        actor=ADA,
    )
    crew.escalate(Step(wait_minutes=60, rota_id=rota), Step(wait_minutes=5, user_id=team["ali"]))
    crew.opened()
    assert crew.told() == ["json://ali"]


def test_all_of_operations_are_told_where_the_steps_name_nobody(crew: Crew, team: dict[str, int]) -> None:
    rota = plans.save_rota(
        operator_id=crew.operator_id, rota_id=None, name="Empty", time_zone="UTC", shifts=[], actor=ADA
    )
    crew.escalate(Step(wait_minutes=60, rota_id=rota))
    crew.opened()
    assert sorted(crew.told()) == ["json://ali", "json://mia", "json://tom"]


def test_without_any_policy_admins_and_operations_get_mail(crew: Crew) -> None:
    for name, role in (
        ("ada", Role.ADMIN),
        ("omar", Role.OPERATIONS),
        ("fay", Role.FINANCE),
        ("vera", Role.READ_ONLY),
    ):
        crew.person(name, role)
    crew.opened(severity=5)
    assert sorted(crew.told()) == ["ada@example.org", "omar@example.org"]
    crew.opened(severity=6)
    assert crew.told() == []


def test_a_route_can_say_that_nobody_is_told_until_it_is_dangerous(crew: Crew, team: dict[str, int]) -> None:
    policy = escalate(crew, team)
    plans.save_routes(
        operator_id=crew.operator_id,
        routes=[
            RouteTerms(policy_id=policy, least_severity=1),
            RouteTerms(policy_id=None, least_severity=9),
        ],
        actor=ADA,
    )
    incident = crew.opened(severity=4)
    assert (crew.told(), crew.alert(incident).state) == ([], "silent")
    crew.worsened(incident, 1)
    assert crew.told() == ["json://mia"]


@pytest.mark.parametrize(
    ("role", "is_bound_here", "is_told"),
    [
        (Role.TECHNICIAN, True, True),
        (Role.TECHNICIAN, False, False),
        (Role.SITE_HOST, True, True),
        (Role.SITE_HOST, False, False),
        (Role.FINANCE, True, False),
    ],
)
def test_nobody_is_told_of_places_they_may_not_see(
    crew: Crew, role: Role, is_bound_here: bool, is_told: bool
) -> None:
    person = crew.person("Hanna", role, [crew.location_id if is_bound_here else crew.location_id + 1])
    crew.person("Omar")
    crew.escalate(Step(wait_minutes=5, user_id=person))
    crew.opened()
    assert crew.told() == ["hanna@example.org" if is_told else "omar@example.org"]


def test_another_operators_people_hear_nothing(crew: Crew, make_crew: Any, other_operator: Operator) -> None:
    other = make_crew(other_operator)
    stranger = other.person("Zoe", Role.ADMIN)
    crew.person("Mia", Role.ADMIN)
    crew.opened()
    assert crew.told() == ["mia@example.org"]
    assert not Delivery.objects.filter(user_id=stranger).exists()


def test_a_channel_takes_only_what_is_grave_enough(crew: Crew) -> None:
    mia = crew.person("Mia")
    crew.channel(mia, "json://sms", least_severity=1)
    crew.channel(mia, "json://chat", least_severity=5)
    crew.escalate(Step(wait_minutes=5, user_id=mia))
    crew.opened(severity=4)
    assert crew.told() == ["json://chat"]
    crew.opened(severity=0)
    assert crew.told() == ["json://sms", "json://chat"]


def test_quiet_hours_put_off_what_is_no_danger_to_their_end(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.person("Mia")
    crew.channel(mia, "json://mia", quiet_from=at(22), quiet_to=at(7))
    crew.escalate(Step(wait_minutes=5, user_id=mia))
    time_of_day.time = utc("2026-03-28T23:30")  # in this night the clock is set forward
    crew.opened(severity=4)
    assert crew.told() == []
    crew.opened(severity=1)
    assert crew.told() == ["json://mia"]
    time_of_day.time = utc("2026-03-29T04:59")
    assert crew.told() == []
    time_of_day.time = utc("2026-03-29T05:00")
    assert crew.told() == ["json://mia"]


def test_what_is_over_before_the_quiet_hours_are_is_never_told(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.person("Mia")
    crew.channel(mia, "json://mia", quiet_from=at(22), quiet_to=at(7))
    crew.escalate(Step(wait_minutes=5, user_id=mia))
    time_of_day.time = utc("2026-03-10T23:00")
    incident = crew.opened()
    crew.resolved(incident)
    time_of_day.pass_by(hours=12)
    assert crew.told() == []


def test_what_becomes_dangerous_in_quiet_hours_is_told_at_once(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.person("Mia")
    crew.channel(mia, "json://mia", quiet_from=at(22), quiet_to=at(7))
    crew.escalate(Step(wait_minutes=5, user_id=mia))
    time_of_day.time = utc("2026-03-10T23:00")
    incident = crew.opened(severity=4)
    crew.worsened(incident, 0)
    assert crew.told() == ["json://mia"]


@pytest.mark.parametrize("place", ["station", "location", "everywhere"])
def test_a_maintenance_window_holds_alerts_back_until_it_ends(
    crew: Crew, team: dict[str, int], time_of_day: Clock, place: str
) -> None:
    escalate(crew, team)
    over = {"station": {"station_id": crew.station_id}, "location": {"location_id": crew.location_id}}
    windows.open_window(
        operator_id=crew.operator_id,
        starts_at=time_of_day.now(),
        ends_at=time_of_day.now() + timedelta(hours=2),
        reason="New cables",
        actor=ADA,
        **over.get(place, {}),
    )
    assert queries.is_in_window(crew.operator_id, crew.station_id, time_of_day.now())
    incident, over_by_then = crew.opened(severity=0), crew.opened()
    assert (crew.told(), crew.alert(incident).state) == ([], "held")
    crew.resolved(over_by_then)
    time_of_day.pass_by(hours=2)
    assert not queries.is_in_window(crew.operator_id, crew.station_id, time_of_day.now())
    assert crew.told() == ["json://mia"]


def test_a_window_that_ends_early_tells_at_once(crew: Crew, team: dict[str, int], time_of_day: Clock) -> None:
    escalate(crew, team)
    window = windows.open_window(
        operator_id=crew.operator_id,
        starts_at=time_of_day.now(),
        ends_at=time_of_day.now() + timedelta(hours=2),
        reason="New cables",
        actor=ADA,
    )
    crew.opened()
    time_of_day.pass_by(minutes=1)
    windows.end_window(operator_id=crew.operator_id, window_id=window, actor=ADA)
    assert crew.told() == ["json://mia"]


def test_a_window_over_one_charger_holds_back_nothing_that_concerns_another_too(
    crew: Crew, team: dict[str, int], time_of_day: Clock
) -> None:
    escalate(crew, team)
    other = crew.station("4108")
    windows.open_window(
        operator_id=crew.operator_id,
        starts_at=time_of_day.now(),
        ends_at=time_of_day.now() + timedelta(hours=2),
        reason="New cables",
        actor=ADA,
        station_id=crew.station_id,
    )
    crew.opened(station_ids=(crew.station_id, other))
    assert crew.told() == ["json://mia"]
