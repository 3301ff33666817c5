"""Reports about the network: uptime by the schemes' own formulas, and who is on duty."""

from datetime import timedelta
from typing import Any

from ninja import Query, Router

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.health import uptime_report
from chargehand.domain.health.uptime_report import PortFigure
from chargehand.domain.notices import queries as notices
from chargehand.interfaces.api import reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.incident_shapes import Duty, DutyFilter, Uptime, UptimeFilter
from chargehand.kernel import clock

router = Router(tags=["Reports"])
duty_router = Router(tags=["Incidents"])


@router.get("/uptime", response=Uptime)
@needs(Permission.REPORTS_VIEW)
def read_uptime(request: ApiRequest, wanted: Query[UptimeFilter]) -> dict[str, Any]:
    """Uptime by NEVI (23 CFR 680.116), the UK's regulations or California's, port by port."""
    who, now = request.auth, clock.now()
    period = uptime_report.period_of(who.operator_id, wanted.scheme, wanted.year, wanted.month, now)
    found = uptime_report.report(
        who.operator_id,
        wanted.scheme,
        period,
        now=now,
        location_ids=reach.locations_within(who, wanted.location_id),
    )
    return {
        **{name: getattr(found, name) for name in ("scheme", "target", "percent", "unmeasured", "met")},
        **{name: getattr(found, name) for name in ("judged", "without_power")},
        "since": period.since,
        "until": period.until,
        "ports": [_port(each) for each in found.figures],
        "failures": found.repairs.failures,
        "repaired": found.repairs.repaired,
        "mtbf_s": _seconds(found.repairs.mtbf),
        "mttr_s": _seconds(found.repairs.mttr),
    }


@duty_router.get("", response=Duty)
@needs(Permission.INCIDENTS_VIEW)
def read_duty(request: ApiRequest, wanted: Query[DutyFilter]) -> dict[str, Any]:
    """Who is on duty for alerts at a time, rota by rota, and when nobody is."""
    who, at = request.auth, wanted.at or clock.now()
    reach.whole(who)
    names = {each.user_id: each.name or each.email for each in accounts.people(who.operator_id)}
    rotas = [
        {
            "id": rota.id,
            "name": rota.name,
            "time_zone": rota.time_zone,
            "on_duty": [{"user_id": each, "name": names.get(each, "")} for each in rota.on_duty],
            "gaps": [{"since": since, "until": until} for since, until in rota.gaps],
        }
        for rota in notices.rotas(who.operator_id, at)
    ]
    return {"at": at, "rotas": rotas}


def _port(figure: PortFigure) -> dict[str, Any]:
    port, outage = figure.port, figure.outage
    return {
        "station_id": port.station_id,
        "station_identity": port.identity,
        "location_id": port.location_id,
        "evse": port.evse,
        "percent": figure.percent,
        "is_met": figure.is_met,
        "counted_s": _seconds(outage.whole),
        "outage_s": _seconds(outage.outage),
        "excluded_s": _seconds(outage.excluded),
        "unknown_s": _seconds(outage.unknown),
        "outages": outage.count,
    }


def _seconds(lasted: timedelta | None) -> int | None:
    return None if lasted is None else lasted // timedelta(seconds=1)
