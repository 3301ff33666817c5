import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chargehand.simulator.driver import busyness
from chargehand.simulator.fleet import Fleet, describe, password_for
from chargehand.simulator.places import CITIES, SiteKind, name_place


def test_the_same_seed_gives_the_same_fleet_and_another_seed_another() -> None:
    assert describe(7, 40) == describe(7, 40)
    assert describe(7, 40) != describe(8, 40)


def test_a_bigger_fleet_begins_with_the_smaller_one() -> None:
    small, big = describe(7, 20), describe(7, 200)
    assert [each.id for each in small.stations] == [each.id for each in big.stations][:20]
    assert small.stations[0] == big.stations[0]


@pytest.mark.parametrize("count", [1, 2, 20, 300])
def test_a_fleet_has_as_many_stations_as_asked_for_each_with_its_own_number(count: int) -> None:
    fleet = describe(3, count)
    ids = [each.id for each in fleet.stations]
    assert len(set(ids)) == count
    assert all(re.fullmatch(r"\d{4}", each) for each in ids)
    assert len({each.serial for each in fleet.stations}) == count
    assert len({each.id for each in fleet.sites}) == len(fleet.sites)
    assert len({(each.name, each.city) for each in fleet.sites}) == len(fleet.sites)


def test_a_fleet_mixes_versions_currents_and_countries() -> None:
    fleet = describe(7, 60)
    assert {each.version for each in fleet.stations} == {"1.6", "2.0.1"}
    assert {each.rating.kind for each in fleet.stations} == {"AC", "DC"}
    assert {"DE", "NL"} < {each.country for each in fleet.sites}
    assert {each.version for each in describe(7, 9, versions=("1.6",)).stations} == {"1.6"}


def test_sites_stand_near_their_city() -> None:
    cities = {each.name: each for each in CITIES}
    for site in describe(7, 300).sites:
        assert site.latitude == pytest.approx(cities[site.city].latitude, abs=0.13)
        assert site.longitude == pytest.approx(cities[site.city].longitude, abs=0.19)


def test_tokens_and_plates_fit_into_every_version_of_ocpp() -> None:
    fleet = describe(7, 300)
    assert len({each.token for each in fleet.drivers}) == len(fleet.drivers)
    assert all(re.fullmatch(r"[0-9A-F]{14}", each.token) for each in fleet.drivers)
    for station in fleet.stations:
        assert len(station.vendor) <= 20
        assert len(station.model) <= 20
        assert len(station.serial) <= 25


def test_a_password_belongs_to_one_seed_and_station_and_fits_the_standard() -> None:
    passwords = {password_for(seed, station) for seed in range(5) for station in ("4101", "4102")}
    assert len(passwords) == 10
    assert all(16 <= len(each) <= 40 for each in passwords)
    station = describe(7, 3).stations[2]
    assert station.password == password_for(7, station.id)


def test_a_fleet_survives_being_written_as_json() -> None:
    fleet = describe(7, 5)
    assert msgspec.json.decode(msgspec.json.encode(fleet), type=Fleet) == fleet


def test_registers_grow_with_time_faster_than_drivers_charge() -> None:
    day = 86_400.0
    for station in describe(7, 30).stations:
        first, later = station.registers_wh(1.77e9), station.registers_wh(1.77e9 + 30 * day)
        assert len(first) == station.connectors
        assert all(b - a > 30 * 40_000 for a, b in zip(first, later, strict=True))


def test_a_fleet_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one station"):
        describe(7, 0)


@pytest.mark.parametrize("kind", ["street", "work", "retail", "motorway"])
def test_busyness_is_one_on_the_average_of_a_week(kind: SiteKind) -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    week = [busyness(kind, monday + timedelta(hours=hour)) for hour in range(7 * 24)]
    assert sum(week) / len(week) == pytest.approx(1.0, abs=0.17)


def test_offices_are_busy_on_monday_morning_and_not_on_sunday() -> None:
    monday, sunday = datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert busyness("work", monday) > 10 * busyness("work", sunday)


def test_places_of_a_city_have_different_names() -> None:
    for city in CITIES:
        names = [name_place(city, "street", turn) for turn in range(12)]
        assert len(set(names)) == 12
