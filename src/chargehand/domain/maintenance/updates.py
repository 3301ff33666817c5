"""Leading campaigns on: stations are asked at their hour, seen to work or fail, and too many failures halt all."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.charging import usage
from chargehand.domain.maintenance import facts, rollout
from chargehand.domain.maintenance.campaigns import IN_FLIGHT, SETTLED
from chargehand.domain.maintenance.models import CampaignTarget, CampaignWave, FirmwareCampaign
from chargehand.domain.maintenance.rollout import Limits, Tally
from chargehand.domain.stations import breakdowns, command_cards, commanding, fleet
from chargehand.domain.stations.commands import UpdateFirmware
from chargehand.domain.stations.fleet import FleetStation
from chargehand.domain.stations.sightings import is_same
from chargehand.journal import log as journal
from chargehand.kernel.facts import Fact

#: How often a station that was not reached is asked again, and how long the time before is looked at.
MOST_ATTEMPTS: Final = 3
BEFORE: Final = timedelta(days=14)
#: Faults are counted so often: it reads weeks of status reports.
COUNT_EVERY: Final = timedelta(minutes=30)

_LOADING: Final = frozenset(
    {"Downloading", "DownloadScheduled", "DownloadPaused", "Downloaded", "SignatureVerified"}
)
_INSTALLING: Final = frozenset({"Installing", "InstallScheduled", "InstallRebooting", "Installed"})


def lead_on(now: datetime) -> int:
    """Lead every running campaign one step further; return how many. Workers do not get in each other's way."""
    running = FirmwareCampaign.objects.filter(state__in=["running", "paused", "halted"])
    count = 0
    for campaign_id in running.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            rows = FirmwareCampaign.objects.select_for_update(skip_locked=True)
            campaign = rows.filter(pk=campaign_id).first()
            if campaign is not None:
                _lead(campaign, now)
                count += 1
    return count


@transaction.atomic
def follow_status(*, station_id: int, number: int | None, word: str, at: datetime) -> None:
    """Write down how far a station is with its update, in OCPP's word; again changes nothing."""
    rows = CampaignTarget.objects.select_for_update().filter(station_id=station_id, state__in=IN_FLIGHT)
    if number is not None:
        rows = rows.filter(number=number)
    target = rows.filter(asked_at__lte=at).order_by("-asked_at").first()
    if target is None:
        return
    sentence = _failure(word)
    if sentence:
        _settle(target, "failed", at, sentence)
    elif word in _LOADING and target.state == "asked":
        CampaignTarget.objects.filter(pk=target.pk).update(state="downloading")
    elif word in _INSTALLING:
        CampaignTarget.objects.filter(pk=target.pk).update(state="installing")


def _lead(campaign: FirmwareCampaign, now: datetime) -> None:
    limits = msgspec.convert(campaign.limits, type=Limits)
    targets = list(
        CampaignTarget.objects.select_for_update(of=("self",))
        .select_related("wave")
        .filter(wave__campaign=campaign)
        .order_by("wave__number", "pk")
    )
    found = fleet.fleet(campaign.operator_id, station_ids=[target.station_id for target in targets])
    stations = {station.id: station for station in found}
    for target in targets:
        _look_at(campaign, target, stations[target.station_id], limits, now)
    if campaign.state != "running" or _halts(campaign, targets, limits, now):
        return
    wave = _wave_to_go(campaign, targets, stations, limits, now)
    if wave is None:
        return
    open_waves = {each.pk for each in campaign.waves.exclude(state="waiting")} | {wave.pk}
    waiting = [each for each in targets if each.state == "waiting" and each.wave_id in open_waves]
    room = limits.at_once - sum(each.state in IN_FLIGHT for each in targets)
    busy = usage.stations_charging(campaign.operator_id) | _updated_elsewhere(campaign, waiting)
    for target in waiting:
        station = stations[target.station_id]
        is_time = rollout.is_in_window(now, station.time_zone, campaign.window_from, campaign.window_until)
        if room > 0 and station.is_connected and station.id not in busy and is_time:
            _ask(campaign, target, now)
            room -= 1


def _updated_elsewhere(campaign: FirmwareCampaign, waiting: Sequence[CampaignTarget]) -> set[int]:
    """Return the stations that another campaign is updating."""
    stations = [each.station_id for each in waiting]
    rows = CampaignTarget.objects.filter(station_id__in=stations, state__in=IN_FLIGHT)
    return set(rows.exclude(wave__campaign=campaign).values_list("station_id", flat=True))


def _look_at(
    campaign: FirmwareCampaign, target: CampaignTarget, station: FleetStation, limits: Limits, now: datetime
) -> None:
    """See an update work by the version the station reports, or fail by its answer or by time."""
    version = campaign.image.version
    has_version = is_same(station.firmware_version, version)
    if target.state == "waiting" and has_version:
        _settle(target, "skipped", now, _("It has this version already."))
    if target.state not in IN_FLIGHT or target.asked_at is None:
        return
    if has_version and station.booted_at is not None and station.booted_at >= target.asked_at:
        _settle(target, "done", station.booted_at, _("It restarted with %s.") % version)
        return
    _look_at_answer(campaign, target, now)
    if target.state in IN_FLIGHT and now - target.asked_at > timedelta(hours=limits.give_up_hours):
        _settle(target, "failed", now, _("No restart with version %s was seen in time.") % version)


def _look_at_answer(campaign: FirmwareCampaign, target: CampaignTarget, now: datetime) -> None:
    if target.state != "asked" or target.request_id is None:
        return
    card = command_cards.requests_named(campaign.operator_id, [target.request_id]).get(target.request_id)
    if card is None or card.progress not in {"refused", "failed", "expired"}:
        return
    is_unreached = card.progress == "expired" or card.word in {"Timeout", "Disconnected"}
    if is_unreached and target.attempts < MOST_ATTEMPTS:
        target.state, target.request_id, target.number, target.asked_at = "waiting", None, None, None
        target.save()
    else:
        _settle(target, "failed", now, card.sentence)


def _halts(
    campaign: FirmwareCampaign, targets: Sequence[CampaignTarget], limits: Limits, now: datetime
) -> bool:
    """Stop a campaign that certainly does harm; return whether it stopped."""
    wave = max((each.wave.number for each in targets if each.state != "waiting"), default=0)
    tally = _tally(campaign, targets, now)
    reason = rollout.must_halt(tally, limits)
    # A person who starts a halted campaign again has seen so much of it: only more halts it again.
    seen = f"{reason}:{tally.failed if reason == 'failures' else tally.bad_days_after}"
    if not reason or seen in campaign.acknowledged.split():
        return False
    if reason == "failures":
        sentence = _("Halted: %(failed)d of %(all)d updates failed. Look at them before you go on.") % {
            "failed": tally.failed,
            "all": tally.failed + tally.done,
        }
    else:
        sentence = _(
            "Halted: faults on %(after)d of %(days_after)d station-days since the update, before on"
            " %(before)d of %(days_before)d. Look at the stations before you go on."
        ) % {
            "after": tally.bad_days_after,
            "days_after": tally.days_after,
            "before": tally.bad_days_before,
            "days_before": tally.days_before,
        }
    others = [each for each in campaign.acknowledged.split() if not each.startswith(reason)]
    campaign.state, campaign.sentence, campaign.acknowledged = (
        "halted",
        sentence[:500],
        " ".join([*others, seen]),
    )
    campaign.save(update_fields=["state", "sentence", "acknowledged"])
    _state(
        facts.CampaignHalted(
            happened_at=now,
            operator_id=campaign.operator_id,
            campaign_id=campaign.pk,
            wave=wave,
            sentence=sentence,
        )
    )
    return True


def _tally(campaign: FirmwareCampaign, targets: Sequence[CampaignTarget], now: datetime) -> Tally:
    done = [each for each in targets if each.state == "done" and each.settled_at and each.asked_at]
    failed = sum(each.state == "failed" for each in targets)
    counted_at = campaign.faults_counted_at
    if not done or (counted_at is not None and now - counted_at < COUNT_EVERY):
        return Tally(done=len(done), failed=failed)
    campaign.faults_counted_at = now
    campaign.save(update_fields=["faults_counted_at"])
    earliest = min(each.asked_at for each in done if each.asked_at)
    spells = breakdowns.breakdowns([each.station_id for each in done], since=earliest - BEFORE, until=now)
    bad = {(spell.station_id, spell.at) for spell in spells if spell.is_fault}
    counts = {"days_before": 0, "bad_days_before": 0, "days_after": 0, "bad_days_after": 0}
    for each in done:
        asked, settled = each.asked_at or now, each.settled_at or now
        mine = [at for station_id, at in bad if station_id == each.station_id]
        counts["days_before"] += BEFORE.days
        counts["bad_days_before"] += len({at.date() for at in mine if asked - BEFORE <= at < asked})
        counts["days_after"] += max(1, ceil((now - settled) / timedelta(days=1)))
        counts["bad_days_after"] += len({at.date() for at in mine if at >= settled})
    return Tally(done=len(done), failed=failed, **counts)


def _wave_to_go(
    campaign: FirmwareCampaign,
    targets: Sequence[CampaignTarget],
    stations: dict[int, FleetStation],
    limits: Limits,
    now: datetime,
) -> CampaignWave | None:
    """Return the wave whose turn it is, begun or ended as is due; None: the campaign is through."""
    for wave in campaign.waves.order_by("number"):
        mine = [each for each in targets if each.wave_id == wave.pk]
        if wave.state == "waiting":
            wave.state, wave.started_at = "running", now
            wave.save(update_fields=["state", "started_at"])
        if not _is_through(mine, stations):
            return wave
        if wave.settled_at is None:
            wave.state, wave.settled_at = "soaking", now
            wave.save(update_fields=["state", "settled_at"])
        if now < wave.settled_at + timedelta(hours=limits.soak_hours):
            return wave
        if wave.state != "done":
            wave.state = "done"
            wave.save(update_fields=["state"])
    if any(each.state not in SETTLED for each in targets):
        return campaign.waves.order_by("-number").first()
    campaign.state, campaign.ended_at = "done", now
    campaign.save(update_fields=["state", "ended_at"])
    _state(facts.CampaignDone(happened_at=now, operator_id=campaign.operator_id, campaign_id=campaign.pk))
    return None


def _is_through(targets: Sequence[CampaignTarget], stations: dict[int, FleetStation]) -> bool:
    """Tell whether nothing more can be learnt from a wave now: stations that are away do not hold up the rest."""
    open_ones = [each for each in targets if each.state not in SETTLED]
    if not open_ones:
        return True
    has_learnt = any(each.state in {"done", "failed"} for each in targets)
    return has_learnt and all(
        each.state == "waiting" and not stations[each.station_id].is_connected for each in open_ones
    )


def _ask(campaign: FirmwareCampaign, target: CampaignTarget, now: datetime) -> None:
    image = campaign.image
    target.number = secrets.randbelow(2**31 - 1) + 1
    target.attempts += 1
    target.state, target.asked_at, target.sentence = "asked", now, ""
    target.request_id = commanding.send_command(
        operator_id=campaign.operator_id,
        station_id=target.station_id,
        command=UpdateFirmware(
            request_id=target.number,
            location=image.url,
            version=image.version,
            retrieve_at=now,
            signing_certificate=image.signing_certificate,
            signature=image.signature,
            retries=2,
            retry_interval_s=120,
        ),
        asked_by=campaign.name,
    )
    target.save()


def _settle(target: CampaignTarget, state: str, at: datetime, sentence: str) -> None:
    target.state, target.settled_at, target.sentence = state, at, sentence[:500]
    target.save(update_fields=["state", "settled_at", "sentence"])


def _failure(word: str) -> str:
    """Return what a failure in OCPP's word means; "" for a step on the way (1.6 7.25, 2.0.1 3.33)."""
    sentences: dict[str, Any] = {
        "DownloadFailed": _("The station could not fetch the file."),
        "InstallationFailed": _("The station could not install the file."),
        "InstallVerificationFailed": _("The installed firmware did not pass the station's check."),
        "InvalidSignature": _("The station did not accept the signature."),
    }
    return str(sentences.get(word, ""))


def _state(fact: Fact) -> None:
    journal.state([fact])
