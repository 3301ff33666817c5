"""The names under which templates use the shared look: `{% load ui_tags %}`."""

import functools
from collections.abc import Callable
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from chargehand.interfaces.ui import formats, words
from chargehand.interfaces.ui.tags import live, network, structure, values

register = template.Library()


def _render_with(function: Callable[..., dict[str, Any]]) -> Callable[..., SafeString]:
    """Make a tag that renders the component of the function's name, without blanks around it.

    Unlike an inclusion tag it leaves no line break in a sentence and knows `as name`.
    """

    @functools.wraps(function)
    def render(*args: Any, **kwargs: Any) -> SafeString:
        text = render_to_string(f"ui/components/{function.__name__}.html", function(*args, **kwargs))
        return SafeString(text.strip())

    return render


FILTERS: dict[str, Callable[..., str]] = {
    "kwh": formats.write_energy,
    "kw": formats.write_power,
    "money": formats.write_money,
    "duration": formats.write_duration,
    "clock": formats.write_clock,
}
for name, function in FILTERS.items():
    register.filter(name, function)

for shown in (
    values.state_chip,
    values.age,
    values.live_age,
    values.key_figure,
    values.sentence,
    values.button,
    values.avatar,
    structure.opens,
    structure.breadcrumb,
    structure.tabs,
    structure.facts,
    structure.timeline,
    structure.diff,
    structure.pagination,
    network.command_card,
    network.availability_strip,
    live.power_chart,
    live.station_map,
):
    register.simple_tag(_render_with(shown), name=shown.__name__)

for drawn in (values.icon, values.shape):
    register.simple_tag(drawn)

register.simple_tag(values.block_text, takes_context=True)
register.simple_tag(words.script_words)

for held in (
    structure.panel,
    structure.dialog,
    structure.drawer,
    structure.banner,
    structure.empty,
    network.connector_tile,
    live.station_list,
):
    register.simple_block_tag(held)
