"""Plain words of the alerts' pages: severities, weekdays, states, kinds of channels, people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.notices.kinds import ChannelKind

SEVERITIES: Final = (
    (1, gettext_lazy("danger only")),
    (3, gettext_lazy("serious faults and danger")),
    (5, gettext_lazy("faults and worse")),
    (9, gettext_lazy("everything, warnings too")),
)

WEEKDAYS: Final = (
    (0, gettext_lazy("Monday")),
    (1, gettext_lazy("Tuesday")),
    (2, gettext_lazy("Wednesday")),
    (3, gettext_lazy("Thursday")),
    (4, gettext_lazy("Friday")),
    (5, gettext_lazy("Saturday")),
    (6, gettext_lazy("Sunday")),
)

KINDS: Final[Mapping[ChannelKind, Promise]] = {
    ChannelKind.MAIL: gettext_lazy("E-mail"),
    ChannelKind.SMS: gettext_lazy("Text message"),
    ChannelKind.CHAT: gettext_lazy("Chat"),
    ChannelKind.PUSH: gettext_lazy("Push message"),
    ChannelKind.PAGING: gettext_lazy("Paging service"),
    ChannelKind.WEBHOOK: gettext_lazy("Webhook"),
}

#: What became of a message: the state whose look it has, and the word.
DELIVERIES: Final[Mapping[str, tuple[str, Promise]]] = {
    "queued": ("reserved", gettext_lazy("Waiting")),
    "claimed": ("charging", gettext_lazy("Being sent")),
    "sent": ("ready", gettext_lazy("Sent")),
    "failed": ("broken", gettext_lazy("Failed")),
    "unknown": ("attention", gettext_lazy("Not known")),
    "cancelled": ("offline", gettext_lazy("Not needed any more")),
    "merged": ("ready", gettext_lazy("In a summary")),
}

PURPOSES: Final[Mapping[str, Promise]] = {
    "alert": gettext_lazy("Alert"),
    "update": gettext_lazy("Became dangerous"),
    "resolved": gettext_lazy("Is over"),
    "digest": gettext_lazy("Summary"),
    "test": gettext_lazy("Code"),
    "invitation": gettext_lazy("Invitation"),
}


def severity_words(least: int) -> str:
    """From which severity on."""
    return str(next(words for severity, words in SEVERITIES if least <= severity))


def names(operator_id: int) -> dict[int, str]:
    """What people are called, by their ids."""
    return {person.user_id: person.name or person.email for person in accounts.people(operator_id)}


def name_of(people: Mapping[int, str], user_id: int | None) -> str:
    """The name of a person; somebody who has no role any more is said to be so."""
    if user_id is None:
        return _("nobody")
    return people.get(user_id, _("somebody without a role"))
