"""The evidence of an incident as charts read it: one chart for each unit, with marks of what was changed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from chargehand.domain.health.evidence import Evidence, Point, Series
from chargehand.interfaces.ui import formats


def charts_of(evidence: Evidence) -> list[dict[str, Any]]:
    """The charts: id, title, summary, data; an empty list where nothing at all is known."""
    units = dict.fromkeys(series.unit for series in evidence.series)
    found = []
    for number, unit in enumerate(units):
        series = [each for each in evidence.series if each.unit == unit]
        if all(point.value is None for each in series for point in each.points):
            continue
        found.append(
            {
                "id": f"evidence-{number}",
                "title": f"{evidence.title} ({unit})" if unit else evidence.title,
                "summary": f"{evidence.title} {' '.join(_finding(each) for each in series)}",
                "data": _data(evidence, series, unit),
            }
        )
    return found


def _data(evidence: Evidence, series: Sequence[Series], unit: str) -> dict[str, Any]:
    return {
        "unit": unit,
        "style": evidence.style,
        "x": [int(point.at.timestamp()) for point in series[0].points],
        "series": [_line(evidence, number, each) for number, each in enumerate(series)],
        "limits": [],
        "marks": [{"label": mark.label, "x": int(mark.at.timestamp())} for mark in evidence.marks],
    }


def _line(evidence: Evidence, number: int, series: Series) -> dict[str, Any]:
    """A series; of stacked counts the first are the failures, which stand out."""
    line: dict[str, Any] = {"label": series.name, "y": [point.value for point in series.points]}
    if evidence.style == "bars" and len(evidence.series) > 1:
        line["colour"] = "series-1" if number else "broken"
    return line


def _finding(series: Series) -> str:
    """What a line shows, for those who do not see it: the sum of counts, else the last and the largest value."""
    known: list[Point] = [point for point in series.points if point.value is not None]
    if not known:
        return _("%s: nothing is known.") % series.name
    if not series.unit:
        total = int(sum(point.value or 0 for point in known))
        return _("%(name)s: %(count)d.") % {"name": series.name, "count": total}
    return _("%(name)s: last %(last)s %(unit)s, at most %(most)s %(unit)s.") % {
        "name": series.name,
        "last": _number(known[-1]),
        "most": _number(max(known, key=lambda point: point.value or 0)),
        "unit": series.unit,
    }


def _number(point: Point) -> str:
    return formats.write_number(Decimal(str(point.value)), 1)
