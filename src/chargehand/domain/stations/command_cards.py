"""Commands and how far they came, as people read them: sent, answered, seen to work."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.stations import requests
from chargehand.domain.stations.models import StationRequest
from chargehand.domain.stations.secrets import masked

MOST_PER_PAGE = 500

Progress = Literal["queued", "sent", "answered", "seen", "refused", "failed", "expired", "unseen"]

NAMES: Final[dict[str, Promise]] = {
    "start": gettext_lazy("Start charging"),
    "stop": gettext_lazy("Stop charging"),
    "unlock": gettext_lazy("Unlock the plug"),
    "reset": gettext_lazy("Restart"),
    "availability": gettext_lazy("Change availability"),
    "trigger": gettext_lazy("Ask for a message"),
    "get-variables": gettext_lazy("Read variables"),
    "set-variables": gettext_lazy("Write variables"),
    "get-report": gettext_lazy("Read the device model"),
    "transaction-status": gettext_lazy("Ask for a charge's status"),
    "clear-cache": gettext_lazy("Clear the token cache"),
    "data": gettext_lazy("Send vendor data"),
    "get-log": gettext_lazy("Ask for a log"),
    "update-firmware": gettext_lazy("Update the firmware"),
    "set-monitors": gettext_lazy("Set monitors"),
    "show-cost": gettext_lazy("Show the cost"),
    "show-price": gettext_lazy("Show the price"),
    "show-message": gettext_lazy("Show a message"),
    "clear-message": gettext_lazy("Take a message off the display"),
    "set-default-tariff": gettext_lazy("Set the tariff"),
    "clear-tariffs": gettext_lazy("Clear tariffs"),
    "call": gettext_lazy("Raw call"),
}


class CommandCard(msgspec.Struct, frozen=True, kw_only=True):
    """One command. Times are None until that step happened.

    `progress` is where it stands now; `expects_proof` False: the answer is all there is to see; `word` is the
    station's answer, `detail` everything it sent; `see_by` is when to give up waiting for proof.
    """

    id: UUID
    station_id: int
    command: str
    name: str
    body: dict[str, Any]
    evse: int | None
    connector: int | None
    asked_by: str
    progress: Progress
    sentence: str
    queued_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    is_accepted: bool | None
    word: str
    detail: dict[str, Any] | None
    seen_at: datetime | None
    seen_as: str
    see_by: datetime | None
    expects_proof: bool


def request(operator_id: int, request_id: UUID) -> CommandCard | None:
    """Return a command by its id."""
    row = StationRequest.objects.filter(operator_id=operator_id, pk=request_id).first()
    return None if row is None else _card(row, timezone.now())


def station_requests(
    operator_id: int, station_id: int, *, before: datetime | None = None, limit: int = 50
) -> list[CommandCard]:
    """Return a station's commands, newest first; `before` is the `queued_at` a page ended with.

    What is told every minute would hide the others, and is left out.
    """
    rows = StationRequest.objects.filter(operator_id=operator_id, station_id=station_id)
    rows = rows.exclude(command="show-cost")
    return _page(rows, before, limit)


def requests_named(operator_id: int, request_ids: Collection[UUID]) -> dict[UUID, CommandCard]:
    """Return commands by their ids."""
    now = timezone.now()
    rows = StationRequest.objects.filter(operator_id=operator_id, pk__in=request_ids)
    return {row.pk: _card(row, now) for row in rows}


def _page(rows: QuerySet[StationRequest], before: datetime | None, limit: int) -> list[CommandCard]:
    if before is not None:
        rows = rows.filter(queued_at__lt=before)
    now = timezone.now()
    return [
        _card(row, now) for row in rows.order_by("-queued_at", "-id")[: max(1, min(limit, MOST_PER_PAGE))]
    ]


def _card(row: StationRequest, now: datetime) -> CommandCard:
    answer = row.answer or {}
    progress = _progress(row, now)
    return CommandCard(
        id=row.pk,
        station_id=row.station_id,
        command=row.command,
        name=str(NAMES.get(row.command, row.command)),
        body=masked(row.body),
        evse=row.evse,
        connector=row.connector,
        asked_by=row.asked_by,
        progress=progress,
        sentence=row.sentence or _sentence(row, progress),
        queued_at=row.queued_at,
        expires_at=row.expires_at,
        sent_at=row.sent_at,
        answered_at=row.answered_at,
        is_accepted=row.is_accepted,
        word=str(answer.get("word", "")),
        detail=masked(answer.get("detail")),
        seen_at=row.seen_at,
        seen_as=row.seen_as,
        see_by=row.see_by,
        expects_proof=row.command in requests.SEE_WITHIN,
    )


def _progress(row: StationRequest, now: datetime) -> Progress:
    if row.seen_at is not None:
        return "seen"
    if row.state == "expired" or (row.state == "queued" and row.expires_at <= now):
        return "expired"
    if row.state == "failed":
        return "failed"
    if row.state == "answered" and not row.is_accepted:
        return "refused"
    if row.state == "answered":
        return "unseen" if row.see_by is not None and row.see_by <= now else "answered"
    return "sent" if row.state == "sent" else "queued"


def _sentence(row: StationRequest, progress: Progress) -> str:
    word = str((row.answer or {}).get("word", ""))
    sentences: dict[Progress, str] = {
        "queued": _("Waiting for the station."),
        "sent": _("Sent; the station has not answered yet."),
        "answered": _("The station agreed (%s); waiting to see it happen.") % word,
        "seen": _("It worked: %s.") % row.seen_as,
        "refused": _("The station refused: %s.") % word,
        "failed": _("It failed: %s.") % word,
        "expired": _("The station was not connected in time."),
        "unseen": _("The station agreed (%s), but nothing was seen to happen.") % word,
    }
    return sentences[progress]
