"""What a person does about an incident by a button: one address a verb, one table of what each needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import actions as health
from chargehand.domain.health import driver_messages, handing_back
from chargehand.domain.health.causes import cause_of
from chargehand.domain.health.incident_detail import IncidentDetail
from chargehand.domain.maintenance import orders, work
from chargehand.domain.maintenance.incident_policy import policy_for, priority_of
from chargehand.interfaces.console import cursors, deeds, door
from chargehand.interfaces.console import incident_words as words
from chargehand.interfaces.console.incidents import page
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A verb as it came by a form."""

    request: HttpRequest
    principal: Principal
    detail: IncidentDetail

    @property
    def who(self) -> dict[str, Any]:
        """Arguments that every verb takes."""
        return {
            "operator_id": self.principal.operator_id,
            "incident_id": self.detail.row.id,
            "actor": self.principal.actor,
        }

    def text(self, name: str) -> str:
        """A field without blanks around it, "" where it is missing."""
        return self.request.POST.get(name, "").strip()


class Verb(msgspec.Struct, frozen=True):
    """What is done, what is said then, and what it needs beyond working on incidents."""

    do: Callable[[Asked], object]
    done: Any = ""
    permission: Permission = Permission.INCIDENTS_EDIT


@require_POST
@door.needs(Permission.INCIDENTS_EDIT)
def do(request: HttpRequest, principal: Principal, incident_id: int, name: str) -> HttpResponse:
    """Do a verb, once however often the form is sent, and go back to the page it stood on."""
    verb = VERBS.get(name)
    if verb is None:
        raise Http404
    detail = page.find(principal, incident_id)
    if not principal.may(verb.permission):
        return door.refuse(request, principal, verb.permission)
    asked = Asked(request=request, principal=principal, detail=detail)
    target = deeds.way_back(request, reverse("console:incidents-page", args=[incident_id]))
    return deeds.act(request, principal, lambda: verb.do(asked), target=target, done=str(verb.done))


def _take(asked: Asked) -> None:
    health.assign(**asked.who, user_id=asked.principal.user_id)


def _assign(asked: Asked) -> None:
    health.assign(**asked.who, user_id=cursors.read_number(asked.text("person")))


def _snooze(asked: Asked) -> None:
    until = _moment(asked.text("until"))
    minutes = cursors.read_number(asked.text("minutes"))
    if until is None and minutes is not None and minutes <= health.LONGEST_SNOOZE / timedelta(minutes=1):
        until = clock.now() + timedelta(minutes=minutes)
    if until is None:
        raise Refused("bad-time", _("Choose until when it is put off."))
    health.snooze(**asked.who, until=until)


def _wake(asked: Asked) -> None:
    health.wake(**asked.who)


def _note(asked: Asked) -> None:
    health.add_note(**asked.who, text=asked.text("text"))


def _resolve(asked: Asked) -> None:
    thought = str(cause_of(asked.detail.row.kind).title)
    health.resolve(
        **asked.who,
        cause=words.outcome(asked.text("cause"), words.CAUSES, asked.text("cause_more"), thought),
        fix=words.outcome(asked.text("fix"), words.FIXES, asked.text("fix_more")),
        frees_plugs=asked.text("keeps_block") != "yes",
    )


def _reopen(asked: Asked) -> None:
    health.reopen(**asked.who, reason=asked.text("reason"))


def _hand_back(asked: Asked) -> None:
    handing_back.hand_back(**asked.who)


def _command(asked: Asked) -> None:
    _refuse_foreign(asked)
    once = deeds.once_of(asked.request)
    key = f"console:{asked.request.user.pk}:{once}" if once else None
    health.carry_out(**asked.who, act=asked.text("act"), idempotency_key=key)


def _send_technician(asked: Asked) -> None:
    """Raise the work order of the incident, or name the one that somebody has already."""
    row = asked.detail.row
    operator_id = asked.principal.operator_id
    known = orders.work_orders(operator_id, incident_id=row.id, is_open=True)
    standing = next((card.id for card in known), None)
    if standing is None:
        policy = policy_for(row.kind, 0)
        order = work.NewOrder(
            station_id=row.station_id,
            evse=row.evse or None,
            title=row.title,
            why=row.sentence,
            checklist=policy.checklist if policy is not None else "inspection",
            priority=priority_of(row.severity),
            incident_id=row.id,
        )
        standing = work.raise_order(operator_id=operator_id, order=order, actor=asked.principal.actor)
    health.attach_work_order(**asked.who, work_order_id=standing)


def _refuse_foreign(asked: Asked) -> None:
    """A command goes to all stations of an incident; who sees only some of them may not send it."""
    if asked.principal.location_ids is not None:
        raise Refused("not-yours", _("This incident concerns stations of others as well."))


def _tell(asked: Asked) -> None:
    _refuse_foreign(asked)
    on_display = asked.text("on_display") == "yes"
    driver_messages.tell_drivers(**asked.who, words=asked.text("words"), on_display=on_display)


def _stop_telling(asked: Asked) -> None:
    _refuse_foreign(asked)
    driver_messages.stop_telling(**asked.who)


def _moment(text: str) -> datetime | None:
    """A time as the browser's field for times writes it, in the operator's zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else timezone.make_aware(at)


VERBS: Final[Mapping[str, Verb]] = {
    "take": Verb(_take, gettext_lazy("It is yours now.")),
    "assign": Verb(_assign, gettext_lazy("Given on.")),
    "snooze": Verb(_snooze, gettext_lazy("Put off. It comes back by itself.")),
    "wake": Verb(_wake, gettext_lazy("Taken up again.")),
    "note": Verb(_note, gettext_lazy("Written down.")),
    "resolve": Verb(_resolve, gettext_lazy("Over. If it shows again, a new incident opens.")),
    "reopen": Verb(_reopen, gettext_lazy("Open again.")),
    "hand-back": Verb(_hand_back, gettext_lazy("The system repairs again.")),
    "act": Verb(
        _command,
        gettext_lazy("Asked. Below you see whether it was seen to work."),
        Permission.STATIONS_COMMAND,
    ),
    "tell": Verb(_tell, gettext_lazy("Drivers are told until the incident is over.")),
    "stop-telling": Verb(_stop_telling, gettext_lazy("Drivers are told no more.")),
    "send-technician": Verb(_send_technician, gettext_lazy("A work order is raised."), Permission.WORK_EDIT),
}
