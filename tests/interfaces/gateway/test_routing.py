"""The routing table, and the page that people read about it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tools.write_ocpp_page import PAGE, VERBS, write_page

from chargehand.domain.charging.record import NOTHING
from chargehand.domain.stations import commands
from chargehand.domain.stations.commands import AnyCommand
from chargehand.domain.stations.events import Event, MeterValuesReported, TransactionReported
from chargehand.interfaces.gateway import orders
from chargehand.interfaces.gateway.route import Context
from chargehand.interfaces.gateway.routing import NUMBERS, ROUTES, without_behaviour
from chargehand.protocols.ocpp.catalogue import CATALOGUE, judge_action
from chargehand.protocols.ocpp.rpc import encode_empty_result, encode_result
from chargehand.protocols.ocpp.versions import VERSIONS, Version

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ASKED: tuple[AnyCommand, ...] = (
    commands.StartCharging(token_uid="CAFE01", remote_start_id=1, evse=1),
    commands.StopCharging(transaction_id=1, ref="1"),
    commands.UnlockConnector(evse=1),
    commands.Reset(),
    commands.ChangeAvailability(is_operative=True),
    commands.Trigger(message="Heartbeat"),
    commands.GetVariables(variables=[commands.VariableAsked(component="OCPPCommCtrlr", name="Interval")]),
    commands.SetVariables(
        variables=[commands.VariableWanted(component="OCPPCommCtrlr", name="Interval", value="5")]
    ),
    commands.GetReport(request_id=1),
    commands.GetTransactionStatus(),
    commands.ClearCache(),
    commands.SendData(vendor_id="acme"),
    commands.GetLog(request_id=1, kind="diagnostics", location="https://example.org/u/", since=NOON),
    commands.GetLog(request_id=1, kind="security", location="https://example.org/u/", until=NOON),
    commands.UpdateFirmware(
        request_id=1, location="https://example.org/f", version="2", retrieve_at=NOON, retries=3
    ),
    commands.UpdateFirmware(
        request_id=1,
        location="https://example.org/f",
        version="2",
        retrieve_at=NOON,
        install_at=NOON,
        signing_certificate="PEM",
        signature="c2ln",
    ),
    commands.ShowCost(transaction_id=1, ref="t", cost=Decimal(1), is_final=False, as_of=NOON),
)
#: What no other version has a message for.
ASKED_OF_2_1: tuple[AnyCommand, ...] = (
    commands.SetDefaultTariff(tariff={"tariffId": "1", "currency": "EUR"}),
    commands.ClearTariffs(),
)


def test_the_page_is_what_the_catalogue_and_the_table_give() -> None:
    assert PAGE.read_text() == write_page(ROUTES), "run python -m tools.write_ocpp_page"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_route_is_a_message_that_stations_may_send(version: Version) -> None:
    assert set(ROUTES[version]) <= set(CATALOGUE[version])
    assert [action for action in ROUTES[version] if judge_action(version, action) is not None] == []
    assert version in NUMBERS


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_said_to_have_an_empty_answer_has_one(version: Version) -> None:
    update = TransactionReported(kind="updated", ref="t", time=NOON)
    ended = TransactionReported(kind="ended", ref="t", time=NOON)
    with_token = TransactionReported(kind="updated", ref="t", time=NOON, token_uid="A")
    of_nobody = TransactionReported(kind="updated", ref="t", time=NOON, token_kind="NoAuthorization")
    told: dict[str, list[Event]] = {"MeterValues": [MeterValuesReported(1, 1, None, [])]}
    if version != "ocpp1.6":
        told["TransactionEvent"] = [update, ended, with_token, of_nobody]

    for action, events in told.items():
        route = ROUTES[version][action]
        assert route.is_empty is not None
        assert [route.is_empty(event) for event in events] == [True, False, False, False][: len(events)]
        answer = route.answer(events[0], NOTHING, Context(NOON, 300)) if route.answer else None
        assert encode_result("7-b", answer or {}) == encode_empty_result("7-b")
    assert {action for action, route in ROUTES[version].items() if route.is_empty} == set(told)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_message_has_behaviour_or_is_listed_without(version: Version) -> None:
    said = {action for action, message in CATALOGUE[version].items() if message.is_from_station}

    assert said == set(ROUTES[version]) | set(without_behaviour(version))


def test_all_messages_of_1_6_from_stations_have_behaviour_but_signing() -> None:
    assert without_behaviour("ocpp1.6") == ["SignCertificate"]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_command_becomes_calls_that_the_version_knows(version: Version) -> None:
    called = set()
    for command in (*ASKED, *(ASKED_OF_2_1 if version == "ocpp2.1" else ())):
        try:
            calls = orders.plan(version, command).calls
        except orders.Unsupported:
            assert (version, type(command)) == ("ocpp1.6", commands.GetTransactionStatus)
            continue
        called |= {action for action, _ in calls}

    assert called == {action for action in VERBS if is_asked(version, action)}


def is_asked(version: Version, action: str) -> bool:
    message = CATALOGUE[version].get(action)
    return message is not None and message.is_from_csms
