"""Sending what is queued: claim, call, write down; at most once where nobody can say how a call ended.

Nothing remote happens inside a transaction. A worker that dies between call and writing down leaves its
messages claimed; after a while they are unknown, and the escalation goes on instead of repeating them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog
from django.db import transaction

from chargehand.domain.health.first_alerts import note_alerted
from chargehand.domain.notices import calls, claims, composing, escalation
from chargehand.domain.notices.calls import Call
from chargehand.domain.notices.kinds import ChannelKind
from chargehand.domain.notices.models import Alert, Delivery
from chargehand.domain.notices.providers.base import Outcome, Provider
from chargehand.domain.notices.providers.mail import MailProvider
from chargehand.domain.notices.providers.services import ServicesProvider
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

log = structlog.get_logger(__name__)

#: Pauses after calls that certainly failed; after the last one the message is given up.
PAUSES: Final = (timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2))
#: Claimed for longer than any call may take: whoever claimed it is dead.
LEFT_AFTER: Final = timedelta(seconds=60)
_ROUNDS: Final = 50

_P: Final = Delivery.Purpose
_S: Final = Delivery.State
_SERVICES: Final = ServicesProvider()
PROVIDERS: Final[Mapping[ChannelKind, Provider]] = {
    kind: MailProvider() if kind is ChannelKind.MAIL else _SERVICES for kind in ChannelKind
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn of the sender did."""

    steps: int
    sent: int
    failed: int
    unknown: int


def tell_people(
    providers: Mapping[ChannelKind, Provider] = PROVIDERS, limit_s: float = calls.LIMIT_S
) -> Told:
    """Take the steps that are due and send what is queued, until nothing is due any more."""
    counts = {"sent": 0, "failed": 0, "unknown": claims_left(clock.now())}
    steps = escalation.advance(clock.now())
    for _round in range(_ROUNDS):
        claimed = claims.claim(clock.now())
        if not claimed:
            break
        for outcome in _send(claimed, providers, limit_s):
            counts[outcome.ending] += 1
        steps += escalation.advance(clock.now())
    return Told(steps=steps, **counts)


def claims_left(now: datetime) -> int:
    """Give up messages whose sender died; return how many there were."""
    left = Delivery.objects.filter(state=_S.CLAIMED, claimed_at__lt=now - LEFT_AFTER)
    return sum(
        write_down(each, Outcome("unknown", "The worker ended while it was sending."), now)
        for each in list(left.order_by("pk")[:500])
    )


def _send(
    claimed: Sequence[Delivery], providers: Mapping[ChannelKind, Provider], limit_s: float
) -> list[Outcome]:
    ready: list[tuple[Delivery, Call]] = []
    outcomes: list[Outcome] = []
    for delivery in claimed:
        try:
            provider = providers[composing.kind_of(delivery)]
            call = Call(provider, composing.target_of(delivery), composing.compose(delivery))
        except Refused as refusal:
            outcomes.append(Outcome("failed", refusal.sentence, is_final=True))
            write_down(delivery, outcomes[-1], clock.now())
        except Exception as error:
            log.exception("notice_not_composed", delivery=delivery.pk)
            outcomes.append(Outcome("failed", f"{type(error).__name__} while writing it", is_final=True))
            write_down(delivery, outcomes[-1], clock.now())
        else:
            ready.append((delivery, call))
    ended = calls.call_all([call for _, call in ready], limit_s)
    for (delivery, _), outcome in zip(ready, ended, strict=True):
        write_down(delivery, outcome, clock.now())
    return outcomes + ended


@transaction.atomic
def write_down(delivery: Delivery, outcome: Outcome, now: datetime) -> bool:
    """Write down how a call ended; whether this claim was still the standing one."""
    rows = Delivery.objects.filter(pk=delivery.pk, state=_S.CLAIMED, attempts=delivery.attempts)
    text = outcome.said.replace("\0", "\ufffd")[:500]
    if outcome.ending == "sent":
        is_ours = bool(rows.update(state=_S.SENT, finished_at=now, answer=text, error=""))
        if is_ours and (told := _alerts_of(delivery)):
            note_alerted(incident_ids=[alert.incident_id for alert in told], at=now)
        return is_ours
    if outcome.ending == "failed" and _may_try_again(delivery, outcome):
        pause = PAUSES[delivery.attempts - 1]
        return bool(rows.update(state=_S.QUEUED, not_before=now + pause, error=text))
    state = _S.UNKNOWN if outcome.ending == "unknown" else _S.FAILED
    if not rows.update(state=state, finished_at=now, error=text):
        return False
    log.warning("notice_lost", delivery=delivery.pk, state=state.value, purpose=delivery.purpose)
    escalation.hasten(_alerts_of(delivery), now)
    return True


def _may_try_again(delivery: Delivery, outcome: Outcome) -> bool:
    """Whether another attempt makes sense: somebody still waits for it, and attempts are left."""
    if outcome.is_final or delivery.purpose == _P.TEST or delivery.attempts > len(PAUSES):
        return False
    if delivery.purpose != _P.ALERT or delivery.alert_id is None:
        return True
    return Alert.objects.filter(pk=delivery.alert_id, state=Alert.State.RUNNING).exists()


def _alerts_of(delivery: Delivery) -> list[Alert]:
    if delivery.purpose == _P.DIGEST:
        return list(Alert.objects.filter(pk__in=Delivery.objects.filter(digest=delivery).values("alert")))
    if delivery.purpose != _P.ALERT or delivery.alert_id is None:
        return []
    return list(Alert.objects.filter(pk=delivery.alert_id))
