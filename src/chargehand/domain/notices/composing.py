"""From a delivery to what is carried: the message in the reader's language, and the address it goes to."""

from __future__ import annotations

from typing import Final

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import translation

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.health import incident_list as health
from chargehand.domain.health.incident_list import IncidentRow
from chargehand.domain.notices import links, sealing, wording
from chargehand.domain.notices.kinds import ChannelKind
from chargehand.domain.notices.links import Bearer
from chargehand.domain.notices.models import Alert, Delivery
from chargehand.domain.notices.providers.base import Message
from chargehand.kernel.errors import Refused

_P: Final = Delivery.Purpose


def kind_of(delivery: Delivery) -> ChannelKind:
    """By which kind of channel a delivery goes."""
    return ChannelKind.MAIL if delivery.channel is None else ChannelKind(delivery.channel.kind)


def target_of(delivery: Delivery) -> str:
    """The address a delivery goes to. Raises Refused `channel-removed`, `channel-unreadable`."""
    if delivery.channel is None:
        return str(delivery.user.email)
    if delivery.channel.removed_at is not None:
        raise Refused("channel-removed", "This channel was removed meanwhile.")
    return sealing.unseal(delivery.channel.sealed_target)


def compose(delivery: Delivery) -> Message:
    """Write the message of a delivery as things stand now."""
    with translation.override(delivery.user.language or settings.LANGUAGE_CODE):
        return _compose(delivery)


def _compose(delivery: Delivery) -> Message:
    if delivery.purpose == _P.TEST:
        return _compose_test(delivery)
    if delivery.purpose == _P.INVITATION:
        return _compose_invitation(delivery)
    if delivery.purpose == _P.DIGEST:
        members = Delivery.objects.filter(digest=delivery).select_related("alert").order_by("pk")
        alerts = {
            each.alert.pk: (each.alert, each.alert.state == Alert.State.RESOLVED)
            for each in members
            if each.alert is not None
        }
        return wording.digest(list(alerts.values()), page=links.address("/console/"))
    alert = delivery.alert
    assert alert is not None
    incident = health.incident_row(alert.operator_id, alert.incident_id)
    page = links.address(_page_of(alert, incident))
    if delivery.purpose == _P.RESOLVED:
        return wording.over(alert, incident, page=page)
    is_worse = delivery.purpose == _P.UPDATE
    return wording.alarm(alert, incident, link=_link(delivery, alert), page=page, has_worsened=is_worse)


def _page_of(alert: Alert, incident: IncidentRow | None) -> str:
    if incident is not None:
        return reverse("console:incidents-page", args=[incident.id])
    return reverse("console:stations-page", args=[alert.station_ids[0]]) if alert.station_ids else "/console/"


def _link(delivery: Delivery, alert: Alert) -> str:
    """The link that acknowledges, for those whose role may take care."""
    home = accounts.operator(delivery.operator_id)
    who = accounts.principal_of(delivery.user_id, home.slug) if home else None
    if who is None or not who.may(Permission.INCIDENTS_EDIT):
        return ""
    token = links.make_token(Bearer(alert.pk, delivery.user_id))
    return links.address(reverse("acknowledge", args=[token]))


def _compose_test(delivery: Delivery) -> Message:
    assert delivery.channel is not None
    home = accounts.operator(delivery.operator_id)
    code = sealing.code_of(delivery.channel.pk, str(delivery.detail.get("asked_at", "")))
    return wording.test(code, home.name if home else "Chargehand")


def _compose_invitation(delivery: Delivery) -> Message:
    home = accounts.operator(delivery.operator_id)
    person = get_user_model().objects.get(pk=delivery.user_id)
    needs_password = not person.has_usable_password()
    path = reverse("account_login")
    if needs_password:
        key = default_token_generator.make_token(person)
        path = reverse(
            "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key}
        )
    return wording.invitation(
        operator_name=home.name if home else "Chargehand",
        by=str(delivery.detail.get("by", "")),
        role=str(delivery.detail.get("role", "")).replace("_", " "),
        link=links.address(path),
        needs_password=needs_password,
    )
