"""Commands as calls of the station's version, and stations' answers as answers of the domain."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chargehand.domain.stations import commands
from chargehand.domain.stations.commands import Answer, AnyCommand
from chargehand.domain.stations.events import VariablesReported
from chargehand.interfaces.gateway import orders2, orders16
from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.faults import Violation, normalise_code
from chargehand.protocols.ocpp.rpc import CallError
from chargehand.protocols.ocpp.versions import Version

#: Words of a station that mean yes; "Scheduled" is a yes that takes a while (quirk F6).
YES: Final = frozenset({"Accepted", "Scheduled", "Unlocked", "RebootRequired", "AcceptedCanceled"})

#: Commands of many items, which a station may want in several calls.
OF_ITEMS: Final = (commands.GetVariables, commands.SetVariables, commands.SetMonitors)

#: The word for an answer that breaks the schema of its version.
UNREADABLE: Final = "Unreadable"

#: Where an answer has a word for each thing asked for instead of one for all.
_RESULTS: Final = (
    ("setVariableResult", "attributeStatus"),
    ("setMonitoringResult", "status"),
    ("clearTariffsResult", "status"),
)


class Unsupported(Exception):  # noqa: N818 -- a state of affairs
    """The station's version has no message for this command."""


class Plan(msgspec.Struct, frozen=True):
    """The calls of a command, one after the other: action and checked request."""

    calls: list[tuple[str, msgspec.Struct]]


def plan(version: Version, command: AnyCommand, limits: Mapping[str, int] = MappingProxyType({})) -> Plan:
    """Return the calls that carry out a command; `limits` are the items that the station takes in a call, by action.

    Raises Unsupported, or Violation where a payload breaks the schema of the version.
    """
    if isinstance(command, commands.RawCall):
        calls: list[tuple[str, dict[str, Any]]] = [(command.action, command.payload)]
    elif version == "ocpp1.6":
        calls = orders16.write(command)
    else:
        calls = orders2.write(command, limits)
    if not calls:
        raise Unsupported(version)
    checked = []
    for action, payload in calls:
        message = CATALOGUE[version].get(action)
        if message is None or not message.is_from_csms:
            raise Violation("NotImplemented", f"{action} is no call to a station in {version}")
        checked.append((action, message.check_request(payload)))
    return Plan(checked)


def read_answer(version: Version, action: str, answer: bytes | CallError | None) -> Answer:
    """Return what a station's answer to one call means; None is a time-out."""
    if answer is None:
        return Answer(is_accepted=False, word="Timeout")
    if isinstance(answer, CallError):
        code = normalise_code(answer.code)
        detail = {"description": answer.description, "details": answer.details}
        return Answer(is_accepted=False, word=str(code or answer.code), detail=detail)
    try:
        body = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        return Answer(is_accepted=False, word=UNREADABLE)
    try:
        CATALOGUE[version][action].decode_response(answer)
    except Violation as violation:
        if not _has_keys(action, body):
            return Answer(is_accepted=False, word=UNREADABLE, detail={"problem": str(violation), **body})
    word = _word(body)
    return Answer(is_accepted=word in YES, word=word, detail=body)


def _has_keys(action: str, body: dict[str, Any]) -> bool:
    """Tell whether keys of 1.6 were given, of whatever types: they are read as texts (quirk G1)."""
    return action == "GetConfiguration" and isinstance(body.get("configurationKey"), list)


def _word(body: dict[str, Any]) -> str:
    status = body.get("status")
    if isinstance(status, str):
        return status
    for name, key in _RESULTS:
        results = body.get(name)
        if isinstance(results, list):
            words = [str(item.get(key)) for item in results if isinstance(item, dict)]
            return next((word for word in words if word not in YES), words[0] if words else "Rejected")
    return "Accepted"


def event_in(version: Version, action: str, answer: bytes | CallError) -> VariablesReported | None:
    """Return what an answer tells besides being an answer: variables (GetConfiguration, GetVariables)."""
    if isinstance(answer, CallError) or action not in {"GetConfiguration", "GetVariables"}:
        return None
    try:
        body = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        return None
    if not isinstance(body, dict):
        return None
    if version == "ocpp1.6":
        return VariablesReported(orders16.read_configuration(body)) if _has_keys(action, body) else None
    try:
        return VariablesReported(orders2.read_variables(CATALOGUE[version][action].decode_response(answer)))
    except Violation:
        return None  # no answer at all (conformance C12)


def merge(answers: list[Answer]) -> Answer:
    """Return one answer for a command of several calls: a yes only if all said yes."""
    if len(answers) == 1:
        return answers[0]
    worst = next((answer for answer in answers if not answer.is_accepted), answers[-1])
    return Answer(
        is_accepted=worst.is_accepted,
        word=worst.word,
        detail={"answers": [answer.detail for answer in answers]},
    )
