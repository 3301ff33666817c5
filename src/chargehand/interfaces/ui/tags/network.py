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
FEWEST_BARS = 24
PROBLEMS = ("failed", "timed-out")
STEP_SHAPES = {"done": "ready", "failed": "broken", "timed-out": "broken"}


def command_card(command: Mapping[str, Any]) -> dict[str, Any]:
    """Show the three times of a command: sent, answered, seen to work.

    Keys: name; by; sent_at; answered_at, answer (the station's word); seen_at, seen (what showed it), times
    aware or None; refused (True: the answer was a no); problem ("failed" or "timed-out": what became of the
    first step without a time); problem_text; expects_proof (False: nothing can be seen).
    """
    steps = []
    is_over = False
    for key in ("sent", "answered", "seen"):
        state = _step_state(key, command, is_over=is_over)
        detail = command.get({"answered": "answer", "seen": "seen"}.get(key, ""), "")
        if state in PROBLEMS:
            is_over = True
            detail = command.get("problem_text") or detail
        steps.append(_step(key, state, command.get(f"{key}_at"), detail))
    return {"command": command, "steps": steps}


def _step_state(key: str, command: Mapping[str, Any], *, is_over: bool) -> str:
    if is_over:
        return "unreached"
    if key == "answered" and command.get("refused"):
        return "failed"
    if command.get(f"{key}_at"):
        return "done"
    if key == "seen" and command.get("expects_proof") is False:
        return "none"
    return command.get("problem") or "waiting"


def _step(key: str, state: str, at: Any, detail: str) -> dict[str, Any]:
    return {
        "word": states.COMMAND_TIMEOUTS[key] if state == "timed-out" else states.COMMAND_WORDS[key],
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
    # A few bars stand at the end of a longer line: one alone over the whole width reads as "all of it".
    first = max(0, FEWEST_BARS - len(bars))
    drawn = [
        {
            "x": (first + index) * BAR_WIDTH,
            "look": states.css_state(states.name_state(bar.get("state"))),
            "text": f"{bar['label']}: {bar.get('word') or states.WORDS[states.name_state(bar.get('state'))]}",
            "is_low": states.name_state(bar.get("state")) in ("broken", "offline", "unknown"),
        }
        for index, bar in enumerate(bars)
    ]
    return {
        "bars": drawn,
        "width": (first + len(drawn)) * BAR_WIDTH - BAR_GAP,
        "bar_width": BAR_WIDTH - BAR_GAP,
        "label": label,
        "value": value,
        "labelled": labelled,
        "summary": _summarise(bars),
    }


def _summarise(bars: Sequence[Mapping[str, Any]]) -> str:
    """Count the bars by state, or by `kind` where they name one: "88 × Free, 2 × Faulted"."""
    counts: dict[str, int] = {}
    for bar in bars:
        name = str(bar.get("kind") or states.WORDS[states.name_state(bar.get("state"))])
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{count} × {name}" for name, count in counts.items())
