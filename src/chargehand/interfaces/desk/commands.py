"""What a technician asks of the charger in front of them; each needs a connection, and is seen to work or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging import remote
from chargehand.domain.maintenance import work
from chargehand.domain.maintenance.orders import OrderView
from chargehand.domain.stations import commanding
from chargehand.interfaces.desk import door, job
from chargehand.kernel.errors import Refused


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it came by a form."""

    principal: Principal
    view: OrderView
    token_uid: str
    once: UUID

    @property
    def who(self) -> dict[str, Any]:
        """Arguments of every command to the charger."""
        return {
            "operator_id": self.principal.operator_id,
            "station_id": self.view.card.station_id,
            "asked_by": self.principal.actor.name,
            "idempotency_key": f"desk:{self.principal.user_id}:{self.once}",
        }


def _reset(asked: Asked) -> None:
    commanding.reset(**asked.who, is_immediate=True)


def _unlock(asked: Asked) -> None:
    commanding.unlock(**asked.who, evse=asked.view.card.evse or 1)


def _report(asked: Asked) -> None:
    commanding.trigger(**asked.who, message="StatusNotification", evse=asked.view.card.evse)


def _test(asked: Asked) -> None:
    """Open the plug and begin the test charge for a card of the technician."""
    if not asked.token_uid:
        raise Refused(
            "token-missing", _("Enter the number of your test card, or charge with the card itself.")
        )
    _open(asked)
    remote.start_charging(**asked.who, token_uid=asked.token_uid, evse=asked.view.card.evse or 1)


def _stop(asked: Asked) -> None:
    """End the charge that runs at the plug."""
    card = asked.view.card
    running = charging.open_transactions(asked.principal.operator_id, station_id=card.station_id)
    mine = [each for each in running if card.evse in (None, each.evse)]
    if not mine:
        raise Refused("no-such-transaction", _("Nothing charges at this plug."))
    who = {name: value for name, value in asked.who.items() if name != "station_id"}
    remote.stop_charging(**who, transaction_id=mine[0].id)


def _open(asked: Asked) -> None:
    work.open_for_test(
        operator_id=asked.principal.operator_id, order_id=asked.view.card.id, actor=asked.principal.actor
    )


VERBS: Final[Mapping[str, Callable[[Asked], None]]] = {
    "reset": _reset,
    "unlock": _unlock,
    "report": _report,
    "test": _test,
    "stop": _stop,
    "open": _open,
}


@require_POST
@door.needs(Permission.STATIONS_COMMAND)
def send(request: HttpRequest, principal: Principal, order_id: int, name: str) -> HttpResponse:
    """Ask something of the charger of a job, once however often the form is sent."""
    verb = VERBS.get(name)
    if verb is None or not principal.may(Permission.WORK_EDIT):
        raise Http404
    view = job.find(principal, order_id)
    try:
        once = _once(request)
        verb(
            Asked(principal=principal, view=view, token_uid=request.POST.get("token", "").strip(), once=once)
        )
    except Refused as refusal:
        return _say(request, order_id, refusal.sentence)
    audit.write_audit(
        principal.actor,
        principal.operator_id,
        "station.command",
        f"station:{view.card.station_id}",
        {"command": name, "work_order": order_id},
    )
    return _say(request, order_id, "")


def _once(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("once", ""))
    except ValueError:
        raise Refused("bad-id", _("This form is incomplete. Load the page again.")) from None


def _say(request: HttpRequest, order_id: int, sentence: str) -> HttpResponse:
    if door.is_script(request):
        return JsonResponse({"sentence": sentence}, status=422 if sentence else 200)
    if sentence:
        messages.error(request, sentence)
    return HttpResponseRedirect(reverse("desk:job", args=[order_id]))
