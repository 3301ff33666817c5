"""The words of the technicians' pages: states, priorities, and the sentences their script writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: Look and word of an order's state.
STATES: Final[Mapping[str, tuple[str, Promise]]] = {
    "open": ("attention", gettext_lazy("Nobody's yet")),
    "assigned": ("reserved", gettext_lazy("To do")),
    "on-way": ("charging", gettext_lazy("On the way")),
    "started": ("charging", gettext_lazy("At work")),
    "waiting-parts": ("attention", gettext_lazy("Waiting for parts")),
    "done": ("ready", gettext_lazy("Done")),
    "cancelled": ("offline", gettext_lazy("Cancelled")),
}
#: Look and word of a priority, 0 most urgent.
PRIORITIES: Final[Mapping[int, tuple[str, Promise]]] = {
    0: ("broken", gettext_lazy("Danger: at once")),
    1: ("broken", gettext_lazy("Urgent")),
    2: ("attention", gettext_lazy("Soon")),
    3: ("offline", gettext_lazy("When you are there")),
}


def script_words() -> dict[str, str]:
    """Give the sentences that the script writes, by key, with {n} where a number goes."""
    return {
        "all_sent": _("All sent"),
        "unsent": _("{n} not sent"),
        "sending": _("Sending…"),
        "no_link": _("No connection. What you enter is kept on this phone and sent later."),
        "sign_in": _("You were signed out. What you entered is kept here; sign in to send it."),
        "others": _("{n} changes were made here by somebody else. They are sent when that person signs in."),
        "kept": _("Kept on this phone"),
        "sent": _("Sent"),
        "refused": _("Not taken"),
        "clash": _("Somebody else changed this too. A person chooses which holds."),
        "photo": _("Photo"),
        "stored": _("{n} jobs are stored on this phone."),
        "storing": _("Storing the jobs on this phone…"),
        "not_stored": _("The jobs could not be stored on this phone. Stay online, or try again."),
        "needs_link": _("Commands need a connection: the charger must answer."),
        "command_lost": _("No answer came. Look below whether it was sent before you try again."),
        "blocks_later": _("Not sent yet: drivers are kept away once it is. Put up a sign meanwhile."),
        "done_later": _("Not sent yet: drivers are let in once it is."),
        "out_of_limits": _("Out of limits"),
        "within": _("Within limits"),
        "number": _("Enter a number."),
        "code_good": _("The code leads to us: {n}"),
        "code_bad": _("Foreign code! It leads to {n}. Take the sticker off and take a photo of it."),
        "code_none": _("No code was found in this photo. Scan it with the camera's own app."),
        "code_unable": _("This browser cannot read codes. Scan it with the camera's own app."),
        "forget": _("Forget it"),
        "no_room": _("This could not be kept: the phone has no room left. Send what is waiting first."),
    }
