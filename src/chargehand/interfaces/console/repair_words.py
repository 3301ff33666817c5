"""Cases of the repair queue in plain words: what they are, what is known, what we suggest."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.interfaces.console import cursors
from chargehand.interfaces.console.evidence import write_time
from chargehand.interfaces.ui import formats

_TITLES: Final[Mapping[str, Promise]] = {
    "orphan-stop": gettext_lazy("A stop without a session"),
    "meter-backwards": gettext_lazy("The meter ran backwards"),
    "energy-impossible": gettext_lazy("More energy than the plug can give"),
    "energy-unknown": gettext_lazy("Nobody knows the energy"),
    "events-missing": gettext_lazy("Messages are missing"),
    "offline-open": gettext_lazy("Open at a station that is away"),
    "silent-open": gettext_lazy("Open, but silent"),
    "message-quarantined": gettext_lazy("A message about a charge that could not be stored"),
    "message-unread": gettext_lazy("A message about a charge that cannot be read"),
}

_SUGGESTIONS: Final[Mapping[str, Promise]] = {
    "attach": gettext_lazy("Match the stop to one of the station's sessions."),
    "use-samples": gettext_lazy("Take the energy from the samples."),
    "set-energy": gettext_lazy("Enter the energy."),
    "close": gettext_lazy("Close the session at the time it was last heard of."),
    "dismiss": gettext_lazy("Leave the record as it is."),
}

_RESOLUTIONS: Final[Mapping[str, Promise]] = {
    "attach": gettext_lazy("The stop was matched"),
    "use-samples": gettext_lazy("Energy from samples"),
    "set-energy": gettext_lazy("Energy entered"),
    "close": gettext_lazy("Session closed"),
    "dismiss": gettext_lazy("Left as it is"),
    "evidence": gettext_lazy("Settled by evidence"),
    "settled": gettext_lazy("Settled by evidence"),
}

_TERMS: Final[Mapping[str, Promise]] = {
    "meter_start_wh": gettext_lazy("Meter at the start"),
    "meter_stop_wh": gettext_lazy("Meter at the end"),
    "most_wh": gettext_lazy("Most the plug can give in the time"),
    "found_wh": gettext_lazy("What the meter tells"),
    "energy_wh": gettext_lazy("Energy"),
    "first_sample_wh": gettext_lazy("First sample"),
    "last_sample_wh": gettext_lazy("Last sample"),
    "samples": gettext_lazy("Samples"),
    "started_at": gettext_lazy("Began"),
    "ended_at": gettext_lazy("Ended"),
    "station_time": gettext_lazy("Time by the station's clock"),
    "token": gettext_lazy("Token"),
    "reason": gettext_lazy("Reason"),
    "ref": gettext_lazy("The station's number for it"),
    "missing": gettext_lazy("Numbers of the missing messages"),
    "heard_at": gettext_lazy("Last heard"),
    "received_at": gettext_lazy("Received"),
    "action": gettext_lazy("Message"),
    "problem": gettext_lazy("What is wrong with it"),
    "message": gettext_lazy("As it came"),
}


def title(kind: str) -> str:
    """What a case is about."""
    return str(_TITLES.get(kind, kind))


def suggestion(said: Mapping[str, Any]) -> str:
    """What we suggest, in a sentence; "" where we suggest nothing."""
    action = str(said.get("action", ""))
    sentence = str(_SUGGESTIONS.get(action, ""))
    energy = _energy(said.get("energy_wh"))
    return f"{sentence} {_('That is %s.') % energy}" if sentence and energy else sentence


def resolution(word: str) -> str:
    """What was decided."""
    return str(_RESOLUTIONS.get(word, word))


def evidence(said: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """What is known, as terms and values; None where nobody knows."""
    return [(str(_TERMS.get(name, name)), _value(name, value)) for name, value in said.items()]


def _value(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if name.endswith("_wh"):
        return _energy(value)
    if name.endswith(("_at", "_time")) and isinstance(value, str):
        return write_time(cursors.read_time(value)) or value
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _energy(value: Any) -> str | None:
    try:
        return None if value is None else formats.write_energy(Decimal(str(value)), 3)
    except InvalidOperation:
        return None
