"""What the room does when something happened: join what was found or reported, see charges prove repair."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from chargehand.domain.charging.facts import CdrIssued
from chargehand.domain.health import codes, driver_messages, recovery, sweeps
from chargehand.domain.health.debounces import HARD
from chargehand.domain.health.facts import FaultFound, IncidentResolved
from chargehand.domain.health.joining import Sighting, join
from chargehand.domain.health.models import HealthFinding
from chargehand.domain.health.treatments import BLOCK_ONLY, DANGER, severity_of, treatment_of
from chargehand.domain.stations.facts import StationConnected, StatusChanged
from chargehand.domain.stations.monitoring import alerted_codes
from chargehand.domain.stations.plates import plates
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact

#: What a station reports is believed to be of its kind where its status can show the end, or danger is near.
_BELIEVED_UP_TO: Final = 2

#: The event that gives the cause of a Faulted of 2.x comes so long before it at the most.
_WHY_WITHIN: Final = timedelta(minutes=2)


def follow(stated: Sequence[Fact]) -> None:
    """Join findings and reported faults into incidents; look after incidents of stations that told news.

    Drivers who were told of an incident are told no more when it is over.
    """
    now = clock.now()
    told: dict[int, set[int]] = defaultdict(set)
    for fact in sorted(stated, key=lambda each: each.operator_id or 0):
        if fact.operator_id is None:
            continue
        if isinstance(fact, FaultFound):
            _join_finding(fact.operator_id, fact.finding_id, now)
        elif isinstance(fact, StatusChanged) and fact.status == "Faulted":
            _join_report(fact.operator_id, fact.station_id, fact.evse, now)
        elif isinstance(fact, IncidentResolved):
            driver_messages.take_back(fact.incident_id, now)
        elif isinstance(fact, StatusChanged | StationConnected | CdrIssued):
            told[fact.operator_id].add(fact.station_id)
    for operator_id in sorted(told):
        sweeps.look_at_stations(operator_id, told[operator_id], now)


def _join_finding(operator_id: int, finding_id: int, now: datetime) -> None:
    row = HealthFinding.objects.filter(operator_id=operator_id, pk=finding_id, is_past=False).first()
    if row is None:
        return
    _take(
        Sighting(
            operator_id=operator_id,
            scope=row.scope,
            kind=row.kind,
            severity=row.severity,
            station_ids=tuple(dict.fromkeys([row.station_id, *row.station_ids])),
            evse=row.evse,
            began_at=row.first_seen,
            seen_at=row.found_at,
            sentence=row.sentence,
            finding_id=row.pk,
        ),
        now,
    )


def _join_report(operator_id: int, station_id: int, evse: int, now: datetime) -> None:
    """Take notice of a plug or station that says it is faulted, if it still says so."""
    plate = plates(operator_id, [station_id]).get(station_id)
    if plate is None:
        return
    if evse == 0:
        found = [(plate.reported_status, plate.reported_error, "", "", plate.reported_at)]
    else:
        found = [
            (plug.status, plug.error_code, plug.vendor_error_code, plug.info, plug.status_received_at)
            for plug in plate.plugs
            if plug.evse == evse
        ]
    for status, error, vendor_error, info, at in found:
        if status == "Faulted":
            codes_told = (vendor_error, info)
            if plate.version.startswith("ocpp2") and not vendor_error:
                codes_told = alerted_codes(station_id, evse, since=(at or now) - _WHY_WITHIN)
            kind, sentence, is_hard = read_codes(error, *codes_told)
            _take(
                Sighting(
                    operator_id=operator_id,
                    scope="connector" if evse else "station",
                    kind=kind,
                    severity=severity_of(kind),
                    station_ids=(station_id,),
                    evse=evse,
                    began_at=at or now,
                    seen_at=now,
                    sentence=sentence,
                    is_hard=is_hard,
                ),
                now,
            )
            return


def read_codes(error: str, vendor_error: str, info: str) -> tuple[str, str, bool]:
    """Return the kind of fault that codes speak of, the sentence for people, and whether it is a hard one."""
    known = [
        (name, code) for name, code in codes.translate(error, vendor_error, info) if code.weight != "ignored"
    ]
    if not known:
        words = " ".join(word for word in (error, vendor_error, info) if word and word != "NoError")
        sentence = (
            _("The station says that it is out of order: %s.") % words
            if words
            else _("The station says that it is out of order, without a reason.")
        )
        return "reported-fault", sentence, False
    name, code = min(known, key=lambda each: severity_of(each[1].kind))
    is_believed = treatment_of(code.kind).sign != "hands" or severity_of(code.kind) <= _BELIEVED_UP_TO
    sentence = _("The station reports: %(meaning)s (%(code)s).") % {"meaning": code.meaning, "code": name}
    return code.kind if is_believed else "reported-fault", sentence, code.kind in HARD


def _take(sighting: Sighting, now: datetime) -> None:
    incident_id = join(sighting, now=now)
    if incident_id is not None and (sighting.severity <= DANGER or sighting.kind in BLOCK_ONLY):
        recovery.advance(sighting.operator_id, incident_id, now)


FOLLOWED: Final = (FaultFound, StatusChanged, StationConnected, CdrIssued, IncidentResolved)
