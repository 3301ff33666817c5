"""What people do with their alerts: channels that are proved by a code, and links that take care."""

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.notices.conftest import Clock
from tests.domain.notices.making import ADA, NEVER_QUIET, Crew, at

from chargehand.domain.accounts.models import AuditEntry, Operator
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.health.models import Incident
from chargehand.domain.notices import actions, plans, queries, sealing, windows
from chargehand.domain.notices.actions import ChannelTerms
from chargehand.domain.notices.duty import ShiftTime
from chargehand.domain.notices.kinds import ChannelKind
from chargehand.domain.notices.models import Channel, Delivery
from chargehand.domain.notices.plans import RouteTerms, Step
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

HOOK = "slack://TokenA123/TokenB456/TokenC789abcdef/"


def terms(**more: Any) -> ChannelTerms:
    return ChannelTerms(
        **{"label": "Work", "least_severity": 5, "time_zone": "Europe/Berlin", **NEVER_QUIET, **more}
    )


def refusal_of(deed: Any, **arguments: Any) -> str:
    with pytest.raises(Refused) as refused:
        deed(**arguments)
    return refused.value.code


def test_a_channel_is_used_once_its_code_came_back(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.as_principal(crew.person("Mia"))
    number = actions.add_channel(principal=mia, kind=ChannelKind.CHAT, target=HOOK, terms=terms())
    crew.opened()
    assert crew.told() == [HOOK, "mia@example.org"]
    code = sealing.code_of(number, Delivery.objects.get(purpose="test").detail["asked_at"])
    assert len(code) == 6
    actions.verify_channel(principal=mia, channel_id=number, code=f" {code[:3]} {code[3:]} ")
    crew.opened()
    assert crew.told() == [HOOK]


def test_the_code_is_in_the_message_and_nowhere_else(crew: Crew) -> None:
    mia = crew.as_principal(crew.person("Mia"))
    number = actions.add_channel(principal=mia, kind=ChannelKind.CHAT, target=HOOK, terms=terms())
    crew.tell()
    code = sealing.code_of(number, Delivery.objects.get().detail["asked_at"])
    assert code in crew.provider.sent[0][1].body
    assert code not in str(Delivery.objects.values().get())


def test_a_wrong_code_may_be_typed_five_times(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.as_principal(crew.person("Mia"))
    number = actions.add_channel(principal=mia, kind=ChannelKind.CHAT, target=HOOK, terms=terms())
    code = sealing.code_of(number, Delivery.objects.get().detail["asked_at"])
    wrong = "000000" if code != "000000" else "111111"
    tried = [
        refusal_of(actions.verify_channel, principal=mia, channel_id=number, code=wrong) for _ in range(6)
    ]
    assert tried == ["wrong-code"] * 5 + ["code-expired"]
    assert refusal_of(actions.verify_channel, principal=mia, channel_id=number, code=code) == "code-expired"
    assert refusal_of(actions.send_code, principal=mia, channel_id=number) == "too-soon"
    time_of_day.pass_by(minutes=1)
    actions.send_code(principal=mia, channel_id=number)
    assert refusal_of(actions.verify_channel, principal=mia, channel_id=number, code=code) == "wrong-code"


def test_a_code_holds_for_half_an_hour(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.as_principal(crew.person("Mia"))
    number = actions.add_channel(principal=mia, kind=ChannelKind.CHAT, target=HOOK, terms=terms())
    code = sealing.code_of(number, Delivery.objects.get().detail["asked_at"])
    time_of_day.pass_by(minutes=31)
    assert refusal_of(actions.verify_channel, principal=mia, channel_id=number, code=code) == "code-expired"


def test_the_address_is_kept_encrypted_and_shown_masked(crew: Crew) -> None:
    mia = crew.as_principal(crew.person("Mia"))
    target = "jsons://user:pa55word@hooks.example.org/secret-path"
    actions.add_channel(principal=mia, kind=ChannelKind.WEBHOOK, target=target, terms=terms())
    row = Channel.objects.values().get()
    assert "pa55word" not in str(row)
    assert "secret-path" not in str(row) + str(list(AuditEntry.objects.values()))
    assert row["masked"] == "jsons://hooks.example.org/…"
    assert sealing.unseal(str(row["sealed_target"])) == target


@pytest.mark.parametrize(
    ("target", "masked"),
    [
        ("mia@example.org", "m…@example.org"),
        (HOOK, "slack://…/…"),
        ("twilio://AC1:token@+491701234567", "twilio://…/…"),
        ("+491701234567", "+49…67"),
        ("short", "…"),
    ],
)
def test_a_masked_address_tells_no_secret(target: str, masked: str) -> None:
    assert sealing.mask(target) == masked


@pytest.mark.parametrize(
    ("kind", "target", "code"),
    [
        (ChannelKind.MAIL, "not an address", "bad-address"),
        (ChannelKind.CHAT, "ftp://example.org", "bad-address"),
        (ChannelKind.CHAT, "slack", "bad-address"),
        (ChannelKind.PUSH, "syslog://localhost", "bad-address"),
        (ChannelKind.CHAT, "json://example.org", "bad-address"),
        (ChannelKind.PUSH, "ntfys://", "bad-address"),
    ],
)
def test_an_address_must_fit_its_kind(crew: Crew, kind: ChannelKind, target: str, code: str) -> None:
    mia = crew.as_principal(crew.person("Mia"))
    assert refusal_of(actions.add_channel, principal=mia, kind=kind, target=target, terms=terms()) == code


def test_only_people_who_run_alerts_may_let_the_worker_call_any_address(crew: Crew) -> None:
    tom = crew.as_principal(crew.person("Tom", Role.TECHNICIAN))
    target = "json://127.0.0.1/"
    refused = refusal_of(
        actions.add_channel, principal=tom, kind=ChannelKind.WEBHOOK, target=target, terms=terms()
    )
    assert refused == "not-your-kind"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"label": " "}, "no-label"),
        ({"quiet_from": at(22)}, "bad-quiet-hours"),
        ({"quiet_from": at(22), "quiet_to": at(22)}, "bad-quiet-hours"),
        ({"time_zone": "Mars/Base"}, "unknown-time-zone"),
    ],
)
def test_terms_that_make_no_sense_are_refused(crew: Crew, more: dict[str, Any], code: str) -> None:
    mia = crew.as_principal(crew.person("Mia"))
    number = crew.channel(mia.user_id or 0)
    refused = refusal_of(actions.change_channel, principal=mia, channel_id=number, terms=terms(**more))
    assert refused == code


def test_nobody_touches_another_persons_channel(crew: Crew, make_crew: Any, other_operator: Operator) -> None:
    number = crew.channel(crew.person("Mia"))
    tom = crew.as_principal(crew.person("Tom", Role.ADMIN))
    other = make_crew(other_operator)
    zoe = other.as_principal(other.person("Zoe", Role.ADMIN))
    for stranger in (tom, zoe):
        assert refusal_of(actions.remove_channel, principal=stranger, channel_id=number) == "unknown-channel"
        assert (
            refusal_of(actions.verify_channel, principal=stranger, channel_id=number, code="1")
            == "unknown-channel"
        )


def test_a_removed_channel_forgets_its_address_and_what_waits_for_it(crew: Crew) -> None:
    mia = crew.person("Mia")
    number = crew.channel(mia)
    crew.opened()
    actions.remove_channel(principal=crew.as_principal(mia), channel_id=number)
    assert Channel.objects.get().sealed_target == ""
    assert crew.told() == []
    assert queries.channels(crew.operator_id) == []


def test_a_paused_channel_is_not_used(crew: Crew) -> None:
    mia = crew.person("Mia")
    crew.channel(mia, "json://phone", is_paused=True)
    crew.channel(mia, "json://chat")
    crew.opened()
    assert crew.told() == ["json://chat"]


def test_taking_care_is_said_to_the_incident_and_stops_the_alert(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.person("Mia")
    crew.escalate(Step(wait_minutes=5, user_id=mia), repeats=3)
    incident = crew.opened()
    crew.tell()
    actions.acknowledge(principal=crew.as_principal(mia), alert_id=crew.alert(incident).pk)
    assert Incident.objects.get(pk=incident).acknowledged_by == "Mia"
    assert crew.alert(incident).acknowledged_by == "Mia"
    time_of_day.pass_by(hours=1)
    assert crew.told() == ["mia@example.org"]


@pytest.mark.parametrize(
    ("role", "locations", "code"),
    [
        (Role.READ_ONLY, (), "not-yours"),
        (Role.TECHNICIAN, (-1,), "unknown-alert"),
    ],
)
def test_who_may_not_take_care_is_refused(crew: Crew, role: Role, locations: Any, code: str) -> None:
    crew.person("Omar")
    incident = crew.opened()
    stranger = crew.as_principal(crew.person("Vera", role, locations))
    alert_id = crew.alert(incident).pk
    assert refusal_of(actions.acknowledge, principal=stranger, alert_id=alert_id) == code


def test_a_rota_is_saved_as_a_whole_and_read_back(crew: Crew, time_of_day: Clock) -> None:
    mia, tom = crew.person("Mia"), crew.person("Tom")
    day = ShiftTime(weekday=1, starts=at(8), ends=at(20), user_id=mia)
    said: dict[str, Any] = {
        "operator_id": crew.operator_id,
        "name": "Day",
        "time_zone": "Europe/Berlin",
        "actor": ADA,
    }
    number = plans.save_rota(rota_id=None, shifts=[day], **said)
    assert refusal_of(plans.save_rota, rota_id=None, shifts=[], **said) == "name-taken"
    plans.save_rota(rota_id=number, shifts=[day, day], **said)
    now = time_of_day.now()
    swap = plans.add_override(
        operator_id=crew.operator_id,
        rota_id=number,
        user_id=tom,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        reason="swap",
        actor=ADA,
    )
    [view] = queries.rotas(crew.operator_id, now)
    assert (view.shifts, view.on_duty, len(view.gaps)) == ((day, day), (tom,), 2)
    plans.remove_override(operator_id=crew.operator_id, rota_id=number, override_id=swap, actor=ADA)
    found = queries.rota(crew.operator_id, number, now)
    assert found is not None
    assert found.on_duty == (mia,)


def test_what_is_in_use_is_not_removed(crew: Crew) -> None:
    rota = plans.save_rota(
        operator_id=crew.operator_id, rota_id=None, name="R", time_zone="UTC", shifts=[], actor=ADA
    )
    policy = crew.escalate(Step(wait_minutes=5, rota_id=rota))
    said: dict[str, Any] = {"operator_id": crew.operator_id, "actor": ADA}
    assert refusal_of(plans.remove_rota, rota_id=rota, **said) == "in-use"
    assert refusal_of(plans.remove_policy, policy_id=policy, **said) == "in-use"
    plans.save_routes(routes=[], **said)
    plans.remove_policy(policy_id=policy, **said)
    plans.remove_rota(rota_id=rota, **said)
    assert queries.rotas(crew.operator_id, clock.now()) == []


def test_plans_of_another_operator_are_out_of_reach(
    crew: Crew, make_crew: Any, other_operator: Operator
) -> None:
    policy = crew.escalate(Step(wait_minutes=5))
    other = make_crew(other_operator)
    said: dict[str, Any] = {"operator_id": other.operator_id, "actor": ADA}
    assert refusal_of(plans.remove_policy, policy_id=policy, **said) == "unknown-policy"
    route = RouteTerms(policy_id=policy, least_severity=9)
    assert refusal_of(plans.save_routes, routes=[route], **said) == "unknown-policy"
    mia = crew.person("Mia")
    step = Step(wait_minutes=5, user_id=mia)
    refused = refusal_of(plans.save_policy, policy_id=None, name="x", repeats=0, steps=[step], **said)
    assert refused == "unknown-person"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reason": " "}, "no-reason"),
        ({"hours": -1}, "ends-first"),
        ({"location_id": -1}, "unknown-place"),
        ({"station_id": -1}, "unknown-place"),
    ],
)
def test_a_window_needs_a_reason_a_time_and_a_place(
    crew: Crew, time_of_day: Clock, more: dict[str, Any], code: str
) -> None:
    said: dict[str, Any] = {"reason": "Work", "hours": 1, **more}
    hours = said.pop("hours")
    now = time_of_day.now()
    refused = refusal_of(
        windows.open_window,
        operator_id=crew.operator_id,
        starts_at=now,
        ends_at=now + timedelta(hours=hours),
        actor=ADA,
        **said,
    )
    assert refused == code
