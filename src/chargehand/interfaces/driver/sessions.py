"""A charge that goes on: energy, time and power as the charger told them last, and what it costs."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from chargehand.domain.billing import queries as billing
from chargehand.domain.billing.documents.formats import NO_BREAK, write_money, write_number
from chargehand.domain.billing.receipts import ReceiptView, receipt_by_token
from chargehand.domain.billing.running import running_cost
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.queries import TransactionView
from chargehand.domain.health import driver_messages
from chargehand.domain.health.places import letter_at
from chargehand.domain.stations import plates
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.card_words import price_words
from chargehand.domain.tariffs.wording import write_card
from chargehand.interfaces.driver import frame
from chargehand.interfaces.driver.languages import choose_language
from chargehand.interfaces.driver.words import page_words
from chargehand.kernel import clock

#: A charger that told nothing for so long is said to be silent.
SILENT_AFTER: Final = timedelta(minutes=5)
RELOAD_S: Final = 15


@require_safe
@gzip_page
def show(request: HttpRequest, key: str) -> HttpResponse:
    """The page; `?part=1` asks for what changes alone. Once the charge has ended, both go to the receipt."""
    language = choose_language(request)
    view = receipt_by_token(key)
    if view is None:
        return frame.show_missing(request, language=language)
    detail = charging.transaction(view.operator_id, view.transaction_id)
    if view.state != "running" or detail is None:
        receipt = f"{reverse('driver:receipt', args=[key])}?lang={language}"
        return frame.keep_private(HttpResponseRedirect(receipt))
    is_part = "part" in request.GET
    context = live_context(view, detail.transaction, language, now=clock.now())
    if not is_part:
        context |= {
            "prices": _prices(view, language),
            "say": _say(view.operator_id, detail.transaction, language),
            "part_url": f"{request.path}?part=1&lang={language}",
            "reload": RELOAD_S,
        }
    template = "driver/session_part.html" if is_part else "driver/session.html"
    return frame.show(request, template, context, language=language, operator_id=view.operator_id)


def live_context(
    view: ReceiptView, charge: TransactionView, language: str, *, now: datetime
) -> dict[str, Any]:
    """Return what changes while a charge goes on; an unknown value is a dash."""
    words, last = page_words(language), charge.last
    told = [at for at in (last.register_at, last.power_at) if at is not None] if last else []
    told_at = max(told, default=None)
    power = last.power_w if last is not None else None
    soc = last.soc if last is not None else None
    cost = running_cost(view.operator_id, view.transaction_id)
    fixed = billing.fixed_tariff(view.operator_id, view.transaction_id)
    is_silent = now - (told_at or charge.started_at) > SILENT_AFTER
    return {
        "charge": charge,
        "trouble": driver_messages.message_at(
            view.operator_id, charge.station_id, charge.evse, language=language
        ),
        "is_silent": is_silent,
        "sentence": _silence(told_at or charge.started_at, fixed.time_zone if fixed else "UTC", words)
        if is_silent
        else _sentence(charge.charging_state, power, words, language),
        "is_flowing": charge.charging_state == "Charging" and not is_silent,
        "energy": _kilo(charge.energy_wh, language, 1),
        "power": "–" if is_silent else f"{_kilo(power, language, 1)}{NO_BREAK}kW",
        "soc": f"{write_number(soc, language, 0)}{NO_BREAK}%" if soc is not None else "",
        "cost": write_money(cost.after_minor, cost.currency, language) if cost else "–",
        "is_taxed": cost is not None and cost.after_minor != cost.before_minor,
        "time": _hours(now - charge.started_at),
        "age": words["updated"].format(age=write_age(now - told_at, words)) if told_at else "",
    }


def write_age(age: timedelta, words: dict[str, str]) -> str:
    """Write how long ago something was told, in the largest whole unit."""
    seconds = int(age.total_seconds())
    if seconds < 2:
        return words["age_now"]
    for name, size in (("age_h", 3600), ("age_min", 60), ("age_s", 1)):
        if seconds >= size:
            return words[name].format(n=seconds // size)
    return words["age_now"]


def _sentence(state: str, power: Decimal | None, words: dict[str, str], language: str) -> str:
    if state == "Charging" and power is not None:
        return words["live_charging"].format(power=f"{_kilo(power, language, 1)}{NO_BREAK}kW")
    names = {
        "Charging": "live_charging_unknown",
        "SuspendedEV": "live_paused_car",
        "SuspendedEVSE": "live_paused_charger",
    }
    return words[names.get(state, "live_waiting")]


def _silence(since: datetime, time_zone: str, words: dict[str, str]) -> str:
    return words["live_silent"].format(time=f"{since.astimezone(ZoneInfo(time_zone)):%H:%M}")


def _say(operator_id: int, charge: TransactionView, language: str) -> str:
    words = page_words(language)
    plate = plates.plates(operator_id, [charge.station_id]).get(charge.station_id)
    letter = "" if plate is None or charge.evse is None else letter_at(plate, charge.evse)
    name = charge.station_name or charge.identity
    station = words["at_plug"].format(station=name, plug=letter) if letter else name
    return words["say"].format(station=station, session=charge.id)


def _prices(view: ReceiptView, language: str) -> list[str]:
    fixed = billing.fixed_tariff(view.operator_id, view.transaction_id)
    version_id = None if fixed is None else fixed.version_id
    version = None if version_id is None else tariffs.version(view.operator_id, version_id)
    if version is None:
        return []
    return [line.sentence for line in write_card(version.tariff, price_words(language))]


def _kilo(value: Decimal | None, language: str, places: int) -> str:
    return "–" if value is None else write_number(value / 1000, language, places)


def _hours(elapsed: timedelta) -> str:
    minutes = max(0, int(elapsed.total_seconds())) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"
