from tests.domain.health.telling import DAY, HOUR, Telling

from chargehand.domain.health.detectors.silence import SilentStation


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


def test_readings_of_a_first_charge_say_nothing_of_the_rhythm_without_one() -> None:
    silence, at = SilentStation(), 0.0
    for minute in range(240):
        at = 1e9 + 60 * minute
        silence.hear(at, is_beat=minute % 30 == 0)
    silence.learn_one(at + 3_600)
    assert silence.is_known
    assert silence.score_one() < 1


def test_few_lost_lines_leave_it_open_how_many_more_get_lost() -> None:
    silence, at = SilentStation(), 1e9
    for number in range(1, 1_001):
        at += 60 if number % 70 else 120
        silence.hear(at, is_beat=True)
    assert silence.lost_share < 0.016
    silence.learn_one(at + 5 * 60)
    assert silence.score_one() < 1
    silence.learn_one(at + 7 * 60)
    assert silence.score_one() >= 1


def beat(telling: Telling, seconds: int, silent: str = "") -> None:
    """Let six stations of different rhythm live for a time."""
    rhythms = {"A": 60, "B": 60, "C": 300, "D": 900, "E": 900, "F": 900}
    for _ in range(seconds // 60):
        telling.now += 60
        for name, every in rhythms.items():
            if name != silent and telling.now % every == 0:
                telling.tell("heartbeat", name)


def fleet() -> Telling:
    telling = Telling()
    for name in "ABCDEF":
        telling.plate(name, site=name)
    beat(telling, 20 * 3_600)
    assert telling.found == []
    return telling


def test_a_recording_that_ends_with_late_lines_tells_no_silence() -> None:
    telling = fleet()
    for _ in range(10):
        telling.now += 300
        telling.tell("status", "D", evse=1, status="Available", clock=-3_600.0)
    assert telling.found == []


def test_a_station_quicker_than_the_others_is_found_when_they_were_heard() -> None:
    telling = fleet()
    beat(telling, 3_600, silent="A")
    assert [(each.kind, each.station) for each in telling.found] == [("silent-station", "A")]


def test_where_most_stations_fall_silent_at_once_it_is_the_recording_that_ends() -> None:
    telling, names = Telling(), "ABCDEFGHIJ"
    for name in names:
        telling.plate(name, site=name)
    for minute in range(400):
        telling.now += 60
        for name in names if minute < 380 else names[:4]:
            telling.tell("heartbeat", name)
    assert telling.found == []
