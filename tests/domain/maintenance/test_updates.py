"""Firmware goes through a fleet in waves, is seen to work, and stops by itself when it does harm."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connections
from tests.domain.maintenance.yard import PAT, Yard
from tests.domain.station_talk import Talk
from tests.patience import PATIENCE_S

from chargehand.domain.accounts.models import Operator
from chargehand.domain.maintenance import campaign_views, campaigns, facts, followers, updates
from chargehand.domain.maintenance.campaign_views import CampaignView
from chargehand.domain.maintenance.campaigns import Choice, ImageDetails, Plan
from chargehand.domain.maintenance.models import CampaignTarget, FirmwareCampaign
from chargehand.domain.maintenance.rollout import Limits
from chargehand.domain.stations import fleet
from chargehand.domain.stations.commands import UpdateFirmware
from chargehand.domain.stations.events import Booted, Noticed
from chargehand.domain.stations.facts import FirmwareStatusChanged
from chargehand.domain.stations.models import StationRequest
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

IMAGE = ImageDetails(model="M", version="2.0", url="https://firmware.example.org/m-2.0.bin")
NO_SOAK = Limits(at_once=10, soak_hours=0)


class Fleet:
    """Stations of one model, and a campaign for them."""

    def __init__(self, yard: Yard, count: int) -> None:
        self.yard = yard
        self.operator_id = yard.operator_id
        self.talks = [yard.talk, *(yard.station(f"S{number}") for number in range(1, count))]
        self.image_id = campaigns.register_image(operator_id=self.operator_id, details=IMAGE, actor=PAT)
        self.now = clock.now()

    def plan(self, **more: Any) -> int:
        plan = Plan(**{"shares": (100.0,), "limits": NO_SOAK, **more})
        campaign_id = campaigns.plan_campaign(
            operator_id=self.operator_id,
            name="To 2.0",
            image_id=self.image_id,
            choice=Choice(),
            plan=plan,
            actor=PAT,
        )
        campaigns.start_campaign(operator_id=self.operator_id, campaign_id=campaign_id, actor=PAT)
        return campaign_id

    def go(self, **later: float) -> None:
        """Let some time pass and lead on."""
        self.now += timedelta(**later)
        updates.lead_on(self.now)

    def view(self, campaign_id: int) -> CampaignView:
        found = campaign_views.campaign(self.operator_id, campaign_id)
        assert found is not None
        return found

    def asked(self) -> list[Talk]:
        """The stations that obey an update now, each with a yes."""
        found = []
        for talk in self.talks:
            queued = StationRequest.objects.filter(station_id=talk.station_id, state="queued")
            if queued.filter(command="update-firmware").exists():
                assert isinstance(talk.obey(), UpdateFirmware)
                found.append(talk)
        return found

    def tell(self, talk: Talk, word: str) -> None:
        talk.say(Noticed(kind="firmware", name=word))
        fact = FirmwareStatusChanged(
            happened_at=clock.now() + timedelta(days=30),
            operator_id=self.operator_id,
            station_id=talk.station_id,
            status=word,
            request_number=None,
        )
        followers.follow_updates([fact, fact])

    def boot(self, talk: Talk, version: str = "2.0") -> None:
        talk.say(Booted(vendor="V", model="M", firmware_version=version), "BootNotification", self.now)


@pytest.fixture
def make(yard: Yard) -> Callable[[int], Fleet]:
    return lambda count: Fleet(yard, count)


def _refusal(code: str) -> Any:
    return pytest.raises(Refused, check=lambda refused: refused.code == code)


@pytest.mark.django_db
def test_a_campaign_goes_wave_by_wave_and_is_seen_to_work(make: Callable[[int], Fleet]) -> None:
    ships = make(4)
    campaign_id = ships.plan(shares=(25.0, 75.0), limits=Limits(at_once=10, soak_hours=24))
    ships.go()
    [first] = ships.asked()
    for word in ("Downloading", "Downloaded", "Installing", "Installed"):
        ships.tell(first, word)
    assert ships.view(campaign_id).counts.in_flight == 1
    ships.go(minutes=5)
    ships.boot(first)
    ships.go()
    assert (ships.view(campaign_id).waves[0].state, ships.view(campaign_id).counts.done) == ("soaking", 1)
    ships.go(hours=23)
    assert ships.asked() == []
    ships.go(hours=2)
    others = ships.asked()
    assert len(others) == 3
    for talk in others:
        ships.boot(talk)
    ships.go(minutes=1)
    ships.go(hours=25)
    view = ships.view(campaign_id)
    assert (view.state, view.counts.done) == ("done", 4)
    assert {target.previous_version for target in view.targets} == {"1.2"}
    assert StatedFact.objects.filter(name=facts.CampaignDone.name()).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["DownloadFailed", "InstallationFailed", "InvalidSignature"])
def test_failures_halt_a_campaign_before_the_next_wave(make: Callable[[int], Fleet], word: str) -> None:
    ships = make(6)
    campaign_id = ships.plan(shares=(50.0, 50.0))
    ships.go()
    for talk in ships.asked():
        ships.tell(talk, word)
    ships.go(minutes=1)
    view = ships.view(campaign_id)
    assert (view.state, view.counts.failed, view.waves[1].state) == ("halted", 3, "waiting")
    assert "3 of 3" in view.sentence
    assert StatedFact.objects.filter(name=facts.CampaignHalted.name()).count() == 1
    ships.go(hours=48)
    assert ships.asked() == []


@pytest.mark.django_db
def test_a_person_who_starts_a_halted_campaign_again_is_asked_again_after_more_failures(
    make: Callable[[int], Fleet],
) -> None:
    ships = make(6)
    campaign_id = ships.plan(shares=(50.0, 50.0))
    ships.go()
    for talk in ships.asked():
        ships.tell(talk, "DownloadFailed")
    ships.go(minutes=1)
    campaigns.start_campaign(operator_id=ships.operator_id, campaign_id=campaign_id, actor=PAT)
    ships.go(minutes=1)
    [talk, *_] = ships.asked()
    assert ships.view(campaign_id).state == "running"
    ships.tell(talk, "DownloadFailed")
    ships.go(minutes=1)
    assert ships.view(campaign_id).state == "halted"


@pytest.mark.django_db
def test_faults_after_the_update_halt_a_campaign(make: Callable[[int], Fleet]) -> None:
    ships = make(4)
    campaign_id = ships.plan(limits=Limits(at_once=10, soak_hours=240))
    ships.go()
    for talk in ships.asked():
        ships.boot(talk)
    ships.go(minutes=1)
    for day in range(1, 4):
        for talk in ships.talks:
            at = ships.now + timedelta(days=day)
            talk.status("Faulted", error="InternalError", at=at - timedelta(hours=3))
            talk.status("Available", at=at - timedelta(hours=2))
    FirmwareCampaign.objects.update(started_at=ships.now)
    ships.go(days=4)
    view = ships.view(campaign_id)
    assert view.state == "halted"
    assert "station-days" in view.sentence
    campaigns.start_campaign(operator_id=ships.operator_id, campaign_id=campaign_id, actor=PAT)
    ships.go(hours=1)
    assert ships.view(campaign_id).state == "running"


@pytest.mark.django_db
def test_a_restart_with_the_old_version_is_no_success_and_ends_as_a_failure(
    make: Callable[[int], Fleet],
) -> None:
    ships = make(1)
    campaign_id = ships.plan()
    ships.go()
    [talk] = ships.asked()
    ships.tell(talk, "Installed")
    ships.boot(talk, "1.2")
    ships.go(minutes=1)
    assert ships.view(campaign_id).targets[0].state == "installing"
    ships.go(hours=7)
    [target] = ships.view(campaign_id).targets
    assert (target.state, "No restart" in target.sentence) == ("failed", True)
    campaigns.try_again(
        operator_id=ships.operator_id, campaign_id=campaign_id, station_id=talk.station_id, actor=PAT
    )
    assert (ships.view(campaign_id).state, ships.view(campaign_id).targets[0].state) == ("running", "waiting")


@pytest.mark.django_db
def test_a_refusal_fails_at_once_and_a_station_not_reached_is_asked_three_times(
    make: Callable[[int], Fleet],
) -> None:
    ships = make(2)
    campaign_id = ships.plan()
    ships.go()
    ships.talks[0].obey("Rejected")
    for _ in range(3):
        StationRequest.objects.filter(station_id=ships.talks[1].station_id, state="queued").update(
            expires_at=clock.now() - timedelta(minutes=10)
        )
        ships.go(minutes=1)
        ships.go(minutes=1)
    states = {target.station_id: target for target in ships.view(campaign_id).targets}
    assert "refused" in states[ships.talks[0].station_id].sentence
    assert states[ships.talks[1].station_id].state == "failed"
    assert states[ships.talks[1].station_id].attempts == updates.MOST_ATTEMPTS


@pytest.mark.django_db
def test_stations_are_asked_a_few_at_a_time_not_while_charging_and_not_while_away(
    make: Callable[[int], Fleet],
) -> None:
    ships = make(5)
    ships.talks[0].start(meter=0)
    ships.talks[1].disconnect()
    ships.plan(limits=Limits(at_once=2, soak_hours=0))
    ships.go()
    ships.go(minutes=1)
    assert ships.asked() == ships.talks[2:4]
    ships.boot(ships.talks[2])
    ships.go(minutes=1)
    assert ships.asked() == ships.talks[4:5]


@pytest.mark.django_db
def test_stations_that_are_away_do_not_hold_up_the_others_and_come_later(
    make: Callable[[int], Fleet],
) -> None:
    ships = make(4)
    ships.talks[1].disconnect()
    campaign_id = ships.plan(first_stations=tuple(talk.station_id for talk in ships.talks[:2]))
    ships.go()
    [talk] = ships.asked()
    ships.boot(talk)
    ships.go(minutes=1)
    ships.go(minutes=1)
    for talk in ships.asked():
        ships.boot(talk)
    ships.go(minutes=1)
    assert (ships.view(campaign_id).state, ships.view(campaign_id).counts.waiting) == ("running", 1)
    ships.talks[1].connect()
    ships.go(minutes=1)
    assert ships.asked() == [ships.talks[1]]
    ships.boot(ships.talks[1])
    ships.go(minutes=1)
    ships.go(minutes=1)
    assert ships.view(campaign_id).state == "done"


@pytest.mark.django_db
def test_stations_are_asked_in_their_window_only(make: Callable[[int], Fleet]) -> None:
    ships = make(1)
    ships.plan(window_from=time(1), window_until=time(4))
    ships.now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    ships.go()
    assert ships.asked() == []
    ships.now = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # half past one in Berlin
    ships.go()
    assert len(ships.asked()) == 1


@pytest.mark.django_db
def test_a_paused_campaign_asks_nobody_and_a_cancelled_one_is_over(make: Callable[[int], Fleet]) -> None:
    ships = make(1)
    campaign_id = ships.plan()
    who: dict[str, Any] = {"operator_id": ships.operator_id, "campaign_id": campaign_id, "actor": PAT}
    campaigns.pause_campaign(**who)
    ships.go()
    assert ships.asked() == []
    campaigns.cancel_campaign(**who)
    with _refusal("not-now"):
        campaigns.start_campaign(**who)
    with _refusal("no-such-campaign"):
        campaigns.pause_campaign(**{**who, "campaign_id": 10**9})


@pytest.mark.django_db
def test_only_stations_that_need_it_are_updated(
    make: Callable[[int], Fleet], other_operator: Operator
) -> None:
    ships = make(3)
    ships.boot(ships.talks[2])
    found = campaigns.find_targets(ships.operator_id, ships.image_id, Choice())
    assert {station.id for station in found} == {talk.station_id for talk in ships.talks[:2]}
    assert fleet.fleet(other_operator.pk) == []
    with _refusal("no-such-image"):
        campaigns.find_targets(other_operator.pk, ships.image_id, Choice())
    ships.boot(ships.talks[0])
    ships.boot(ships.talks[1])
    with _refusal("nothing-to-update"):
        ships.plan()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"shares": (90.0, 20.0)}, "bad-shares"),
        ({"limits": Limits(at_once=0)}, "bad-limit"),
        ({"window_from": time(1)}, "bad-window"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    make: Callable[[int], Fleet], more: dict[str, Any], code: str
) -> None:
    ships = make(1)
    with _refusal(code):
        ships.plan(**more)
    assert not FirmwareCampaign.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"url": "file:///etc/passwd"}, "bad-url"),
        ({"url": "https://"}, "bad-url"),
        ({"version": " "}, "bad-version"),
        ({"sha256": "abc"}, "bad-checksum"),
        ({"signature": "c2ln"}, "half-signed"),
    ],
)
def test_a_firmware_that_cannot_be_installed_is_refused(
    yard: Yard, details: dict[str, str], code: str
) -> None:
    said = {"model": "M", "version": "2", "url": "https://example.org/f", **details}
    with _refusal(code):
        campaigns.register_image(operator_id=yard.operator_id, details=ImageDetails(**said), actor=PAT)


@pytest.mark.django_db(transaction=True)
def test_two_workers_ask_a_station_once(make: Callable[[int], Fleet]) -> None:
    ships = make(2)
    ships.plan()
    barrier = threading.Barrier(2)

    def lead() -> None:
        try:
            barrier.wait(PATIENCE_S)
            updates.lead_on(ships.now)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=lead) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert StationRequest.objects.filter(command="update-firmware").count() == 2
    assert set(CampaignTarget.objects.values_list("attempts", flat=True)) == {1}
