"""Photos and signatures of work orders: taken in once, cleaned of what they need not tell, and given out."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import pictures, storage, work
from chargehand.domain.maintenance.models import OrderFile, WorkOrder
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

LARGEST: Final = 10 * 1024 * 1024
MOST_PER_ORDER: Final = 60
KINDS: Final = frozenset({"photo", "signature"})


def attach_file(
    *,
    operator_id: int,
    order_id: int,
    file_id: UUID,
    content: bytes,
    actor: Actor,
    kind: str = "photo",
    item_key: str = "",
    taken_at: datetime | None = None,
) -> UUID:
    """Keep a picture for an order, or for one of its photo steps; one sent twice is one. Returns its id.

    JPEG, PNG or WebP of 10 MB at most, by content, whatever it is called; place, time and camera are cut out.
    Raises Refused `no-such-order`, `too-large`, `no-picture`, `no-such-field`, `too-many-files`, `bad-kind`.
    """
    if len(content) > LARGEST:
        raise Refused("too-large", _("A photo may have 10 MB at most. Take it with less resolution."))
    try:
        picture = pictures.clean_picture(content)
    except pictures.NoPictureError:
        raise Refused("no-picture", _("This is no photo: send JPEG, PNG or WebP.")) from None
    key = f"orders/{order_id}/{file_id}"
    with transaction.atomic():
        order = work.order_for_update(operator_id, order_id)
        if OrderFile.objects.filter(pk=file_id, order=order).exists():
            return file_id
        _check(order, file_id, kind, item_key)
        row = OrderFile.objects.create(
            id=file_id,
            order=order,
            item_key=item_key,
            kind=kind,
            media_type=picture.media_type,
            size=len(picture.content),
            sha256=hashlib.sha256(picture.content).hexdigest(),
            storage_key=key,
            taken_at=taken_at,
            added_at=clock.now(),
            added_by=actor.name[:255],
        )
        _note_at_step(order, row)
        storage.installed().put(key, picture.content)
    return file_id


def read_file(operator_id: int, order_id: int, file_id: UUID) -> tuple[str, Iterator[bytes]] | None:
    """Return a file's media type and bytes; None where there is none."""
    row = OrderFile.objects.filter(pk=file_id, order_id=order_id, order__operator_id=operator_id).first()
    if row is None:
        return None
    try:
        return row.media_type, storage.installed().read(row.storage_key)
    except FileNotFoundError:
        return None


def _check(order: WorkOrder, file_id: UUID, kind: str, item_key: str) -> None:
    if kind not in KINDS:
        raise Refused("bad-kind", _("A file is a photo or a signature."))
    if item_key and not order.items.filter(key=item_key).exists():
        raise Refused("no-such-field", _("This job has no such step."))
    if order.files.count() >= MOST_PER_ORDER:
        raise Refused("too-many-files", _("A job may have %d photos at most.") % MOST_PER_ORDER)
    if OrderFile.objects.filter(pk=file_id).exists():
        raise Refused("no-such-order", _("This photo belongs to another job."))


def _note_at_step(order: WorkOrder, row: OrderFile) -> None:
    item = order.items.filter(key=row.item_key, kind="photo").first() if row.item_key else None
    if item is not None:
        item.value = [*(item.value or []), str(row.pk)]
        item.recorded_at, item.recorded_by = row.added_at, row.added_by
        item.save(update_fields=["value", "recorded_at", "recorded_by"])
