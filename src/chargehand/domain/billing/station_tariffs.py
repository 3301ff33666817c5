"""Tariffs told to stations that show them: the one to price by unless a driver has another (OCPP 2.1 I07 to I10), and
what a driver is to pay, in the answer to a card (2.0.1 I01, 2.1 I08).

What cannot be told without changing it is not told, and neither what a station refused: it is then priced here
alone.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from chargehand.domain.billing import telling
from chargehand.domain.billing.displayed_words import choose_language, describe_price
from chargehand.domain.billing.documents.words import LANGUAGES
from chargehand.domain.billing.models import ToldTariff
from chargehand.domain.stations import commanding, cost_displays
from chargehand.domain.stations.commands import ClearTariffs, SetDefaultTariff
from chargehand.domain.stations.cost_displays import CostDisplay
from chargehand.domain.stations.facts import RequestAnswered
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.ocpp_tariff import UnsayableError, write_ocpp_tariff
from chargehand.domain.tariffs.views import Place, TariffVersionView

#: How long an answer is waited for before a tariff is told again.
GIVE_UP: Final = timedelta(minutes=10)
#: The content of an id never changes, so that a station that has it has what we mean.
_HAS_IT: Final = "DuplicateTariffId"
#: Words that say nothing about the tariff: it is told again later.
_UNHEARD: Final = frozenset({"Timeout", "Disconnected"})
_TAX_OPEN: Final = frozenset({"US", "CA"})
_COMMAND: Final = "set-default-tariff"
_2_1: Final = "ocpp2.1"


def tell_tariffs(now: datetime) -> int:
    """Tell stations of 2.1 the tariffs that count at their plugs where they have others; return how many."""
    displays = cost_displays.cost_displays(version=_2_1)
    able = telling.showing(list(displays), _COMMAND)
    return sum(_tell_station(display, now) for display in able.values() if display.shows_tariff)


def keep_answer(fact: RequestAnswered) -> None:
    """Write down what a station said to its tariff."""
    rows = ToldTariff.objects.filter(station_id=fact.station_id, request_id=fact.request_id)
    if fact.word in _UNHEARD:
        return
    is_set = fact.is_accepted or fact.word == _HAS_IT
    state = ToldTariff.State.SET if is_set else ToldTariff.State.REFUSED
    rows.update(state=state, reason="" if is_set else f"The station refused: {fact.word}.")


def price_for_answer(
    operator_id: int, station_id: int, token_group: str, now: datetime
) -> dict[str, Any] | None:
    """Return what the answer to a card tells of prices, as JSON of 2.x; None where the station shows none.

    Words for the display, and in 2.1 the tariff itself where the driver has another than the station.
    """
    display = cost_displays.cost_displays([station_id]).get(station_id)
    if display is None or not display.shows_tariff or display.version == "ocpp1.6":
        return None
    evse = display.evses[0] if len(display.evses) == 1 else None
    version = _version(operator_id, display, evse, now, token_group=token_group)
    if version is None or display.currency not in {"", version.currency}:
        return None
    message = {
        "format": "UTF8",
        "language": choose_language(display.languages),
        "content": describe_price(version.tariff, display.languages),
    }
    told: dict[str, Any] = {"idTokenInfo": {"personalMessage": message}}
    default = _version(operator_id, display, evse, now)
    if display.version == _2_1 and (default is None or default.id != version.id):
        tariff, _ = _write(display, version)
        told |= {} if tariff is None else {"tariff": tariff}
    return told


@transaction.atomic
def _tell_station(display: CostDisplay, now: datetime) -> int:
    versions = {
        evse: _version(display.operator_id, display, evse or None, now) for evse in display.evses or (0,)
    }
    same = {None if version is None else version.id for version in versions.values()}
    wanted = {0: next(iter(versions.values()))} if len(same) == 1 else versions
    rows = ToldTariff.objects.select_for_update().filter(station_id=display.station_id)
    known = {row.evse: row for row in rows}
    told = sum(_clear(display, row, now) for evse, row in known.items() if evse not in wanted)
    for evse, version in wanted.items():
        row = known.get(evse)
        if not _stands(row, display, version, now):
            told += _tell(display, evse, version, row, now)
    return told


def _stands(
    row: ToldTariff | None, display: CostDisplay, version: TariffVersionView | None, now: datetime
) -> bool:
    """Tell whether a station has what it is to have, or has said that it will not; a restart asks anew."""
    if row is None:
        return version is None
    is_same = (row.version_id, row.firmware, row.booted_at) == (
        *(None if version is None else version.id, display.firmware),
        display.booted_at,
    )
    is_waiting = row.state == ToldTariff.State.ASKED and row.told_at > now - GIVE_UP
    return is_same and (is_waiting or row.state != ToldTariff.State.ASKED)


def _tell(
    display: CostDisplay, evse: int, version: TariffVersionView | None, row: ToldTariff | None, now: datetime
) -> int:
    tariff, reason = (None, "") if version is None else _write(display, version)
    if tariff is None:
        cleared = 0 if row is None else _clear(display, row, now)
        if version is not None:
            _keep(display, evse, now, version_id=version.id, state=ToldTariff.State.REFUSED, reason=reason)
        return cleared
    request_id = commanding.send_command(
        operator_id=display.operator_id,
        station_id=display.station_id,
        command=SetDefaultTariff(tariff=tariff, evse=evse),
        asked_by=telling.ASKED_BY,
    )
    assert version is not None
    _keep(
        display,
        evse,
        now,
        version_id=version.id,
        state=ToldTariff.State.ASKED,
        request_id=request_id,
        reason="",
    )
    return 1


def _clear(display: CostDisplay, row: ToldTariff, now: datetime) -> int:
    """Let a station forget a tariff that counts no more, if it was told one."""
    has_one = row.version_id is not None and row.state != ToldTariff.State.REFUSED
    if has_one:
        commanding.send_command(
            operator_id=display.operator_id,
            station_id=display.station_id,
            command=ClearTariffs(tariff_ids=[str(row.version_id)], evse=row.evse or None),
            asked_by=telling.ASKED_BY,
        )
    _keep(display, row.evse, now, version_id=None, state=ToldTariff.State.SET, request_id=None, reason="")
    return int(has_one)


def _keep(display: CostDisplay, evse: int, now: datetime, **more: Any) -> None:
    ToldTariff.objects.update_or_create(
        station_id=display.station_id,
        evse=evse,
        defaults={"firmware": display.firmware, "booted_at": display.booted_at, "told_at": now, **more},
    )


def _version(
    operator_id: int, display: CostDisplay, evse: int | None, now: datetime, *, token_group: str = ""
) -> TariffVersionView | None:
    place = Place(location_id=display.location_id, station_id=display.station_id, evse=evse)
    return tariffs.tariff_for(operator_id, place, token_group=token_group, at=now)


def _write(display: CostDisplay, version: TariffVersionView) -> tuple[dict[str, Any] | None, str]:
    """Return a version as the station reads it, or why it cannot be told."""
    if display.currency not in {"", version.currency}:
        return None, f"The station shows amounts in {display.currency}."
    try:
        tariff = write_ocpp_tariff(
            version.tariff,
            tariff_id=str(version.id),
            is_tax_open=version.country in _TAX_OPEN,
            descriptions=[(language, describe_price(version.tariff, [language])) for language in LANGUAGES],
            most_elements=display.most_elements,
            takes_conditions=display.takes_conditions,
        )
    except UnsayableError as error:
        return None, str(error)[:255]
    return tariff, ""
