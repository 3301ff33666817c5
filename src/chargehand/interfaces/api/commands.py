"""Commands to stations: asked, then followed from sent over answered to seen to work."""

import threading
import time
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import queries as charging
from chargehand.domain.stations import command_cards, commanding
from chargehand.domain.stations.command_cards import CommandCard
from chargehand.interfaces.api import deeds, paging, problems, reach, verbs
from chargehand.interfaces.api.command_shapes import CallAsked, Command, CommandAsked
from chargehand.interfaces.api.deeds import Entry, IdempotencyKey
from chargehand.interfaces.api.door import ApiRequest, demand, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id

stations_router = Router(tags=["Commands"])
router = Router(tags=["Commands"])

Wait = Annotated[float, Query(ge=0, le=30, description="Seconds to wait until it is as far as `until` says.")]
CallWait = Annotated[float, Query(ge=0, le=60, description="Seconds to wait for the answer.")]

_FINAL: Final = frozenset({"seen", "refused", "failed", "expired", "unseen"})
#: Failures of a raw call that its version's schema forbids: no station ever saw it.
_NEVER_SENT: Final = frozenset(
    {
        "FormatViolation",
        "NotImplemented",
        "NotSupported",
        "OccurrenceConstraintViolation",
        "PropertyConstraintViolation",
        "TypeConstraintViolation",
    }
)
_UNANSWERED: Final = frozenset({"queued", "sent"})

#: Requests that may wait at once in this process; those beyond are answered without waiting.
_seats: Final = threading.BoundedSemaphore(200)


@stations_router.post("/{station_id}/commands", response={202: Command})
@needs(Permission.STATIONS_COMMAND, Permission.STATIONS_CONFIGURE)
def send_command(
    request: ApiRequest,
    response: HttpResponse,
    station_id: Id,
    body: CommandAsked,
    idempotency_key: IdempotencyKey = None,
) -> Status[Any]:
    """Ask a station for something. Reading and writing variables needs `stations.configure`."""
    who, asked = request.auth, body.root
    verb = verbs.VERBS[asked.command]
    demand(who, verb.permission)
    reach.station(who, station_id)
    request_id = deeds.perform_once(
        who,
        idempotency_key,
        ["command", station_id, asked.model_dump()],
        Entry(action="station.command", subject=f"station:{station_id}", detail={"command": asked.command}),
        lambda: verb.do(who, station_id, asked),
    )
    return Status(202, _queued(request, response, request_id))


@stations_router.get("/{station_id}/commands", response=Page[Command])
@needs(Permission.STATIONS_VIEW)
def list_commands(
    request: ApiRequest,
    response: HttpResponse,
    station_id: Id,
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Commands to a station, newest first."""
    who = request.auth
    reach.station(who, station_id)
    before = paging.read_cursor(cursor, paging.Moment)
    cut, following = paging.cut_by_time(
        lambda most: command_cards.station_requests(who.operator_id, station_id, before=before, limit=most),
        lambda card: card.queued_at,
        limit,
    )
    return paging.page(request, response, [_shown(who, card) for card in cut], following)


@stations_router.post("/{station_id}/calls", response={200: Command, 202: Command})
@needs(Permission.STATIONS_RAW_CALL)
def send_call(
    request: ApiRequest,
    response: HttpResponse,
    station_id: Id,
    body: CallAsked,
    wait: CallWait = 35,
    idempotency_key: IdempotencyKey = None,
) -> Status[Any]:
    """Send any call of the station's OCPP version and return what it answered; 202: no answer in time.

    The payload is checked against the schema of the version before it is sent; one that breaks it is refused
    with 422 `unfit-call`, saying what is wrong and where.
    """
    who = request.auth
    reach.station(who, station_id)
    request_id = deeds.perform_once(
        who,
        idempotency_key,
        ["call", station_id, body.model_dump()],
        Entry(action="station.raw_call", subject=f"station:{station_id}", detail={"action": body.action}),
        lambda: commanding.raw_call(
            **verbs.asked_of(who, station_id), action=body.action, payload=body.payload
        ),
    )
    shown = _queued(request, response, request_id)
    card = follow(who.operator_id, request_id, wait, lambda found: found.progress not in _UNANSWERED)
    if card.progress == "failed" and card.word in _NEVER_SENT:
        raise _unfit(card)
    return Status(202 if card.progress in _UNANSWERED else 200, {**shown, **_shown(who, card)})


@router.get("/{command_id}", response=Command)
@needs(
    Permission.STATIONS_VIEW,
    Permission.STATIONS_COMMAND,
    Permission.STATIONS_CONFIGURE,
    Permission.STATIONS_RAW_CALL,
)
def read_command(
    request: ApiRequest,
    command_id: UUID,
    wait: Wait = 0,
    until: Literal["answered", "seen"] = "seen",
) -> dict[str, Any]:
    """A command and how far it came; with `wait`, once it is answered or seen to work (or not)."""
    who = request.auth
    card = command_cards.request(who.operator_id, command_id)
    if card is None:
        raise problems.missing()
    reach.station(who, card.station_id)
    if wait:
        is_open = _UNANSWERED if until == "answered" else _UNANSWERED | {"answered"}
        card = follow(who.operator_id, command_id, wait, lambda found: found.progress not in is_open)
    return _shown(who, card)


def follow(
    operator_id: int, request_id: UUID, seconds: float, is_enough: Callable[[CommandCard], bool]
) -> CommandCard:
    """Return a command once it is far enough, or as it is after so many seconds. Raises Problem `not-found`."""
    has_seat = _seats.acquire(blocking=False)
    give_up = time.monotonic() + (seconds if has_seat else 0)
    pause = 0.05
    try:
        while True:
            card = command_cards.request(operator_id, request_id)
            if card is None:
                raise problems.missing()
            left = give_up - time.monotonic()
            if left <= 0 or is_enough(card):
                return card
            if not connection.in_atomic_block:
                connection.close()  # the pool lends it to others while we wait
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, 0.5)
    finally:
        if has_seat:
            _seats.release()


def _unfit(card: CommandCard) -> problems.Problem:
    """A raw call that could not be sent, with what is wrong with it and where."""
    more = {"error_code": card.word, "command_id": str(card.id), "state": card.progress}
    sentence = _("The call was not sent. %s.") % card.sentence.rstrip(".")
    return problems.Problem(422, "unfit-call", sentence, more={**more, "is_accepted": False})


def _queued(request: ApiRequest, response: HttpResponse, request_id: UUID) -> dict[str, Any]:
    who = request.auth
    card = command_cards.request(who.operator_id, request_id)
    if card is None:
        raise problems.missing()
    response["Location"] = f"{request.path.split('/stations/')[0]}/commands/{request_id}"
    return _shown(who, card)


def _shown(principal: Principal, card: CommandCard) -> dict[str, Any]:
    started = charging.pending_start(principal.operator_id, card.id) if card.command == "start" else None
    shown = msgspec.structs.asdict(card)
    if card.command == "call" and not principal.may(Permission.STATIONS_RAW_CALL):
        # A raw call may carry a password to the station.
        shown["body"] = {"command": "call", "action": card.body.get("action")}
    return {
        **shown,
        "is_final": card.progress in _FINAL,
        "session_id": started.transaction_id if started else None,
    }
