"""Who sends what: messages claimed for one worker at a time, many for one person joined in a digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q

from chargehand.domain.notices.models import Delivery
from chargehand.domain.notices.recipients import DANGER

#: More than so many messages to one person by one channel in this time come as a digest.
STORM_COUNT: Final = 5
STORM_TIME: Final = timedelta(minutes=10)
#: Pauses between digests, where danger is among them and where not.
PAUSE_IN_DANGER: Final = timedelta(minutes=1)
PAUSE: Final = timedelta(minutes=5)

_AT_ONCE: Final = 20
_LOOKED_AT: Final = 500
_LOCK: Final = 0x4E4F_5449_4345  # "NOTICE": the advisory lock of whoever claims

_P: Final = Delivery.Purpose
_S: Final = Delivery.State
_STORMY: Final = (_P.ALERT, _P.UPDATE, _P.RESOLVED)
_COUNTED: Final = (_S.CLAIMED, _S.SENT, _S.UNKNOWN, _S.MERGED)

#: An operator, a person, and a channel of theirs, None for the mail of their account.
Reader = tuple[int, int, int | None]


@transaction.atomic
def claim(now: datetime) -> list[Delivery]:
    """Claim messages that are due for this worker, the gravest first; nothing while another one claims."""
    if not _lock():
        return []
    due = list(
        Delivery.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state=_S.QUEUED, not_before__lte=now)
        .select_related("alert", "user", "channel")
        .order_by("alert__severity", "pk")[:_LOOKED_AT]
    )
    singles: list[Delivery] = [each for each in due if each.purpose not in _STORMY]
    for reader, group in _by_reader(each for each in due if each.purpose in _STORMY).items():
        if _count_recent(reader, now) + len(group) <= STORM_COUNT or _is_old(group):
            singles += group
        else:
            singles += _join(reader, group, now)
    singles.sort(key=lambda each: (each.alert.severity if each.alert else 0, each.pk))
    chosen = singles[:_AT_ONCE]
    for each in chosen:
        each.state, each.claimed_at, each.attempts = _S.CLAIMED, now, each.attempts + 1
    Delivery.objects.bulk_update(chosen, ["state", "claimed_at", "attempts"])
    return chosen


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _by_reader(due: Iterable[Delivery]) -> dict[Reader, list[Delivery]]:
    groups: dict[Reader, list[Delivery]] = defaultdict(list)
    for each in due:
        groups[each.operator_id, each.user_id, each.channel_id].append(each)
    return groups


def _to(reader: Reader) -> Q:
    operator_id, user_id, channel_id = reader
    channel = Q(channel__isnull=True) if channel_id is None else Q(channel_id=channel_id)
    return channel & Q(operator_id=operator_id, user_id=user_id)


def _count_recent(reader: Reader, now: datetime) -> int:
    rows = Delivery.objects.filter(_to(reader), purpose__in=_STORMY, state__in=_COUNTED)
    return rows.filter(claimed_at__gt=now - STORM_TIME).count()


def _is_old(group: Sequence[Delivery]) -> bool:
    """Whether these are only attempts that are made again, which a digest would not make fewer."""
    return len(group) == 1 and group[0].attempts > 0


def _join(reader: Reader, group: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Put a group into a digest that is sent now, or leave it queued until the next digest may go out."""
    digests = Delivery.objects.filter(_to(reader), purpose=_P.DIGEST)
    last = digests.order_by("-queued_at").values_list("queued_at", flat=True).first()
    is_danger = any(each.alert is not None and each.alert.severity <= DANGER for each in group)
    next_at = None if last is None else last + (PAUSE_IN_DANGER if is_danger else PAUSE)
    numbers = [each.pk for each in group]
    if next_at is not None and next_at > now:
        Delivery.objects.filter(pk__in=numbers).update(not_before=next_at)
        return []
    first = group[0]
    digest = Delivery.objects.create(
        operator_id=first.operator_id,
        user=first.user,
        channel=first.channel,
        key=f"digest:{min(numbers)}",
        purpose=_P.DIGEST,
        queued_at=now,
        not_before=now,
    )
    Delivery.objects.filter(pk__in=numbers).update(
        state=_S.MERGED, digest=digest, claimed_at=now, finished_at=now
    )
    return [digest]
