from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from tests.simulator.csms import Csms, Payload

from chargehand.simulator.simulation import Options, Simulation

Tell = Callable[[Any], None]
DAYS = 8


async def told(csms: Csms, version: str, days: float = DAYS, stations: int = 3) -> Simulation:
    options = Options(url=csms.url, stations=stations, history_days=days, versions=(version,))
    simulation = Simulation(options)
    simulation.start()
    await simulation.live()
    return simulation


def in_order(stamps: list[str]) -> bool:
    return stamps == sorted(stamps)


def test_the_past_of_a_16_station_is_told_in_order_and_adds_up(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        simulation = await told(csms, "1.6")
        sessions = 0
        for plan in simulation.fleet.stations:
            said = [(action, payload) for who, action, payload in csms.calls if who == plan.id]
            starts = {}
            registers: dict[int, int] = {}
            for action, payload in said:
                if action == "StartTransaction":
                    number = csms.number(payload)
                    starts[number] = payload
                    connector = payload["connectorId"]
                    assert payload["meterStart"] == registers.get(connector, payload["meterStart"])
                elif action == "MeterValues":
                    assert payload["transactionId"] in starts
                elif action == "StopTransaction":
                    start = starts[payload["transactionId"]]
                    assert payload["meterStop"] >= start["meterStart"]
                    assert payload["timestamp"] >= start["timestamp"]
                    registers[start["connectorId"]] = payload["meterStop"]
                    sessions += 1
            assert in_order([moment(payload) for action, payload in said if action in TIMED])
            assert [action for action, _ in said].count("Authorize") == 0
        assert 2 * DAYS < sessions < 12 * DAYS * 3
        await simulation.close()

    tell(story)


TIMED = {"StartTransaction", "MeterValues", "StopTransaction"}


def moment(payload: Payload) -> str:
    return str(payload.get("timestamp") or payload["meterValue"][0]["timestamp"])


def test_the_past_of_a_201_station_is_told_as_offline_events(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        simulation = await told(csms, "2.0.1")
        by_transaction: dict[str, list[Payload]] = defaultdict(list)
        for plan in simulation.fleet.stations:
            events = csms.said("TransactionEvent", plan.id)
            assert len(events) > 20
            assert in_order([each["timestamp"] for each in events])
            for event in events:
                by_transaction[event["transactionInfo"]["transactionId"]].append(event)
        for events in by_transaction.values():
            assert [each["seqNo"] for each in events] == list(range(len(events)))
            assert events[0]["eventType"] == "Started"
            assert all(each["offline"] is True for each in events)
        ended = [events for events in by_transaction.values() if events[-1]["eventType"] == "Ended"]
        assert len(by_transaction) - len(ended) == simulation.tally().open_transactions
        await simulation.close()

    tell(story)


def test_a_station_goes_on_live_where_its_past_ended(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        simulation = await told(csms, "2.0.1")
        for station in simulation.stations:
            assert not station.is_replaying
            assert station.timeline is simulation.timeline
            assert station.settings.sample_interval_s == 60
            assert len(station.outbox) <= 3
        csms.calls.clear()
        station = simulation.stations[0]
        connector = next(iter(station.connectors.values()))
        if connector.car is not None:
            station.unplug(connector.number)
        await station.outbox.settle()
        assert station.status_of(connector) == "Available"
        for _, action, payload in csms.calls:
            if action == "TransactionEvent":
                assert "offline" not in payload
        await simulation.close()

    tell(story)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_past_survives_lost_connections(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        action = "StartTransaction" if version == "1.6" else "TransactionEvent"
        seen: list[Payload] = []

        def drop_now_and_then(_: str, payload: Payload) -> Payload | None:
            seen.append(payload)
            if len(seen) == 5:
                for socket in csms.sockets.values():
                    socket.transport.abort()
                return None
            return (
                {"transactionId": csms.number(payload), "idTagInfo": {"status": "Accepted"}}
                if version == "1.6"
                else {}
            )

        csms.rules[action] = drop_now_and_then
        options = Options(url=csms.url, stations=1, history_days=DAYS, versions=(version,), speed=60)
        simulation = Simulation(options)
        simulation.start()
        await simulation.live()
        assert csms.connections == 2
        assert seen[4] == seen[5]
        unique = [each for n, each in enumerate(seen) if n != 4]
        assert len({str(each) for each in unique}) == len(unique)
        await simulation.close()

    tell(story)


def test_the_past_of_a_full_car_is_told_hourly(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        simulation = await told(csms, "2.0.1", days=5, stations=12)
        gaps: dict[bool, set[float]] = {True: set(), False: set()}
        before: dict[str, tuple[datetime, bool]] = {}
        for event in csms.said("TransactionEvent"):
            if event["triggerReason"] != "MeterValuePeriodic":
                continue
            [value] = event["meterValue"]
            [power] = [
                each["value"] for each in value["sampledValue"] if each["measurand"] == "Power.Active.Import"
            ]
            number, at = event["transactionInfo"]["transactionId"], datetime.fromisoformat(value["timestamp"])
            if number in before:
                then, took = before[number]
                gaps[took].add((at - then).total_seconds())
            before[number] = (at, power > 0)
        assert gaps == {True: {900.0}, False: {3600.0}}
        await simulation.close()

    tell(story)
