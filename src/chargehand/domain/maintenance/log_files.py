"""Logs of stations: asked for with a one-time address, taken in once and within limits, given out as files."""

import hashlib
import re
import secrets
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import facts, storage
from chargehand.domain.maintenance.models import LogUpload
from chargehand.domain.stations import command_cards, commanding, file_transfers, requests
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.commands import GetLog
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_id

#: How long the address works, how often a station may try, how long and how many files of a station are kept.
UPLOAD_WITHIN: Final = timedelta(hours=2)
MOST_ATTEMPTS: Final = 10
STALLED_AFTER: Final = timedelta(minutes=45)
KEEP_FOR: Final = timedelta(days=90)
MOST_PER_STATION: Final = 20

LogKind = Literal["diagnostics", "security"]

log = structlog.get_logger(__name__)


class LogView(msgspec.Struct, frozen=True, kw_only=True):
    """A log that was asked for: state asked, uploading, received, failed or expired; size in bytes."""

    id: UUID
    station_id: int
    kind: str
    since: datetime | None
    until: datetime | None
    state: str
    sentence: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    received_at: datetime | None
    file_name: str
    size: int | None
    sha256: str
    request_id: UUID | None


def ask_for_log(
    *,
    operator_id: int,
    station_id: int,
    kind: LogKind,
    actor: Actor,
    since: datetime | None = None,
    until: datetime | None = None,
) -> UUID:
    """Ask a station to upload its log and return the upload's id. FTP is not offered.

    Raises Refused `no-such-station`, `bad-period`, `no-common-protocol`.
    """
    if since is not None and until is not None and since >= until:
        raise Refused("bad-period", _("The period ends before it begins."))
    _check_protocols(operator_id, station_id)
    token, now = secrets.token_urlsafe(32), clock.now()
    with transaction.atomic():
        if stations.station(operator_id, station_id) is None:
            raise Refused("no-such-station", _("There is no such station."))
        row = LogUpload.objects.create(
            id=new_id(),
            operator_id=operator_id,
            station_id=station_id,
            kind=kind,
            since=since,
            until=until,
            number=secrets.randbelow(2**31 - 1) + 1,
            token_hash=_hash(token),
            asked_by=actor.name[:255],
            asked_at=now,
            expires_at=now + UPLOAD_WITHIN,
        )
        command = GetLog(
            request_id=row.number,
            kind=kind,
            location=f"{settings.PUBLIC_URL}/uploads/{token}/",
            since=since,
            until=until,
            retries=2,
            retry_interval_s=60,
        )
        row.request_id = commanding.send_command(
            operator_id=operator_id, station_id=station_id, command=command, asked_by=actor.name
        )
        row.save(update_fields=["request_id"])
        audit.write_audit(actor, operator_id, "log.asked", f"station:{station_id}", {"kind": kind})
    return row.pk


class Receiving:
    """A file on its way in. `write` raises Refused `too-large`; then, or on any failure, call `discard`."""

    def __init__(self, row: LogUpload) -> None:
        self._row = row
        self._key = f"logs/{row.pk}-{row.attempts}"
        self._writing = storage.installed().begin(self._key)
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, chunk: bytes) -> None:
        """Add bytes; nothing is kept beyond the limit."""
        if self._size + len(chunk) > settings.LOG_UPLOAD_BYTES:
            raise Refused("too-large", _("The file is larger than is allowed here."))
        self._size += len(chunk)
        self._digest.update(chunk)
        self._writing.write(chunk)

    def finish(self) -> None:
        """Keep the file; the address does not work any more. Raises Refused `empty`."""
        if self._size == 0:
            raise Refused("empty", _("The file is empty."))
        self._writing.finish()
        now = clock.now()
        values = {
            "state": "received",
            "sentence": "",
            "received_at": now,
            "storage_key": self._key,
            "size": self._size,
            "sha256": self._digest.hexdigest(),
        }
        with transaction.atomic():
            LogUpload.objects.filter(pk=self._row.pk).update(**values)
            requests.see(
                station_id=self._row.station_id,
                commands=["get-log"],
                seen_as="file received",
                at=now,
                matching={"request_id": self._row.number},
            )
            journal.state(
                [
                    facts.LogReceived(
                        happened_at=now,
                        operator_id=self._row.operator_id,
                        upload_id=str(self._row.pk),
                        station_id=self._row.station_id,
                    )
                ]
            )

    def discard(self, sentence: str) -> None:
        """Forget what came; the station may try again while the address works."""
        self._writing.discard()
        rows = LogUpload.objects.filter(pk=self._row.pk, state="uploading")
        rows.update(state="failed", sentence=sentence[:500])


@transaction.atomic
def begin_upload(token: str, file_name: str) -> Receiving:
    """Open the one-time address for a file. Raises Refused `no-such-upload`, `used`, `expired`, `busy`."""
    row = LogUpload.objects.select_for_update().filter(token_hash=_hash(token)).first()
    if row is None:
        raise Refused("no-such-upload", _("There is nothing to upload here."))
    if row.state == "received":
        raise Refused("used", _("A file was uploaded here already."))
    now = clock.now()
    if row.expires_at <= now or row.attempts >= MOST_ATTEMPTS:
        raise Refused("expired", _("This address does not work any more. Ask for the log again."))
    if row.state == "uploading" and (row.upload_began_at or now) > now - STALLED_AFTER:
        raise Refused("busy", _("A file is being uploaded here."))
    row.state, row.upload_began_at, row.file_name = "uploading", now, clean_name(file_name)
    row.attempts += 1
    row.save(update_fields=["state", "upload_began_at", "file_name", "attempts"])
    return Receiving(row)


def clean_name(name: str) -> str:
    """Return a file's name fit for a label: no folders, no signs but dot, dash and underscore."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]", "_", last).lstrip(".")[-120:]


def logs_of(operator_id: int, station_id: int) -> list[LogView]:
    """Return the logs a station was asked for, newest first."""
    rows = LogUpload.objects.filter(operator_id=operator_id, station_id=station_id)
    return [_view(row) for row in rows.order_by("-asked_at", "-pk")[:200]]


def read_log(
    operator_id: int, upload_id: UUID, *, location_ids: Collection[int] | None = None
) -> tuple[LogView, Iterator[bytes]] | None:
    """Return a received log and its bytes; None where there is none. Send it as an attachment, never inline."""
    rows = LogUpload.objects.filter(operator_id=operator_id, pk=upload_id, state="received")
    if location_ids is not None:
        rows = rows.filter(station__location_id__in=list(location_ids))
    row = rows.first()
    if row is None:
        return None
    try:
        return _view(row), storage.installed().read(row.storage_key)
    except FileNotFoundError:
        log.warning("log-file-missing", upload_id=str(row.pk))
        return None


def settle(*, station_id: int, number: int | None, is_of_16: bool, word: str) -> None:
    """Write down what a station told of an upload; it never undoes a file that has come."""
    rows = LogUpload.objects.filter(station_id=station_id, state__in=["asked", "uploading", "failed"])
    if is_of_16 or number is None:
        rows = rows.filter(kind="diagnostics") if is_of_16 else rows
        newest = rows.order_by("-asked_at").values_list("pk", flat=True)[:1]
        rows = rows.filter(pk__in=list(newest))
    else:
        rows = rows.filter(number=number)
    sentence = _sentence(word)
    if word == "Uploaded":
        rows.filter(state="asked").update(
            sentence=_("The station says it uploaded; nothing has arrived yet.")
        )
    elif sentence:
        rows.update(state="failed", sentence=sentence)


def refuse(*, request_id: UUID, word: str) -> None:
    """Write down that a station said no to being asked, or did not answer."""
    rows = LogUpload.objects.filter(request_id=request_id, state="asked")
    rows.update(state="failed", sentence=_("The station refused: %s.") % word)


def cancel_older(*, request_id: UUID) -> None:
    """Write down that an older upload ended because the station began a newer one (AcceptedCanceled, N01)."""
    newer = LogUpload.objects.filter(request_id=request_id).first()
    if newer is not None:
        rows = LogUpload.objects.filter(
            station_id=newer.station_id, state="asked", asked_at__lt=newer.asked_at
        )
        rows.update(state="failed", sentence=_("The station cancelled it for a newer request."))


def sweep(now: datetime) -> int:
    """End what will not come any more; return how many uploads ended."""
    changed = 0
    for row in LogUpload.objects.filter(state="asked").order_by("asked_at")[:500]:
        cards = command_cards.requests_named(row.operator_id, [row.request_id] if row.request_id else [])
        card = next(iter(cards.values()), None)
        if card is not None and card.progress in {"expired", "failed"}:
            values: dict[str, Any] = {"state": "failed", "sentence": card.sentence[:500]}
            changed += LogUpload.objects.filter(pk=row.pk, state="asked").update(**values)
    late = LogUpload.objects.filter(state__in=["asked", "uploading"], expires_at__lt=now - STALLED_AFTER)
    changed += late.update(state="expired", sentence=_("Nothing arrived in time. Ask again."))
    return changed


def forget_old(now: datetime) -> int:
    """Delete files that are too old, or too many of one station; return how many."""
    old = set(
        LogUpload.objects.filter(state="received", asked_at__lt=now - KEEP_FOR).values_list("pk", flat=True)
    )
    received = LogUpload.objects.filter(state="received").order_by("station_id", "-asked_at")
    seen: dict[int, int] = {}
    for pk, station_id in received.values_list("pk", "station_id"):
        seen[station_id] = seen.get(station_id, 0) + 1
        if seen[station_id] > MOST_PER_STATION:
            old.add(pk)
    ended = LogUpload.objects.filter(state__in=["failed", "expired"], asked_at__lt=now - KEEP_FOR)
    ended.delete()
    for row in LogUpload.objects.filter(pk__in=old):
        storage.installed().delete(row.storage_key)
        row.delete()
    return len(old)


def _check_protocols(operator_id: int, station_id: int) -> None:
    offered = file_transfers.protocols(operator_id, station_id)
    ours = urlsplit(settings.PUBLIC_URL).scheme.upper()
    if offered is not None and ours not in offered:
        raise Refused(
            "no-common-protocol",
            _(
                "This station moves files by %(theirs)s only, and files are taken here by %(ours)s (there is no"
                " FTP). Fetch the log at the station, or set another protocol there."
            )
            % {"theirs": ", ".join(sorted(offered)), "ours": ours},
        )


def _sentence(word: str) -> str:
    """Return what a failure in OCPP's word means; "" for any other word (1.6 7.15, 2.0.1 3.97)."""
    sentences = {
        "BadMessage": _("The station did not understand the request."),
        "NotSupportedOperation": _("The station cannot upload over HTTP. There is no FTP here."),
        "PermissionDenied": _("The station was not let in where it uploaded to."),
        "UploadFailure": _("The upload failed. A station that knows only FTP cannot upload here."),
        "UploadFailed": _("The upload failed. A station that knows only FTP cannot upload here."),
        "AcceptedCanceled": _("The station cancelled it for a newer request."),
    }
    return sentences.get(word, "")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _view(row: LogUpload) -> LogView:
    shared = {name: getattr(row, name) for name in LogView.__struct_fields__ if name != "id"}
    return LogView(id=row.pk, **shared)
