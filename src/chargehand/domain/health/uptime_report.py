"""A report of uptime by a scheme: every port with its figure, the network's, attempts and repairs beside it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.health import attempt_days
from chargehand.domain.health.availability import Port, ports
from chargehand.domain.health.exclusions import ExclusionView
from chargehand.domain.health.first_alerts import first_alerts
from chargehand.domain.health.models import Incident
from chargehand.domain.health.uptime import california, nevi, repairs, united_kingdom
from chargehand.domain.health.uptime.attempts import Counts
from chargehand.domain.health.uptime.intervals import (
    NOTHING,
    Stretch,
    clip,
    intersect,
    months,
    subtract,
    union,
)
from chargehand.domain.health.uptime.repairs import Failure, Repairs
from chargehand.domain.health.uptime.schemes import Outage, Scheme, measure
from chargehand.domain.health.uptime_settling import STOPPING

SCHEMES: Final[tuple[Scheme, ...]] = ("nevi", "united-kingdom", "california")
LOST: Final[dict[Scheme, frozenset[str]]] = {
    "nevi": nevi.LOST,
    "united-kingdom": united_kingdom.LOST,
    "california": california.LOST,
}
EXCLUDED: Final[dict[Scheme, frozenset[str]]] = {
    "nevi": nevi.EXCLUDED,
    "united-kingdom": united_kingdom.EXCLUDED,
    "california": california.EXCLUDED,
}
#: Incidents that count as failures of the equipment or its connection; what only foretells one does not.
FAILURES: Final = STOPPING | {
    *("silent-station", "reboot-loop", "phase-loss", "voltage-swell", "payment-terminal-fault")
}
_SEEN: Final = (Incident.State.OPEN, Incident.State.WATCHING, Incident.State.RESOLVED)

StretchState: TypeAlias = Literal["down", "offline", "unknown"]


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Months of a report, from the first one's beginning to the last one's end or now."""

    since: datetime
    until: datetime
    months: tuple[Stretch, ...]


class PortFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A port and its figure in percent; None: it was not in operation. `outage` is what it rests on."""

    port: Port
    outage: Outage
    percent: Decimal | None
    is_met: bool | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report. `percent` is the network's (UK) and None where the scheme has none but its ports'.

    `met` of `judged` ports reach the target. `unmeasured` (UK): the share of time of which nothing is known.
    `without_power`: plugs left out as nobody said how strong they are.
    """

    scheme: Scheme
    period: Period
    figures: tuple[PortFigure, ...]
    percent: Decimal | None
    unmeasured: Decimal | None
    target: Decimal
    met: int
    judged: int
    without_power: int
    attempts: Counts
    repairs: Repairs


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which a port was lost, and for which scheme's figure it does not count: `exclusion`.

    `is_closed`: the site was closed.
    """

    since: datetime
    until: datetime
    state: StretchState
    reason: str
    incident_id: int | None
    exclusion: ExclusionView | None
    is_closed: bool


def period_of(operator_id: int, scheme: Scheme, year: int, month: int, now: datetime) -> Period:
    """Return the stretch a scheme reports on up to a month, in the operator's time zone.

    NEVI and California look back twelve months, the United Kingdom at the calendar year.
    """
    home = accounts.operator(operator_id)
    zone = ZoneInfo(home.time_zone if home else "UTC")
    last = 12 if scheme == "united-kingdom" else month
    found = months(year, last, 12, zone)
    return Period(since=found[0][0], until=min(found[-1][1], max(now, found[0][0])), months=tuple(found))


def report(
    operator_id: int,
    scheme: Scheme,
    period: Period,
    *,
    now: datetime,
    location_ids: Collection[int] | None = None,
) -> Report:
    """Return a report; `location_ids` None: on the whole network."""
    known = ports(operator_id, since=period.since, until=period.until, location_ids=location_ids)
    rapid = [port for port in known if scheme != "united-kingdom" or _is_rapid(port)]
    figures = tuple(figure_of(port, scheme) for port in rapid)
    outages = [each.outage for each in figures]
    is_uk = scheme == "united-kingdom"
    operating = sum((each.whole - each.outage for each in outages), NOTHING)
    judged = [each for each in figures if each.is_met is not None]
    return Report(
        scheme=scheme,
        period=period,
        figures=figures,
        percent=united_kingdom.reliability(outages) if is_uk else None,
        unmeasured=united_kingdom.unmeasured(outages) if is_uk else None,
        target={"nevi": nevi, "united-kingdom": united_kingdom, "california": california}[scheme].TARGET,
        met=sum(each.is_met is True for each in judged),
        judged=len(judged),
        without_power=sum(port.max_power_w is None for port in known) if is_uk else 0,
        attempts=attempt_days.counts(
            operator_id, location_ids=location_ids, since=period.since, until=period.until
        ),
        repairs=repairs.measure(failures(operator_id, period, location_ids), operating, now),
    )


def figure_of(port: Port, scheme: Scheme) -> PortFigure:
    """Return the figure of one port."""
    outage = outage_of(port, scheme)
    if outage.whole <= NOTHING:
        return PortFigure(port=port, outage=outage, percent=None, is_met=None)
    if scheme == "nevi":
        value = nevi.uptime_of(outage)
        return PortFigure(port=port, outage=outage, percent=value, is_met=nevi.is_met(value))
    if scheme == "california":
        share = california.uptime_of(outage)
        met = None if share is None else california.is_met(share)
        return PortFigure(port=port, outage=outage, percent=share, is_met=met)
    share = united_kingdom.reliability([outage])
    met = None if share is None else united_kingdom.is_met(share)
    return PortFigure(port=port, outage=outage, percent=share, is_met=met)


def outage_of(port: Port, scheme: Scheme, within: Stretch | None = None) -> Outage:
    """Return what a scheme counts of a port, of the whole stretch or of a part of it.

    By NEVI, hours in which the site is closed are excluded outages; by the others they are no part of the whole.
    """
    times = counted_times(port, scheme)
    return measure(
        port.spans,
        port.rules(counts_closed=scheme == "nevi"),
        times if within is None else clip(times, *within),
        states=LOST[scheme],
        reasons=EXCLUDED[scheme],
    )


def counted_times(port: Port, scheme: Scheme) -> list[Stretch]:
    """Return the time of a port that a scheme looks at."""
    if scheme == "nevi":
        return union(port.within + port.closed)
    shut = union((each.since, each.until) for each in port.exclusions if each.reason == "closed-hours")
    return subtract(list(port.within), shut)


def intervals(port: Port, scheme: Scheme) -> list[Interval]:
    """Return what a port's figure rests on, newest first: cut where an exclusion or closing time begins or ends."""
    found = []
    allowed = [each for each in port.exclusions if each.reason in EXCLUDED[scheme] | {"closed-hours"}]
    everything = union(port.within + port.closed)
    for state, since, until, reason, incident_id in _pieces(port, LOST[scheme]):
        edges = {since, until}
        for first, last in [*((each.since, each.until) for each in allowed), *port.closed]:
            edges |= {at for at in (first, last) if since < at < until}
        ordered = sorted(edges)
        for first, last in pairwise(ordered):
            if not clip(everything, first, last):
                continue
            why = next((each for each in allowed if each.since <= first < each.until), None)
            found.append(
                Interval(
                    since=first,
                    until=last,
                    state=state,
                    reason=reason,
                    incident_id=incident_id,
                    exclusion=why,
                    is_closed=bool(clip(port.closed, first, last)),
                )
            )
    return sorted(found, key=lambda each: each.since, reverse=True)


def _pieces(
    port: Port, states: Collection[str]
) -> list[tuple[StretchState, datetime, datetime, str, int | None]]:
    """Return when all connectors of a port were lost, with the words of the first one."""
    if not port.spans:
        return []
    others: list[Stretch] | None = None
    for spans in port.spans[1:]:
        lost = union((span.since, span.until) for span in spans if span.state in states)
        others = lost if others is None else intersect(others, lost)
    names: dict[str, StretchState] = {"down": "down", "offline": "offline", "unknown": "unknown"}
    found = []
    for span in port.spans[0]:
        if span.state not in states:
            continue
        whole = [(span.since, span.until)]
        for since, until in whole if others is None else intersect(whole, others):
            found.append((names[span.state], since, until, span.reason, span.incident_id))
    return _joined(found)


def _joined(
    pieces: Sequence[tuple[StretchState, datetime, datetime, str, int | None]],
) -> list[tuple[StretchState, datetime, datetime, str, int | None]]:
    """Join what was only cut at midnight."""
    found: list[tuple[StretchState, datetime, datetime, str, int | None]] = []
    for piece in sorted(pieces, key=lambda each: each[1]):
        state, since, until, reason, incident_id = piece
        last = found[-1] if found else None
        if last is not None and last[2] == since and (last[0], *last[3:]) == (state, reason, incident_id):
            found[-1] = (state, last[1], until, reason, incident_id)
        else:
            found.append(piece)
    return found


def failures(operator_id: int, period: Period, location_ids: Collection[int] | None = None) -> list[Failure]:
    """Return the failures that began in a stretch of time, as incidents tell them."""
    rows = Incident.objects.filter(
        operator_id=operator_id,
        began_at__gte=period.since,
        began_at__lt=period.until,
        kind__in=FAILURES,
        state__in=_SEEN,
    )
    if location_ids is not None:
        rows = rows.filter(members__station__location_id__in=list(location_ids)).distinct()
    found = list(rows.order_by("began_at", "pk"))
    alerts = first_alerts([row.pk for row in found])
    return [
        Failure(
            key=f"{row.kind}|{row.station_id}|{row.evse}",
            began_at=row.began_at,
            alerted_at=alerts.get(row.pk),
            resolved_at=row.resolved_at,
            is_onsite=row.work_order_id is not None,
        )
        for row in found
    ]


def port_of(operator_id: int, period: Period, station_id: int, evse: int) -> Port | None:
    """Return one port in a stretch of time."""
    found = ports(operator_id, since=period.since, until=period.until, station_id=station_id)
    return next((port for port in found if port.evse == evse), None)


def _is_rapid(port: Port) -> bool:
    return port.max_power_w is not None and port.max_power_w >= united_kingdom.LEAST_POWER_W
