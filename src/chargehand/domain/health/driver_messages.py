"""Telling drivers of an incident, on the pages they open and on the display, and taking it back when it is over."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.charging.attempts import Place
from chargehand.domain.health import driver_words, guard_rails, incidents
from chargehand.domain.health.driver_words import Elsewhere
from chargehand.domain.health.models import DriverMessage, Incident
from chargehand.domain.health.neighbours import neighbour
from chargehand.domain.health.places import letter_at, name_place
from chargehand.domain.stations import commanding, queries
from chargehand.domain.stations.commands import ClearMessage, ShowMessage
from chargehand.domain.stations.plates import Plate, plates
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

LONGEST_WORDS: Final = 300
#: A message at more places than this is no help to anybody.
MOST_PLACES: Final = 50


class ToldPlace(msgspec.Struct, frozen=True, kw_only=True):
    """What drivers read at a place now; `request_id` names the command to its display, None: on the page alone."""

    station_id: int
    evse: int
    place: str
    text: str
    request_id: UUID | None
    told_at: datetime
    told_by: str


@transaction.atomic
def tell_drivers(
    *, operator_id: int, incident_id: int, words: str = "", on_display: bool = True, actor: Actor
) -> int:
    """Tell drivers at every place of an incident, and where to go instead; return at how many places.

    What they were told before is replaced. `words` are the operator's own, in one language. The display shows it
    where the station is of 2.x and says that it has one.
    Raises Refused `no-such-incident`, `incident-over`, `too-many-places`.
    """
    row = incidents.living(operator_id, incident_id)
    places = incidents.places_of(row)
    if row.scope == "cohort" or len(places) > MOST_PLACES:
        raise Refused("too-many-places", _("This concerns too many places to tell drivers of all."))
    now = clock.now()
    _take_back(row, now, actor.name)
    count = announce(
        row, places, now, by=actor.name, words=words.strip()[:LONGEST_WORDS], on_display=on_display
    )
    incidents.note(row, "drivers-told", at=now, by=actor.name, sentence=_("Drivers are told."))
    audit.write_audit(actor, operator_id, "incident.drivers_told", f"incident:{row.pk}", {"words": words})
    return count


@transaction.atomic
def stop_telling(*, operator_id: int, incident_id: int, actor: Actor) -> None:
    """Take back what drivers are told. Raises Refused `no-such-incident`, `incident-over`."""
    row, now = incidents.living(operator_id, incident_id), clock.now()
    if _take_back(row, now, actor.name):
        incidents.note(row, "drivers-told", at=now, by=actor.name, sentence=_("Drivers are told no more."))
        audit.write_audit(actor, operator_id, "incident.drivers_told_no_more", f"incident:{row.pk}", {})


def announce(
    row: Incident,
    places: Collection[Place],
    now: datetime,
    *,
    by: str,
    words: str = "",
    on_display: bool = True,
) -> int:
    """Tell drivers at places where they are not told yet; the caller holds the operator's lock."""
    known = plates(row.operator_id, [station_id for station_id, _evse in places])
    reach_km = guard_rails.policy_of(row.operator_id).neighbour_km
    count = 0
    for station_id, evse in places:
        plate = known.get(station_id)
        if plate is None or _standing(row).filter(station_id=station_id, evse=evse).exists():
            continue
        elsewhere = _find_elsewhere(row.operator_id, station_id, evse, reach_km)
        told = DriverMessage.objects.create(
            incident=row,
            station_id=station_id,
            evse=evse,
            words=words,
            elsewhere=None if elsewhere is None else msgspec.to_builtins(elsewhere),
            told_at=now,
            told_by=by[:255],
        )
        if on_display and has_display(plate):
            told.request_id = _show(told, plate)
            told.save(update_fields=["request_id"])
        count += 1
    return count


@transaction.atomic
def take_back(incident_id: int, now: datetime) -> None:
    """Tell drivers no more, because the incident is over or part of another; a second time changes nothing."""
    row = Incident.objects.filter(pk=incident_id).first()
    if row is not None and row.state not in incidents.SHOWN:
        _take_back(row, now, incidents.SYSTEM)


def told_places(incident_id: int) -> tuple[ToldPlace, ...]:
    """Return what drivers are told of an incident now, in English."""
    rows = list(
        DriverMessage.objects.filter(incident_id=incident_id, taken_back_at=None)
        .select_related("incident")
        .order_by("id")
    )
    known = plates(rows[0].incident.operator_id, [each.station_id for each in rows]) if rows else {}
    found = []
    for each in rows:
        plate = known.get(each.station_id)
        if plate is not None:
            found.append(
                ToldPlace(
                    station_id=each.station_id,
                    evse=each.evse,
                    place=name_place(plate, each.evse),
                    text=_write(each, plate, "en"),
                    request_id=each.request_id,
                    told_at=each.told_at,
                    told_by=each.told_by,
                )
            )
    return tuple(found)


def message_at(operator_id: int, station_id: int, evse: int | None, *, language: str) -> str:
    """Return what drivers are to read at a plug now, in a language of `driver_words`; "" where all is well."""
    rows = DriverMessage.objects.filter(
        incident__operator_id=operator_id, station_id=station_id, taken_back_at=None
    )
    if evse:
        rows = rows.filter(evse__in=(0, evse))
    plate = plates(operator_id, [station_id]).get(station_id)
    told = rows.order_by("evse", "-told_at").first()
    return "" if told is None or plate is None else _write(told, plate, language)


def has_display(plate: Plate) -> bool:
    """Tell whether a station says that it shows messages (2.x DisplayMessageCtrlr)."""
    if not plate.version.startswith("ocpp2"):
        return False
    found = queries.variables(plate.operator_id, plate.id, search="Available")
    return any(
        each.component == "DisplayMessageCtrlr" and each.name == "Available" and each.value == "true"
        for each in found
    )


def _standing(row: Incident) -> QuerySet[DriverMessage]:
    return DriverMessage.objects.filter(incident=row, taken_back_at=None)


def _find_elsewhere(operator_id: int, station_id: int, evse: int, within_km: float) -> Elsewhere | None:
    found = neighbour(operator_id, station_id, evse, within_km=within_km)
    if found is None:
        return None
    place = None if found.location_id is None else queries.location(operator_id, found.location_id)
    parts = (place.name, place.address, place.city) if place is not None else (found.location_name,)
    return Elsewhere(
        station_id=found.station_id,
        charger=found.station_name or found.identity,
        evse=found.evse,
        letter=found.letter,
        address=", ".join(dict.fromkeys(part for part in parts if part)),
        distance_km=found.distance_km,
    )


def _write(told: DriverMessage, plate: Plate, language: str) -> str:
    return driver_words.write_message(
        charger=plate.name or plate.identity,
        letter=letter_at(plate, told.evse) if told.evse else "",
        elsewhere=None if told.elsewhere is None else msgspec.convert(told.elsewhere, Elsewhere),
        own=told.words,
        language=language,
    )


def _show(told: DriverMessage, plate: Plate) -> UUID:
    place = None if plate.location_id is None else queries.location(plate.operator_id, plate.location_id)
    language = driver_words.language_of(place.country if place is not None else "")
    return commanding.send_command(
        operator_id=plate.operator_id,
        station_id=plate.id,
        command=ShowMessage(message_id=_number(told), text=_write(told, plate, language), language=language),
        asked_by=told.told_by,
    )


def _take_back(row: Incident, now: datetime, by: str) -> int:
    standing = list(_standing(row).select_for_update())
    for told in standing:
        told.taken_back_at, told.taken_back_by = now, by[:255]
        told.save(update_fields=["taken_back_at", "taken_back_by"])
        if told.request_id is not None:
            commanding.send_command(
                operator_id=row.operator_id,
                station_id=told.station_id,
                command=ClearMessage(message_id=_number(told)),
                asked_by=by,
            )
    return len(standing)


def _number(told: DriverMessage) -> int:
    """Return the number of a message on a display."""
    return told.pk % (1 << 31)
