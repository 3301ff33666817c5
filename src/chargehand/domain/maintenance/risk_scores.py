"""The list of stations likely to fail: computed every night from what is stored, checked by what came after."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.charging import usage
from chargehand.domain.maintenance import risk
from chargehand.domain.maintenance.models import FaultMark, RiskScore
from chargehand.domain.maintenance.risk import Numbers, Snapshot
from chargehand.domain.stations import breakdowns, fleet
from chargehand.domain.stations.fleet import FleetStation

#: What counts as failing drivers: faulted for an hour, or away for four.
GRAVE_FAULT: Final = timedelta(hours=1)
GRAVE_ABSENCE: Final = timedelta(hours=4)
MONTH: Final = timedelta(days=30)
#: Scores are kept that long; learning looks at one day a week, as days of one week tell the same.
KEEP_DAYS: Final = 400
LEARN_EVERY: Final = 7

_HEAT: Final = frozenset({"contact-resistance-rise", "fan-failure", "filter-clogging"})
_ELECTRICAL: Final = frozenset(
    {
        "ground-fault",
        "isolation-decline",
        "phase-imbalance",
        "phase-loss",
        "contactor-welded",
        "contactor-wear",
    }
)
_LINK: Final = frozenset({"flapping-connectivity", "weak-signal", "silent-station", "reboot-loop"})


class Reason(msgspec.Struct, frozen=True):
    """Why a station stands in the list: the sign's name, and a sentence with figures."""

    sign: str
    sentence: str


class RiskView(msgspec.Struct, frozen=True, kw_only=True):
    """A station's risk on a day: chances from 0 to 1, up to three reasons, the weightiest first."""

    station_id: int
    identity: str
    station_name: str
    location_id: int | None
    location_name: str
    day: date
    computed_at: datetime
    chance_7: float
    chance_30: float
    reasons: tuple[Reason, ...]


def compute(operator_id: int, now: datetime) -> int:
    """Compute the risks of an operator's stations for the day; return how many. Again replaces the day's."""
    stations = fleet.fleet(operator_id)
    numbers = _numbers(stations, now)
    with transaction.atomic():
        _settle(operator_id, now)
        model = risk.learn(_snapshots(operator_id))
        for station in stations:
            told = numbers[station.id]
            signs = risk.signs_of(told)
            found = risk.assess(model, _cohort(station), signs)
            RiskScore.objects.update_or_create(
                station_id=station.id,
                day=now.date(),
                defaults={
                    "operator_id": operator_id,
                    "computed_at": now,
                    "chance_7": found.chance_7,
                    "chance_30": found.chance_30,
                    "reasons": list(found.reasons),
                    "traits": {
                        "cohort": _cohort(station),
                        "signs": sorted(signs),
                        "numbers": msgspec.to_builtins(told),
                    },
                },
            )
        RiskScore.objects.filter(
            operator_id=operator_id, day__lt=now.date() - timedelta(days=KEEP_DAYS)
        ).delete()
    return len(stations)


def compute_everywhere(now: datetime) -> int:
    """Compute the risks of all operators; return of how many stations."""
    return sum(compute(operator.id, now) for operator in accounts.operators())


def risks(
    operator_id: int, *, location_ids: Collection[int] | None = None, limit: int = 100
) -> list[RiskView]:
    """Return the newest risks, the likeliest to fail first; `location_ids` None: the whole network."""
    rows = RiskScore.objects.filter(operator_id=operator_id)
    day = rows.aggregate(day=Max("day"))["day"]
    rows = rows.filter(day=day).select_related("station", "station__location")
    if location_ids is not None:
        rows = rows.filter(station__location_id__in=list(location_ids))
    return [_view(row) for row in rows.order_by("-chance_30", "station__identity_key")[: max(1, limit)]]


def in_words(sign: str, numbers: Numbers) -> str:
    """Return a sign as a sentence with the station's figures."""
    if sign in {"boots", "many-boots"}:
        count = numbers.boots
        return (
            ngettext("It restarted %d time in 30 days.", "It restarted %d times in 30 days.", count) % count
        )
    if sign in {"fault", "many-faults", "recent-fault"}:
        count = numbers.faults_last_week if sign == "recent-fault" else numbers.faults
        days = 7 if sign == "recent-fault" else 30
        return ngettext("%(count)d fault in %(days)d days.", "%(count)d faults in %(days)d days.", count) % {
            "count": count,
            "days": days,
        }
    share = round(100 * numbers.few_wh / max(1, numbers.charges))
    before = round(100 * numbers.few_wh_before / max(1, numbers.charges_before))
    sentences = {
        "absences": _("It was away for an hour or more %d times in 30 days.") % numbers.absences,
        "failed-starts": _("%d %% of charges delivered next to nothing.") % share,
        "more-failed-starts": _("Charges that deliver next to nothing rose from %(before)d %% to %(now)d %%.")
        % {"before": before, "now": share},
        "heat": _("It gets hotter than it used to."),
        "electrical": _("Something electrical was found to decline."),
        "link": _("Its connection was found to be unsteady."),
        "finding": _("Something else was found to be wrong."),
        "old": _("It is %d years old.") % int(numbers.age_years),
        "busy": _("Its busiest plug charges %d cars a day.") % round(numbers.charges_a_day),
        "much-energy": _("It delivers %d kWh a day.") % round(numbers.kwh_a_day),
    }
    return sentences[sign]


def _numbers(stations: Sequence[FleetStation], now: datetime) -> dict[int, Numbers]:
    """Return what each station did lately."""
    ids = [station.id for station in stations]
    month = now - MONTH
    spells = breakdowns.breakdowns(ids, since=month, until=now)
    boots = breakdowns.boots(ids, since=month, until=now)
    used = usage.usage_since([(station_id, month) for station_id in ids])
    outcomes = usage.start_outcomes(ids, since=month, until=now)
    before = usage.start_outcomes(ids, since=now - 3 * MONTH, until=month)
    marks = FaultMark.objects.filter(station_id__in=ids, at__gte=month, at__lt=now)
    kinds: dict[int, list[str]] = {}
    for station_id, kind in marks.values_list("station_id", "kind"):
        kinds.setdefault(station_id, []).append(kind)
    return {
        station.id: Numbers(
            boots=boots.get(station.id, 0),
            **_spell_counts([each for each in spells if each.station_id == station.id], now),
            **_finding_counts(kinds.get(station.id, [])),
            charges=outcomes.get(station.id, (0, 0))[0],
            few_wh=outcomes.get(station.id, (0, 0))[1],
            charges_before=before.get(station.id, (0, 0))[0],
            few_wh_before=before.get(station.id, (0, 0))[1],
            age_years=(now - station.created_at).days / 365.25,
            charges_a_day=max(
                (used[station.id, evse].charges / 30 for evse in station.evses if (station.id, evse) in used),
                default=0.0,
            ),
            kwh_a_day=float(used[station.id, 0].energy_wh) / 30_000 if (station.id, 0) in used else 0.0,
        )
        for station in stations
    }


def _spell_counts(spells: Sequence[breakdowns.Breakdown], now: datetime) -> dict[str, int]:
    week = now - timedelta(days=7)
    return {
        "faults": sum(each.is_fault for each in spells),
        "faults_last_week": sum(each.is_fault and each.at >= week for each in spells),
        "absences": sum(not each.is_fault for each in spells),
    }


def _finding_counts(kinds: Sequence[str]) -> dict[str, int]:
    return {
        "heat_findings": sum(kind in _HEAT for kind in kinds),
        "electrical_findings": sum(kind in _ELECTRICAL for kind in kinds),
        "link_findings": sum(kind in _LINK for kind in kinds),
        "other_findings": sum(kind not in _HEAT | _ELECTRICAL | _LINK for kind in kinds),
    }


def _settle(operator_id: int, now: datetime) -> None:
    """Write down of scores a month old whether the station failed since."""
    rows = RiskScore.objects.filter(
        operator_id=operator_id, has_failed=None, computed_at__lte=now - MONTH
    ).order_by("pk")
    due = list(rows)
    if not due:
        return
    first = min(row.computed_at for row in due)
    spells = breakdowns.breakdowns({row.station_id for row in due}, since=first, until=now)
    grave = [each for each in spells if each.lasted >= (GRAVE_FAULT if each.is_fault else GRAVE_ABSENCE)]
    for row in due:
        row.has_failed = any(
            each.station_id == row.station_id and row.computed_at <= each.at < row.computed_at + MONTH
            for each in grave
        )
    RiskScore.objects.bulk_update(due, ["has_failed"], batch_size=500)


def _snapshots(operator_id: int) -> list[Snapshot]:
    rows = RiskScore.objects.filter(operator_id=operator_id, has_failed__isnull=False)
    return [
        Snapshot(str(traits.get("cohort", "")), frozenset(traits.get("signs", [])), bool(has_failed))
        for day, traits, has_failed in rows.values_list("day", "traits", "has_failed")
        if day.toordinal() % LEARN_EVERY == 0
    ]


def _cohort(station: FleetStation) -> str:
    return f"{station.vendor}|{station.model}".lower()


def _view(row: RiskScore) -> RiskView:
    told: dict[str, Any] = row.traits.get("numbers", {})
    numbers = msgspec.convert(told, type=Numbers)
    place = row.station.location
    return RiskView(
        station_id=row.station_id,
        identity=row.station.identity,
        station_name=row.station.name,
        location_id=place.pk if place else None,
        location_name=place.name if place else "",
        day=row.day,
        computed_at=row.computed_at,
        chance_7=row.chance_7,
        chance_30=row.chance_30,
        reasons=tuple(Reason(sign, in_words(sign, numbers)) for sign in row.reasons),
    )
