"""Setting stations up so that faults show: measurands, their interval, monitors; asked once for each firmware.

One thing at a time and only while nobody charges. First what stands is read; what a station refuses is remembered
and not asked for again until it has another firmware, and a station that restarts when it is asked is left alone
(quirks C13, F4).
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from django.db import connection, transaction

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import SYSTEM, Actor
from chargehand.domain.health import wishes
from chargehand.domain.health.model_exceptions import find_forbidden
from chargehand.domain.health.models import StationWish, WatchPolicy
from chargehand.domain.health.monitors import MONITORS, name_of
from chargehand.domain.stations import command_cards, commanding, queries
from chargehand.domain.stations.command_cards import CommandCard
from chargehand.domain.stations.commands import (
    AnyCommand,
    GetReport,
    GetVariables,
    Monitor,
    SetMonitors,
    SetVariables,
    VariableAsked,
    VariableWanted,
)
from chargehand.domain.stations.monitoring import monitor_results
from chargehand.domain.stations.queries import VariableView

ASKED_BY: Final = "Chargehand"
#: How many stations are looked at in a round, and how long one may settle after a restart.
MOST_STATIONS: Final = 100
SETTLE: Final = timedelta(minutes=1)
#: How often a station that does not answer is asked, and when an answer is not waited for any more.
MOST_ATTEMPTS: Final = 3
GIVE_UP: Final = timedelta(minutes=10)
#: Monitors in one request: the least that stations must take is one, most take ten.
MONITORS_AT_ONCE: Final = 10
#: How seldom and how often a station may be set to tell meter values, seconds.
SHORTEST_S: Final = 10
LONGEST_S: Final = 3_600
#: From so many variables on a station's device model counts as reported.
_MANY_VARIABLES: Final = 20
_ALL: Final = "all"
_READ: Final = "read"
_INVENTORY: Final = "inventory"
_NEVER: Final = frozenset({"NotSupported", "NotImplemented"})

_DUE: Final = """
SELECT s.id, s.operator_id, s.vendor, s.model, s.firmware_version, s.version, s.booted_at
FROM stations_station s JOIN stations_connection k ON k.station_id = s.id AND k.is_connected
WHERE s.approval = 'accepted' AND s.version <> '' AND s.booted_at < %(settled)s
    AND NOT EXISTS (SELECT 1 FROM health_station_wish w
        WHERE w.station_id = s.id AND w.name = 'all' AND w.firmware = s.firmware_version)
    AND NOT EXISTS (SELECT 1 FROM charging_transaction t WHERE t.station_id = s.id AND t.state = 'open')
ORDER BY (SELECT max(w.asked_at) FROM health_station_wish w WHERE w.station_id = s.id) NULLS FIRST, s.id
LIMIT %(most)s
"""

log = structlog.get_logger(__name__)


class _Due(msgspec.Struct, frozen=True):
    """A station that does not tell all that it can, as far as is known."""

    id: int
    operator_id: int
    vendor: str
    model: str
    firmware: str
    version: str
    booted_at: datetime


@transaction.atomic
def set_policy(
    *,
    operator_id: int,
    sets_measurands: bool,
    sets_monitors: bool,
    sample_interval_s: int,
    now: datetime,
    actor: Actor = SYSTEM,
) -> None:
    """Say what may be set on an operator's stations; the interval counts from 10 s to an hour."""
    values = {
        "sets_measurands": sets_measurands,
        "sets_monitors": sets_monitors,
        "sample_interval_s": max(SHORTEST_S, min(sample_interval_s, LONGEST_S)),
    }
    WatchPolicy.objects.update_or_create(operator_id=operator_id, defaults={**values, "changed_at": now})
    audit.write_audit(actor, operator_id, "watch.changed", f"operator:{operator_id}", values)


def policy(operator_id: int) -> WatchPolicy:
    """Return what may be set on an operator's stations; everything, unless somebody decided otherwise."""
    found = WatchPolicy.objects.filter(operator_id=operator_id).first()
    return found if found is not None else WatchPolicy(operator_id=operator_id)


def provision_stations(now: datetime) -> int:
    """Go one step on with every station that is not set up yet; return how many were looked at."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"settled": now - SETTLE, "most": MOST_STATIONS})
        due = [_Due(*row) for row in cursor.fetchall()]
    for station in due:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(hashtext('health.provision'), %s::int)",
                [station.id % 2**31],
            )
            if cursor.fetchone()[0]:
                _Provision(station, now).go_on()
    return len(due)


class _Provision:
    """One station on its way."""

    def __init__(self, station: _Due, now: datetime) -> None:
        self._station = station
        self._now = now
        self._policy = policy(station.operator_id)
        rows = StationWish.objects.filter(station_id=station.id, firmware=station.firmware)
        self._wishes = {row.name: row for row in rows}

    def go_on(self) -> None:
        """See what came of what was asked, or ask for the next thing."""
        for wish in self._wishes.values():
            if wish.state == StationWish.State.ASKED and wish.request_id is not None:
                self._settle(wish)
                return
        if not self._ask_next():
            self._note(_ALL, StationWish.State.SET)

    def _settle(self, wish: StationWish) -> None:
        assert wish.request_id is not None
        card = command_cards.request(self._station.operator_id, wish.request_id)
        if self._station.booted_at > wish.asked_at:
            log.warning("station-restarted-when-asked", station_id=self._station.id, wish=wish.name)
            self._close(wish, StationWish.State.REFUSED, "Restarted")
            self._note(_ALL, StationWish.State.REFUSED, "Restarted")
        elif card is None or card.progress in {"queued", "sent", "answered"}:
            if self._now - wish.asked_at > GIVE_UP:
                self._close(wish, StationWish.State.REFUSED, "NoAnswer")
        elif card.progress in {"seen", "unseen"}:
            self._close(wish, StationWish.State.SET, card.word if card.progress == "seen" else "NotSeen")
            self._take_monitors(card)
        elif card.progress == "expired" or (card.progress == "failed" and card.word not in _NEVER):
            self._ask_again(wish, card)
        else:
            self._refuse(wish, card)

    def _ask_again(self, wish: StationWish, card: CommandCard) -> None:
        if wish.attempts >= MOST_ATTEMPTS:
            self._close(wish, StationWish.State.REFUSED, card.word or "NoAnswer")
            return
        wish.delete()
        del self._wishes[wish.name]
        self._ask_next(wish.attempts + 1)

    def _refuse(self, wish: StationWish, card: CommandCard) -> None:
        """A refusal: of a list of measurands, a smaller one follows; of some monitors, the others stand."""
        if wish.name == "measurands" and card.word not in _NEVER:
            target, _ = wishes.targets(self._station.version)
            current = self._variable(target)
            smaller = wishes.next_list(
                self._station.version, current.value if current is not None else None, wish.attempts
            )
            if smaller is not None:
                self._ask(wish.name, smaller, _set(target, smaller), wish.attempts + 1)
                return
        self._close(wish, StationWish.State.REFUSED, card.word)
        self._take_monitors(card)

    def _take_monitors(self, card: CommandCard) -> None:
        """Write down what the station said of each monitor."""
        for result in monitor_results(card.detail):
            state = StationWish.State.SET if result.status == "Accepted" else StationWish.State.REFUSED
            self._note(name_of(result)[:160], state, result.status)

    def _ask_next(self, attempt: int = 1) -> bool:
        """Ask for the next thing; False when there is none."""
        if _READ not in self._wishes:
            return self._read(attempt)
        target, interval = wishes.targets(self._station.version)
        if self._policy.sets_measurands and self._wishes[_READ].state == StationWish.State.SET:
            for name, where in (("measurands", target), ("interval", interval)):
                if name not in self._wishes and self._ask_setting(name, where, attempt):
                    return True
        return self._ask_inventory(attempt) or self._ask_monitors(attempt)

    def _ask_inventory(self, attempt: int) -> bool:
        """Ask what a station is made of, if it has not told: its sensors stand at plugs of which nobody knows."""
        is_asked = self._wishes[_READ].state == StationWish.State.SET and self._may_have_monitors()
        if not is_asked or _INVENTORY in self._wishes or self._knows_parts():
            return False
        self._ask(_INVENTORY, "", GetReport(request_id=secrets.randbelow(2**31 - 1) + 1), attempt)
        return True

    def _knows_parts(self) -> bool:
        known = queries.variables(self._station.operator_id, self._station.id)
        return len({(each.component, each.name) for each in known}) >= _MANY_VARIABLES

    def _may_have_monitors(self) -> bool:
        return self._station.version != "ocpp1.6" and self._policy.sets_monitors

    def _read(self, attempt: int) -> bool:
        station = self._station
        forbidden = find_forbidden(
            "probe", vendor=station.vendor, model=station.model, firmware=station.firmware
        )
        if forbidden is not None:
            self._note(_READ, StationWish.State.REFUSED, "KnownToRestart")
            return False
        wanted = [
            VariableAsked(component=each.component, name=each.name)
            for each in wishes.targets(station.version)
        ]
        self._ask(_READ, "", GetVariables(variables=wanted), attempt)
        return True

    def _ask_setting(self, name: str, target: wishes.Target, attempt: int) -> bool:
        """Ask for a setting unless it stands already or cannot be set; return whether it was asked for."""
        current = self._variable(target)
        if current is None or current.is_readonly:
            self._note(name, StationWish.State.REFUSED, "ReadOnly" if current is not None else "Unknown")
            return False
        if name == "measurands":
            value = wishes.next_list(self._station.version, current.value, 0)
        else:
            value = wishes.interval(current.value, self._policy.sample_interval_s)
        if value is None:
            self._note(name, StationWish.State.SET, "Already")
            return False
        self._ask(name, value, _set(target, value), attempt)
        return True

    def _ask_monitors(self, attempt: int) -> bool:
        is_refused = any(
            wish.name.startswith("monitors ") and wish.word in {*_NEVER, "NoAnswer", "Timeout"}
            for wish in self._wishes.values()
        )
        if is_refused or not self._may_have_monitors():
            return False
        wanted = [each for each in self._possible_monitors() if name_of(each) not in self._wishes]
        groups = sum(1 for name in self._wishes if name.startswith("monitors "))
        asked = {text for wish in self._wishes.values() for text in wish.value.split("\n")}
        wanted = [each for each in wanted if name_of(each) not in asked][:MONITORS_AT_ONCE]
        if not wanted:
            return False
        value = "\n".join(name_of(each) for each in wanted)
        self._ask(f"monitors {groups + 1}", value, SetMonitors(monitors=wanted), attempt)
        return True

    def _possible_monitors(self) -> list[Monitor]:
        """Return the monitors that the station can have, at each of its plugs, as far as it has told of them."""
        if not self._knows_parts():
            return list(MONITORS)
        known = queries.variables(self._station.operator_id, self._station.id)
        places: dict[tuple[str, str], dict[tuple[int, int], None]] = {}
        for each in known:
            if (each.characteristics or {}).get("supportsMonitoring", True):
                places.setdefault((each.component, each.name), {})[each.evse, each.connector] = None
        return [
            msgspec.structs.replace(each, evse=evse, connector=connector)
            for each in MONITORS
            for evse, connector in places.get((each.component, each.name), ())
        ]

    def _variable(self, target: wishes.Target) -> VariableView | None:
        found = queries.variables(self._station.operator_id, self._station.id, search=target.name)
        for each in found:
            is_there = target.component in {"", each.component}
            if is_there and each.name.casefold() == target.name.casefold() and each.attribute == "Actual":
                return each
        return None

    def _ask(self, name: str, value: str, command: AnyCommand, attempt: int) -> None:
        request_id = commanding.send_command(
            operator_id=self._station.operator_id,
            station_id=self._station.id,
            command=command,
            asked_by=ASKED_BY,
        )
        self._keep(
            name, state=StationWish.State.ASKED, value=value, attempts=attempt, request_id=request_id, word=""
        )

    def _note(self, name: str, state: StationWish.State, word: str = "") -> None:
        """Write down what needed no asking."""
        self._keep(name, state=state, value="", attempts=1, request_id=None, word=word[:64])

    def _keep(self, name: str, **more: Any) -> None:
        self._wishes[name], _ = StationWish.objects.update_or_create(
            station_id=self._station.id,
            name=name,
            defaults={"firmware": self._station.firmware, "asked_at": self._now, **more},
        )

    def _close(self, wish: StationWish, state: StationWish.State, word: str) -> None:
        wish.state, wish.word, wish.answered_at = state, word[:64], self._now
        wish.save(update_fields=["state", "word", "answered_at"])


def _set(target: wishes.Target, value: str) -> SetVariables:
    return SetVariables(variables=[VariableWanted(component=target.component, name=target.name, value=value)])
