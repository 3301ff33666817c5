"""Tags that show a charging network's own things: commands, connectors, availability."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chargehand.interfaces.ui import formats, states
from chargehand.interfaces.ui.icons import draw_shape

BAR_WIDTH = 10
BAR_GAP = 2
STEP_SHAPES = {"done": "ready", "failed": "broken", "timed-out": "broken"}


def command_card(command: Mapping[str, Any]) -> dict[str, Any]:
    """Show the three times of a command: sent, answered, seen to work.

    Keys: name; by; sent_at; answered_at, answer (the station's word); seen_at, seen (what showed it);
    problem ("", "failed", "timed-out") with problem_text; expects_proof (False: nothing can be seen).
    Every time is aware or None.
    """
    problem = command.get("problem", "")
    steps = []
    blocked = False
    for key in ("sent", "answered", "seen"):
        at = command.get(f"{key}_at")
        state = "done" if at else "waiting"
        detail = command.get({"answered": "answer", "seen": "seen"}.get(key, ""), "")
        if blocked or (key == "seen" and command.get("expects_proof") is False and not at):
            state = "none"
        elif problem and (not at or _is_refusal(key, command)):
            state, blocked = problem, True
            detail = command.get("problem_text") or detail
        steps.append(_step(key, state, at, detail))
    return {"command": command, "steps": steps}


def _is_refusal(key: str, command: Mapping[str, Any]) -> bool:
    return key == "answered" and command.get("problem") == "failed" and not command.get("seen_at")


def _step(key: str, state: str, at: Any, detail: str) -> dict[str, Any]:
    return {
        "word": states.COMMAND_WORDS[key],
        "state": state,
        "state_word": states.COMMAND_STATES.get(state, ""),
        "shape": draw_shape(STEP_SHAPES.get(state, "offline")),
        "at": at,
        "detail": detail,
    }


def connector_tile(
    content: str,
    *,
    letter: str,
    state: object,
    name: str = "",
    word: str = "",
    plug: str = "",
    max_power: int | None = None,
    power: int | None = None,
    energy: int | None = None,
    seconds: int | None = None,
    price: str = "",
) -> SafeString:
    """Show one connector; power in W, energy in Wh; the content is its actions."""
    name = name or _("Plug %(letter)s") % {"letter": letter}
    known = [plug, _("up to %s") % formats.write_power(max_power) if max_power else "", price]
    live = [
        text
        for value, text in (
            (power, formats.write_power(power)),
            (energy, formats.write_energy(energy)),
            (seconds, formats.write_clock(seconds)),
        )
        if value is not None
    ]
    context = {
        "content": content,
        "letter": letter,
        "name": name,
        "state": state,
        "word": word,
        "facts": [text for text in known if text],
        "live": live,
    }
    return render_to_string("ui/components/connector_tile.html", context)


def availability_strip(
    bars: Sequence[Mapping[str, Any]], label: str = "", value: str = "", *, labelled: bool = False
) -> dict[str, Any]:
    """Show one bar per hour or day: mappings of label and state; `value` sums them up ("96 %").

    The drawing carries the sum as its text; the label of every bar is its tooltip. `labelled` sets the
    label on the bars' own line, for strips that stand under each other.
    """
    drawn = [
        {
            "x": index * BAR_WIDTH,
            "look": states.css_state(states.name_state(bar.get("state"))),
            "text": f"{bar['label']}: {bar.get('word') or states.WORDS[states.name_state(bar.get('state'))]}",
            "is_low": states.name_state(bar.get("state")) in ("broken", "offline", "unknown"),
        }
        for index, bar in enumerate(bars)
    ]
    return {
        "bars": drawn,
        "width": max(1, len(drawn) * BAR_WIDTH - BAR_GAP),
        "bar_width": BAR_WIDTH - BAR_GAP,
        "label": label,
        "value": value,
        "labelled": labelled,
        "summary": _summarise(bars),
    }


def _summarise(bars: Sequence[Mapping[str, Any]]) -> str:
    """Count the bars by state: "88 × Free, 2 × Faulted"."""
    counts: dict[str, int] = {}
    for bar in bars:
        name = states.name_state(bar.get("state"))
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{count} × {states.WORDS[name]}" for name, count in counts.items())
