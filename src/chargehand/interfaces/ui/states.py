"""The states a person can meet on a screen, each with its word; shape and colour follow from the name."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

WORDS: dict[str, Promise] = {
    "ready": pgettext_lazy("state of a connector", "Free"),
    "charging": pgettext_lazy("state of a connector", "Charging"),
    "attention": pgettext_lazy("state of a connector", "Needs attention"),
    "broken": pgettext_lazy("state of a connector", "Faulted"),
    "offline": pgettext_lazy("state of a connector", "Offline"),
    "reserved": pgettext_lazy("state of a connector", "Reserved"),
    "unknown": pgettext_lazy("state of a connector", "Unknown"),
}

# Unknown is never green: whatever a page hands over that stands not in the table is unknown.
UNKNOWN = "unknown"

COMMAND_WORDS: dict[str, Promise] = {
    "sent": _("Sent"),
    "answered": _("Answered"),
    "seen": _("Seen to work"),
}

COMMAND_STATES: dict[str, Promise] = {
    "waiting": _("waiting"),
    "failed": _("failed"),
    "unreached": _("not reached"),
    "none": _("nothing to see"),
}

COMMAND_TIMEOUTS: dict[str, Promise] = {
    "sent": _("Not sent in time"),
    "answered": _("No answer in time"),
    "seen": _("Not seen in time"),
}


def name_state(state: object) -> str:
    """Give the state's name in lower case, "unknown" for anything that is not one of ours."""
    name = str(state or "").lower()
    return name if name in WORDS else UNKNOWN


def css_state(state: str) -> str:
    """Give the state whose colour is drawn: unknown looks like offline."""
    return "offline" if state == UNKNOWN else state
