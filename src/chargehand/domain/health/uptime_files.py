"""Reports of uptime as files: CSV for machines, PDF for readers, and the quarterly data of NEVI."""

import csv
import functools
import threading
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final

import msgspec
import typst
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

import chargehand
from chargehand.domain.charging.attempts import FAULT_ENDS, LEAST_WH
from chargehand.domain.charging.charge_log import LoggedCharge, logged_charges
from chargehand.domain.health import uptime, uptime_words
from chargehand.domain.health.availability import ports
from chargehand.domain.health.uptime.intervals import Stretch
from chargehand.domain.health.uptime.schemes import percent
from chargehand.domain.health.uptime_report import Interval, PortFigure, Report, intervals, outage_of

TEMPLATE: Final = Path(uptime.__file__).resolve().parent / "report.typ"
#: Noto Sans as the front-end build puts it for all documents; without it the typesetter's own fonts are used.
FONTS: Final = Path(chargehand.__file__).resolve().parent / "domain/billing/documents/fonts"
MOST_OUTAGES: Final = 500

Row = Sequence[object]

# The typesetter keeps what it has set before, so one is kept; it serves one thread at a time.
_turn: Final = threading.Lock()


def report_csv(report: Report) -> str:
    """Return a line a port: what its figure is and what it rests on, minutes as the scheme counts."""
    head = (
        *("scheme", "from", "until", "station", "port", "plugs", "site", "minutes", "outage_minutes"),
        *("excluded_minutes", "unknown_minutes", "outages", "percent", "target", "met"),
    )
    rows = [
        (
            *(report.scheme, report.period.since.isoformat(), report.period.until.isoformat()),
            *(each.port.identity, each.port.evse, " ".join(each.port.letters), each.port.location_name),
            *(_minutes(each.outage.whole), _minutes(each.outage.outage), _minutes(each.outage.excluded)),
            *(_minutes(each.outage.unknown), each.outage.count),
            *("" if each.percent is None else each.percent, report.target),
            "" if each.is_met is None else str(each.is_met).lower(),
        )
        for each in report.figures
    ]
    return _csv(head, rows)


def outages_csv(report: Report) -> str:
    """Return a line an interval in which a port was lost, and whether and why it is excluded."""
    head = (
        "station",
        "port",
        "from",
        "until",
        "minutes",
        "state",
        "reason",
        "incident",
        "excluded",
        "evidence",
    )
    rows = [
        (
            *(figure.port.identity, figure.port.evse, each.since.isoformat(), each.until.isoformat()),
            *(_minutes(each.until - each.since), each.state, each.reason, each.incident_id or ""),
            each.exclusion.reason if each.exclusion else "closed-hours" if each.is_closed else "",
            each.exclusion.note if each.exclusion else "",
        )
        for figure in report.figures
        for each in intervals(figure.port, report.scheme)
    ]
    return _csv(head, rows)


def quarter_sessions_csv(
    operator_id: int, months: Sequence[Stretch], location_ids: Collection[int] | None = None
) -> str:
    """Return every charge of a quarter as 23 CFR 680.112(a) asks: port, times, errors, energy, peak, payment."""
    since, until = months[0][0], months[-1][1]
    names = {
        port.station_id: port.identity
        for port in ports(operator_id, since=since, until=until, location_ids=location_ids)
    }
    head = (
        *("station_id", "port_id", "session_id", "start", "end", "successful", "error_codes"),
        *("energy_kwh", "peak_kw", "payment_method"),
    )
    found = logged_charges(operator_id, since=since, until=until, location_ids=location_ids)
    rows = [
        (
            *(names.get(each.station_id, each.station_id), each.evse or "", each.id),
            *(each.started_at.isoformat(), each.ended_at.isoformat() if each.ended_at else ""),
            *(str(not _errors(each)).lower(), " ".join(_errors(each))),
            "" if each.energy_wh is None else f"{each.energy_wh / 1000:.3f}",
            "" if each.peak_w is None else f"{each.peak_w / 1000:.3f}",
            each.token_kind,
        )
        for each in found
    ]
    return _csv(head, rows)


def quarter_ports_csv(
    operator_id: int, months: Sequence[Stretch], location_ids: Collection[int] | None = None
) -> str:
    """Return of each port T_outage and T_excluded of each month of a quarter, its uptime, and its outages.

    23 CFR 680.112(a); `outage_minutes_each` is how long each outage was.
    """
    since, until = months[0][0], months[-1][1]
    head = (
        *("station_id", "port_id", "month", "minutes", "t_outage_minutes", "t_excluded_minutes"),
        *("uptime_percent", "outage_minutes_each"),
    )
    rows = []
    for port in ports(operator_id, since=since, until=until, location_ids=location_ids):
        lasted = intervals(port, "nevi")
        for month in months:
            found = outage_of(port, "nevi", month)
            share = percent(found.whole - found.counted, found.whole)
            each = [_minutes(span) for span in _within(lasted, month)]
            rows.append(
                (
                    *(port.identity, port.evse, f"{timezone.localtime(month[0]):%Y-%m}"),
                    *(_minutes(found.whole), _minutes(found.outage), _minutes(found.excluded)),
                    *("" if share is None else share, " ".join(map(str, each))),
                )
            )
    return _csv(head, rows)


def report_pdf(report: Report, *, author: str, facts: Sequence[tuple[str, str]]) -> bytes:
    """Return a report as PDF; `facts` are its headlines, label and value."""
    sheet = {
        "title": _("Uptime by %s") % uptime_words.SCHEME_WORDS[report.scheme],
        "subtitle": f"{_day(report.period.since)} – {_day(report.period.until)}",
        "author": author,
        "language": (get_language() or "en")[:2],
        "facts": [list(fact) for fact in facts],
        "notes": [str(uptime_words.UNKNOWN_WORDS[report.scheme])],
        "ports": _ports_table(report),
        "outages": _outages_table(report),
    }
    with _turn:
        written = _compiler().compile(
            format="pdf",
            sys_inputs={"sheet": msgspec.json.encode(sheet).decode()},
            timestamp=report.period.until.astimezone(UTC).replace(microsecond=0),
        )
    if not isinstance(written, bytes):
        raise TypeError("The typesetter gave no PDF.")
    return written


def _ports_table(report: Report) -> dict[str, Any]:
    heads = [_("Port"), _("Site"), _("Figure"), _("Lost, min"), _("Excluded, min"), _("Unknown, min")]
    rows = [
        [
            *(uptime_words.name_port(each), each.port.location_name or "–"),
            uptime_words.write_percent(each.percent, 3),
            *(
                uptime_words.write_minutes(each.outage.outage),
                uptime_words.write_minutes(each.outage.excluded),
            ),
            uptime_words.write_minutes(each.outage.unknown),
        ]
        for each in report.figures
    ]
    return {"heading": _("Ports"), "heads": heads, "rows": rows, "none": _("No port was in operation.")}


def _outages_table(report: Report) -> dict[str, Any]:
    lost = [(each, one) for each in report.figures for one in intervals(each.port, report.scheme)]
    shown = sorted(lost, key=lambda pair: pair[1].since - pair[1].until)[:MOST_OUTAGES]
    heading = _("Outages")
    if len(lost) > len(shown):
        heading = _("The %(shown)d longest of %(all)d outages") % {"shown": len(shown), "all": len(lost)}
    heads = [_("Port"), _("From"), _("Until"), _("Minutes"), _("Reason"), _("Excluded")]
    rows = [_outage_line(figure, each) for figure, each in shown]
    return {"heading": heading, "heads": heads, "rows": rows, "none": _("Nothing was lost.")}


def _outage_line(figure: PortFigure, each: Interval) -> list[str]:
    return [
        uptime_words.name_port(figure),
        f"{timezone.localtime(each.since):%Y-%m-%d %H:%M}",
        f"{timezone.localtime(each.until):%Y-%m-%d %H:%M}",
        uptime_words.write_minutes(each.until - each.since),
        uptime_words.why_lost(each),
        uptime_words.why_excluded(each) or "–",
    ]


def _errors(charge: LoggedCharge) -> list[str]:
    """Return the error codes of a charge that failed; none of one that was good."""
    is_faulty = charge.stop_reason in FAULT_ENDS or bool(charge.error_code)
    if not is_faulty and (charge.energy_wh or 0) >= LEAST_WH:
        return []
    codes = [charge.error_code, charge.vendor_error_code, charge.stop_reason]
    return [code for code in codes if code and code != "NoError"] or ["NoEnergy"]


def _within(lasted: Iterable[Interval], month: Stretch) -> list[timedelta]:
    spans = sorted((max(each.since, month[0]), min(each.until, month[1])) for each in lasted)
    joined: list[Stretch] = []
    for since, until in spans:
        if since >= until:
            continue
        if joined and joined[-1][1] == since:
            joined[-1] = (joined[-1][0], until)
        else:
            joined.append((since, until))
    return [until - since for since, until in joined]


def _minutes(value: timedelta) -> int:
    return round(value / timedelta(minutes=1))


def _day(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _csv(head: Row, rows: Iterable[Row]) -> str:
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return file.getvalue()


def _plain(cell: object) -> object:
    """Keep a table program from taking a name for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t"} else cell


@functools.cache
def _compiler() -> typst.Compiler:
    folders = [FONTS] if FONTS.is_dir() else []
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts)
