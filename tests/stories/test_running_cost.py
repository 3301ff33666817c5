"""Stories of prices on displays: what a station shows while a car charges, and at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from tests.domain.billing.making import FAY, LONG_AGO, SIMPLE
from tests.following import follow_all
from tests.patience import PATIENCE_S
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import queries, telling
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations import commanding
from chargehand.domain.stations.models import ChargingStation, StationRequest
from chargehand.domain.tariffs import actions as tariffs
from chargehand.domain.tokens.models import Token
from chargehand.kernel import clock
from chargehand.simulator.clock import ManualClock
from chargehand.simulator.simulated_station import SimulatedStation


async def apart(deed: Callable[[], Any]) -> Any:
    """Do something with the database, in a thread with a connection of its own."""

    def run() -> Any:
        try:
            return deed()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def assign_tariff(operator: Operator) -> None:
    saved = tariffs.create_tariff(
        operator_id=operator.pk,
        name="Simple",
        ocpi_json=msgspec.json.encode(SIMPLE),
        actor=FAY,
        valid_from=LONG_AGO,
    )
    tariffs.assign_tariff(
        operator_id=operator.pk, tariff_id=saved.tariff_id, place=None, actor=FAY, valid_from=LONG_AGO
    )


class Story:
    """A station that reported what it can, and a car that charges at it."""

    def __init__(
        self, operator: Operator, row: ChargingStation, gateway: RunningGateway, version: str
    ) -> None:
        self.operator, self.row = operator, row
        began = ManualClock(clock.now().timestamp() - 1300)
        self.station = SimulatedStation("4107", gateway.url, version, PASSWORD, clock=began)
        self.told_every = timedelta(0)

    async def begin(self) -> None:
        await self.station.connect()
        assert await self.station.boot() == "Accepted"
        await apart(
            lambda: commanding.get_report(
                operator_id=self.operator.pk, station_id=self.row.pk, asked_by="test"
            )
        )
        await self.station.wait_for(
            "GetConfiguration" if self.row.assumes_version == "1.6" else "GetBaseReport"
        )
        await self.station.plug_in(1)
        await self.station.present_token(1, "CAFE01")

    async def charge(self, seconds: int) -> None:
        """Charge on and let the station be told what that costs."""
        await self.station.advance(seconds)
        before = len(self.shown())
        self.told_every += timedelta(minutes=2)
        now = clock.now() + self.told_every
        assert await apart(lambda: telling.tell_costs(now)) == 1
        await self.until(lambda: len(self.shown()) > before)

    async def end(self) -> None:
        await self.station.present_token(1, "CAFE01")
        await self.station.unplug(1)

    async def follow(self) -> None:
        """Let everybody follow what happened."""
        await apart(follow_all)

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():  # noqa: ASYNC110 -- the station shows it, it tells nobody
                await asyncio.sleep(0.005)

    def shown(self) -> list[float]:
        return self.station.transactions[0].shown_costs

    def price(self) -> float:
        priced = queries.standing_price(self.operator.pk, Transaction.objects.get().pk)
        assert priced is not None
        return priced.rated.after_minor / 100


@pytest.fixture
def make_story(
    operator: Operator,
    gateway: RunningGateway,
    make_station: Callable[..., ChargingStation],
    make_token: Callable[..., Token],
) -> Callable[[str], Story]:
    def make(version: str) -> Story:
        make_token("CAFE01")
        assign_tariff(operator)
        return Story(operator, make_station("4107", assumes_version=version), gateway, version)

    return make


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_the_cost_on_the_display_rises_and_ends_as_the_price_of_the_record(
    version: str, make_story: Callable[[str], Story]
) -> None:
    story = make_story(version)

    async def tell() -> None:
        try:
            await story.begin()
            await story.charge(600)
            await story.charge(600)
            running = len(story.shown())
            await story.end()
            await story.follow()
            await story.until(lambda: len(story.shown()) > running)
        finally:
            await story.station.close()

    asyncio.run(tell())
    shown = story.shown()
    assert len(shown) == 3
    assert 0 < shown[0] < shown[1] <= shown[2]
    assert shown[2] == story.price()


def test_the_answer_to_an_end_tells_the_final_cost_and_so_does_that_to_its_repeat(
    make_story: Callable[[str], Story],
) -> None:
    story = make_story("2.0.1")

    async def tell() -> None:
        try:
            await story.begin()
            await story.station.advance(1200)
            await story.end()
            [ended] = [
                each for each in story.station.sent_of("TransactionEvent") if each["eventType"] == "Ended"
            ]
            story.station.station.outbox.put("TransactionEvent", ended)
            await story.station.settle()
            await story.follow()
        finally:
            await story.station.close()

    asyncio.run(tell())
    answers = [answer or {} for answer in story.station.answers_to("TransactionEvent")]
    told = [answer["totalCost"] for answer in answers if "totalCost" in answer]
    assert told == [story.price()] * 2
    assert not StationRequest.objects.filter(command="show-cost").exists()


def test_the_cost_of_what_ended_long_ago_offline_is_not_looked_for(
    make_story: Callable[[str], Story],
) -> None:
    story = make_story("2.0.1")

    async def tell() -> None:
        try:
            await story.begin()
            await story.station.go_offline()
            await story.station.advance(60)
            await story.end()
            await story.station.advance(3600)
            await story.station.go_online()
            await story.station.settle()
        finally:
            await story.station.close()

    story.station = SimulatedStation(
        "4107",
        story.station.station.door.url,
        "2.0.1",
        PASSWORD,
        clock=ManualClock(clock.now().timestamp() - 7200),
    )
    asyncio.run(tell())
    ended = [each for each in story.station.sent_of("TransactionEvent") if each["eventType"] == "Ended"]
    assert [each["offline"] for each in ended] == [True]
    assert all("totalCost" not in (each or {}) for each in story.station.answers_to("TransactionEvent"))


def test_an_answer_does_not_wait_for_a_cost_that_is_slow(
    make_story: Callable[[str], Story], gateway: RunningGateway
) -> None:
    gateway.answer_questions_within(0.2)
    story = make_story("2.0.1")
    locked, release = asyncio.Event(), asyncio.Event()

    async def tell() -> None:
        loop = asyncio.get_running_loop()

        def hold() -> None:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute("LOCK TABLE billing_tariff_snapshot IN ACCESS EXCLUSIVE MODE")
                loop.call_soon_threadsafe(locked.set)
                asyncio.run_coroutine_threadsafe(release.wait(), loop).result(PATIENCE_S)
                cursor.execute("ROLLBACK")

        try:
            await story.begin()
            await story.station.advance(1200)
            holding = asyncio.create_task(apart(hold))
            await locked.wait()
            await story.end()  # answered, though nobody can reckon while the lock is held
            release.set()
            await holding
            await story.follow()
            await story.until(lambda: bool(story.shown()))
        finally:
            release.set()
            await story.station.close()

    asyncio.run(tell())
    ended = [answer or {} for answer in story.station.answers_to("TransactionEvent")]
    assert [answer["totalCost"] for answer in ended if "totalCost" in answer] == []
    assert story.shown() == [story.price()]
