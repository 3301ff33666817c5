"""The template tags give honest, escaped, accessible HTML."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Template

from chargehand.interfaces.ui import states
from chargehand.interfaces.ui.tags import live, network, values

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("look")


def render(source: str, **context: Any) -> str:
    return Template("{% load ui_tags %}" + source).render(Context(context))


@pytest.mark.parametrize("state", [*states.WORDS, "Occupied", "", None])
def test_a_chip_always_has_a_word_and_a_shape(state: str | None) -> None:
    html = render("{% state_chip state %}", state=state)
    word = states.WORDS[state if state in states.WORDS else "unknown"]
    assert f"{word}</span>" in html
    assert "<path" in html


def test_a_state_nobody_knows_is_never_green() -> None:
    html = render("{% state_chip 'Quantum' %}")
    assert "Unknown" in html
    assert "chip--ready" not in html


def test_text_from_stations_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    html = render(
        "{% state_chip 'broken' evil %}{% key_figure evil evil %}"
        "{% sentence evil code=evil %}{% button evil why=evil %}"
        "{% panel evil aside=evil %}{{ evil }}{% endpanel %}"
        "{% command_card command %}{% availability_strip bars evil %}",
        evil=evil,
        command={"name": evil, "by": evil, "sent_at": NOW, "answered_at": NOW, "answer": evil},
        bars=[{"label": evil, "state": "ready"}],
    )
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") > 9


def test_an_age_stands_in_a_sentence_without_blanks_around_it() -> None:
    html = render("Seen {% age time %}, then", time=datetime.now(UTC))
    assert "Seen <age-label" in html
    assert "</age-label>, then" in html


@pytest.mark.parametrize(("seconds", "limit", "stale"), [(59, 60, False), (61, 60, True), (9999, 0, False)])
def test_an_age_is_stale_beyond_its_limit(seconds: int, limit: int, stale: bool) -> None:
    shown = values.age(NOW - timedelta(seconds=seconds), limit, NOW)
    assert shown["is_stale"] is stale


def test_a_time_ahead_of_our_clock_is_now() -> None:
    assert values.age(NOW + timedelta(seconds=30), 60, NOW)["words"] == "now"


@pytest.mark.parametrize("value", [None, ""])
def test_a_figure_without_value_is_a_dash_without_unit(value: str | None) -> None:
    html = render("{% key_figure 'Power' value unit='kW' %}", value=value)
    assert "–" in html
    assert "kW" not in html


def test_a_figure_of_zero_is_shown() -> None:
    assert ">0 <" in render("{% key_figure 'Waiting' value unit='drivers' %}", value=0)


def test_a_disabled_button_says_why_and_leads_nowhere() -> None:
    html = render("{% button 'Stop' url='/stop' why='No session runs' %}")
    assert 'aria-disabled="true"' in html
    assert "No session runs" in html
    assert "/stop" not in html


def test_a_button_passes_htmx_attributes() -> None:
    html = render("{% button 'Go' hx_post=url hx_confirm='Sure?' %}", url="/go?a=1&b=2")
    assert 'hx-post="/go?a=1&amp;b=2"' in html
    assert 'hx-confirm="Sure?"' in html


def test_a_tag_can_be_kept_for_another_tag() -> None:
    html = render("{% state_chip 'ready' as chip %}{% panel 'Plug' aside=chip %}x{% endpanel %}")
    assert '<div class="panel__aside"><span class="chip chip--ready">' in html


SENT = {"name": "Restart", "sent_at": NOW}
ANSWERED = {**SENT, "answered_at": NOW, "answer": "Accepted"}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ({"name": "Restart"}, ["waiting", "waiting", "waiting"]),
        (SENT, ["done", "waiting", "waiting"]),
        (ANSWERED, ["done", "done", "waiting"]),
        ({**ANSWERED, "seen_at": NOW}, ["done", "done", "done"]),
        ({**ANSWERED, "expects_proof": False}, ["done", "done", "none"]),
        ({**ANSWERED, "refused": True}, ["done", "failed", "unreached"]),
        ({**SENT, "problem": "timed-out"}, ["done", "timed-out", "unreached"]),
        ({**ANSWERED, "problem": "timed-out"}, ["done", "done", "timed-out"]),
        ({"name": "Restart", "problem": "failed"}, ["failed", "unreached", "unreached"]),
    ],
)
def test_a_command_shows_how_far_it_got(command: dict[str, Any], expected: list[str]) -> None:
    assert [step["state"] for step in network.command_card(command)["steps"]] == expected


def test_an_accepted_command_does_not_claim_to_have_worked() -> None:
    html = render("{% command_card command %}", command=ANSWERED)
    assert "Seen to work: waiting" in html


def test_a_strip_says_its_bars_in_words() -> None:
    bars = [
        {"label": "1 h ago", "state": "ready"},
        {"label": "2 h ago", "state": "broken"},
        {"label": "3 h", "state": "?"},
    ]
    html = render("{% availability_strip bars 'Markt 5' '66 %' %}", bars=bars)
    assert 'aria-label="Markt 5 66 %: 1 × Free, 1 × Faulted, 1 × Unknown"' in html
    assert "<title>2 h ago: Faulted</title>" in html


def test_a_connector_without_meter_shows_no_numbers() -> None:
    html = render("{% connector_tile letter='A' state='charging' %}{% endconnector_tile %}")
    assert "tile__live" not in html
    assert "0 kW" not in html


def test_a_connector_that_delivers_nothing_says_zero() -> None:
    html = render("{% connector_tile letter='A' state='charging' power=0 %}{% endconnector_tile %}")
    assert "0\N{NO-BREAK SPACE}kW" in html


def chart_of(count: int) -> dict[str, Any]:
    data = {
        "unit": "kW",
        "x": list(range(count)),
        "series": [{"label": "Power", "y": [None, *range(1, count)]}],
    }
    return live.power_chart(data, "Power", id="power")


def test_a_chart_has_every_number_in_its_table() -> None:
    shown = chart_of(300)
    assert len(shown["rows"]) == 300
    assert not shown["is_thinned"]


def test_a_long_chart_says_that_its_table_is_thinned() -> None:
    shown = chart_of(1000)
    assert len(shown["rows"]) <= 300
    assert shown["is_thinned"]


def test_a_chart_keeps_what_is_not_known_unknown() -> None:
    html = render("{% power_chart data 'Power' id='p' %}", data=chart_of(3)["data"])
    assert '"y": [null, 1, 2]' in html
    assert '<td class="number">–</td>' in html


def test_a_map_without_tile_server_names_none() -> None:
    html = render("{% station_map points label='Map' id='m' %}", points=[])
    assert "tiles=" not in html
    assert "http" not in html


def test_the_title_of_a_page_is_its_heading_without_tags() -> None:
    html = render_page("{% block title %}Plug <b>A</b> & {{ name }}{% endblock %}")
    assert "<title>Plug A & &lt;i&gt; · Chargehand</title>" in html
    assert "<h1>Plug <b>A</b> & &lt;i&gt;</h1>" in html


def render_page(source: str) -> str:
    return Template('{% extends "ui/console.html" %}' + source).render(Context({"name": "<i>", "nav": []}))
