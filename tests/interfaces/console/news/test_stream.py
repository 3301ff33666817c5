"""The stream of a page: who hears what, and when it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import Client
from tests.interfaces.console.conftest import AddStation, SignIn
from tests.patience import PATIENCE_S

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.health.facts import IncidentAcknowledged
from chargehand.domain.stations import requests
from chargehand.domain.stations.commands import Reset
from chargehand.domain.stations.facts import StationBooted
from chargehand.domain.stations.models import ChargingStation, Location
from chargehand.interfaces.console.news import newsroom, stream
from chargehand.journal import log as journal
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_newsroom(monkeypatch: pytest.MonkeyPatch) -> newsroom.Newsroom:
    """A newsroom of this test alone; streams may speak at once."""
    room = newsroom.Newsroom()
    monkeypatch.setattr(newsroom, "newsroom", room)
    monkeypatch.setattr(stream, "SPACING_S", 0.0)
    return room


class Reader:
    """A browser's end of a stream."""

    def __init__(self) -> None:
        self.status = 0
        self.text = ""
        self.is_over = False
        self._news = asyncio.Event()
        self.gone = asyncio.Event()

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
        else:
            self.text += message.get("body", b"").decode()
            self.is_over = not message.get("more_body", False)
        self._news.set()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def until(self, is_so: Callable[["Reader"], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so(self):
                self._news.clear()
                await self._news.wait()

    async def hears(self, name: str) -> None:
        """Wait for one more of these events."""
        before = self.text.count(f"event: {name}\n")
        await self.until(lambda reader: reader.text.count(f"event: {name}\n") > before)


def scope_of(client: Client, query: str = "") -> dict[str, Any]:
    cookie = client.cookies.get("sessionid")
    headers = [(b"cookie", f"sessionid={cookie.value}".encode())] if cookie else []
    return {
        "type": "http",
        "method": "GET",
        "path": "/console/news/",
        "headers": headers,
        "query_string": query.encode(),
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 1),
    }


@asynccontextmanager
async def watching(client: Client, query: str = "") -> AsyncIterator[Reader]:
    reader = Reader()
    task = asyncio.create_task(stream.send_news(scope_of(client, query), reader.receive, reader.send))
    try:
        await reader.until(lambda one: one.status != 0)
        yield reader
    finally:
        reader.gone.set()
        await asyncio.wait_for(task, PATIENCE_S)


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await story()

    asyncio.run(whole())


async def in_thread(deed: Callable[[], Any]) -> None:
    def act() -> None:
        deed()
        connections.close_all()

    await sync_to_async(act, thread_sensitive=False)()


def boot_of(row: ChargingStation) -> Callable[[], None]:
    fact = StationBooted(
        happened_at=clock.now(),
        operator_id=row.operator_id,
        station_id=row.pk,
        reason="PowerUp",
        firmware_version="1",
        is_hardware_changed=False,
    )
    return lambda: journal.state([fact])


def test_a_fact_is_told_to_who_watches_its_operator_or_its_station(
    sign_in: SignIn, station: ChargingStation, add_station: AddStation, other_operator: Operator
) -> None:
    beside = add_station("4108")
    client, stranger = sign_in(), sign_in(home=other_operator)

    async def story() -> None:
        async with (
            watching(client) as overview,
            watching(client, f"station={station.pk}") as page,
            watching(client, f"station={beside.pk}") as other_page,
            watching(stranger) as elsewhere,
        ):
            for each in (overview, page, other_page, elsewhere):
                await each.until(lambda one: "event: changed" in one.text)
            quiet = [other_page.text, elsewhere.text]
            await in_thread(boot_of(station))
            await overview.until(lambda one: one.text.count("event: changed") >= 2)
            await page.until(lambda one: one.text.count("event: changed") >= 2)
            assert [other_page.text, elsewhere.text] == quiet

    run(story)


def test_a_page_of_a_station_hears_of_its_requests(sign_in: SignIn, station: ChargingStation) -> None:
    client = sign_in()

    def ask() -> None:
        requests.queue(
            operator_id=station.operator_id, station_id=station.pk, command=Reset(), asked_by="Mia"
        )

    async def story() -> None:
        async with watching(client, f"station={station.pk}") as page:
            await page.until(lambda one: "event: changed" in one.text)
            await in_thread(ask)
            await page.hears("changed")

    run(story)


def test_an_incident_moves_the_counts(sign_in: SignIn, operator: Operator) -> None:
    client = sign_in()
    fact = IncidentAcknowledged(happened_at=clock.now(), operator_id=operator.pk, incident_id=1, by="Mia")

    async def story() -> None:
        async with watching(client) as page:
            await page.until(lambda one: "event: counts" in one.text)
            await in_thread(lambda: journal.state([fact]))
            await page.hears("counts")

    run(story)


def test_the_stream_ends_when_the_person_signs_out(sign_in: SignIn) -> None:
    client = sign_in()

    async def story() -> None:
        async with watching(client) as page:
            await page.until(lambda one: "event: changed" in one.text)
            await in_thread(client.logout)
            await page.until(lambda one: one.is_over)
            assert page.text.endswith("event: bye\ndata: signed-out\n\n")

    asked = Client()
    asked.cookies["sessionid"] = client.cookies["sessionid"].value
    run(story)

    async def after() -> None:
        async with watching(asked) as page:
            assert page.status == 204

    run(after)


def test_one_page_too_many_ends_the_stream_of_the_oldest(sign_in: SignIn) -> None:
    client = sign_in()

    async def story() -> None:
        async with watching(client) as first, watching(client) as second:
            readers = [watching(client) for _ in range(newsroom.MOST_OF_A_PERSON - 1)]
            for each in readers:
                await each.__aenter__()
            await first.until(lambda one: one.is_over)
            assert first.text.endswith("data: too-many\n\n")
            assert not second.is_over
            for each in readers:
                await each.__aexit__(None, None, None)

    run(story)


def test_all_streams_end_when_the_process_does_and_browsers_come_back(
    sign_in: SignIn, own_newsroom: newsroom.Newsroom
) -> None:
    client = sign_in()

    async def story() -> None:
        async with watching(client) as page:
            own_newsroom.end_all()
            await page.until(lambda one: one.is_over)
            assert "event: bye" not in page.text
            async with watching(client) as late:
                assert late.status == 204

    run(story)


def test_nobody_hears_what_is_not_theirs(
    sign_in: SignIn, station: ChargingStation, site: Location, other_operator: Operator
) -> None:
    elsewhere = sign_in(Role.SITE_HOST, location_ids=[site.pk + 1])
    stranger = sign_in(home=other_operator)
    asked = f"station={station.pk}"

    async def story() -> None:
        for client, query in (
            (Client(), ""),
            (stranger, asked),
            (elsewhere, asked),
            (stranger, "station=x"),
            (stranger, "station=99999999999999999999"),
        ):
            async with watching(client, query) as page:
                assert page.status == 204
        async with watching(sign_in_here, asked) as page:
            assert page.status == 200

    sign_in_here = sign_in(Role.SITE_HOST, location_ids=[site.pk])
    run(story)


def test_a_server_without_streams_tells_browsers_not_to_come_back(client: Client) -> None:
    assert client.get("/console/news/").status_code == 204
