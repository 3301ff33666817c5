"""Verbs of people towards their alerts: taking care, adding a channel, proving it, changing, removing it."""

from __future__ import annotations

import hmac
import zoneinfo
from datetime import datetime, time, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import actions as health
from chargehand.domain.notices import bell, escalation, sealing
from chargehand.domain.notices.kinds import FOR_OPERATIONS, SCHEMES, ChannelKind
from chargehand.domain.notices.models import Alert, Channel, Delivery
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

CODE_VALID_FOR: Final = timedelta(minutes=30)
CODE_TRIES: Final = 5
MOST_CHANNELS: Final = 20
_PAUSE_OF_TESTS: Final = timedelta(seconds=30)


class ChannelTerms(msgspec.Struct, frozen=True, kw_only=True):
    """When a channel may be used: from which severity, and not in its quiet hours (both ends or none)."""

    label: str
    least_severity: int
    quiet_from: time | None
    quiet_to: time | None
    time_zone: str
    is_paused: bool = False


@transaction.atomic
def acknowledge(*, principal: Principal, alert_id: int) -> None:
    """Take care of what an alert is about: nobody else is told any more.

    Raises Refused `unknown-alert`, `not-yours`, `alert-over`, and as `health.actions.acknowledge` does.
    """
    row = Alert.objects.filter(operator_id=principal.operator_id, pk=alert_id).first()
    if row is None or not _may_see(principal, row):
        raise Refused("unknown-alert", _("There is no such alert."))
    if not principal.may(Permission.INCIDENTS_EDIT):
        raise Refused("not-yours", _("Your role may not take care of incidents."))
    if row.state == Alert.State.RESOLVED:
        raise Refused("alert-over", _("This is over already."))
    health.acknowledge(operator_id=row.operator_id, incident_id=row.incident_id, actor=principal.actor)
    now = clock.now()
    escalation.stop_alert(
        operator_id=row.operator_id,
        incident_id=row.incident_id,
        by=principal.actor.name,
        happened_at=now,
        now=now,
    )


@transaction.atomic
def add_channel(*, principal: Principal, kind: ChannelKind, target: str, terms: ChannelTerms) -> int:
    """Add a channel of one's own and send a code by it; return its id.

    Raises Refused `bad-address`, `not-your-kind`, `too-many`, and as `change_channel` does.
    """
    user_id = _user_of(principal)
    if kind in FOR_OPERATIONS and not principal.may(Permission.ALERTS_EDIT):
        raise Refused("not-your-kind", _("Only people who run the alerts may add such a channel."))
    target = _checked(kind, target.strip())
    own = Channel.objects.filter(operator_id=principal.operator_id, user_id=user_id, removed_at__isnull=True)
    if own.count() >= MOST_CHANNELS:
        raise Refused("too-many", _("These are enough channels. Remove one first."))
    _check(terms)
    row = Channel.objects.create(
        operator_id=principal.operator_id,
        user_id=user_id,
        kind=kind,
        sealed_target=sealing.seal(target),
        masked=sealing.mask(target),
        created_at=clock.now(),
        **_columns(terms),
    )
    _write(principal, "channel.added", row, kind=kind.value)
    send_code(principal=principal, channel_id=row.pk)
    return row.pk


@transaction.atomic
def change_channel(*, principal: Principal, channel_id: int, terms: ChannelTerms) -> None:
    """Say when a channel of one's own may be used.

    Raises Refused `unknown-channel`, `bad-quiet-hours`, `unknown-time-zone`, `no-label`.
    """
    row = _own(principal, channel_id)
    _check(terms)
    Channel.objects.filter(pk=row.pk).update(**_columns(terms))
    _write(principal, "channel.changed", row)


@transaction.atomic
def remove_channel(*, principal: Principal, channel_id: int) -> None:
    """Forget the address of a channel of one's own. Raises Refused `unknown-channel`."""
    row = _own(principal, channel_id)
    Channel.objects.filter(pk=row.pk).update(sealed_target="", removed_at=clock.now())
    queued = Delivery.objects.filter(channel=row, state=Delivery.State.QUEUED)
    queued.update(state=Delivery.State.CANCELLED, finished_at=clock.now())
    _write(principal, "channel.removed", row)


@transaction.atomic
def send_code(*, principal: Principal, channel_id: int) -> None:
    """Send a new code by a channel; older codes end. Raises Refused `unknown-channel`, `too-soon`."""
    row = _own(principal, channel_id)
    now = clock.now()
    if row.code_asked_at is not None and now - row.code_asked_at < _PAUSE_OF_TESTS:
        raise Refused("too-soon", _("A message is on its way. Wait half a minute before you send another."))
    Channel.objects.filter(pk=row.pk).update(code_asked_at=now, code_tries=0)
    Delivery.objects.create(
        operator_id=row.operator_id,
        user_id=row.user_id,
        channel=row,
        key=f"test:{row.pk}:{now.timestamp():.6f}",
        purpose=Delivery.Purpose.TEST,
        detail={"asked_at": _stamp(now)},
        queued_at=now,
        not_before=now,
    )
    bell.ring()


def verify_channel(*, principal: Principal, channel_id: int, code: str) -> None:
    """Prove by the code that a channel reaches its person; from then on it is used.

    Raises Refused `unknown-channel`, `code-expired`, `wrong-code`; a wrong code counts although it is refused.
    """
    with transaction.atomic():
        row = _own(principal, channel_id)
        asked_at = row.code_asked_at
        is_old = asked_at is None or clock.now() - asked_at > CODE_VALID_FOR or row.code_tries >= CODE_TRIES
        is_right = asked_at is not None and hmac.compare_digest(
            sealing.code_of(row.pk, _stamp(asked_at)).encode(), code.strip().replace(" ", "").encode()
        )
        if is_right and not is_old:
            Channel.objects.filter(pk=row.pk).update(verified_at=clock.now(), code_asked_at=None)
            _write(principal, "channel.verified", row)
            return
        Channel.objects.filter(pk=row.pk).update(code_tries=row.code_tries + (not is_old))
    if is_old:
        raise Refused("code-expired", _("This code does not hold any more. Send a new one."))
    raise Refused("wrong-code", _("This is not the code. Look at the newest message."))


def _may_see(principal: Principal, alert: Alert) -> bool:
    return principal.location_ids is None or not principal.location_ids.isdisjoint(alert.location_ids)


def _user_of(principal: Principal) -> int:
    if principal.user_id is None:
        raise Refused("no-person", _("Only people have channels, keys have none."))
    return principal.user_id


def _own(principal: Principal, channel_id: int) -> Channel:
    row = (
        Channel.objects.select_for_update()
        .filter(
            operator_id=principal.operator_id,
            user_id=_user_of(principal),
            pk=channel_id,
            removed_at__isnull=True,
        )
        .first()
    )
    if row is None:
        raise Refused("unknown-channel", _("You have no such channel."))
    return row


def _checked(kind: ChannelKind, target: str) -> str:
    if kind is ChannelKind.MAIL:
        try:
            validate_email(target)
        except ValidationError:
            raise Refused("bad-address", _("This is not an e-mail address.")) from None
        return target
    scheme, separator, rest = target.partition("://")
    if not separator or not rest or scheme.lower() not in SCHEMES[kind]:
        raise Refused("bad-address", _("The address must begin with one of: %s.") % _shown(kind)) from None
    if len(target) > 2000 or not urlsplit(target).netloc:
        raise Refused("bad-address", _("This address is not complete."))
    return target


def _shown(kind: ChannelKind) -> str:
    return ", ".join(f"{scheme}://" for scheme in sorted(SCHEMES[kind]))


def _check(terms: ChannelTerms) -> None:
    if not terms.label.strip():
        raise Refused("no-label", _("Give the channel a name."))
    if (terms.quiet_from is None) != (terms.quiet_to is None) or (
        terms.quiet_from is not None and terms.quiet_from == terms.quiet_to
    ):
        raise Refused("bad-quiet-hours", _("Quiet hours need a beginning and another end."))
    if terms.time_zone not in zoneinfo.available_timezones():
        raise Refused("unknown-time-zone", _("There is no such time zone."))


def _columns(terms: ChannelTerms) -> dict[str, object]:
    columns = msgspec.structs.asdict(terms)
    return {
        **columns,
        "label": terms.label.strip()[:80],
        "least_severity": min(9, max(0, terms.least_severity)),
    }


def _stamp(at: datetime) -> str:
    return f"{at.timestamp():.6f}"


def _write(principal: Principal, action: str, row: Channel, **detail: object) -> None:
    audit.write_audit(principal.actor, row.operator_id, action, f"channel:{row.pk}", detail)
