"""Tags for the parts that redraw themselves: chart, map, long list; each holds its own fallback."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

TWIN_ROWS = 300
TWIN_POINTS = 200


def power_chart(
    data: Mapping[str, Any],
    title: str,
    *,
    id: str,  # noqa: A002
    summary: str = "",
    url: str = "",
    refresh: int = 0,
    csv_url: str = "",
) -> dict[str, Any]:
    """Show up to six series over time, with the same numbers as a table.

    `data`: unit; x (epoch seconds); series [{label, y}] with None where nothing is known; limits
    [{label, value}]; marks [{label, x}]. `summary` states the finding. `url` gives fresh `data` as JSON
    every `refresh` seconds. `style` "bars" stacks counts instead of drawing lines. The table holds every value up
    to 300 rows, then evenly thinned ones.
    """
    times: Sequence[float] = data["x"]
    step = -(-len(times) // TWIN_ROWS) or 1
    rows = [
        {"time": datetime.fromtimestamp(times[at], UTC), "values": [one["y"][at] for one in data["series"]]}
        for at in range(0, len(times), step)
    ]
    return {
        "data": dict(data),
        "data_id": f"{id}-data",
        "title": title,
        "id": id,
        "summary": summary or title,
        "url": url,
        "refresh": refresh,
        "csv_url": csv_url,
        "rows": rows,
        "is_thinned": step > 1,
    }


def station_map(
    points: Sequence[Mapping[str, Any]],
    *,
    label: str,
    id: str,  # noqa: A002
    url: str = "",
    refresh: int = 0,
    list_url: str = "",
    tiles: str = "",
    attribution: str = "",
) -> dict[str, Any]:
    """Show stations at their places, with the same stations as a list.

    `points`: {id, label, lat, lon, state, word, url}. `url` gives {"points": […]} at once and every
    `refresh` seconds; `points` then feeds the list alone.
    Nothing is fetched from elsewhere unless `tiles` names a server ("https://…/{z}/{x}/{y}.png").
    Beyond 200 points the list is the page at `list_url`.
    """
    return {
        "points": [dict(point) for point in points],
        "twin": [dict(point) for point in points] if len(points) <= TWIN_POINTS else [],
        "data_id": f"{id}-data",
        "label": label,
        "id": id,
        "url": url,
        "refresh": refresh,
        "list_url": list_url,
        "tiles": tiles,
        "attribution": attribution,
    }


def station_list(content: str, *, src: str, refresh: int = 0, filter: str = "") -> SafeString:  # noqa: A002
    """Show thousands of rows; the content is the table that stands there without script.

    Its head tells the columns: <th data-key="state" data-type="state|age|number|link|text" data-width="8rem"
    data-narrow="5rem" (the width below 800 px) data-wide (hidden there) data-sort="no">.
    `src` answers {"rows": [{id, url, cells: {key: value}}]}; a state is {"state", "word", "order"}, an age
    {"at", "stale_after", "order"}. `filter` is the id of an input.
    """
    return render_to_string(
        "ui/components/station_list.html",
        {"content": content, "src": src, "refresh": refresh, "filter": filter},
    )
