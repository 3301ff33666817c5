"""Settings that drifted from what is wanted: shown, written within reason, never in a loop."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.accounts.principals import SYSTEM, Actor
from chargehand.domain.health.model_exceptions import find_forbidden
from chargehand.domain.maintenance.models import ConfigurationProfile, SettingAttempt
from chargehand.domain.maintenance.profiles import profiles
from chargehand.domain.maintenance.wanted import (
    NEEDS_RESTART,
    Attempt,
    Comparison,
    Profile,
    Reported,
    Wanted,
    compare,
    effective,
    key_of,
    to_write,
)
from chargehand.domain.stations import command_cards, commanding, fleet, reported
from chargehand.domain.stations.commands import VariableAsked, VariableWanted
from chargehand.domain.stations.fleet import FleetStation
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: Variables in one request: few, as stations limit them (2.0.1 ItemsPerMessageSetVariables).
MOST_PER_REQUEST: Final = 10
#: Stations that one round writes to by itself, and how old a report may be before it is asked for anew.
MOST_PER_ROUND: Final = 50
READ_EVERY: Final = timedelta(days=1)
#: How long after a restart what was read anew is looked at.
AFTER_BOOT: Final = timedelta(minutes=10)


class StationDrift(msgspec.Struct, frozen=True, kw_only=True):
    """A station and how the settings wanted of it stand."""

    station: FleetStation
    comparisons: tuple[Comparison, ...]

    @property
    def drifted(self) -> tuple[Comparison, ...]:
        """Those that are not as wanted."""
        return tuple(each for each in self.comparisons if each.state != "same")


def drift(
    operator_id: int,
    *,
    station_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
) -> list[StationDrift]:
    """Return the stations of which something is wanted, and how each setting stands; by identity."""
    known = [view.profile for view in profiles(operator_id)]
    if not known:
        return []
    found = fleet.fleet(operator_id, station_ids=station_ids, location_ids=location_ids)
    ids = [station.id for station in found]
    names = {wanted.name for profile in known for wanted in profile.settings}
    said = reported.reported_settings(operator_id, ids, names)
    has_reported = reported.stations_reported(operator_id, ids)
    attempts = _attempts(ids)
    rows = []
    for station in found:
        values = {
            key_of(
                each.component, each.component_instance, each.evse, each.connector, each.name, each.instance
            ): (Reported(each.value, each.is_readonly, each.reported_at))
            for each in said.get(station.id, [])
        }
        comparisons = _compare(station, known, values, attempts, has_reported=station.id in has_reported)
        if comparisons:
            rows.append(StationDrift(station=station, comparisons=comparisons))
    return rows


@transaction.atomic
def apply_settings(
    *, operator_id: int, station_id: int, actor: Actor, tries_refused: bool = False
) -> UUID | None:
    """Write what differs, ten settings at most; return the request's id, None where nothing is to be written now.

    A station that never reported its settings is asked for them instead. What it refused is left alone,
    unless a person insists (`tries_refused`). Raises Refused `no-such-station`.
    """
    if not fleet.fleet(operator_id, station_ids=[station_id]):
        raise Refused("no-such-station", _("There is no such station."))
    if tries_refused:
        SettingAttempt.objects.filter(station_id=station_id).delete()
    found = drift(operator_id, station_ids=[station_id])
    return _write(operator_id, found[0], actor) if found else None


def enforce(operator_id: int, now: datetime, *, station_ids: Collection[int] | None = None) -> int:
    """Write what enforced profiles want to connected stations, and read anew what is old; return how many."""
    count = 0
    for each in drift(operator_id, station_ids=station_ids):
        kept = tuple(one for one in each.comparisons if one.is_enforced)
        if count >= MOST_PER_ROUND or not kept or not each.station.is_connected:
            continue
        with transaction.atomic():
            mine = StationDrift(station=each.station, comparisons=kept)
            asked = _write(operator_id, mine, SYSTEM) or _read(operator_id, mine, now)
        count += asked is not None
    return count


def enforce_everywhere(now: datetime) -> int:
    """Do the same for every operator with enforced profiles."""
    rows = ConfigurationProfile.objects.filter(is_enforced=True)
    operators = sorted(set(rows.values_list("operator_id", flat=True)))
    return sum(enforce(operator_id, now) for operator_id in operators)


@transaction.atomic
def note_answer(*, operator_id: int, request_id: UUID) -> None:
    """Write down what a station answered to each setting; again changes nothing."""
    rows = {
        row.setting: row for row in SettingAttempt.objects.select_for_update().filter(request_id=request_id)
    }
    card = command_cards.request(operator_id, request_id) if rows else None
    if card is None:
        return
    for key, word in _words(card.body, card.detail or {}, card.word):
        if key in rows:
            SettingAttempt.objects.filter(pk=rows[key].pk).update(word=word[:64])


@transaction.atomic
def note_boot(*, operator_id: int, station_id: int, at: datetime) -> None:
    """After a restart, look anew at what needed one, and write what enforced profiles want."""
    rows = SettingAttempt.objects.filter(station_id=station_id, word=NEEDS_RESTART, asked_at__lt=at)
    rows.update(word="")
    if ConfigurationProfile.objects.filter(operator_id=operator_id, is_enforced=True).exists():
        for each in drift(operator_id, station_ids=[station_id]):
            _read_after_boot(operator_id, each, at)
        enforce(operator_id, at, station_ids=[station_id])


def enforce_after_boots(now: datetime) -> int:
    """Write what stations that restarted lately lost, as their settings read anew show it; return how many."""
    rows = ConfigurationProfile.objects.filter(is_enforced=True)
    count = 0
    for operator_id in sorted(set(rows.values_list("operator_id", flat=True))):
        found = fleet.fleet(operator_id, booted_after=now - AFTER_BOOT)
        if found:
            count += enforce(operator_id, now, station_ids=[station.id for station in found])
    return count


def _read_after_boot(operator_id: int, each: StationDrift, at: datetime) -> None:
    """Read anew what held before a restart, once an hour at most: some stations lose it (quirk F5).

    Stations that restart when they are read are left alone (F4). What held for a day counts as taken, so that
    writing it again is a first attempt.
    """
    station = each.station
    held = [
        one
        for one in each.comparisons
        if one.is_enforced and one.state == "same" and one.reported_at is not None and one.reported_at < at
    ]
    keys = [one.wanted.key for one in held]
    SettingAttempt.objects.filter(
        station_id=station.id, setting__in=keys, asked_at__lt=at - READ_EVERY
    ).delete()
    said = {"vendor": station.vendor, "model": station.model, "firmware": station.firmware_version}
    if find_forbidden("probe", **said) is not None:
        return
    for start in range(0, len(held), MOST_PER_REQUEST):
        commanding.get_variables(
            operator_id=operator_id,
            station_id=station.id,
            variables=[VariableAsked(**_named(one.wanted)) for one in held[start : start + MOST_PER_REQUEST]],
            asked_by=SYSTEM.name,
            idempotency_key=f"drift|{station.id}|boot|{at:%Y%m%d%H}|{len(held)}|{start}",
        )


def _write(operator_id: int, each: StationDrift, actor: Actor) -> UUID | None:
    now = clock.now()
    if any(one.state == "unread" for one in each.comparisons):
        return commanding.get_report(
            operator_id=operator_id,
            station_id=each.station.id,
            asked_by=actor.name,
            idempotency_key=f"drift|{each.station.id}|report|{now:%Y%m%d%H}",
        )
    wanted = to_write(each.comparisons, now, most=MOST_PER_REQUEST)
    if not wanted:
        return None
    request_id = commanding.set_variables(
        operator_id=operator_id,
        station_id=each.station.id,
        variables=[VariableWanted(**_named(one), value=one.value) for one in wanted],
        asked_by=actor.name,
    )
    for one in wanted:
        _remember(each.station, one, request_id, now)
    return request_id


def _remember(station: FleetStation, wanted: Wanted, request_id: UUID, now: datetime) -> None:
    row, is_new = SettingAttempt.objects.get_or_create(
        station_id=station.id,
        setting=wanted.key,
        defaults={
            "value": wanted.value,
            "firmware_version": station.firmware_version,
            "request_id": request_id,
            "asked_at": now,
        },
    )
    if is_new:
        return
    is_same_try = (row.value, row.firmware_version) == (wanted.value, station.firmware_version)
    row.attempts = row.attempts + 1 if is_same_try else 1
    row.value, row.firmware_version, row.word = wanted.value, station.firmware_version, ""
    row.request_id, row.asked_at = request_id, now
    row.save()


def _read(operator_id: int, each: StationDrift, now: datetime) -> UUID | None:
    """Ask for settings whose report is old: somebody may have changed them at the station."""
    old = [
        one.wanted
        for one in each.comparisons
        if one.reported_at is not None and one.reported_at < now - READ_EVERY
    ]
    if not old:
        return None
    return commanding.get_variables(
        operator_id=operator_id,
        station_id=each.station.id,
        variables=[VariableAsked(**_named(one)) for one in old[:MOST_PER_REQUEST]],
        asked_by=SYSTEM.name,
        idempotency_key=f"drift|{each.station.id}|read|{now:%Y%m%d}",
    )


def _named(wanted: Wanted) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "component": wanted.component,
        "component_instance": wanted.component_instance,
        "evse": wanted.evse or None,
        "connector": wanted.connector or None,
        "instance": wanted.instance,
    }


def _attempts(station_ids: Sequence[int]) -> dict[tuple[int, str], Attempt]:
    return {
        (row.station_id, row.setting): Attempt(
            row.value, row.firmware_version, row.attempts, row.asked_at, row.word
        )
        for row in SettingAttempt.objects.filter(station_id__in=station_ids)
    }


def _compare(
    station: FleetStation,
    known: Sequence[Profile],
    values: dict[str, Reported],
    attempts: dict[tuple[int, str], Attempt],
    *,
    has_reported: bool,
) -> tuple[Comparison, ...]:
    mine = [
        each for each in known if each.is_for(station.id, station.location_id, station.vendor, station.model)
    ]
    return tuple(
        compare(
            wanted,
            profile,
            values.get(wanted.key),
            attempts.get((station.id, wanted.key)),
            firmware_version=station.firmware_version,
            has_reported=has_reported,
        )
        for wanted, profile in effective(mine, station.version)
    )


def _words(body: dict[str, Any], detail: dict[str, Any], word: str) -> list[tuple[str, str]]:
    """Return the station's word on each setting, by key: of 2.x by name, of 1.6 in the order of the calls."""
    results = detail.get("setVariableResult")
    if isinstance(results, list):
        return [
            (_key_of_result(each), str(each.get("attributeStatus", "")))
            for each in results
            if isinstance(each, dict)
        ]
    asked = [each for each in body.get("variables", []) if isinstance(each, dict)]
    answers = detail.get("answers")
    words = [str(each.get("status", word)) for each in answers] if isinstance(answers, list) else [word]
    return [(_key_of_asked(each), said) for each, said in zip(asked, words, strict=False)]


def _key_of_result(result: dict[str, Any]) -> str:
    component, variable = result.get("component") or {}, result.get("variable") or {}
    evse = component.get("evse") or {}
    return key_of(
        str(component.get("name", "")),
        str(component.get("instance") or ""),
        int(evse.get("id") or 0),
        int(evse.get("connectorId") or 0),
        str(variable.get("name", "")),
        str(variable.get("instance") or ""),
    )


def _key_of_asked(asked: dict[str, Any]) -> str:
    return key_of(
        asked.get("component") or "",
        asked.get("component_instance") or "",
        asked.get("evse") or 0,
        asked.get("connector") or 0,
        asked.get("name") or "",
        asked.get("instance") or "",
    )
