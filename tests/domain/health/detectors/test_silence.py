from tests.domain.health.telling import DAY, HOUR, Telling


def test_a_station_without_heartbeats_may_be_quiet_over_night() -> None:
    telling = Telling()
    telling.plate()
    for _ in range(14):
        telling.session()
        telling.now += DAY - 2 * HOUR
    assert telling.found == []


def test_single_lost_heartbeats_make_silence_take_longer() -> None:
    telling = Telling()
    for name in ("A", "B"):
        telling.plate(name, site=name)
    for number in range(1_000):
        telling.now += 300
        telling.tell("heartbeat", "B")
        if number % 40 and number % 41:
            telling.tell("heartbeat", "A")
    assert telling.found == []
    assert (
        telling.engine.fleet.stations["A"].silence.patience_s
        > telling.engine.fleet.stations["B"].silence.patience_s
    )
