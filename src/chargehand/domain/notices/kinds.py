"""Kinds of channels, and which address schemes of the alert library belong to each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final


@unique
class ChannelKind(StrEnum):
    """How a message goes out."""

    MAIL = "mail"
    SMS = "sms"
    CHAT = "chat"
    PUSH = "push"
    PAGING = "paging"
    WEBHOOK = "webhook"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Schemes that reach a service by the network. Those that act on the worker's own machine are left out.
SCHEMES: Final[Mapping[ChannelKind, frozenset[str]]] = {
    ChannelKind.MAIL: frozenset(),
    ChannelKind.SMS: _words(
        "twilio vonage nexmo msgbird sns clicksend bulksms d7sms plivo sinch seven voipms threema signal signals "
        "whatsapp smseagle smseagles 46elks elks cm httpsms telnyx freemobile infobip octopush smsmgr"
    ),
    ChannelKind.CHAT: _words(
        "slack workflow workflows discord mmost mmosts matrix matrixs rocket rockets gchat tgram zulip wxteams "
        "webex nctalk nctalks synology synologys"
    ),
    ChannelKind.PUSH: _words(
        "ntfy ntfys pover gotify gotifys prowl pbul simplepush spush hassio hassios join"
    ),
    ChannelKind.PAGING: _words(
        "pagerduty opsgenie signl4 splunk victorops ilert pagertree squadcast incidentio betterstack xmatters "
        "goalert goalerts spike firehydrant"
    ),
    ChannelKind.WEBHOOK: _words("json jsons xml xmls form forms"),
}

#: Kinds by which the worker calls any address at all: only people who run alerts may add them.
FOR_OPERATIONS: Final = frozenset({ChannelKind.WEBHOOK})
