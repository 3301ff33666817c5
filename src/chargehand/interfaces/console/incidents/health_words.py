"""What health and maintenance know of a station's past, woven into its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import station_history
from chargehand.domain.health.station_history import Happening
from chargehand.domain.maintenance import orders
from chargehand.domain.maintenance.orders import OrderCard
from chargehand.domain.stations.queries import StationView
from chargehand.interfaces.console import incident_words as words
from chargehand.interfaces.console import station

_LOOKS: Final = {"finding": "attention", "incident-open": "broken", "incident-end": "ready"}


def happenings(
    principal: Principal, view: StationView, *, before: datetime, since: datetime | None
) -> list[dict[str, Any]]:
    """Findings, incidents, steps of recovery and work orders, as the timeline shows them."""
    found: list[dict[str, Any]] = []
    if principal.may(Permission.INCIDENTS_VIEW):
        letters = {plug.evse: letter for letter, plug in reversed(station.lettered(view))}
        history = station_history.station_history(principal.operator_id, view.id, before=before, since=since)
        found += [_line(view, each, letters.get(each.evse, "")) for each in history]
    if principal.may(Permission.WORK_VIEW):
        for card in orders.work_orders(principal.operator_id, station_id=view.id):
            found += [line for line in _order(card) if line["time"] < before]
    return [line for line in found if since is None or line["time"] >= since]


def woven(lines: Iterable[dict[str, Any]], more: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Both in one stream, newest first."""
    return sorted([*lines, *more], key=itemgetter("time"), reverse=True)


def _line(view: StationView, one: Happening, letter: str) -> dict[str, Any]:
    look, title = _LOOKS.get(one.kind, ""), one.title
    if one.kind == "recovery":
        look, word = words.STEPS.get(one.state, ("", ""))
        title = f"{one.title} · {word}" if word else one.title
    url = reverse("console:stations-findings", args=[view.id])
    if one.incident_id is not None:
        url = reverse("console:incidents-page", args=[one.incident_id])
    return {
        "time": timezone.localtime(one.at),
        "text": f"{title} · {_('plug %s') % letter}" if letter else title,
        "detail": one.sentence,
        "state": look,
        "url": url,
    }


def _order(card: OrderCard) -> list[dict[str, Any]]:
    moments = (
        (card.raised_at, _("Work order %d raised"), "attention"),
        (card.started_at, _("Work order %d begun"), "charging"),
        (card.ended_at, _("Work order %d done"), "ready")
        if card.state == "done"
        else (card.ended_at, _("Work order %d cancelled"), "offline"),
    )
    return [
        {
            "time": timezone.localtime(at),
            "text": title % card.id,
            "detail": card.title,
            "state": look,
            "url": "",
        }
        for at, title, look in moments
        if at is not None
    ]
