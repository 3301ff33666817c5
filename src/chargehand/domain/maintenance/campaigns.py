"""Firmware campaigns as people lead them: images, planned waves, start, pause, cancel."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import rollout
from chargehand.domain.maintenance.models import (
    CampaignTarget,
    CampaignWave,
    FirmwareCampaign,
    FirmwareImage,
)
from chargehand.domain.maintenance.rollout import Limits
from chargehand.domain.stations import fleet
from chargehand.domain.stations.fleet import FleetStation
from chargehand.domain.stations.sightings import is_same
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: What stations can fetch a file by (2.0.1 L01; we only name the address, so theirs counts).
SCHEMES: Final = ("https", "http", "ftps", "ftp", "sftp")
IN_FLIGHT: Final = ("asked", "downloading", "installing")
SETTLED: Final = ("done", "failed", "skipped")


class ImageDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A firmware: `version` exactly as stations report it at boot, certificate as PEM, signature as base64."""

    model: str
    version: str
    url: str
    vendor: str = ""
    sha256: str = ""
    signature: str = ""
    signing_certificate: str = ""
    notes: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the image's model: versions, locations, stations; None means any."""

    firmware_versions: tuple[str, ...] | None = None
    location_ids: tuple[int, ...] | None = None
    station_ids: tuple[int, ...] | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How to go about it: shares of the waves in percent, or stations named for the first ones; local hours."""

    shares: tuple[float, ...] = (2.0, 18.0, 80.0)
    first_stations: tuple[int, ...] = ()
    limits: Limits = Limits()
    window_from: time | None = None
    window_until: time | None = None


def register_image(*, operator_id: int, details: ImageDetails, actor: Actor) -> int:
    """Make a firmware known and return its id.

    Raises Refused `bad-url`, `bad-version`, `bad-checksum`, `half-signed`.
    """
    _check_image(details)
    with transaction.atomic():
        row = FirmwareImage.objects.create(
            operator_id=operator_id,
            created_at=clock.now(),
            created_by=actor.name[:255],
            **{name: value.strip() for name, value in msgspec.structs.asdict(details).items()},
        )
        audit.write_audit(actor, operator_id, "firmware.registered", f"firmware:{row.pk}")
    return row.pk


def find_targets(operator_id: int, image_id: int, choice: Choice) -> list[FleetStation]:
    """Return the stations a campaign would update: of the model, chosen, and not of that version yet.

    Raises Refused `no-such-image`.
    """
    image = _image(operator_id, image_id)
    found = fleet.fleet(
        operator_id,
        vendor=image.vendor,
        model=image.model,
        firmware_versions=choice.firmware_versions,
        location_ids=choice.location_ids,
        station_ids=choice.station_ids,
    )
    return [station for station in found if not is_same(station.firmware_version, image.version)]


@transaction.atomic
def plan_campaign(
    *, operator_id: int, name: str, image_id: int, choice: Choice, plan: Plan, actor: Actor
) -> int:
    """Make a campaign that waits to be started, and return its id.

    Raises Refused `no-such-image`, `bad-name`, `nothing-to-update`, `bad-shares`, `bad-limit`, `bad-window`.
    """
    if not name.strip():
        raise Refused("bad-name", _("Give the campaign a name."))
    if problem := rollout.problem_with(plan.limits):
        raise Refused("bad-limit", _("This limit makes no sense: %s.") % problem)
    if (plan.window_from is None) != (plan.window_until is None):
        raise Refused("bad-window", _("A window begins and ends."))
    targets = {station.id: station for station in find_targets(operator_id, image_id, choice)}
    if not targets:
        raise Refused("nothing-to-update", _("No station of this choice needs that version."))
    row = FirmwareCampaign.objects.create(
        operator_id=operator_id,
        image_id=image_id,
        name=name.strip()[:255],
        limits=msgspec.to_builtins(plan.limits),
        window_from=plan.window_from,
        window_until=plan.window_until,
        created_at=clock.now(),
        created_by=actor.name[:255],
    )
    for number, stations in enumerate(_waves(targets, plan), 1):
        wave = CampaignWave.objects.create(campaign=row, number=number)
        CampaignTarget.objects.bulk_create(
            CampaignTarget(wave=wave, station_id=each, previous_version=targets[each].firmware_version)
            for each in stations
        )
    audit.write_audit(actor, operator_id, "campaign.planned", f"campaign:{row.pk}")
    return row.pk


def start_campaign(*, operator_id: int, campaign_id: int, actor: Actor) -> None:
    """Begin, or go on after a pause or a halt. Raises Refused `no-such-campaign`, `not-now`."""
    _turn(operator_id, campaign_id, actor, "running", ("draft", "paused", "halted"))


def pause_campaign(*, operator_id: int, campaign_id: int, actor: Actor) -> None:
    """Ask no more stations; those that were asked go on. Raises Refused `no-such-campaign`, `not-now`."""
    _turn(operator_id, campaign_id, actor, "paused", ("running",))


def cancel_campaign(*, operator_id: int, campaign_id: int, actor: Actor) -> None:
    """End it; stations that were asked go on. Raises Refused `no-such-campaign`, `not-now`."""
    _turn(operator_id, campaign_id, actor, "cancelled", ("draft", "running", "paused", "halted"))


@transaction.atomic
def try_again(*, operator_id: int, campaign_id: int, station_id: int, actor: Actor) -> None:
    """Let a station whose update failed wait for another try, in a campaign that is over too.

    Raises Refused `no-such-campaign`, `not-now`.
    """
    row = _campaign(operator_id, campaign_id)
    failed = CampaignTarget.objects.filter(wave__campaign=row, station_id=station_id, state="failed")
    if row.state == "cancelled" or not failed.update(
        state="waiting", sentence="", number=None, request_id=None, asked_at=None, settled_at=None
    ):
        raise Refused("not-now", _("This station has no failed update in this campaign."))
    if row.state == "done":
        FirmwareCampaign.objects.filter(pk=row.pk).update(state="running", ended_at=None)
    audit.write_audit(
        actor, operator_id, "campaign.tried_again", f"campaign:{row.pk}", {"station": station_id}
    )


@transaction.atomic
def skip_station(*, operator_id: int, campaign_id: int, station_id: int, actor: Actor) -> None:
    """Leave a station out that was not asked yet. Raises Refused `no-such-campaign`, `not-now`."""
    row = _campaign(operator_id, campaign_id)
    waiting = CampaignTarget.objects.filter(wave__campaign=row, station_id=station_id, state="waiting")
    sentence = _("Left out by %s.") % actor.name
    if not waiting.update(state="skipped", sentence=sentence[:500], settled_at=clock.now()):
        raise Refused("not-now", _("This station does not wait in this campaign."))
    audit.write_audit(actor, operator_id, "campaign.skipped", f"campaign:{row.pk}", {"station": station_id})


@transaction.atomic
def _turn(operator_id: int, campaign_id: int, actor: Actor, state: str, before: Sequence[str]) -> None:
    row = _campaign(operator_id, campaign_id)
    if row.state == state:
        return
    if row.state not in before:
        raise Refused("not-now", _("This campaign is %s.") % row.state)
    now = clock.now()
    values: dict[str, Any] = {"state": state, "sentence": ""}
    if state == "running":
        values["started_at"] = row.started_at or now
    if state == "cancelled":
        values["ended_at"] = now
    FirmwareCampaign.objects.filter(pk=row.pk).update(**values)
    audit.write_audit(actor, operator_id, f"campaign.{state}", f"campaign:{row.pk}")


def _campaign(operator_id: int, campaign_id: int) -> FirmwareCampaign:
    rows = FirmwareCampaign.objects.select_for_update().filter(operator_id=operator_id, pk=campaign_id)
    row = rows.first()
    if row is None:
        raise Refused("no-such-campaign", _("There is no such campaign."))
    return row


def _image(operator_id: int, image_id: int) -> FirmwareImage:
    row = FirmwareImage.objects.filter(operator_id=operator_id, pk=image_id).first()
    if row is None:
        raise Refused("no-such-image", _("There is no such firmware."))
    return row


def _waves(targets: dict[int, FleetStation], plan: Plan) -> list[list[int]]:
    first = [each for each in dict.fromkeys(plan.first_stations) if each in targets]
    rest = [each for each in targets if each not in first]
    try:
        waves = rollout.share_out(rest, plan.shares)
    except ValueError:
        raise Refused("bad-shares", _("Shares are percentages above 0 that sum up to 100 at most.")) from None
    return [first, *waves] if first else waves


def _check_image(details: ImageDetails) -> None:
    url = urlsplit(details.url.strip())
    if url.scheme not in SCHEMES or not url.hostname or len(details.url) > 512:
        raise Refused(
            "bad-url", _("Give the address of the file, beginning with https://, 512 characters at most.")
        )
    if not details.version.strip() or not details.model.strip():
        raise Refused("bad-version", _("Name the model, and the version as stations report it."))
    if details.sha256 and not re.fullmatch(r"[0-9a-fA-F]{64}", details.sha256.strip()):
        raise Refused("bad-checksum", _("A SHA-256 has 64 hexadecimal digits."))
    if bool(details.signature) != bool(details.signing_certificate):
        raise Refused("half-signed", _("A signed firmware needs both the signature and the certificate."))
    if len(details.signature) > 800 or len(details.signing_certificate) > 5500:
        raise Refused("half-signed", _("The signature has 800 characters at most, the certificate 5500."))
