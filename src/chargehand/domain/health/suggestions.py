"""What people may do about an incident, each with what drivers will feel of it."""

from typing import Final

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.attempts import Place
from chargehand.domain.health.neighbours import Neighbour
from chargehand.domain.health.places import name_plug, other_plugs
from chargehand.domain.health.treatments import Act, treatment_of
from chargehand.domain.stations.plates import Plate

LABELS: Final[dict[Act, Promise]] = {
    "ask-status": gettext_lazy("Ask for its status"),
    "restart-when-idle": gettext_lazy("Restart when idle"),
    "restart-at-once": gettext_lazy("Restart at once"),
    "unlock": gettext_lazy("Unlock the plug"),
    "block": gettext_lazy("Block for drivers"),
    "send-technician": gettext_lazy("Send a technician"),
    "call-network": gettext_lazy("Call the network provider"),
    "call-grid": gettext_lazy("Call the grid operator"),
    "call-payment": gettext_lazy("Call the payment provider"),
    "halt-firmware": gettext_lazy("Stop the firmware update"),
    "call-maker": gettext_lazy("Ask the maker"),
}

#: What a command can do; everything else is for people.
COMMANDS: Final = frozenset({"ask-status", "restart-when-idle", "restart-at-once", "unlock", "block"})


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """An action: `code` is what `actions.carry_out` takes where `is_command`; `effect` what drivers feel."""

    code: Act
    label: str
    effect: str
    is_command: bool
    is_dangerous: bool


def suggest(
    operator_id: int, kind: str, places: list[Place], known: dict[int, Plate], neighbour: Neighbour | None
) -> list[Suggestion]:
    """Return what may be done at places about a kind of fault, the best first."""
    concerned = [(known[station_id], evse) for station_id, evse in places if station_id in known]
    if not concerned:
        return []
    busy = sum(
        1
        for plate, _evse in concerned
        for _charge in charging.open_transactions(operator_id, station_id=plate.id)
    )
    return [
        Suggestion(
            code=act,
            label=str(LABELS[act]),
            effect=_effect(act, concerned, busy, neighbour),
            is_command=act in COMMANDS,
            is_dangerous=(act == "restart-at-once" and busy > 0) or act == "unlock",
        )
        for act in treatment_of(kind).acts
    ]


def _effect(act: Act, concerned: list[tuple[Plate, int]], busy: int, neighbour: Neighbour | None) -> str:
    plate, evse = concerned[0]
    match act:
        case "ask-status":
            return _("Drivers notice nothing.")
        case "restart-when-idle":
            if busy and plate.version.startswith("ocpp2"):
                return _("It waits until nobody charges; then nobody can start for about three minutes.")
            if busy:
                return _("Not possible while somebody charges: this charger would end the charge.")
            return _("Nobody charges now. Nobody can start for about three minutes.")
        case "restart-at-once":
            if busy:
                return (
                    ngettext(
                        "%d charge ends at once; nobody can start for about three minutes.",
                        "%d charges end at once; nobody can start for about three minutes.",
                        busy,
                    )
                    % busy
                )
            return _("Nobody charges now. Nobody can start for about three minutes.")
        case "unlock":
            return _("The cable at %s comes free; a charge there ends.") % name_plug(plate, evse)
        case "block":
            return _blocked(concerned, neighbour)
        case "halt-firmware":
            return _("No further station gets this firmware; those that have it stay as they are.")
    return _("Nothing changes for drivers until somebody has seen to it.")


def _blocked(concerned: list[tuple[Plate, int]], neighbour: Neighbour | None) -> str:
    plate, evse = concerned[0]
    if len(concerned) > 1:
        count = len(concerned)
        return (
            ngettext("%d charger is blocked for drivers.", "%d chargers are blocked for drivers.", count)
            % count
        )
    plug = name_plug(plate, evse)
    others = other_plugs(plate, evse) if evse else ""
    sentences = [_("%s is blocked for drivers.") % (plug[:1].upper() + plug[1:])]
    if others:
        sentences.append(_("In service beside it: %s.") % others)
    if neighbour is not None and neighbour.station_id != plate.id:
        sentences.append(
            _("Drivers are pointed to charger %(charger)s, plug %(letter)s, %(distance).1f km away.")
            % {
                "charger": neighbour.station_name or neighbour.identity,
                "letter": neighbour.letter,
                "distance": neighbour.distance_km,
            }
        )
    elif neighbour is not None:
        sentences.append(_("Drivers are pointed to plug %s.") % neighbour.letter)
    else:
        sentences.append(_("There is no free plug nearby to point drivers to."))
    return " ".join(sentences)
