"""Plain words of the incidents' pages: severities, states, what ended an incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.health.incident_list import IncidentRow
from chargehand.domain.notices.wording import severity_word
from chargehand.interfaces.ui.formats import write_duration
from chargehand.kernel import clock

STATES: Final[Mapping[str, tuple[str, Promise]]] = {
    "open": ("broken", gettext_lazy("Open")),
    "watching": ("attention", gettext_lazy("Watching")),
    "snoozed": ("reserved", gettext_lazy("Put off")),
    "resolved": ("ready", gettext_lazy("Over")),
    "merged": ("offline", gettext_lazy("Part of another")),
}

STEPS: Final[Mapping[str, tuple[str, Promise]]] = {
    "asked": ("charging", gettext_lazy("Under way")),
    "worked": ("ready", gettext_lazy("Worked")),
    "failed": ("broken", gettext_lazy("Did not help")),
    "refused": ("broken", gettext_lazy("Refused")),
    "withheld": ("offline", gettext_lazy("Not tried")),
}

FAMILIES: Final[Mapping[str, Promise]] = {
    "connectivity": gettext_lazy("Connection"),
    "supply": gettext_lazy("Supply"),
    "heat": gettext_lazy("Heat"),
    "meter": gettext_lazy("Meter"),
    "contactor": gettext_lazy("Contactor"),
    "insulation": gettext_lazy("Insulation"),
    "lock": gettext_lazy("Plug lock"),
    "starts": gettext_lazy("Starts of charges"),
    "payment": gettext_lazy("Payment"),
    "software": gettext_lazy("Software"),
    "power": gettext_lazy("Power"),
    "cable": gettext_lazy("Cable and case"),
    "reported": gettext_lazy("Reported by the station"),
}

#: What a person may choose as the cause and as the fix when an incident ends; "other" asks for words.
CAUSES: Final[Mapping[str, Promise]] = {
    "as-thought": gettext_lazy("As we thought"),
    "hardware": gettext_lazy("Worn or broken part"),
    "software": gettext_lazy("Firmware or settings"),
    "network": gettext_lazy("Mobile network or router"),
    "grid": gettext_lazy("Grid or supply of the site"),
    "vehicle": gettext_lazy("The car"),
    "people": gettext_lazy("Vandalism, accident or blocked bay"),
    "false-alarm": gettext_lazy("Nothing was wrong"),
    "other": gettext_lazy("Something else"),
}
FIXES: Final[Mapping[str, Promise]] = {
    "restart": gettext_lazy("Restarted"),
    "repair": gettext_lazy("Repaired on site"),
    "replacement": gettext_lazy("Part replaced"),
    "settings": gettext_lazy("Settings changed"),
    "firmware": gettext_lazy("Firmware changed"),
    "network": gettext_lazy("Network mended"),
    "by-itself": gettext_lazy("It was well again by itself"),
    "nothing": gettext_lazy("Nothing was needed"),
    "other": gettext_lazy("Something else"),
}

#: For how long an incident may be put off by one press: minutes.
SNOOZES: Final = (
    ("60", gettext_lazy("one hour")),
    ("240", gettext_lazy("four hours")),
    ("1440", gettext_lazy("one day")),
    ("10080", gettext_lazy("one week")),
)

#: Single letters of the incidents' pages.
KEYS: Final = (
    ("Enter", gettext_lazy("Open")),
    ("e", gettext_lazy("Take the incident")),
    ("z", gettext_lazy("Put it off")),
    ("r", gettext_lazy("Resolve it")),
    ("n", gettext_lazy("Write a note")),
)

#: How a work order stands.
ORDERS: Final[Mapping[str, tuple[str, Promise]]] = {
    "open": ("attention", gettext_lazy("Nobody has it yet")),
    "assigned": ("reserved", gettext_lazy("Given to somebody")),
    "on-way": ("charging", gettext_lazy("On the way")),
    "started": ("charging", gettext_lazy("At work")),
    "waiting-parts": ("attention", gettext_lazy("Waiting for parts")),
    "done": ("ready", gettext_lazy("Done")),
    "cancelled": ("offline", gettext_lazy("Cancelled")),
}


def severity_chip(severity: int) -> tuple[str, str]:
    """The look and the word of a severity of OCPP 2.x, 0 is danger."""
    return "broken" if severity <= 3 else "attention" if severity <= 5 else "offline", severity_word(severity)


def state_chip(row: IncidentRow) -> tuple[str, str]:
    """The look and the word of how an incident stands."""
    is_later = row.snoozed_until is not None and row.snoozed_until > clock.now()
    name = "snoozed" if is_later and row.state in {"open", "watching"} else row.state
    look, word = STATES.get(name, STATES["open"])
    return look, str(word)


def outcome(choice: str, choices: Mapping[str, Promise], more: str, thought: str = "") -> str:
    """What is written down: the words of the choice and those a person added; "" where they said nothing.

    `thought` stands for "as we thought"; "other" needs own words.
    """
    more = more.strip()
    if choice not in choices or choice == "other":
        return more
    word = thought if choice == "as-thought" and thought else str(choices[choice])
    return f"{word.rstrip('.')}. {more}".strip() if more else word


def drivers_sentence(row: IncidentRow) -> str:
    """Who is affected, in a sentence."""
    if row.drivers_hit or row.drivers_waiting:
        return _("%(hit)d drivers hit, %(waiting)d waiting now") % {
            "hit": row.drivers_hit,
            "waiting": row.drivers_waiting,
        }
    return _("no driver hit so far")


def service_words(row: IncidentRow) -> tuple[str, str, str] | None:
    """For how long drivers are affected, what is left of the target, and the look; None where nobody is."""
    service, now = row.service, clock.now()
    if service is None:
        return None
    lasts = write_duration((service.until or now) - service.since)
    if service.due_at is None:
        return lasts, _("no target"), "offline"
    if service.is_missed(now):
        over = write_duration((service.until or now) - service.due_at)
        return lasts, _("late by %s") % over, "broken"
    left = service.left(now)
    if left is None:
        return lasts, _("within the target"), "ready"
    return lasts, _("%s left") % write_duration(left), "attention"
