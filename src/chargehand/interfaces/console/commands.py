"""What a person may ask of a station by a button: one address a command, one table of what each needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, cast, get_args
from uuid import UUID

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging import remote
from chargehand.domain.stations import commanding, passwords
from chargehand.domain.stations.commands import VariableAsked, VariableWanted
from chargehand.interfaces.console import deeds, door, finding
from chargehand.kernel.errors import Refused


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it came by a form. `who` are the arguments that every verb takes."""

    operator_id: int
    station_id: int
    form: QueryDict
    who: Mapping[str, Any]

    @property
    def everyone(self) -> dict[str, Any]:
        """Arguments of a verb about this station."""
        return {"operator_id": self.operator_id, "station_id": self.station_id, **self.who}

    def text(self, name: str) -> str:
        """A field without blanks around it, "" where it is missing."""
        return self.form.get(name, "").strip()

    def number(self, name: str) -> int | None:
        """A field as a whole number from 0; None where it is missing or is none."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class Verb(msgspec.Struct, frozen=True):
    """A command: who may, and what is done. `says` are the fields that go into the audit."""

    permission: Permission
    do: Callable[[Asked], UUID]
    says: tuple[str, ...] = ()


def _start(asked: Asked) -> UUID:
    token = asked.text("token")
    if not token:
        raise Refused("token-missing", _("Choose the token the charge is for."))
    return remote.start_charging(**asked.everyone, token_uid=token, evse=asked.number("evse"))


def _stop(asked: Asked) -> UUID:
    number = asked.number("transaction")
    found = charging.transaction(asked.operator_id, number) if number else None
    if found is None or found.transaction.station_id != asked.station_id:
        raise Refused("no-such-transaction", _("There is no such charge at this station."))
    return remote.stop_charging(
        operator_id=asked.operator_id, transaction_id=found.transaction.id, **asked.who
    )


def _unlock(asked: Asked) -> UUID:
    return commanding.unlock(
        **asked.everyone, evse=asked.number("evse") or 1, connector=asked.number("connector") or 1
    )


def _reset(asked: Asked) -> UUID:
    return commanding.reset(
        **asked.everyone, is_immediate=asked.text("when") == "now", evse=asked.number("evse") or None
    )


def _availability(asked: Asked) -> UUID:
    return commanding.change_availability(
        **asked.everyone,
        is_operative=asked.text("service") == "in",
        evse=asked.number("evse"),
        connector=asked.number("connector"),
    )


def _trigger(asked: Asked) -> UUID:
    return commanding.trigger(
        **asked.everyone, message=asked.text("message"), evse=asked.number("evse") or None
    )


def _clear_cache(asked: Asked) -> UUID:
    return commanding.clear_cache(**asked.everyone)


def _read_all(asked: Asked) -> UUID:
    base = asked.text("base")
    known = get_args(commanding.Base)
    return commanding.get_report(
        **asked.everyone, base=cast("commanding.Base", base if base in known else "FullInventory")
    )


def _read(asked: Asked) -> UUID:
    return commanding.get_variables(**asked.everyone, variables=[VariableAsked(**_variable(asked))])


def _write(asked: Asked) -> UUID:
    wanted = VariableWanted(**_variable(asked), value=asked.form.get("value", ""))
    return commanding.set_variables(**asked.everyone, variables=[wanted])


def _rotate(asked: Asked) -> UUID:
    return passwords.rotate_password(
        operator_id=asked.operator_id, station_id=asked.station_id, asked_by=asked.who["asked_by"]
    )


def _call(asked: Asked) -> UUID:
    try:
        payload = json.loads(asked.text("payload") or "{}")
    except ValueError as problem:
        raise Refused("bad-json", _("The payload is not JSON: %s.") % problem) from None
    if not isinstance(payload, dict):
        raise Refused("bad-json", _("The payload must be a JSON object, in curly brackets."))
    if not asked.text("action"):
        raise Refused("action-missing", _("Name the call, such as GetDiagnostics."))
    return commanding.raw_call(**asked.everyone, action=asked.text("action"), payload=payload)


def _variable(asked: Asked) -> dict[str, Any]:
    if not asked.text("name"):
        raise Refused("name-missing", _("Name the setting."))
    return {
        "name": asked.text("name"),
        "component": asked.text("component"),
        "component_instance": asked.text("component_instance"),
        "instance": asked.text("instance"),
        "evse": asked.number("evse") or None,
        "connector": asked.number("connector") or None,
        "attribute": asked.text("attribute") or "Actual",
    }


_COMMAND = Permission.STATIONS_COMMAND
_CONFIGURE = Permission.STATIONS_CONFIGURE

VERBS: Final[Mapping[str, Verb]] = {
    "start": Verb(_COMMAND, _start, ("evse",)),
    "stop": Verb(_COMMAND, _stop, ("transaction",)),
    "unlock": Verb(_COMMAND, _unlock, ("evse", "connector")),
    "reset": Verb(_COMMAND, _reset, ("when", "evse")),
    "availability": Verb(_COMMAND, _availability, ("service", "evse", "connector")),
    "trigger": Verb(_COMMAND, _trigger, ("message", "evse")),
    "clear-cache": Verb(_COMMAND, _clear_cache),
    "read-all": Verb(_CONFIGURE, _read_all, ("base",)),
    "read": Verb(_CONFIGURE, _read, ("component", "name")),
    "write": Verb(_CONFIGURE, _write, ("component", "name")),
    "rotate-password": Verb(_CONFIGURE, _rotate),
    "call": Verb(Permission.STATIONS_RAW_CALL, _call, ("action",)),
}


@require_POST
@door.needs(Permission.STATIONS_VIEW)
def send(request: HttpRequest, principal: Principal, station_id: int, name: str) -> HttpResponse:
    """Queue a command for a station, once however often the form is sent, and go back to its page."""
    verb = VERBS.get(name)
    if verb is None:
        raise Http404
    if not principal.may(verb.permission):
        return door.refuse(request, principal, verb.permission)
    station = finding.station(principal, station_id)
    once = deeds.once_of(request)
    who: dict[str, Any] = {"asked_by": principal.actor.name}
    if name != "rotate-password":
        who["idempotency_key"] = f"console:{request.user.pk}:{once}" if once else None
    asked = Asked(operator_id=principal.operator_id, station_id=station.id, form=request.POST.copy(), who=who)
    told = {field: asked.text(field) for field in verb.says if asked.text(field)}
    entry = deeds.Entry(
        action="station.command", subject=f"station:{station.id}", detail={"command": name, **told}
    )
    target = deeds.way_back(request, reverse("console:stations-page", args=[station.id]))
    return deeds.act(request, principal, lambda: verb.do(asked), target=target, entry=entry)
