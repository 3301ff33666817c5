"""From what is known of a connector to its intervals: what outweighs what."""

from datetime import UTC, datetime, timedelta

from chargehand.domain.health.uptime.evidence import Evidence, Trouble, build
from chargehand.domain.health.uptime.intervals import Span

START = datetime(2025, 6, 1, tzinfo=UTC)


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def told(spans: list[Span]) -> list[tuple[float, str, str]]:
    hour = timedelta(hours=1)
    return [((span.since - START) / hour, span.state, span.reason) for span in spans]


def test_what_is_connected_and_free_is_up_and_what_never_spoke_is_unknown() -> None:
    evidence = Evidence(
        in_operation_since=at(1), statuses=[(at(2), "Available")], connections=[(at(1), "connected")]
    )
    assert told(build(evidence, at(0), at(4))) == [
        (0, "not-in-operation", ""),
        (1, "unknown", ""),
        (2, "up", ""),
    ]


def test_a_connection_lost_is_offline_until_it_comes_back() -> None:
    evidence = Evidence(
        in_operation_since=at(-9),
        statuses=[(at(-9), "Available")],
        connections=[(at(-9), "connected"), (at(1), "disconnected"), (at(2.5), "connected")],
    )
    assert told(build(evidence, at(0), at(4))) == [(0, "up", ""), (1, "offline", ""), (2.5, "up", "")]


def test_a_charge_told_later_proves_that_an_offline_plug_served() -> None:
    evidence = Evidence(
        in_operation_since=at(-9),
        statuses=[(at(-9), "Available")],
        connections=[(at(-9), "connected"), (at(1), "disconnected")],
        charges=[(at(2), at(3)), (at(2.5), at(3.5))],
    )
    assert told(build(evidence, at(0), at(5))) == [
        (0, "up", ""),
        (1, "offline", ""),
        (2, "in-use", ""),
        (3.5, "offline", ""),
    ]


def test_a_fault_outweighs_a_charge_and_takes_its_incident_along() -> None:
    evidence = Evidence(
        in_operation_since=at(-9),
        statuses=[(at(-9), "Available"), (at(2), "Faulted"), (at(3), "Available")],
        connections=[(at(-9), "connected")],
        charges=[(at(1), at(4))],
        troubles=[Trouble(at(2), at(2.5), "ground-fault", 7)],
    )
    spans = build(evidence, at(0), at(5))
    assert told(spans) == [
        (0, "up", ""),
        (1, "in-use", ""),
        (2, "down", "ground-fault"),
        (2.5, "down", "reported-fault"),
        (3, "in-use", ""),
        (4, "up", ""),
    ]
    assert [span.incident_id for span in spans if span.state == "down"] == [7, None]


def test_a_plug_is_down_with_its_station_and_while_an_incident_lets_nobody_charge() -> None:
    evidence = Evidence(
        in_operation_since=at(-9),
        statuses=[(at(-9), "Available")],
        station_statuses=[(at(1), "Unavailable"), (at(2), "Available")],
        connections=[(at(-9), "connected")],
        troubles=[Trouble(at(3), at(4), "cable-cut", 9)],
    )
    assert told(build(evidence, at(0), at(5))) == [
        (0, "up", ""),
        (1, "down", "out-of-service"),
        (2, "up", ""),
        (3, "down", "cable-cut"),
        (4, "up", ""),
    ]
