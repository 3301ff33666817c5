"""Questions about firmware and campaigns: what there is, how far each went, which stations failed and why."""

from collections.abc import Iterable
from datetime import datetime, time

import msgspec

from chargehand.domain.maintenance.campaigns import IN_FLIGHT
from chargehand.domain.maintenance.models import CampaignTarget, FirmwareCampaign, FirmwareImage
from chargehand.domain.maintenance.rollout import Limits


class ImageView(msgspec.Struct, frozen=True, kw_only=True):
    """A firmware that is known."""

    id: int
    vendor: str
    model: str
    version: str
    url: str
    sha256: str
    is_signed: bool
    notes: str
    created_at: datetime
    created_by: str


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many stations wait, are being updated, and how it ended for the others."""

    waiting: int
    in_flight: int
    done: int
    failed: int
    skipped: int


class TargetView(msgspec.Struct, frozen=True, kw_only=True):
    """A station of a campaign: waiting, asked, downloading, installing, done, failed or skipped."""

    station_id: int
    identity: str
    station_name: str
    wave: int
    state: str
    sentence: str
    previous_version: str
    attempts: int
    asked_at: datetime | None
    settled_at: datetime | None


class WaveView(msgspec.Struct, frozen=True, kw_only=True):
    """A wave: waiting, running, soaking (all through, watched for a while), done."""

    number: int
    state: str
    started_at: datetime | None
    settled_at: datetime | None
    counts: Counts


class CampaignView(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign: draft, running, paused, halted (by itself; `sentence` says why), done or cancelled."""

    id: int
    name: str
    image: ImageView
    state: str
    sentence: str
    limits: Limits
    window_from: time | None
    window_until: time | None
    created_at: datetime
    created_by: str
    started_at: datetime | None
    ended_at: datetime | None
    counts: Counts
    waves: tuple[WaveView, ...]
    targets: tuple[TargetView, ...]


def images(operator_id: int) -> list[ImageView]:
    """Return the known firmware, newest first."""
    return [_image(row) for row in FirmwareImage.objects.filter(operator_id=operator_id).order_by("-pk")]


def campaigns(operator_id: int, *, limit: int = 100) -> list[CampaignView]:
    """Return the campaigns, newest first, without their stations one by one."""
    rows = FirmwareCampaign.objects.select_related("image").filter(operator_id=operator_id)
    return [
        msgspec.structs.replace(_campaign(row), targets=()) for row in rows.order_by("-pk")[: max(1, limit)]
    ]


def campaign(operator_id: int, campaign_id: int) -> CampaignView | None:
    """Return a campaign with its stations, wave by wave."""
    rows = FirmwareCampaign.objects.select_related("image").filter(operator_id=operator_id, pk=campaign_id)
    row = rows.first()
    return None if row is None else _campaign(row)


def _campaign(row: FirmwareCampaign) -> CampaignView:
    targets = CampaignTarget.objects.select_related("station", "wave").filter(wave__campaign=row)
    views = [_target(each) for each in targets.order_by("wave__number", "station__identity_key")]
    return CampaignView(
        id=row.pk,
        name=row.name,
        image=_image(row.image),
        state=row.state,
        sentence=row.sentence,
        limits=msgspec.convert(row.limits, type=Limits),
        window_from=row.window_from,
        window_until=row.window_until,
        created_at=row.created_at,
        created_by=row.created_by,
        started_at=row.started_at,
        ended_at=row.ended_at,
        counts=_counts(views),
        waves=tuple(
            WaveView(
                number=wave.number,
                state=wave.state,
                started_at=wave.started_at,
                settled_at=wave.settled_at,
                counts=_counts(view for view in views if view.wave == wave.number),
            )
            for wave in row.waves.order_by("number")
        ),
        targets=tuple(views),
    )


def _image(row: FirmwareImage) -> ImageView:
    return ImageView(
        id=row.pk,
        vendor=row.vendor,
        model=row.model,
        version=row.version,
        url=row.url,
        sha256=row.sha256,
        is_signed=bool(row.signing_certificate),
        notes=row.notes,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _target(row: CampaignTarget) -> TargetView:
    return TargetView(
        station_id=row.station_id,
        identity=row.station.identity,
        station_name=row.station.name,
        wave=row.wave.number,
        state=row.state,
        sentence=row.sentence,
        previous_version=row.previous_version,
        attempts=row.attempts,
        asked_at=row.asked_at,
        settled_at=row.settled_at,
    )


def _counts(views: Iterable[TargetView]) -> Counts:
    states = [view.state for view in views]
    return Counts(
        waiting=states.count("waiting"),
        in_flight=sum(state in IN_FLIGHT for state in states),
        done=states.count("done"),
        failed=states.count("failed"),
        skipped=states.count("skipped"),
    )
