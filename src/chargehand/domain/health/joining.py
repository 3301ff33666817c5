"""Joining: what is seen becomes part of the incident whose cause it shares, or an incident of its own."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Q

from chargehand.domain.health import incidents
from chargehand.domain.health.debounces import Custom, find_debounce
from chargehand.domain.health.ledger import EXPLAINS
from chargehand.domain.health.models import Debounce, Incident, IncidentFinding
from chargehand.domain.health.treatments import OF_THE_SITE, treatment_of
from chargehand.domain.stations.plates import Plate, plates

#: Stations of a site that have the same within this time have it from one cause.
TOGETHER: Final = timedelta(minutes=15)


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong that was seen: by a detector (`finding_id`), or as a station or its connection says.

    `station_ids` begins with where it was seen; `began_at` is when it began, `seen_at` when it was noticed;
    `is_hard` says that it is no flicker.
    """

    operator_id: int
    scope: str
    kind: str
    severity: int
    station_ids: tuple[int, ...]
    evse: int
    began_at: datetime
    seen_at: datetime
    sentence: str = ""
    finding_id: int | None = None
    is_hard: bool = False

    @property
    def family(self) -> str:
        """Return the family of causes it belongs to."""
        return treatment_of(self.kind).family


@transaction.atomic
def join(sighting: Sighting, *, now: datetime) -> int | None:
    """Join a sighting to an incident, or make one; return the incident's id.

    None where the finding is known already, or the station is gone. The same sighting twice changes nothing.
    """
    incidents.lock_operator(sighting.operator_id)
    if _is_known(sighting):
        return None
    known = plates(sighting.operator_id, sighting.station_ids)
    lead = known.get(sighting.station_ids[0])
    if lead is None:
        return None
    standing = _standing(sighting, lead)
    host = _find_host(standing, sighting, lead)
    if host is None:
        host = _make(sighting, lead, known)
    else:
        _absorb(host, sighting, lead, known, now)
    _gather(host, sighting, now)
    if host.state == Incident.State.PENDING and host.opens_at <= now:
        incidents.open_incident(host, now)
    return host.pk


def _is_known(sighting: Sighting) -> bool:
    found = sighting.finding_id
    return found is not None and IncidentFinding.objects.filter(finding_id=found).exists()


def _standing(sighting: Sighting, lead: Plate) -> list[Incident]:
    """Return the living incidents that could have to do with it, oldest first."""
    near = Q(members__station_id__in=sighting.station_ids) | Q(scope="cohort")
    if lead.location_id is not None:
        near |= Q(location_id=lead.location_id)
    rows = Incident.objects.filter(near, operator_id=sighting.operator_id, state__in=incidents.ALIVE)
    return list(rows.distinct().order_by("id"))


def _find_host(standing: Iterable[Incident], sighting: Sighting, lead: Plate) -> Incident | None:
    ranked = [(rank, row.pk, row) for row in standing if (rank := _rank(row, sighting, lead)) is not None]
    return min(ranked, key=lambda each: each[:2])[2] if ranked else None


def _rank(row: Incident, sighting: Sighting, lead: Plate) -> int | None:
    """Return how well it fits, 0 best; None: not at all."""
    is_of_site = sighting.family in OF_THE_SITE and row.family == sighting.family
    is_near = lead.location_id is not None and row.location_id == lead.location_id
    if sighting.scope == "cohort" or row.scope == "cohort":
        return _rank_cohort(row, sighting, lead)
    if is_of_site and is_near and row.scope == "site":
        return 0
    if _overlaps(row, sighting) and is_related(row.kind, sighting.kind):
        return 2 if row.family == sighting.family else 3
    if is_of_site and is_near and abs(row.began_at - sighting.began_at) <= TOGETHER:
        return 4
    return None


def _rank_cohort(row: Incident, sighting: Sighting, lead: Plate) -> int | None:
    if row.scope != "cohort" or not _is_same_firmware(row, lead):
        return None
    if sighting.scope == "cohort":
        return 0 if row.kind == sighting.kind else None
    return 1 if sighting.kind in EXPLAINS.get(row.kind, ()) else None


def _is_same_firmware(row: Incident, plate: Plate) -> bool:
    return (row.vendor, row.model, row.firmware) == (plate.vendor, plate.model, plate.firmware_version)


def is_related(kind: str, other: str) -> bool:
    """Tell whether two kinds seen at one place are one matter: of one family, or one explains the other.

    What a station reports without saying more can be anything but the loss of its connection.
    """
    families = {treatment_of(kind).family, treatment_of(other).family}
    if len(families) == 1 or ("reported" in families and "connectivity" not in families):
        return True
    return other in EXPLAINS.get(kind, ()) or kind in EXPLAINS.get(other, ())


def _overlaps(row: Incident, sighting: Sighting) -> bool:
    return any(
        station_id in sighting.station_ids and (evse == 0 or sighting.evse in {0, evse})
        for station_id, evse in incidents.places_of(row)
    )


def _make(sighting: Sighting, lead: Plate, known: dict[int, Plate]) -> Incident:
    wait = find_debounce(
        kind=sighting.kind,
        severity=sighting.severity,
        vendor=lead.vendor,
        model=lead.model,
        is_found=sighting.finding_id is not None,
        is_hard=sighting.is_hard,
        customs=customs_of(sighting.operator_id),
    )
    is_site = sighting.scope != "cohort" and len(sighting.station_ids) > 1
    scope = "site" if is_site else sighting.scope
    if scope == "connector" and not sighting.evse:
        scope = "station"
    row = Incident(
        operator_id=sighting.operator_id,
        scope=scope,
        family=sighting.family,
        kind=sighting.kind,
        severity=sighting.severity,
        sentence=sighting.sentence,
        location_id=lead.location_id,
        station_id=lead.id,
        evse=0 if scope in {"site", "cohort", "station"} else sighting.evse,
        vendor=lead.vendor,
        model=lead.model,
        firmware=lead.firmware_version,
        began_at=sighting.began_at,
        last_seen_at=sighting.seen_at,
        opens_at=(sighting.seen_at if sighting.finding_id is not None else sighting.began_at) + wait,
    )
    row.key = _key(row)
    row.save()
    _add(row, sighting, known)
    return row


def _key(row: Incident) -> str:
    if row.scope == "cohort":
        return f"cohort|{row.vendor}|{row.model}|{row.firmware}|{row.kind}"[:600]
    if row.scope == "site" and row.location_id is not None:
        return f"site|{row.location_id}|{row.family}"
    return f"station|{row.station_id}|{row.evse}|{row.family}"


def customs_of(operator_id: int) -> tuple[Custom, ...]:
    """Return how long an operator lets faults stand, where they set it."""
    rows = Debounce.objects.filter(operator_id=operator_id).order_by("family", "vendor", "model")
    return tuple(Custom(row.family, row.vendor, row.model, row.seconds) for row in rows)


def _add(row: Incident, sighting: Sighting, known: dict[int, Plate]) -> bool:
    """Let the incident take finding and places; tell whether a station is new to it."""
    if sighting.finding_id is not None:
        IncidentFinding.objects.create(
            finding_id=sighting.finding_id, incident=row, joined_at=sighting.seen_at
        )
    evse = sighting.evse if len(sighting.station_ids) == 1 else 0
    added = [
        incidents.add_place(row, (station_id, evse), sighting.began_at)
        for station_id in sighting.station_ids
        if station_id in known
    ]
    return any(added)


def _absorb(row: Incident, sighting: Sighting, lead: Plate, known: dict[int, Plate], now: datetime) -> None:
    is_more = _add(row, sighting, known)
    is_graver = sighting.severity < row.severity
    row.began_at = min(row.began_at, sighting.began_at)
    row.last_seen_at = max(row.last_seen_at, sighting.seen_at)
    if _leads(sighting, row):
        row.kind, row.family, row.sentence = sighting.kind, sighting.family, sighting.sentence
        row.run += 1
    row.severity = min(row.severity, sighting.severity)
    _widen(row, lead)
    row.key = _key(row)
    if row.state == Incident.State.WATCHING:
        row.state = Incident.State.OPEN
        incidents.note(row, "came-back", at=now, sentence=sighting.sentence)
    if is_graver or sighting.is_hard:
        row.opens_at = min(row.opens_at, sighting.seen_at)
    row.save()
    if sighting.finding_id is not None or is_more:
        incidents.note(
            row, "joined", at=now, sentence=sighting.sentence, kind_seen=sighting.kind, station=lead.id
        )
    if is_more or is_graver:
        incidents.state_worse(row, now)


def _leads(sighting: Sighting, row: Incident) -> bool:
    """Tell whether what was seen says more of the cause than what is known: then the incident takes its name."""
    if row.scope == "cohort" or row.kind == sighting.kind:
        return False
    explains = row.kind in EXPLAINS.get(sighting.kind, ())
    is_explained = sighting.kind in EXPLAINS.get(row.kind, ())
    if explains != is_explained:
        return explains
    return sighting.severity < row.severity or row.kind == "reported-fault"


def _widen(row: Incident, lead: Plate) -> None:
    """Let scope and EVSE follow from the places the incident has now."""
    if row.scope == "cohort":
        return
    places = incidents.places_of(row)
    if len({station_id for station_id, _evse in places}) > 1:
        row.scope, row.evse = "site", 0
        row.location_id = row.location_id or lead.location_id
    elif len(places) > 1 or places[0][1] == 0:
        row.scope, row.evse = "station", 0


def _gather(host: Incident, sighting: Sighting, now: datetime) -> None:
    """Take in the other incidents that turn out to be part of this one."""
    rows = Incident.objects.filter(operator_id=host.operator_id, state__in=incidents.ALIVE)
    count = len(incidents.stations_of(host))
    for row in rows.exclude(pk=host.pk).order_by("id"):
        if _is_part(row, host, sighting):
            incidents.merge(row, host, now)
    if len(incidents.stations_of(host)) > count:
        incidents.state_worse(host, now)


def _is_part(row: Incident, host: Incident, sighting: Sighting) -> bool:
    if row.scope == "cohort":
        return False
    if host.scope == "cohort":
        is_same = (row.vendor, row.model, row.firmware) == (host.vendor, host.model, host.firmware)
        return is_same and row.kind in EXPLAINS.get(host.kind, ())
    if host.scope == "site":
        return (
            row.location_id == host.location_id
            and row.family == host.family
            and (_overlaps(row, sighting) or abs(row.began_at - host.began_at) <= TOGETHER)
        )
    is_here = row.station_id == host.station_id and row.scope != "site" and host.evse in {0, row.evse}
    is_explained = row.kind in EXPLAINS.get(host.kind, ()) or (row.family == host.family and host.evse == 0)
    return is_here and is_explained
